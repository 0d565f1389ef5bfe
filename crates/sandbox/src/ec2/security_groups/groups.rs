//! Security groups: described, made and deleted. What is done to their rules is in `rules`.

use aws_sdk_ec2::{
    operation::{
        create_security_group::{CreateSecurityGroupInput, CreateSecurityGroupOutput},
        delete_security_group::{DeleteSecurityGroupInput, DeleteSecurityGroupOutput},
        describe_security_group_rules::{DescribeSecurityGroupRulesInput, DescribeSecurityGroupRulesOutput},
        describe_security_groups::{DescribeSecurityGroupsInput, DescribeSecurityGroupsOutput},
    },
    types::{
        IpPermission, IpRange, Ipv6Range, ResourceType, SecurityGroup, SecurityGroupRule, Subnet, UserIdGroupPair,
    },
};

use crate::ApiError;
use crate::ec2::filters::{Filters, each, maybe};
use crate::ec2::network::interfaces::interfaces;
use crate::ec2::network::networks::VPCS;
use crate::ec2::query::{IdKind, Kind, demand, dry_run, invalid, query};
use crate::ec2::security_groups::rule::{Direction, atoms};
use crate::ec2::{State, tags};
use crate::state::{Call, Ids};

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
            ("egress.ip-permission.cidr", |g| ranges(g.ip_permissions_egress())),
            ("egress.ip-permission.from-port", |g| ports(g.ip_permissions_egress(), IpPermission::from_port)),
            ("egress.ip-permission.group-id", |g| peers(g.ip_permissions_egress(), UserIdGroupPair::group_id)),
            ("egress.ip-permission.group-name", |g| peers(g.ip_permissions_egress(), UserIdGroupPair::group_name)),
            ("egress.ip-permission.ipv6-cidr", |g| ranges6(g.ip_permissions_egress())),
            ("egress.ip-permission.prefix-list-id", |g| prefixes(g.ip_permissions_egress())),
            ("egress.ip-permission.protocol", |g| each(g.ip_permissions_egress(), |rule| rule.ip_protocol())),
            ("egress.ip-permission.to-port", |g| ports(g.ip_permissions_egress(), IpPermission::to_port)),
            ("egress.ip-permission.user-id", |g| peers(g.ip_permissions_egress(), UserIdGroupPair::user_id)),
            ("ip-permission.cidr", |g| ranges(g.ip_permissions())),
            ("ip-permission.from-port", |g| ports(g.ip_permissions(), IpPermission::from_port)),
            ("ip-permission.group-id", |g| peers(g.ip_permissions(), UserIdGroupPair::group_id)),
            ("ip-permission.group-name", |g| peers(g.ip_permissions(), UserIdGroupPair::group_name)),
            ("ip-permission.ipv6-cidr", |g| ranges6(g.ip_permissions())),
            ("ip-permission.prefix-list-id", |g| prefixes(g.ip_permissions())),
            ("ip-permission.protocol", |g| each(g.ip_permissions(), |rule| rule.ip_protocol())),
            ("ip-permission.to-port", |g| ports(g.ip_permissions(), IpPermission::to_port)),
            ("ip-permission.user-id", |g| peers(g.ip_permissions(), UserIdGroupPair::user_id)),
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

fn ranges6(rules: &[IpPermission]) -> Vec<String> {
    rules.iter().flat_map(|rule| each(rule.ipv6_ranges(), |range| range.cidr_ipv6())).collect()
}

fn prefixes(rules: &[IpPermission]) -> Vec<String> {
    rules.iter().flat_map(|rule| each(rule.prefix_list_ids(), |list| list.prefix_list_id())).collect()
}

fn peers(rules: &[IpPermission], of: impl Fn(&UserIdGroupPair) -> Option<&str>) -> Vec<String> {
    rules.iter().flat_map(|rule| each(rule.user_id_group_pairs(), &of)).collect()
}

