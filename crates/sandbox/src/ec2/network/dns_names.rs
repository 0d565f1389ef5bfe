//! DNS names that EC2 makes from an address.

use std::net::Ipv4Addr;

pub(crate) fn private_dns(ip: Ipv4Addr, region: &str) -> String {
    let [a, b, c, d] = ip.octets();
    match region {
        "us-east-1" => format!("ip-{a}-{b}-{c}-{d}.ec2.internal"),
        _ => format!("ip-{a}-{b}-{c}-{d}.{region}.compute.internal"),
    }
}

pub(crate) fn public_dns(ip: Ipv4Addr, region: &str) -> String {
    let [a, b, c, d] = ip.octets();
    match region {
        "us-east-1" => format!("ec2-{a}-{b}-{c}-{d}.compute-1.amazonaws.com"),
        _ => format!("ec2-{a}-{b}-{c}-{d}.{region}.compute.amazonaws.com"),
    }
}
