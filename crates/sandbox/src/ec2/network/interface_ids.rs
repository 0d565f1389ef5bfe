//! Ids and MAC addresses of network interfaces, derived from their owner.

use crate::ids::Ids;

/// The id of the interface that an instance or a gateway has.
pub fn interface_id(owner: &str) -> String {
    Ids::for_name(&format!("interface of {owner}")).ec2("eni")
}

pub fn attachment_id(owner: &str) -> String {
    Ids::for_name(&format!("attachment of {owner}")).ec2("eni-attach")
}

/// Made from the address, as it is unique within a region's networks.
pub fn mac_address(private_ip: std::net::Ipv4Addr) -> String {
    let [a, b, c, d] = private_ip.octets();
    format!("06:5e:{a:02x}:{b:02x}:{c:02x}:{d:02x}")
}
