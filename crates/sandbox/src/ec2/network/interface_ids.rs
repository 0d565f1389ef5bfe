//! Ids and MAC addresses of network interfaces, derived from their owners.

use crate::ids::Ids;

/// Returns the id of the network interface of an instance or a NAT gateway.
pub(crate) fn interface_id(owner: &str) -> String {
    Ids::for_name(&format!("interface of {owner}")).ec2("eni")
}

pub(crate) fn attachment_id(owner: &str) -> String {
    Ids::for_name(&format!("attachment of {owner}")).ec2("eni-attach")
}

/// Returns a MAC address derived from the private address, which is unique within a region.
pub(crate) fn mac_address(private_ip: std::net::Ipv4Addr) -> String {
    let [a, b, c, d] = private_ip.octets();
    format!("06:5e:{a:02x}:{b:02x}:{c:02x}:{d:02x}")
}
