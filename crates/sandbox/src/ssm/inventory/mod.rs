//! Inventory: what the machines have told of themselves.
//!
//! `AWS:InstanceInformation` is what Systems Manager knows of every managed node by itself;
//! all else is kept as an agent or a script has put it.
//!
//! * [`schema`] has the types and their attributes,
//! * [`query`] finds nodes and counts them,
//! * [`entries`] reads, puts and deletes the entries of a node.

mod current;
mod entries;
mod query;
mod schema;
pub mod state;
#[cfg(test)]
mod tests;

pub use entries::{delete_inventory, list_inventory_entries, put_inventory};
pub use query::get_inventory;
pub use schema::get_inventory_schema;
