//! VPCs, subnets, interfaces, addresses and routes.

pub mod addresses;
pub mod interfaces;
pub mod networks;
pub mod routes;
