//! EC2: the state of a region, and the operations on it.
//!
//! [`query`] checks ids, filters, pages and dry runs the same way for every resource.
//! [`resources`] is the table of resource types with an id and tags. [`state`] holds
//! the state of a region, and [`operations`] registers
//! the handlers.

mod account_settings;
mod client_tokens;
mod describe_regions;
pub mod filters;
pub mod images;
mod instances;
mod launch_templates;
mod network;
mod operations;
mod query;
pub mod regions;
mod reserved_instances;
mod resources;
mod security_groups;
mod sharing;
mod spot;
pub mod state;
mod tag_store;
pub mod tags;
#[cfg(test)]
mod tests;
mod volumes;

#[cfg(test)]
use operations::filter_names;

pub use images::catalog::Os;
pub use instances::instance::{Instance, InstanceState, Power};
pub use instances::instance_types::find as size_of;
pub use instances::metadata_options::Metadata;
pub use launch_templates::template::{Template, TemplateVersion};
pub use network::dns_names::private_dns;
pub use network::interface_ids::interface_id;
pub use network::new_routing::{nat_gateway, plumbing};
pub use network::new_vpc::{CidrBlocks, net};
pub use operations::register;
pub use reserved_instances::hourly;
pub use security_groups::new_group::{group, rule, rule6};
pub use sharing::Sharing;
pub use state::Ec2State;
pub use volumes::current::current_volumes;
pub use volumes::disk::Disk;
