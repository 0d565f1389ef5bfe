//! VPCs, subnets, interfaces, addresses and routes.

pub(super) mod addresses;
pub(super) mod dhcp_options;
pub(super) mod dns_names;
pub(super) mod interface_ids;
pub(super) mod interfaces;
pub(super) mod networks;
pub(super) mod new_routing;
pub(super) mod new_vpc;
pub(super) mod prefix_lists;
pub(super) mod public_addresses;
pub(super) mod routes;
