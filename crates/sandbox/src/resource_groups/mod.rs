//! Resource Groups: groups with a query, which is evaluated at each call.

mod errors;
mod groups;
pub mod members;
mod operations;
mod pages;
mod query;
pub mod state;
#[cfg(test)]
mod tests;

pub use members::instances_of;
pub use operations::register;
pub use query::Query;
