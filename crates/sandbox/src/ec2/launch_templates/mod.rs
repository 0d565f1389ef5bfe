//! Launch templates and their versions.

pub mod checks;
pub mod lookup;
pub mod template;
pub mod templates;
pub mod versions;
