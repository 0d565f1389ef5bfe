//! VPCs and subnets, and the free addresses in them.

use std::net::Ipv4Addr;

use aws_sdk_ec2::{
    operation::{
        describe_subnets::{DescribeSubnetsInput, DescribeSubnetsOutput},
        describe_vpcs::{DescribeVpcsInput, DescribeVpcsOutput},
    },
    types::{Subnet, Vpc},
};

use crate::ApiError;
use crate::ec2::Ec2State;
use crate::ec2::filters::{Filters, maybe};
use crate::ec2::query::{IdKind, ResourceKind, query};
use crate::state::Call;

pub(crate) const VPCS: ResourceKind<Vpc> = ResourceKind {
    id: IdKind {
        prefix: "vpc",
        malformed: "InvalidVpcID.Malformed",
        missing: "InvalidVpcID.NotFound",
        one_missing: "The vpc ID '{}' does not exist",
        many_missing: "The vpc IDs '{}' do not exist",
    },
    filters: Filters {
        fields: &[
            ("cidr", |v| maybe(v.cidr_block())),
            ("cidr-block", |v| maybe(v.cidr_block())),
            ("dhcp-options-id", |v| maybe(v.dhcp_options_id())),
            ("is-default", |v| maybe(v.is_default())),
            ("isDefault", |v| maybe(v.is_default())),
            ("owner-id", |v| maybe(v.owner_id())),
            ("state", |v| maybe(v.state())),
            ("vpc-id", |v| maybe(v.vpc_id())),
        ],
        tags: Some(|v| v.tags()),
    },
    page_sizes: 5..=1000,
    ids_parameter: "vpcIds",
};

pub(crate) fn describe_vpcs(call: &mut Call<'_>, input: &DescribeVpcsInput) -> Result<DescribeVpcsOutput, ApiError> {
    let state = &call.region.ec2;
    let page = VPCS.describe(state.tags.tagged(&state.vpcs), &query!(input, vpc_ids))?;
    Ok(DescribeVpcsOutput::builder().set_vpcs(Some(page.items)).set_next_token(page.next_token).build())
}

pub(crate) const SUBNETS: ResourceKind<Subnet> = ResourceKind {
    id: IdKind {
        prefix: "subnet",
        malformed: "InvalidSubnetID.Malformed",
        missing: "InvalidSubnetID.NotFound",
        one_missing: "The subnet ID '{}' does not exist",
        many_missing: "The subnet IDs '{}' do not exist",
    },
    filters: Filters {
        fields: &[
            ("availability-zone", |s| maybe(s.availability_zone())),
            ("availabilityZone", |s| maybe(s.availability_zone())),
            ("available-ip-address-count", |s| maybe(s.available_ip_address_count())),
            ("cidr", |s| maybe(s.cidr_block())),
            ("cidr-block", |s| maybe(s.cidr_block())),
            ("default-for-az", |s| maybe(s.default_for_az())),
            ("map-public-ip-on-launch", |s| maybe(s.map_public_ip_on_launch())),
            ("owner-id", |s| maybe(s.owner_id())),
            ("state", |s| maybe(s.state())),
            ("subnet-arn", |s| maybe(s.subnet_arn())),
            ("subnet-id", |s| maybe(s.subnet_id())),
            ("vpc-id", |s| maybe(s.vpc_id())),
        ],
        tags: Some(|s| s.tags()),
    },
    page_sizes: 5..=1000,
    ids_parameter: "subnetIds",
};

pub(crate) fn describe_subnets(
    call: &mut Call<'_>,
    input: &DescribeSubnetsInput,
) -> Result<DescribeSubnetsOutput, ApiError> {
    let state = &call.region.ec2;
    let mut subnets = state.tags.tagged(&state.subnets);
    for subnet in &mut subnets {
        let free = addresses_in(subnet).filter(|ip| !is_taken(state, *ip)).count();
        subnet.available_ip_address_count = i32::try_from(free).ok();
    }
    let page = SUBNETS.describe(subnets, &query!(input, subnet_ids))?;
    Ok(DescribeSubnetsOutput::builder().set_subnets(Some(page.items)).set_next_token(page.next_token).build())
}

/// Returns the requested subnet of a new instance, or the default subnet of the zone.
pub(crate) fn subnet_for_launch<'a>(
    state: &'a Ec2State,
    id: Option<&str>,
    zone: Option<&str>,
) -> Result<&'a Subnet, ApiError> {
    if let Some(id) = id {
        let found = state.subnets.iter().find(|subnet| subnet.subnet_id() == Some(id));
        return found.ok_or_else(|| {
            let message = format!("The subnet ID '{id}' does not exist");
            ApiError::new("InvalidSubnetID.NotFound", message)
        });
    }
    let mut defaults = state.subnets.iter().filter(|subnet| subnet.default_for_az == Some(true));
    defaults.find(|subnet| zone.is_none() || subnet.availability_zone() == zone).ok_or_else(|| match zone {
        Some(zone) => ApiError::new("InvalidParameterValue", format!("Invalid availability zone: [{zone}]")),
        None => ApiError::new("MissingInput", "No subnets found for the default VPC. Please specify a subnet."),
    })
}

pub(crate) fn free_address(state: &Ec2State, subnet: &Subnet) -> Result<Ipv4Addr, ApiError> {
    addresses_in(subnet).find(|ip| !is_taken(state, *ip)).ok_or_else(|| {
        let id = subnet.subnet_id().unwrap_or_default();
        let message = format!(
            "There are not enough free addresses in subnet '{id}' to satisfy the requested number of instances."
        );
        ApiError::new("InsufficientFreeAddressesInSubnet", message)
    })
}

// AWS reserves the first four addresses and the last one.
fn addresses_in(subnet: &Subnet) -> impl Iterator<Item = Ipv4Addr> + use<> {
    let (first, size) = parse_cidr(subnet.cidr_block().unwrap_or_default()).unwrap_or((0, 0));
    (4..size.saturating_sub(1)).map(move |offset| Ipv4Addr::from(first.wrapping_add(offset)))
}

fn parse_cidr(cidr: &str) -> Option<(u32, u32)> {
    let (address, bits) = cidr.split_once('/')?;
    let address: Ipv4Addr = address.parse().ok()?;
    let bits: u32 = bits.parse().ok().filter(|bits| (16..=28).contains(bits))?;
    Some((address.into(), 1 << (32 - bits)))
}

fn is_taken(state: &Ec2State, ip: Ipv4Addr) -> bool {
    let of_gateways = state.nat_gateways.iter().flat_map(|gateway| gateway.nat_gateway_addresses());
    let mut of_gateways = of_gateways.filter_map(|address| address.private_ip());
    state.instances.values().any(|instance| instance.private_ip == ip) || of_gateways.any(|own| own == ip.to_string())
}
