//! STS: the caller's identity, and credentials for roles.

mod assume_role;
mod identity;
mod operations;
pub(crate) mod state;

pub(crate) use operations::register;
