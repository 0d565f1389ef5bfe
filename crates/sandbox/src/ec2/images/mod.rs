//! Machine images.

pub mod catalog;
pub mod describe;
pub mod facts;
pub mod lifecycle;
