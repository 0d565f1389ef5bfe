//! Resource Groups: groups with a query, which is evaluated at each call.

mod errors;
mod groups;
pub(crate) mod members;
mod operations;
mod pages;
mod query;
pub(crate) mod state;
#[cfg(test)]
mod tests;

pub(crate) use members::instances_of;
pub(crate) use operations::register;
pub(crate) use query::Query;
