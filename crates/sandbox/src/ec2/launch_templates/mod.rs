//! Launch templates and their versions.

pub mod templates;
pub mod versions;
