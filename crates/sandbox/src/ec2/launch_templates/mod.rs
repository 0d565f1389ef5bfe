//! Launch templates and their versions.

pub(super) mod checks;
pub(super) mod lookup;
pub(super) mod template;
pub(super) mod templates;
pub(super) mod versions;
