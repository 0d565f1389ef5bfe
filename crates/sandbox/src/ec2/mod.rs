//! EC2: the state of a region, and the operations on it.
//!
//! [`query`] checks ids, filters, pages and dry runs the same way for every resource.
//! [`resources`] is the table of resource types with an id and tags. [`state`] holds
//! the state of a region, and [`operations`] registers
//! the handlers.

mod absent;
mod account_settings;
mod client_tokens;
mod describe_regions;
pub(crate) mod filters;
pub(crate) mod images;
mod instances;
mod launch_templates;
mod network;
mod operations;
mod query;
pub(crate) mod regions;
mod reserved_instances;
mod resources;
mod security_groups;
mod sharing;
mod spot;
pub(crate) mod state;
mod tag_store;
pub(crate) mod tags;
#[cfg(test)]
mod tests;
mod volumes;

#[cfg(test)]
use operations::filter_names;

pub(crate) use images::catalog::Os;
pub(crate) use instances::instance::{Instance, InstanceState, Power};
pub(crate) use instances::instance_types::find as size_of;
pub(crate) use instances::metadata_options::Metadata;
pub(crate) use launch_templates::template::{Template, TemplateVersion};
pub(crate) use network::dns_names::private_dns;
pub(crate) use network::interface_ids::interface_id;
pub(crate) use network::new_routing::{nat_gateway, plumbing};
pub(crate) use network::new_vpc::{CidrBlocks, net};
pub(crate) use operations::register;
pub(crate) use reserved_instances::hourly;
pub(crate) use security_groups::new_group::{group, rule, rule6};
pub(crate) use sharing::Sharing;
pub(crate) use state::Ec2State;
pub(crate) use volumes::current::current_volumes;
pub(crate) use volumes::disk::Disk;
