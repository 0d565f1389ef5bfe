//! VPCs, subnets, interfaces, addresses and routes.

pub mod addresses;
pub mod dns_names;
pub mod interface_ids;
pub mod interfaces;
pub mod networks;
pub mod new_routing;
pub mod new_vpc;
pub mod public_addresses;
pub mod routes;
