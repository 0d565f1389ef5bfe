//! Generates public addresses.

use std::net::Ipv4Addr;

use crate::ids::Ids;

/// Returns a public address from EC2's ranges.
pub(crate) fn public_ip(ids: &mut Ids) -> Ipv4Addr {
    let digits = ids.ec2("ip");
    let number = u32::from_str_radix(&digits[digits.len() - 6..], 16).unwrap_or_default();
    let [_, b, c, d] = number.to_be_bytes();
    Ipv4Addr::new(18, b, c, d)
}
