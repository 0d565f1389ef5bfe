//! Describing the rules of security groups.

use aws_sdk_ec2::{
    operation::describe_security_group_rules::{DescribeSecurityGroupRulesInput, DescribeSecurityGroupRulesOutput},
    types::SecurityGroupRule,
};

use super::rule::{Direction, split_permissions};
use crate::ApiError;
use crate::ec2::filters::{Filters, maybe};
use crate::ec2::query::{IdKind, ResourceKind, query};
use crate::ec2::state::Ec2State;
use crate::state::Call;

pub(crate) const RULES: ResourceKind<SecurityGroupRule> = ResourceKind {
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

pub(crate) fn describe_security_group_rules(
    call: &mut Call<'_>,
    input: &DescribeSecurityGroupRulesInput,
) -> Result<DescribeSecurityGroupRulesOutput, ApiError> {
    let state = &call.region.ec2;
    let rules: Vec<_> = rules(state).collect();
    let page = RULES.describe(state.tags.tagged(&rules), &query!(input, security_group_rule_ids))?;
    Ok(DescribeSecurityGroupRulesOutput::builder()
        .set_security_group_rules(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

/// Returns each rule of each group.
pub(crate) fn rules(state: &Ec2State) -> impl Iterator<Item = SecurityGroupRule> {
    let both = |group| [(group, Direction::In), (group, Direction::Out)];
    state.security_groups.iter().flat_map(both).flat_map(|(group, direction)| {
        split_permissions(direction.permissions(group)).into_iter().map(move |rule| rule.to_rule(group, direction))
    })
}
