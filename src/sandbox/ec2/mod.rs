//! EC2: what a region keeps, and the operations on it.
//!
//! Lists are described by [`query`], which is where ids, filters, pages and dry
//! runs are checked the same way for every resource.

pub mod filters;
mod image;
mod instance;
mod instance_types;
mod instances;
mod launch;
mod network;
mod places;
mod power;
mod query;
mod storage;
pub mod tags;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use aws_sdk_ec2::types;

use super::seam::{Registry, simulate};

pub use image::Os;
pub use instance::{Instance, InstanceState, Power, private_dns};
pub use instance_types::find as size_of;
pub use network::{Blocks, Net, group, net, rule};
pub use places::enabled_region;
pub use storage::{Disk, current_volumes};

pub fn register(registry: &mut Registry) {
    simulate!(registry, "ec2", aws_sdk_ec2, {
        describe_instances => instances::describe_instances,
        describe_instance_status => instances::describe_instance_status,
        describe_instance_types => instance_types::describe_instance_types,

        run_instances => launch::run_instances,
        start_instances => power::start_instances,
        stop_instances => power::stop_instances,
        reboot_instances => power::reboot_instances,
        terminate_instances => power::terminate_instances,

        create_tags => tags::create_tags,
        delete_tags => tags::delete_tags,
        describe_tags => tags::describe_tags,

        describe_regions => places::describe_regions,
        describe_availability_zones => places::describe_availability_zones,

        describe_images => image::describe_images,
        describe_key_pairs => image::describe_key_pairs,
        describe_volumes => storage::describe_volumes,
        describe_snapshots => storage::describe_snapshots,
        describe_vpcs => network::describe_vpcs,
        describe_subnets => network::describe_subnets,
        describe_security_groups => network::describe_security_groups,
        describe_addresses => network::describe_addresses,
    });
}

/// The filters of an operation, which no model of AWS's lists: those that are simulated. Of an
/// operation that is not, nobody knows them here.
pub fn filter_names(operation: &str) -> Vec<&'static str> {
    match operation {
        "describe_instances" => [instances::INSTANCES.filters.names(), instances::RESERVATIONS.names()].concat(),
        "describe_instance_status" => instances::STATUSES.names(),
        "describe_instance_types" => instance_types::FILTERS.names(),
        "describe_tags" => tags::DESCRIPTIONS.names(),
        "describe_regions" => places::REGIONS.names(),
        "describe_availability_zones" => places::ZONES.names(),
        "describe_images" => image::IMAGES.filters.names(),
        "describe_key_pairs" => image::KEY_PAIRS.names(),
        "describe_volumes" => storage::VOLUMES.filters.names(),
        "describe_snapshots" => storage::SNAPSHOTS.filters.names(),
        "describe_vpcs" => network::VPCS.filters.names(),
        "describe_subnets" => network::SUBNETS.filters.names(),
        "describe_security_groups" => network::SECURITY_GROUPS.filters.names(),
        "describe_addresses" => network::ADDRESSES.filters.names(),
        _ => Vec::new(),
    }
}

/// One region of one account. Tags are kept apart, under the ids of what they are on.
pub struct State {
    pub instances: BTreeMap<String, Instance>,
    pub volumes: Vec<types::Volume>,
    pub snapshots: Vec<types::Snapshot>,
    pub images: Vec<types::Image>,
    pub key_pairs: Vec<types::KeyPairInfo>,
    pub vpcs: Vec<types::Vpc>,
    pub subnets: Vec<types::Subnet>,
    pub security_groups: Vec<types::SecurityGroup>,
    pub addresses: Vec<types::Address>,
    pub tags: tags::Tags,
    launches: launch::Launches,
}

impl State {
    pub fn fresh(account: &str, region: &str) -> State {
        let Net { vpc, subnets, group } = network::default_net(account, region);
        State {
            instances: BTreeMap::new(),
            volumes: Vec::new(),
            snapshots: Vec::new(),
            images: image::catalog(region),
            key_pairs: Vec::new(),
            vpcs: vec![vpc],
            subnets,
            security_groups: vec![group],
            addresses: Vec::new(),
            tags: tags::Tags::default(),
            launches: launch::Launches::default(),
        }
    }
}
