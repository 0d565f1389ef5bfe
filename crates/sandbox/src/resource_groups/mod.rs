//! Resource Groups: groups by a query, whose members are found when they are asked for.

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
