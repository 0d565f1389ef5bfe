//! A single rule of a security group: one protocol, one range of ports, one peer.
//!
//! Requests and responses bundle rules by protocol and ports. Comparison, limits and rule ids work
//! on single rules. This file converts between both and validates rules.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};

use aws_sdk_ec2::types::{
    IpPermission, IpRange, Ipv6Range, PrefixListId, ReferencedSecurityGroup, RevokedSecurityGroupRule, SecurityGroup,
    SecurityGroupRule, UserIdGroupPair,
};

use super::describe::SECURITY_GROUPS;
use crate::ApiError;
use crate::ec2::Ec2State;
use crate::ec2::query::{demand, invalid};
use crate::ids::Ids;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    In,
    Out,
}

impl Direction {
    pub(crate) fn permissions(self, group: &SecurityGroup) -> &[IpPermission] {
        match self {
            Direction::In => group.ip_permissions(),
            Direction::Out => group.ip_permissions_egress(),
        }
    }
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SingleRule {
    protocol: String,
    ports: Option<(i32, i32)>,
    peer: Peer,
    description: Option<String>,
}

#[derive(Clone, PartialEq, Eq)]
enum Peer {
    V4(String),
    V6(String),
    Group { id: String, account: Option<String> },
    Prefixes(String),
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Peer::V4(text) | Peer::V6(text) | Peer::Prefixes(text) | Peer::Group { id: text, .. } => f.write_str(text),
        }
    }
}

impl SingleRule {
    /// Returns true if both are the same rule; descriptions do not count.
    pub(crate) fn is_same(&self, other: &SingleRule) -> bool {
        let same_peer = match (&self.peer, &other.peer) {
            (Peer::Group { id: one, .. }, Peer::Group { id: other, .. }) => one == other,
            (one, other) => one == other,
        };
        same_peer && self.protocol == other.protocol && self.ports == other.ports
    }

    /// Returns the rule's id, which depends only on the group and the rule.
    pub(crate) fn id(&self, group_id: &str, direction: Direction) -> String {
        let is_egress = direction == Direction::Out;
        Ids::for_name(&format!("{group_id} {is_egress} {} {:?} {}", self.protocol, self.ports, self.peer)).ec2("sgr")
    }

    pub(crate) fn to_rule(&self, group: &SecurityGroup, direction: Direction) -> SecurityGroupRule {
        let group_id = group.group_id().unwrap_or_default();
        let (from, to) = self.shown_ports();
        let rule = SecurityGroupRule::builder()
            .security_group_rule_id(self.id(group_id, direction))
            .group_id(group_id)
            .set_group_owner_id(group.owner_id.clone())
            .is_egress(direction == Direction::Out)
            .ip_protocol(&self.protocol)
            .from_port(from)
            .to_port(to)
            .set_description(self.description.clone());
        match &self.peer {
            Peer::V4(cidr) => rule.cidr_ipv4(cidr),
            Peer::V6(cidr) => rule.cidr_ipv6(cidr),
            Peer::Prefixes(id) => rule.prefix_list_id(id),
            Peer::Group { id, account } => {
                let account = account.clone().or_else(|| group.owner_id.clone());
                let peer = ReferencedSecurityGroup::builder().group_id(id).set_user_id(account);
                rule.referenced_group_info(peer.set_vpc_id(group.vpc_id.clone()).build())
            }
        }
        .build()
    }

    // A rule for all protocols has the port -1.
    fn shown_ports(&self) -> (i32, i32) {
        self.ports.unwrap_or((-1, -1))
    }

    pub(crate) fn to_revoked(&self, group_id: &str, direction: Direction) -> RevokedSecurityGroupRule {
        let (from, to) = self.shown_ports();
        let rule = RevokedSecurityGroupRule::builder()
            .security_group_rule_id(self.id(group_id, direction))
            .group_id(group_id)
            .is_egress(direction == Direction::Out)
            .ip_protocol(&self.protocol)
            .from_port(from)
            .to_port(to)
            .set_description(self.description.clone());
        match &self.peer {
            Peer::V4(cidr) => rule.cidr_ipv4(cidr),
            Peer::V6(cidr) => rule.cidr_ipv6(cidr),
            Peer::Prefixes(id) => rule.prefix_list_id(id),
            Peer::Group { id, .. } => rule.referenced_group_id(id),
        }
        .build()
    }

