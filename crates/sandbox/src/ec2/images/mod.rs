//! Machine images.

pub(crate) mod catalog;
pub(crate) mod describe;
pub(crate) mod facts;
pub(crate) mod lifecycle;
