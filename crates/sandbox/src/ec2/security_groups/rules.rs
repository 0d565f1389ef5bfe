//! Authorizing and revoking rules of security groups.

use aws_sdk_ec2::{
    operation::{
        authorize_security_group_egress::{AuthorizeSecurityGroupEgressInput, AuthorizeSecurityGroupEgressOutput},
        authorize_security_group_ingress::{AuthorizeSecurityGroupIngressInput, AuthorizeSecurityGroupIngressOutput},
        revoke_security_group_egress::{RevokeSecurityGroupEgressInput, RevokeSecurityGroupEgressOutput},
        revoke_security_group_ingress::{RevokeSecurityGroupIngressInput, RevokeSecurityGroupIngressOutput},
    },
    types::{
        IpPermission, IpRange, ResourceType, RevokedSecurityGroupRule, SecurityGroup, SecurityGroupRule,
        TagSpecification,
    },
};

use super::describe::find_group;
use crate::ApiError;
use crate::ec2::query::{dry_run, invalid, refuse_unsimulated};
use crate::ec2::security_groups::rule::{Direction, SingleRule, parse_rules, permissions, split_permissions};
use crate::ec2::{Ec2State, tags};
use crate::state::Call;

/// Quota of rules per group and direction.
const LIMIT: usize = 60;

/// The shared fields of the four operations' inputs.
struct Request<'a> {
    direction: Direction,
    group_id: Option<&'a str>,
    group_name: Option<&'a str>,
    permissions: &'a [IpPermission],
    /// A single rule in the older parameters (`IpProtocol`, `FromPort`, …).
    plain: Option<IpPermission>,
    rule_ids: &'a [String],
    tag_specifications: &'a [TagSpecification],
    dry_run: Option<bool>,
}

/// The fields of the four inputs have the same names.
macro_rules! request {
    ($operation:expr, $input:ident, $direction:expr, $name:expr, $ids:expr, $tags:expr) => {{
        let by_name = $input.source_security_group_name.is_some() || $input.source_security_group_owner_id.is_some();
        refuse_unsimulated($operation, &[("source_security_group_name", by_name)])?;
        let plain = ($input.ip_protocol.is_some() || $input.cidr_ip.is_some()).then(|| {
            let range = $input.cidr_ip().map(|cidr| vec![IpRange::builder().cidr_ip(cidr).build()]);
            IpPermission::builder()
                .set_ip_protocol($input.ip_protocol.clone())
                .set_from_port($input.from_port)
                .set_to_port($input.to_port)
                .set_ip_ranges(range)
                .build()
        });
        Request {
            direction: $direction,
            group_id: $input.group_id(),
            group_name: $name,
            permissions: $input.ip_permissions(),
            plain,
            rule_ids: $ids,
            tag_specifications: $tags,
            dry_run: $input.dry_run,
        }
    }};
}

pub(crate) fn authorize_security_group_ingress(
    call: &mut Call<'_>,
    input: &AuthorizeSecurityGroupIngressInput,
) -> Result<AuthorizeSecurityGroupIngressOutput, ApiError> {
    let operation = "authorize_security_group_ingress";
    let request = request!(operation, input, Direction::In, input.group_name(), &[], input.tag_specifications());
    let rules = authorize(call, &request)?;
    Ok(AuthorizeSecurityGroupIngressOutput::builder().set_security_group_rules(Some(rules)).build())
}

pub(crate) fn authorize_security_group_egress(
    call: &mut Call<'_>,
    input: &AuthorizeSecurityGroupEgressInput,
) -> Result<AuthorizeSecurityGroupEgressOutput, ApiError> {
    let operation = "authorize_security_group_egress";
    let request = request!(operation, input, Direction::Out, None, &[], input.tag_specifications());
    let rules = authorize(call, &request)?;
    Ok(AuthorizeSecurityGroupEgressOutput::builder().set_security_group_rules(Some(rules)).build())
}

pub(crate) fn revoke_security_group_ingress(
    call: &mut Call<'_>,
    input: &RevokeSecurityGroupIngressInput,
) -> Result<RevokeSecurityGroupIngressOutput, ApiError> {
    let operation = "revoke_security_group_ingress";
    let ids = input.security_group_rule_ids();
    let request = request!(operation, input, Direction::In, input.group_name(), ids, &[]);
    let (revoked, unknown) = revoke(call, &request)?;
    Ok(RevokeSecurityGroupIngressOutput::builder()
        .set_revoked_security_group_rules(Some(revoked))
        .set_unknown_ip_permissions(Some(unknown))
        .build())
}

