//! EC2: what a region keeps, and the operations on it.
//!
//! Lists are described by [`query`], which is where ids, filters, pages and dry
//! runs are checked the same way for every resource; [`resources`] is the table of
//! all that has an id and tags.

mod account;
mod addresses;
mod atoms;
mod attributes;
mod catalog;
pub mod filters;
mod from_template;
mod groups;
mod image;
mod image_life;
mod instance;
mod instance_types;
mod instances;
mod interfaces;
mod launch;
mod launch_disks;
mod metadata;
mod network;
mod places;
mod power;
mod query;
mod reserved;
mod resources;
mod routes;
mod rules;
mod sharing;
mod snapshots;
mod spot;
mod spot_prices;
pub mod tags;
mod templates;
#[cfg(test)]
mod tests;
mod tokens;
mod versions;
mod volume_life;
mod volume_size;
mod volumes;

use std::collections::BTreeMap;

use aws_sdk_ec2::types;
use jiff::Timestamp;

use super::seam::{Registry, simulate};

pub use catalog::Os;
pub use groups::{group, rule, rule6};
pub use instance::{Instance, InstanceState, Power, private_dns};
pub use instance_types::find as size_of;
pub use interfaces::interface_id;
pub use metadata::Metadata;
pub use network::{Blocks, net};
pub use places::enabled_region;
pub use reserved::hourly;
pub use routes::{nat_gateway, plumbing};
pub use sharing::Sharing;
pub use templates::{Template, Version};
pub use volumes::{Disk, current_volumes};

/// The operations, and of those that take filters the tables of what can be filtered by: no
/// model of AWS's lists that.
macro_rules! operations {
    ($($operation:ident => $module:ident::$handler:ident $(by $table:ident $(.$field:ident)? $(and $other:ident)?)?;)*) => {
        pub fn register(registry: &mut Registry) {
            simulate!(registry, "ec2", aws_sdk_ec2, { $($operation => $module::$handler,)* });
        }

        /// The filters of an operation that are simulated. Of an operation that is not, nobody
        /// knows them here.
        pub fn filter_names(operation: &str) -> Vec<&'static str> {
            match operation {
                $($(stringify!($operation) => {
                    [$module::$table$(.$field)?.names(), $($module::$other.names())?].concat()
                })?)*
                _ => Vec::new(),
            }
        }
    };
}

operations! {
    describe_instances => instances::describe_instances by INSTANCES.filters and RESERVATIONS;
    describe_instance_status => instances::describe_instance_status by STATUSES;
    describe_instance_types => instance_types::describe_instance_types by FILTERS;
    describe_instance_type_offerings => instance_types::describe_instance_type_offerings by OFFERINGS;

    run_instances => launch::run_instances;
    start_instances => power::start_instances;
    stop_instances => power::stop_instances;
    reboot_instances => power::reboot_instances;
    terminate_instances => power::terminate_instances;

    describe_instance_attribute => attributes::describe_instance_attribute;
    modify_instance_attribute => attributes::modify_instance_attribute;
    modify_instance_metadata_options => metadata::modify_instance_metadata_options;
    get_instance_metadata_defaults => metadata::get_instance_metadata_defaults;
    monitor_instances => attributes::monitor_instances;
    unmonitor_instances => attributes::unmonitor_instances;

    create_launch_template => templates::create_launch_template;
    delete_launch_template => templates::delete_launch_template;
    describe_launch_templates => templates::describe_launch_templates by TEMPLATES.filters;
    modify_launch_template => templates::modify_launch_template;
    create_launch_template_version => versions::create_launch_template_version;
    describe_launch_template_versions => versions::describe_launch_template_versions by VERSIONS;

    create_tags => tags::create_tags;
    delete_tags => tags::delete_tags;
    describe_tags => tags::describe_tags by DESCRIPTIONS;

    describe_regions => places::describe_regions by REGIONS;
    describe_availability_zones => places::describe_availability_zones by ZONES;

    describe_images => image::describe_images by IMAGES.filters;
    create_image => image_life::create_image;
    deregister_image => image_life::deregister_image;
    describe_image_attribute => image_life::describe_image_attribute;
    modify_image_attribute => image_life::modify_image_attribute;
    describe_key_pairs => image::describe_key_pairs by KEY_PAIRS;

    describe_volumes => volumes::describe_volumes by VOLUMES.filters;
    create_volume => volume_life::create_volume;
    delete_volume => volume_life::delete_volume;
    attach_volume => volume_life::attach_volume;
    detach_volume => volume_life::detach_volume;
    modify_volume => volume_life::modify_volume;
    describe_volumes_modifications => volume_life::describe_volumes_modifications by MODIFICATIONS;

    describe_snapshots => snapshots::describe_snapshots by SNAPSHOTS.filters;
    create_snapshot => snapshots::create_snapshot;
    delete_snapshot => snapshots::delete_snapshot;
    describe_snapshot_attribute => snapshots::describe_snapshot_attribute;
    modify_snapshot_attribute => snapshots::modify_snapshot_attribute;

    describe_vpcs => network::describe_vpcs by VPCS.filters;
    describe_subnets => network::describe_subnets by SUBNETS.filters;
    describe_network_interfaces => interfaces::describe_network_interfaces by INTERFACES.filters;
    describe_route_tables => routes::describe_route_tables by ROUTE_TABLES.filters;
    describe_internet_gateways => routes::describe_internet_gateways by INTERNET_GATEWAYS.filters;
    describe_nat_gateways => routes::describe_nat_gateways by NAT_GATEWAYS.filters;
    describe_network_acls => routes::describe_network_acls by NETWORK_ACLS.filters;

    describe_security_groups => groups::describe_security_groups by SECURITY_GROUPS.filters;
    describe_security_group_rules => groups::describe_security_group_rules by RULES.filters;
    create_security_group => groups::create_security_group;
    delete_security_group => groups::delete_security_group;
    authorize_security_group_ingress => rules::authorize_security_group_ingress;
    authorize_security_group_egress => rules::authorize_security_group_egress;
    revoke_security_group_ingress => rules::revoke_security_group_ingress;
    revoke_security_group_egress => rules::revoke_security_group_egress;

    describe_addresses => addresses::describe_addresses by ADDRESSES.filters;
    allocate_address => addresses::allocate_address;
    associate_address => addresses::associate_address;
    disassociate_address => addresses::disassociate_address;
    release_address => addresses::release_address;

    describe_spot_price_history => spot_prices::describe_spot_price_history by PRICES;
    describe_spot_instance_requests => spot::describe_spot_instance_requests by REQUESTS.filters;
    cancel_spot_instance_requests => spot::cancel_spot_instance_requests;
    describe_reserved_instances => reserved::describe_reserved_instances by RESERVED.filters;

    describe_account_attributes => account::describe_account_attributes;
    get_ebs_encryption_by_default => account::get_ebs_encryption_by_default;
    enable_ebs_encryption_by_default => account::enable_ebs_encryption_by_default;
    disable_ebs_encryption_by_default => account::disable_ebs_encryption_by_default;
    get_image_block_public_access_state => account::get_image_block_public_access_state;
    get_snapshot_block_public_access_state => account::get_snapshot_block_public_access_state;
}

