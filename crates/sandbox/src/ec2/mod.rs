//! EC2: what a region keeps, and the operations on it.
//!
//! Lists are described by [`query`], which is where ids, filters, pages and dry
//! runs are checked the same way for every resource; [`resources`] is the table of
//! all that has an id and tags. [`state`] is what a region keeps, and [`operations`] registers
//! the handlers.

mod account;
pub mod filters;
mod images;
mod instances;
mod launch_templates;
mod network;
mod operations;
mod query;
mod regions;
mod reserved;
mod resources;
mod security_groups;
mod sharing;
mod spot;
mod state;
pub mod tags;
#[cfg(test)]
mod tests;
mod tokens;
mod volumes;

pub use images::catalog::Os;
pub use instances::instance::{Instance, InstanceState, Power, private_dns};
pub use instances::instance_types::find as size_of;
pub use instances::metadata::Metadata;
pub use launch_templates::templates::{Template, Version};
pub use network::interfaces::interface_id;
pub use network::networks::{Blocks, net};
pub use network::routes::{nat_gateway, plumbing};
#[cfg(test)]
use operations::filter_names;
pub use operations::register;
pub use regions::enabled_region;
pub use reserved::hourly;
pub use security_groups::groups::{group, rule, rule6};
pub use sharing::Sharing;
pub use state::State;
pub use volumes::describe::{Disk, current_volumes};
