//! Describing security groups, and finding those that a request names.

use aws_sdk_ec2::{
    operation::describe_security_groups::{DescribeSecurityGroupsInput, DescribeSecurityGroupsOutput},
    types::{IpPermission, SecurityGroup, Subnet, UserIdGroupPair},
};

use crate::ApiError;
use crate::ec2::filters::{Filters, each, maybe};
use crate::ec2::query::{IdKind, ResourceKind, query};
use crate::ec2::state::Ec2State;
use crate::state::Call;

pub(crate) const SECURITY_GROUPS: ResourceKind<SecurityGroup> = ResourceKind {
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

pub(crate) fn ranges(rules: &[IpPermission]) -> Vec<String> {
    rules.iter().flat_map(|rule| each(rule.ip_ranges(), |range| range.cidr_ip())).collect()
}

pub(crate) fn ranges6(rules: &[IpPermission]) -> Vec<String> {
    rules.iter().flat_map(|rule| each(rule.ipv6_ranges(), |range| range.cidr_ipv6())).collect()
}

pub(crate) fn prefixes(rules: &[IpPermission]) -> Vec<String> {
    rules.iter().flat_map(|rule| each(rule.prefix_list_ids(), |list| list.prefix_list_id())).collect()
}

pub(crate) fn peers(rules: &[IpPermission], of: impl Fn(&UserIdGroupPair) -> Option<&str>) -> Vec<String> {
    rules.iter().flat_map(|rule| each(rule.user_id_group_pairs(), &of)).collect()
}

pub(crate) fn ports(rules: &[IpPermission], of: impl Fn(&IpPermission) -> Option<i32>) -> Vec<String> {
    rules.iter().flat_map(|rule| maybe(of(rule))).collect()
}

pub(crate) fn describe_security_groups(
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
    let groups = state.tags.tagged(&state.security_groups).into_iter().filter(named);
    let page = SECURITY_GROUPS.describe(groups.collect(), &query!(input, group_ids))?;
    Ok(DescribeSecurityGroupsOutput::builder()
        .set_security_groups(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

/// Returns the group with the given id, or with the given name in the default VPC.
pub(crate) fn find_group<'a>(
    state: &'a Ec2State,
    id: Option<&str>,
    name: Option<&str>,
) -> Result<&'a SecurityGroup, ApiError> {
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

/// Returns the requested groups of a new instance; without a request, the default group of the VPC.
pub(crate) fn groups_for_launch(state: &Ec2State, subnet: &Subnet, ids: &[String]) -> Result<Vec<String>, ApiError> {
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