/// One region of one account. Tags are kept apart, under the ids of what they are on.
pub struct State {
    pub instances: BTreeMap<String, Instance>,
    pub volumes: Vec<types::Volume>,
    pub snapshots: Vec<types::Snapshot>,
    /// Who else may make volumes of a snapshot, by its id.
    pub snapshot_sharing: BTreeMap<String, Sharing>,
    pub images: Vec<types::Image>,
    pub image_sharing: BTreeMap<String, Sharing>,
    pub key_pairs: Vec<types::KeyPairInfo>,
    pub vpcs: Vec<types::Vpc>,
    pub subnets: Vec<types::Subnet>,
    pub route_tables: Vec<types::RouteTable>,
    pub internet_gateways: Vec<types::InternetGateway>,
    pub nat_gateways: Vec<types::NatGateway>,
    pub network_acls: Vec<types::NetworkAcl>,
    pub security_groups: Vec<types::SecurityGroup>,
    pub addresses: Vec<types::Address>,
    pub templates: Vec<Template>,
    pub spot_requests: Vec<types::SpotInstanceRequest>,
    pub reserved: Vec<types::ReservedInstances>,
    pub tags: tags::Tags,
    pub encrypts_by_default: bool,
    /// When volumes began to leave their instances, by their ids.
    leaving: BTreeMap<String, Timestamp>,
    modifications: Vec<types::VolumeModification>,
    tokens: tokens::Tokens,
}

impl State {
    pub fn fresh(account: &str, region: &str) -> State {
        let net = network::default_net(account, region);
        let plumbing = routes::plumbing(account, &net);
        State {
            instances: BTreeMap::new(),
            volumes: Vec::new(),
            snapshots: Vec::new(),
            snapshot_sharing: BTreeMap::new(),
            images: catalog::catalog(region),
            image_sharing: BTreeMap::new(),
            key_pairs: Vec::new(),
            vpcs: vec![net.vpc],
            subnets: net.subnets,
            route_tables: vec![plumbing.routes],
            internet_gateways: vec![plumbing.gateway],
            nat_gateways: Vec::new(),
            network_acls: vec![plumbing.acl],
            security_groups: vec![net.group],
            addresses: Vec::new(),
            templates: Vec::new(),
            spot_requests: Vec::new(),
            reserved: Vec::new(),
            tags: tags::Tags::default(),
            encrypts_by_default: false,
            leaving: BTreeMap::new(),
            modifications: Vec::new(),
            tokens: tokens::Tokens::default(),
        }
    }
}