pub(crate) fn revoke_security_group_egress(
    call: &mut Call<'_>,
    input: &RevokeSecurityGroupEgressInput,
) -> Result<RevokeSecurityGroupEgressOutput, ApiError> {
    let operation = "revoke_security_group_egress";
    let request = request!(operation, input, Direction::Out, None, input.security_group_rule_ids(), &[]);
    let (revoked, unknown) = revoke(call, &request)?;
    Ok(RevokeSecurityGroupEgressOutput::builder()
        .set_revoked_security_group_rules(Some(revoked))
        .set_unknown_ip_permissions(Some(unknown))
        .build())
}

fn authorize(call: &mut Call<'_>, request: &Request<'_>) -> Result<Vec<SecurityGroupRule>, ApiError> {
    let state = &call.region.ec2;
    let group = find_group(state, request.group_id, request.group_name)?.clone();
    let wanted = requested_rules(state, request)?;
    let kept = split_permissions(request.direction.permissions(&group));
    for (at, rule) in wanted.iter().enumerate() {
        if wanted[..at].iter().any(|other| other.is_same(rule)) {
            return Err(invalid("The same permission must not appear multiple times"));
        }
        if kept.iter().any(|other| other.is_same(rule)) {
            let message = format!("the specified rule \"{}\" already exists", rule.sentence());
            return Err(ApiError::new("InvalidPermission.Duplicate", message));
        }
    }
    if kept.len() + wanted.len() > LIMIT {
        let message = "The maximum number of rules per security group has been reached.";
        return Err(ApiError::new("RulesPerSecurityGroupLimitExceeded", message));
    }
    let tags = tags::of_new(request.tag_specifications, &ResourceType::SecurityGroupRule)?;
    dry_run(request.dry_run)?;
    let rules: Vec<_> = wanted.iter().map(|rule| rule.to_rule(&group, request.direction)).collect();
    for rule in &rules {
        call.region.ec2.tags.put(rule.security_group_rule_id().unwrap_or_default(), &tags);
    }
    write(call, &group, request.direction, &[kept, wanted].concat());
    Ok(call.region.ec2.tags.tagged(&rules))
}

fn revoke(
    call: &mut Call<'_>,
    request: &Request<'_>,
) -> Result<(Vec<RevokedSecurityGroupRule>, Vec<IpPermission>), ApiError> {
    let state = &call.region.ec2;
    let group = find_group(state, request.group_id, request.group_name)?.clone();
    let group_id = group.group_id().unwrap_or_default();
    let kept = split_permissions(request.direction.permissions(&group));
    let (gone, unknown) = match request.rule_ids {
        [] => known_and_unknown(&kept, requested_rules(state, request)?),
        ids => (by_ids(&kept, group_id, request.direction, ids)?, Vec::new()),
    };
    let is_default = state.vpcs.iter().any(|vpc| vpc.vpc_id() == group.vpc_id() && vpc.is_default == Some(true));
    if !unknown.is_empty() && !is_default {
        let message = "The specified rule does not exist in this security group.";
        return Err(ApiError::new("InvalidPermission.NotFound", message));
    }
    dry_run(request.dry_run)?;
    let left: Vec<SingleRule> = kept.into_iter().filter(|rule| !gone.contains(rule)).collect();
    write(call, &group, request.direction, &left);
    let revoked = gone.iter().map(|rule| rule.to_revoked(group_id, request.direction)).collect();
    Ok((revoked, permissions(&unknown, call.account_id)))
}

fn known_and_unknown(kept: &[SingleRule], wanted: Vec<SingleRule>) -> (Vec<SingleRule>, Vec<SingleRule>) {
    let found = kept.iter().filter(|rule| wanted.iter().any(|one| one.is_same(rule))).cloned().collect();
    let unknown = wanted.into_iter().filter(|rule| !kept.iter().any(|one| one.is_same(rule))).collect();
    (found, unknown)
}

fn by_ids(
    kept: &[SingleRule],
    group_id: &str,
    direction: Direction,
    ids: &[String],
) -> Result<Vec<SingleRule>, ApiError> {
    let of_id = |id: &String| {
        let found = kept.iter().find(|rule| rule.id(group_id, direction) == *id).cloned();
        found.ok_or_else(|| {
            let message = format!("The security group rule ID '{id}' does not exist");
            ApiError::new("InvalidSecurityGroupRuleId.NotFound", message)
        })
    };
    ids.iter().map(of_id).collect()
}

fn write(call: &mut Call<'_>, group: &SecurityGroup, direction: Direction, rules: &[SingleRule]) {
    let bundles = permissions(rules, call.account_id);
    let mut groups = call.region.ec2.security_groups.iter_mut();
    if let Some(kept) = groups.find(|kept| kept.group_id == group.group_id) {
        match direction {
            Direction::In => kept.ip_permissions = Some(bundles),
            Direction::Out => kept.ip_permissions_egress = Some(bundles),
        }
    }
}

fn requested_rules(state: &Ec2State, request: &Request<'_>) -> Result<Vec<SingleRule>, ApiError> {
    parse_rules(state, request.permissions.iter().chain(&request.plain))
}