    pub(crate) fn sentence(&self) -> String {
        let peer = &self.peer;
        match (self.protocol.as_str(), self.ports) {
            ("-1", _) => format!("peer: {peer}, ALL, ALLOW"),
            (protocol, ports) => {
                let (from, to) = ports.unwrap_or((-1, -1));
                let protocol = protocol.to_uppercase();
                format!("peer: {peer}, {protocol}, from port: {from}, to port: {to}, ALLOW")
            }
        }
    }
}

/// Splits bundled permissions into single rules.
pub(crate) fn split_permissions(permissions: &[IpPermission]) -> Vec<SingleRule> {
    permissions.iter().flat_map(split_permission).collect()
}

fn split_permission(permission: &IpPermission) -> Vec<SingleRule> {
    let single = |peer: Peer, description: &Option<String>| SingleRule {
        protocol: permission.ip_protocol().unwrap_or_default().to_owned(),
        ports: permission.from_port.zip(permission.to_port),
        peer,
        description: description.clone(),
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let v4 = permission.ip_ranges().iter().map(|range| single(Peer::V4(text(&range.cidr_ip)), &range.description));
    let v6 = permission.ipv6_ranges().iter().map(|range| single(Peer::V6(text(&range.cidr_ipv6)), &range.description));
    let lists = permission.prefix_list_ids().iter();
    let lists = lists.map(|list| single(Peer::Prefixes(text(&list.prefix_list_id)), &list.description));
    let groups = permission
        .user_id_group_pairs()
        .iter()
        .map(|pair| single(Peer::Group { id: text(&pair.group_id), account: pair.user_id.clone() }, &pair.description));
    v4.chain(v6).chain(groups).chain(lists).collect()
}

/// Bundles single rules by protocol and range of ports, as AWS returns them.
pub(crate) fn permissions(rules: &[SingleRule], account: &str) -> Vec<IpPermission> {
    let mut bundles: Vec<IpPermission> = Vec::new();
    for rule in rules {
        let (from, to) = rule.ports.unzip();
        let is_its = |bundle: &IpPermission| {
            bundle.ip_protocol() == Some(&rule.protocol) && bundle.from_port == from && bundle.to_port == to
        };
        let at = bundles.iter().position(is_its).unwrap_or_else(|| {
            let empty = IpPermission::builder().ip_protocol(&rule.protocol).set_from_port(from).set_to_port(to);
            bundles.push(empty.build());
            bundles.len() - 1
        });
        add_to_permission(&mut bundles[at], rule, account);
    }
    bundles
}

fn add_to_permission(bundle: &mut IpPermission, rule: &SingleRule, account: &str) {
    let description = rule.description.clone();
    match &rule.peer {
        Peer::V4(cidr) => {
            let range = IpRange::builder().cidr_ip(cidr).set_description(description).build();
            bundle.ip_ranges.get_or_insert_default().push(range);
        }
        Peer::V6(cidr) => {
            let range = Ipv6Range::builder().cidr_ipv6(cidr).set_description(description).build();
            bundle.ipv6_ranges.get_or_insert_default().push(range);
        }
        Peer::Prefixes(id) => {
            let list = PrefixListId::builder().prefix_list_id(id).set_description(description).build();
            bundle.prefix_list_ids.get_or_insert_default().push(list);
        }
        Peer::Group { id, account: owner } => {
            let owner = owner.as_deref().unwrap_or(account);
            let pair = UserIdGroupPair::builder().group_id(id).user_id(owner).set_description(description).build();
            bundle.user_id_group_pairs.get_or_insert_default().push(pair);
        }
    }
}

/// Validates the permissions of a request and returns them as single rules in AWS's notation.
pub(crate) fn parse_rules<'a>(
    state: &Ec2State,
    all: impl Iterator<Item = &'a IpPermission>,
) -> Result<Vec<SingleRule>, ApiError> {
    let mut wanted = Vec::new();
    for permission in all {
        let permission = IpPermission::builder()
            .ip_protocol(protocol(permission)?)
            .set_ip_ranges(permission.ip_ranges.clone())
            .set_ipv6_ranges(permission.ipv6_ranges.clone())
            .set_user_id_group_pairs(permission.user_id_group_pairs.clone())
            .set_prefix_list_ids(permission.prefix_list_ids.clone())
            .set_from_port(permission.from_port)
            .set_to_port(permission.to_port)
            .build();
        let ports = ports(&permission)?;
        for single in split_permission(&permission) {
            wanted.push(SingleRule { ports, peer: peer(state, single.peer)?, ..single });
        }
    }
    match wanted.is_empty() {
        false => Ok(wanted),
        true => Err(ApiError::new(
            "MissingParameter",
            "Either 'ipPermissions' or 'securityGroupRuleIds' should be provided.",
        )),
    }
}

