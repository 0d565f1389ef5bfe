//! The simulated operations of EC2 and their filters.

use super::images::{describe as images, lifecycle as image_lifecycle};
use super::instances::{attributes, describe as instances, instance_types, launch, metadata, power};
use super::launch_templates::{templates, versions};
use super::network::{addresses, dhcp_options, interfaces, networks, prefix_lists, routes};
use super::security_groups::{describe, describe_rules, groups, rules};
use super::spot::{prices as spot_prices, requests as spot};
use super::volumes::{describe as volumes, lifecycle as volume_lifecycle, snapshots};
use super::{absent, account_settings, describe_regions, reserved_instances, tags};
use crate::registry::{Registry, simulate};

/// Lists the operations, and the filter tables of those that take filters. AWS's models do not list
/// filters.
macro_rules! operations {
    ($($operation:ident => $module:ident::$handler:ident $(by $table:ident $(.$field:ident)? $(and $other:ident)?)?;)*) => {
        pub(crate) fn register(registry: &mut Registry) {
            simulate!(registry, "ec2", aws_sdk_ec2, { $($operation => $module::$handler,)* });
        }

        /// Returns the filters of an operation that are simulated.
        #[cfg(test)]
        pub(crate) fn filter_names(operation: &str) -> Vec<&'static str> {
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

    describe_regions => describe_regions::describe_regions by REGIONS;
    describe_availability_zones => describe_regions::describe_availability_zones by ZONES;

    describe_images => images::describe_images by IMAGES.filters;
    create_image => image_lifecycle::create_image;
    deregister_image => image_lifecycle::deregister_image;
    describe_image_attribute => image_lifecycle::describe_image_attribute;
    modify_image_attribute => image_lifecycle::modify_image_attribute;
    describe_key_pairs => images::describe_key_pairs by KEY_PAIRS;

    describe_volumes => volumes::describe_volumes by VOLUMES.filters;
    create_volume => volume_lifecycle::create_volume;
    delete_volume => volume_lifecycle::delete_volume;
    attach_volume => volume_lifecycle::attach_volume;
    detach_volume => volume_lifecycle::detach_volume;
    modify_volume => volume_lifecycle::modify_volume;
    describe_volumes_modifications => volume_lifecycle::describe_volumes_modifications by MODIFICATIONS;

    describe_snapshots => snapshots::describe_snapshots by SNAPSHOTS.filters;
    create_snapshot => snapshots::create_snapshot;
    delete_snapshot => snapshots::delete_snapshot;
    describe_snapshot_attribute => snapshots::describe_snapshot_attribute;
    modify_snapshot_attribute => snapshots::modify_snapshot_attribute;

    describe_vpcs => networks::describe_vpcs by VPCS.filters;
    describe_subnets => networks::describe_subnets by SUBNETS.filters;
    describe_network_interfaces => interfaces::describe_network_interfaces by INTERFACES.filters;
    describe_route_tables => routes::describe_route_tables by ROUTE_TABLES.filters;
    describe_internet_gateways => routes::describe_internet_gateways by INTERNET_GATEWAYS.filters;
    describe_nat_gateways => routes::describe_nat_gateways by NAT_GATEWAYS.filters;
    describe_network_acls => routes::describe_network_acls by NETWORK_ACLS.filters;

    describe_capacity_reservations => absent::describe_capacity_reservations by CAPACITY_RESERVATIONS.filters;
    describe_customer_gateways => absent::describe_customer_gateways by CUSTOMER_GATEWAYS.filters;
    describe_egress_only_internet_gateways => absent::describe_egress_only_internet_gateways by EGRESS_ONLY_INTERNET_GATEWAYS.filters;
    describe_fleets => absent::describe_fleets by FLEETS.filters;
    describe_placement_groups => absent::describe_placement_groups by PLACEMENT_GROUPS.filters;
    describe_transit_gateways => absent::describe_transit_gateways by TRANSIT_GATEWAYS.filters;
    describe_transit_gateway_attachments => absent::describe_transit_gateway_attachments by TRANSIT_GATEWAY_ATTACHMENTS.filters;
    describe_vpc_endpoints => absent::describe_vpc_endpoints by VPC_ENDPOINTS.filters;
    describe_flow_logs => absent::describe_flow_logs by FLOW_LOGS.filters;
    describe_vpc_peering_connections => absent::describe_vpc_peering_connections by VPC_PEERING_CONNECTIONS.filters;
    describe_vpn_connections => absent::describe_vpn_connections by VPN_CONNECTIONS.filters;
    describe_vpn_gateways => absent::describe_vpn_gateways by VPN_GATEWAYS.filters;
    describe_dhcp_options => dhcp_options::describe_dhcp_options by DHCP_OPTIONS.filters;
    describe_managed_prefix_lists => prefix_lists::describe_managed_prefix_lists by PREFIX_LISTS.filters;

    describe_security_groups => describe::describe_security_groups by SECURITY_GROUPS.filters;
    describe_security_group_rules => describe_rules::describe_security_group_rules by RULES.filters;
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
    describe_reserved_instances => reserved_instances::describe_reserved_instances by RESERVED.filters;

    describe_account_attributes => account_settings::describe_account_attributes;
    get_ebs_encryption_by_default => account_settings::get_ebs_encryption_by_default;
    enable_ebs_encryption_by_default => account_settings::enable_ebs_encryption_by_default;
    disable_ebs_encryption_by_default => account_settings::disable_ebs_encryption_by_default;
    get_image_block_public_access_state => account_settings::get_image_block_public_access_state;
    get_snapshot_block_public_access_state => account_settings::get_snapshot_block_public_access_state;
}
