//! VPCs, subnets, security groups and elastic addresses.

use std::net::Ipv4Addr;

use aws_sdk_ec2::{
    operation::{
        describe_addresses::{DescribeAddressesInput, DescribeAddressesOutput},
        describe_security_groups::{DescribeSecurityGroupsInput, DescribeSecurityGroupsOutput},
        describe_subnets::{DescribeSubnetsInput, DescribeSubnetsOutput},
        describe_vpcs::{DescribeVpcsInput, DescribeVpcsOutput},
    },
    types::{Address, IpPermission, SecurityGroup, Subnet, SubnetState, Tenancy, Vpc, VpcState},
};

use super::{
    State,
    filters::{Filters, each, maybe},
    places::zone_names,
    query::{IdKind, Kind, Query},
};
use crate::sandbox::{
    Fault,
    world::{Call, Ids},
};

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

pub fn describe_vpcs(call: &mut Call<'_>, input: &DescribeVpcsInput) -> Result<DescribeVpcsOutput, Fault> {
    let query = Query {
        ids: input.vpc_ids(),
        filters: input.filters(),
        max_results: input.max_results,
        next_token: input.next_token(),
        dry_run: input.dry_run,
    };
    let state = &call.region.ec2;
    let page = VPCS.describe(state.tags.on(&state.vpcs), &query)?;
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

pub fn describe_subnets(call: &mut Call<'_>, input: &DescribeSubnetsInput) -> Result<DescribeSubnetsOutput, Fault> {
    let query = Query {
        ids: input.subnet_ids(),
        filters: input.filters(),
        max_results: input.max_results,
        next_token: input.next_token(),
        dry_run: input.dry_run,
    };
    let state = &call.region.ec2;
    let mut subnets = state.tags.on(&state.subnets);
    for subnet in &mut subnets {
        let free = addresses_in(subnet).filter(|ip| !is_taken(state, *ip)).count();
        subnet.available_ip_address_count = i32::try_from(free).ok();
    }
    let page = SUBNETS.describe(subnets, &query)?;
    Ok(DescribeSubnetsOutput::builder().set_subnets(Some(page.items)).set_next_token(page.next_token).build())
}

pub const SECURITY_GROUPS: Kind<SecurityGroup> = Kind {
    id: IdKind {
        prefix: "sg",
        malformed: "InvalidGroupId.Malformed",
        missing: "InvalidGroup.NotFound",
        one_missing: "The security group '{}' does not exist",
        many_missing: "The security groups '{}' do not exist",
    },
    filters: Filters {
        fields: &[
            ("description", |g| maybe(g.description())),
            ("group-id", |g| maybe(g.group_id())),
            ("group-name", |g| maybe(g.group_name())),
            ("ip-permission.cidr", |g| ranges(g.ip_permissions())),
            ("ip-permission.from-port", |g| {
                g.ip_permissions().iter().flat_map(|rule| maybe(rule.from_port())).collect()
            }),
            ("ip-permission.protocol", |g| each(g.ip_permissions(), |rule| rule.ip_protocol())),
            ("ip-permission.to-port", |g| g.ip_permissions().iter().flat_map(|rule| maybe(rule.to_port())).collect()),
            ("egress.ip-permission.cidr", |g| ranges(g.ip_permissions_egress())),
            ("owner-id", |g| maybe(g.owner_id())),
            ("vpc-id", |g| maybe(g.vpc_id())),
        ],
        tags: Some(|g| g.tags()),
    },
    page_sizes: 5..=1000,
    ids_parameter: "groupIds",
};

fn ranges(rules: &[IpPermission]) -> Vec<String> {
    rules.iter().flat_map(|rule| each(rule.ip_ranges(), |range| range.cidr_ip())).collect()
}

pub fn describe_security_groups(
    call: &mut Call<'_>,
    input: &DescribeSecurityGroupsInput,
) -> Result<DescribeSecurityGroupsOutput, Fault> {
    let names = input.group_names();
    let named =
        |group: &SecurityGroup| names.is_empty() || names.iter().any(|name| Some(name.as_str()) == group.group_name());
    let state = &call.region.ec2;
    let known = |name: &String| state.security_groups.iter().any(|group| group.group_name() == Some(name));
    if let Some(name) = names.iter().find(|name| !known(name)) {
        let message = format!("The security group '{name}' does not exist in default VPC");
        return Err(Fault::new("InvalidGroup.NotFound", message));
    }
    let groups = state.tags.on(&state.security_groups).into_iter().filter(named);
    let query = Query {
        ids: input.group_ids(),
        filters: input.filters(),
        max_results: input.max_results,
        next_token: input.next_token(),
        dry_run: input.dry_run,
    };
    let page = SECURITY_GROUPS.describe(groups.collect(), &query)?;
    Ok(DescribeSecurityGroupsOutput::builder()
        .set_security_groups(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

pub const ADDRESSES: Kind<Address> = Kind {
    id: IdKind {
        prefix: "eipalloc",
        malformed: "InvalidAllocationID.Malformed",
        missing: "InvalidAllocationID.NotFound",
        one_missing: "The allocation ID '{}' does not exist",
        many_missing: "The allocation IDs '{}' do not exist",
    },
    filters: Filters {
        fields: &[
            ("allocation-id", |a| maybe(a.allocation_id())),
            ("association-id", |a| maybe(a.association_id())),
            ("domain", |a| maybe(a.domain())),
            ("instance-id", |a| maybe(a.instance_id())),
            ("network-border-group", |a| maybe(a.network_border_group())),
            ("private-ip-address", |a| maybe(a.private_ip_address())),
            ("public-ip", |a| maybe(a.public_ip())),
        ],
        tags: Some(|a| a.tags()),
    },
    page_sizes: 5..=1000,
    ids_parameter: "allocationIds",
};

pub fn describe_addresses(
    call: &mut Call<'_>,
    input: &DescribeAddressesInput,
) -> Result<DescribeAddressesOutput, Fault> {
    let ips = input.public_ips();
    let state = &call.region.ec2;
    let known = |ip: &String| state.addresses.iter().any(|one| one.public_ip() == Some(ip));
    if let Some(ip) = ips.iter().find(|ip| !known(ip)) {
        let message = format!("Address '{ip}' not found.");
        return Err(Fault::new("InvalidAddress.NotFound", message));
    }
    let wanted = |address: &Address| ips.is_empty() || ips.iter().any(|ip| Some(ip.as_str()) == address.public_ip());
    let addresses = state.tags.on(&state.addresses).into_iter().filter(wanted);
    let query =
        Query { ids: input.allocation_ids(), filters: input.filters(), dry_run: input.dry_run, ..Query::default() };
    let page = ADDRESSES.describe(addresses.collect(), &query)?;
    Ok(DescribeAddressesOutput::builder().set_addresses(Some(page.items)).build())
}

/// The subnet of a new instance: the one asked for, or the default one of the zone.
pub fn subnet_for_launch<'a>(state: &'a State, id: Option<&str>, zone: Option<&str>) -> Result<&'a Subnet, Fault> {
    if let Some(id) = id {
        let found = state.subnets.iter().find(|subnet| subnet.subnet_id() == Some(id));
        return found.ok_or_else(|| {
            let message = format!("The subnet ID '{id}' does not exist");
            Fault::new("InvalidSubnetID.NotFound", message)
        });
    }
    let mut defaults = state.subnets.iter().filter(|subnet| subnet.default_for_az == Some(true));
    defaults.find(|subnet| zone.is_none() || subnet.availability_zone() == zone).ok_or_else(|| match zone {
        Some(zone) => Fault::new("InvalidParameterValue", format!("Invalid availability zone: [{zone}]")),
        None => Fault::new("MissingInput", "No subnets found for the default VPC. Please specify a subnet."),
    })
}

/// The groups of a new instance: those asked for, or the VPC's default one.
pub fn groups_for_launch(state: &State, subnet: &Subnet, ids: &[String]) -> Result<Vec<String>, Fault> {
    SECURITY_GROUPS.id.check_shape(ids)?;
    let exists = |id: &str| state.security_groups.iter().any(|group| group.group_id() == Some(id));
    SECURITY_GROUPS.id.check_existence(ids, exists)?;
    if !ids.is_empty() {
        return Ok(ids.to_vec());
    }
    let default = state
        .security_groups
        .iter()
        .find(|group| group.group_name() == Some("default") && group.vpc_id == subnet.vpc_id);
    Ok(default.and_then(|group| group.group_id.clone()).into_iter().collect())
}

pub fn free_address(state: &State, subnet: &Subnet) -> Result<Ipv4Addr, Fault> {
    addresses_in(subnet).find(|ip| !is_taken(state, *ip)).ok_or_else(|| {
        let id = subnet.subnet_id().unwrap_or_default();
        let message = format!(
            "There are not enough free addresses in subnet '{id}' to satisfy the requested number of instances."
        );
        Fault::new("InsufficientFreeAddressesInSubnet", message)
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
    state.instances.values().any(|instance| instance.private_ip == ip)
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

/// A group that lets everything out and nothing in.
pub fn group(ids: &mut Ids, account: &str, vpc_id: &str, name: &str, description: &str) -> SecurityGroup {
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

pub fn rule(protocol: &str, port: Option<i32>, cidr: &str) -> IpPermission {
    let range = aws_sdk_ec2::types::IpRange::builder().cidr_ip(cidr).build();
    IpPermission::builder().ip_protocol(protocol).set_from_port(port).set_to_port(port).ip_ranges(range).build()
}