fn protocol(permission: &IpPermission) -> Result<String, ApiError> {
    let asked = demand(permission.ip_protocol(), "ipProtocol")?.to_lowercase();
    Ok(match asked.as_str() {
        "6" => "tcp".to_owned(),
        "17" => "udp".to_owned(),
        "1" => "icmp".to_owned(),
        "58" => "icmpv6".to_owned(),
        "all" => "-1".to_owned(),
        "tcp" | "udp" | "icmp" | "icmpv6" | "-1" => asked,
        number if number.parse::<u8>().is_ok() => asked,
        _ => return Err(invalid(format!("Invalid value '{asked}' for IP protocol. Unknown protocol."))),
    })
}

fn ports(permission: &IpPermission) -> Result<Option<(i32, i32)>, ApiError> {
    let given = permission.from_port.zip(permission.to_port);
    match permission.ip_protocol().unwrap_or_default() {
        "tcp" | "udp" => {
            let Some((from, to)) = given else {
                return Err(invalid(
                    "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
                ));
            };
            let is_port = |port: i32| (0..=65_535).contains(&port);
            match is_port(from) && is_port(to) && from <= to {
                true => Ok(Some((from, to))),
                false => Err(invalid(format!("Invalid TCP/UDP port range ({from}:{to})"))),
            }
        }
        // ICMP has a type and a code instead of ports.
        "icmp" | "icmpv6" => Ok(Some(given.unwrap_or((-1, -1)))),
        // For every other protocol, EC2 ignores the ports.
        _ => Ok(None),
    }
}

fn peer(state: &Ec2State, peer: Peer) -> Result<Peer, ApiError> {
    let malformed = |cidr: &str| invalid(format!("CIDR block {cidr} is malformed"));
    Ok(match peer {
        Peer::V4(cidr) => Peer::V4(network_v4(&cidr).ok_or_else(|| malformed(&cidr))?),
        Peer::V6(cidr) => Peer::V6(network_v6(&cidr).ok_or_else(|| malformed(&cidr))?),
        Peer::Group { id, account } => {
            SECURITY_GROUPS.find(&state.security_groups, Some(&id), "groupId")?;
            Peer::Group { id, account }
        }
        Peer::Prefixes(id) if id.starts_with("pl-") => Peer::Prefixes(id),
        Peer::Prefixes(id) => {
            let message = format!("The prefix list ID '{id}' does not exist");
            return Err(ApiError::new("InvalidPrefixListID.NotFound", message));
        }
    })
}

/// Normalizes `10.1.2.3/8` to `10.0.0.0/8`.
fn network_v4(cidr: &str) -> Option<String> {
    let (address, bits) = cidr.split_once('/')?;
    let (address, bits): (Ipv4Addr, u32) = (address.parse().ok()?, bits.parse().ok()?);
    let mask = u32::MAX.checked_shl(32 - bits.min(32)).unwrap_or(0);
    (bits <= 32).then(|| format!("{}/{bits}", Ipv4Addr::from(u32::from(address) & mask)))
}

fn network_v6(cidr: &str) -> Option<String> {
    let (address, bits) = cidr.split_once('/')?;
    let (address, bits): (Ipv6Addr, u32) = (address.parse().ok()?, bits.parse().ok()?);
    let mask = u128::MAX.checked_shl(128 - bits.min(128)).unwrap_or(0);
    (bits <= 128).then(|| format!("{}/{bits}", Ipv6Addr::from(u128::from(address) & mask)))
}
