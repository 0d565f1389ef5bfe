//! VPCs and subnets.

use std::net::Ipv4Addr;

use aws_sdk_ec2::{
    operation::{
        describe_subnets::{DescribeSubnetsInput, DescribeSubnetsOutput},
        describe_vpcs::{DescribeVpcsInput, DescribeVpcsOutput},
    },
    types::{SecurityGroup, Subnet, SubnetState, Tenancy, Vpc, VpcState},
};

use crate::ApiError;
use crate::ec2::State;
use crate::ec2::filters::{Filters, maybe};
use crate::ec2::query::{IdKind, Kind, query};
use crate::ec2::regions::zone_names;
use crate::ec2::security_groups::groups::group;
use crate::state::{Call, Ids};

pub const VPCS: Kind<Vpc> = Kind {
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

pub fn describe_vpcs(call: &mut Call<'_>, input: &DescribeVpcsInput) -> Result<DescribeVpcsOutput, ApiError> {
    let state = &call.region.ec2;
    let page = VPCS.describe(state.tags.on(&state.vpcs), &query!(input, vpc_ids))?;
    Ok(DescribeVpcsOutput::builder().set_vpcs(Some(page.items)).set_next_token(page.next_token).build())
}

pub const SUBNETS: Kind<Subnet> = Kind {
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

pub fn describe_subnets(call: &mut Call<'_>, input: &DescribeSubnetsInput) -> Result<DescribeSubnetsOutput, ApiError> {
    let state = &call.region.ec2;
    let mut subnets = state.tags.on(&state.subnets);
    for subnet in &mut subnets {
        let free = addresses_in(subnet).filter(|ip| !is_taken(state, *ip)).count();
        subnet.available_ip_address_count = i32::try_from(free).ok();
    }
    let page = SUBNETS.describe(subnets, &query!(input, subnet_ids))?;
    Ok(DescribeSubnetsOutput::builder().set_subnets(Some(page.items)).set_next_token(page.next_token).build())
}

/// The subnet of a new instance: the one asked for, or the default one of the zone.
pub fn subnet_for_launch<'a>(state: &'a State, id: Option<&str>, zone: Option<&str>) -> Result<&'a Subnet, ApiError> {
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

pub fn free_address(state: &State, subnet: &Subnet) -> Result<Ipv4Addr, ApiError> {
    addresses_in(subnet).find(|ip| !is_taken(state, *ip)).ok_or_else(|| {
        let id = subnet.subnet_id().unwrap_or_default();
        let message = format!(
            "There are not enough free addresses in subnet '{id}' to satisfy the requested number of instances."
        );
        ApiError::new("InsufficientFreeAddressesInSubnet", message)
    })
}

// AWS keeps the first four addresses and the last one for itself.
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

fn is_taken(state: &State, ip: Ipv4Addr) -> bool {
    let of_gateways = state.nat_gateways.iter().flat_map(|gateway| gateway.nat_gateway_addresses());
    let mut of_gateways = of_gateways.filter_map(|address| address.private_ip());
    state.instances.values().any(|instance| instance.private_ip == ip) || of_gateways.any(|own| own == ip.to_string())
}

/// A VPC with a subnet in each zone and its default group.
pub struct Net {
    pub vpc: Vpc,
    pub subnets: Vec<Subnet>,
    pub group: SecurityGroup,
}

/// The VPC that every region of every account has from the start.
pub fn default_net(account: &str, region: &str) -> Net {
    let seed = format!("{account}/{region}")
        .bytes()
        .fold(17, |sum: u64, byte| sum.wrapping_mul(131).wrapping_add(byte.into()));
    net(&mut Ids::from_seed(seed), account, region, Blocks::Default)
}

/// Which addresses a VPC takes.
pub enum Blocks {
    Default,
    /// `10.N.0.0/16`, a `/24` for each zone.
    Private(u8),
}

impl Blocks {
    fn vpc(&self) -> String {
        match self {
            Blocks::Default => "172.31.0.0/16".to_owned(),
            Blocks::Private(second) => format!("10.{second}.0.0/16"),
        }
    }

    fn subnet(&self, zone: usize) -> String {
        match self {
            Blocks::Default => format!("172.31.{}.0/20", zone * 16),
            Blocks::Private(second) => format!("10.{second}.{}.0/24", zone + 1),
        }
    }

    fn is_default(&self) -> bool {
        matches!(self, Blocks::Default)
    }
}

pub fn net(ids: &mut Ids, account: &str, region: &str, blocks: Blocks) -> Net {
    let vpc_id = ids.ec2("vpc");
    let subnets = zone_names(region).into_iter().enumerate().map(|(at, zone)| {
        let id = ids.ec2("subnet");
        Subnet::builder()
            .subnet_arn(format!("arn:aws:ec2:{region}:{account}:subnet/{id}"))
            .subnet_id(id)
            .vpc_id(&vpc_id)
            .owner_id(account)
            .availability_zone(zone)
            .cidr_block(blocks.subnet(at))
            .default_for_az(blocks.is_default())
            .map_public_ip_on_launch(blocks.is_default())
            .state(SubnetState::Available)
            .build()
    });
    let subnets = subnets.collect();
    Net {
        vpc: Vpc::builder()
            .vpc_id(&vpc_id)
            .owner_id(account)
            .cidr_block(blocks.vpc())
            .dhcp_options_id(ids.ec2("dopt"))
            .instance_tenancy(Tenancy::Default)
            .is_default(blocks.is_default())
            .state(VpcState::Available)
            .build(),
        subnets,
        group: group(ids, account, &vpc_id, "default", "default VPC security group"),
    }
}