fn ports(rules: &[IpPermission], of: impl Fn(&IpPermission) -> Option<i32>) -> Vec<String> {
    rules.iter().flat_map(|rule| maybe(of(rule))).collect()
}

pub fn describe_security_groups(
    call: &mut Call<'_>,
    input: &DescribeSecurityGroupsInput,
) -> Result<DescribeSecurityGroupsOutput, ApiError> {
    let names = input.group_names();
    let named =
        |group: &SecurityGroup| names.is_empty() || names.iter().any(|name| Some(name.as_str()) == group.group_name());
    let state = &call.region.ec2;
    let known = |name: &String| state.security_groups.iter().any(|group| group.group_name() == Some(name));
    if let Some(name) = names.iter().find(|name| !known(name)) {
        let message = format!("The security group '{name}' does not exist in default VPC");
        return Err(ApiError::new("InvalidGroup.NotFound", message));
    }
    let groups = state.tags.on(&state.security_groups).into_iter().filter(named);
    let page = SECURITY_GROUPS.describe(groups.collect(), &query!(input, group_ids))?;
    Ok(DescribeSecurityGroupsOutput::builder()
        .set_security_groups(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

pub fn create_security_group(
    call: &mut Call<'_>,
    input: &CreateSecurityGroupInput,
) -> Result<CreateSecurityGroupOutput, ApiError> {
    let name = demand(input.group_name(), "groupName")?;
    let description = demand(input.description(), "groupDescription")?;
    if name.eq_ignore_ascii_case("default") {
        return Err(invalid(format!("Cannot use reserved security group name: {name}")));
    }
    if name.starts_with("sg-") {
        return Err(invalid(format!("Invalid value '{name}' for groupName. Group names may not begin with sg-.")));
    }
    if let Some((what, _)) = [("groupName", name), ("groupDescription", description)]
        .iter()
        .find(|(_, text)| text.is_empty() || text.chars().count() > 255)
    {
        return Err(invalid(format!("Invalid value for {what}. It has between 1 and 255 characters.")));
    }
    let state = &call.region.ec2;
    let vpc = match input.vpc_id() {
        Some(id) => VPCS.find(&state.vpcs, Some(id), "vpcId")?,
        None => state
            .vpcs
            .iter()
            .find(|vpc| vpc.is_default == Some(true))
            .ok_or_else(|| ApiError::new("VPCIdNotSpecified", "No default VPC for this user"))?,
    };
    let vpc_id = vpc.vpc_id().unwrap_or_default().to_owned();
    let mut groups = state.security_groups.iter();
    if groups.any(|group| group.vpc_id() == Some(&vpc_id) && group.group_name() == Some(name)) {
        let message = format!("The security group '{name}' already exists for VPC '{vpc_id}'");
        return Err(ApiError::new("InvalidGroup.Duplicate", message));
    }
    let tags = tags::of_new(input.tag_specifications(), &ResourceType::SecurityGroup)?;
    dry_run(input.dry_run)?;
    let group = group(call.ids, call.account_id, &vpc_id, name, description);
    let id = group.group_id.clone().unwrap_or_default();
    call.region.ec2.tags.put(&id, &tags);
    call.region.ec2.security_groups.push(group);
    Ok(CreateSecurityGroupOutput::builder()
        .security_group_arn(format!("arn:aws:ec2:{}:{}:security-group/{id}", call.region_name, call.account_id))
        .group_id(id)
        .set_tags(Some(tags))
        .build())
}

/// The group that a request names; by its name only in the default VPC.
pub fn find_group<'a>(state: &'a State, id: Option<&str>, name: Option<&str>) -> Result<&'a SecurityGroup, ApiError> {
    let Some(name) = name.filter(|_| id.is_none()) else {
        return SECURITY_GROUPS.find(&state.security_groups, id, "GroupName or GroupId");
    };
    let default = state.vpcs.iter().find(|vpc| vpc.is_default == Some(true)).and_then(|vpc| vpc.vpc_id());
    let mut groups = state.security_groups.iter();
    groups.find(|group| group.group_name() == Some(name) && group.vpc_id() == default).ok_or_else(|| {
        let message = format!("The security group '{name}' does not exist in default VPC");
        ApiError::new("InvalidGroup.NotFound", message)
    })
}

pub fn delete_security_group(
    call: &mut Call<'_>,
    input: &DeleteSecurityGroupInput,
) -> Result<DeleteSecurityGroupOutput, ApiError> {
    let state = &call.region.ec2;
    let group = find_group(state, input.group_id(), input.group_name())?;
    let id = group.group_id().unwrap_or_default().to_owned();
    if group.group_name() == Some("default") {
        let message = format!("the specified group: \"{id}\" name: \"default\" cannot be deleted by a user");
        return Err(ApiError::new("CannotDelete", message));
    }
    let is_used = interfaces(call).iter().flat_map(|one| one.groups().to_vec()).any(|one| one.group_id() == Some(&id));
    let mut others = state.security_groups.iter().filter(|other| other.group_id() != Some(&id));
    let names_it = |other: &SecurityGroup| {
        let rules = [other.ip_permissions(), other.ip_permissions_egress()].concat();
        peers(&rules, UserIdGroupPair::group_id).contains(&id)
    };
    if is_used || others.any(names_it) {
        return Err(ApiError::new("DependencyViolation", format!("resource {id} has a dependent object")));
    }
    dry_run(input.dry_run)?;
    call.region.ec2.security_groups.retain(|group| group.group_id() != Some(&id));
    Ok(DeleteSecurityGroupOutput::builder().group_id(id).build())
}

pub const RULES: Kind<SecurityGroupRule> = Kind {
    id: IdKind {
        prefix: "sgr",
        malformed: "InvalidSecurityGroupRuleId.Malformed",
        missing: "InvalidSecurityGroupRuleId.NotFound",
        one_missing: "The security group rule ID '{}' does not exist",
        many_missing: "The security group rule IDs '{}' do not exist",
    },
    filters: Filters {
        fields: &[
            ("group-id", |r| maybe(r.group_id())),
            ("security-group-rule-id", |r| maybe(r.security_group_rule_id())),
        ],
        tags: Some(|r| r.tags()),
    },
    page_sizes: 5..=1000,
    ids_parameter: "securityGroupRuleIds",
};

pub fn describe_security_group_rules(
    call: &mut Call<'_>,
    input: &DescribeSecurityGroupRulesInput,
) -> Result<DescribeSecurityGroupRulesOutput, ApiError> {
    let state = &call.region.ec2;
    let rules: Vec<_> = rules(state).collect();
    let page = RULES.describe(state.tags.on(&rules), &query!(input, security_group_rule_ids))?;
    Ok(DescribeSecurityGroupRulesOutput::builder()
        .set_security_group_rules(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

/// Every rule of every group as a resource of its own.
pub fn rules(state: &State) -> impl Iterator<Item = SecurityGroupRule> {
    let both = |group| [(group, Direction::In), (group, Direction::Out)];
    state.security_groups.iter().flat_map(both).flat_map(|(group, direction)| {
        atoms(direction.of(group)).into_iter().map(move |atom| atom.to_rule(group, direction))
    })
}

/// The groups of a new instance: those asked for, or the VPC's default one.
pub fn groups_for_launch(state: &State, subnet: &Subnet, ids: &[String]) -> Result<Vec<String>, ApiError> {
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
    let range = IpRange::builder().cidr_ip(cidr).build();
    IpPermission::builder().ip_protocol(protocol).set_from_port(port).set_to_port(port).ip_ranges(range).build()
}

pub fn rule6(protocol: &str, port: Option<i32>, cidr: &str) -> IpPermission {
    let range = Ipv6Range::builder().cidr_ipv6(cidr).build();
    IpPermission::builder().ip_protocol(protocol).set_from_port(port).set_to_port(port).ipv6_ranges(range).build()
}
