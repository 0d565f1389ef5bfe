//! Builds security groups and rules.

use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range, SecurityGroup};

use crate::ids::Ids;

/// Returns a group that allows all outbound traffic and no inbound traffic.
pub(crate) fn group(ids: &mut Ids, account: &str, vpc_id: &str, name: &str, description: &str) -> SecurityGroup {
    SecurityGroup::builder()
        .group_id(ids.ec2("sg"))
        .group_name(name)
        .description(description)
        .owner_id(account)
        .vpc_id(vpc_id)
        .set_ip_permissions(Some(Vec::new()))
        .ip_permissions_egress(rule("-1", None, "0.0.0.0/0"))
        .build()
}

pub(crate) fn rule(protocol: &str, port: Option<i32>, cidr: &str) -> IpPermission {
    let range = IpRange::builder().cidr_ip(cidr).build();
    IpPermission::builder().ip_protocol(protocol).set_from_port(port).set_to_port(port).ip_ranges(range).build()
}

pub(crate) fn rule6(protocol: &str, port: Option<i32>, cidr: &str) -> IpPermission {
    let range = Ipv6Range::builder().cidr_ipv6(cidr).build();
    IpPermission::builder().ip_protocol(protocol).set_from_port(port).set_to_port(port).ipv6_ranges(range).build()
}
