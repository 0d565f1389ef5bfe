//! Inventory: data that machines report about themselves.
//!
//! Systems Manager provides `AWS:InstanceInformation` of each managed node itself. Agents or
//! scripts report all other types.
//!
//! * [`schema`] has the types and their attributes,
//! * [`query`] finds nodes and counts them,
//! * [`entries`] reads, puts and deletes the entries of a node.

mod current;
mod entries;
mod query;
mod schema;
pub(crate) mod state;
#[cfg(test)]
mod tests;

pub(crate) use entries::{delete_inventory, list_inventory_entries, put_inventory};
pub(crate) use query::get_inventory;
pub(crate) use schema::get_inventory_schema;
