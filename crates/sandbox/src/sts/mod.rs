//! STS: the caller's identity, and credentials for roles.

mod assume_role;
mod identity;
mod operations;
pub mod state;

pub use operations::register;
