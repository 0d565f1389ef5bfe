//! Executions of associations, by association, target and node.

use aws_sdk_ssm::{
    operation::{
        describe_association_execution_targets::{
            DescribeAssociationExecutionTargetsInput, DescribeAssociationExecutionTargetsOutput,
        },
        describe_association_executions::{DescribeAssociationExecutionsInput, DescribeAssociationExecutionsOutput},
        describe_effective_instance_associations::{
            DescribeEffectiveInstanceAssociationsInput, DescribeEffectiveInstanceAssociationsOutput,
        },
        describe_instance_associations_status::{
            DescribeInstanceAssociationsStatusInput, DescribeInstanceAssociationsStatusOutput,
        },
    },
    types::{
        AssociationExecution, AssociationExecutionFilterKey as ExecutionKey, AssociationExecutionTarget,
        AssociationExecutionTargetsFilterKey as TargetKey, AssociationFilterOperatorType as Operator,
        InstanceAssociation, InstanceAssociationStatusInfo,
    },
};
use jiff::Timestamp;

use super::lookup::find;
use super::run::concerns;
use super::state::{Association, Execution, NodeOutcome};
use crate::ApiError;
use crate::clock::to_aws;
use crate::ssm::nodes;
use crate::ssm::pages::Pages;
use crate::state::Call;

pub(crate) fn describe_association_executions(
    call: &mut Call<'_>,
    input: &DescribeAssociationExecutionsInput,
) -> Result<DescribeAssociationExecutionsOutput, ApiError> {
    let association = find(call, input.association_id(), None, None)?;
    let mut found = Vec::new();
    // Newest first.
    for execution in association.executions.iter().rev() {
        if fits(input, execution, call.now)? {
            found.push(show(association, execution, call.now));
        }
    }
    let pages = Pages { sizes: 1..=50, default: 50, asked: input.max_results, token: input.next_token() };
    let request = ("executions", &association.id, input.filters());
    let page = pages.cut(found, request, |one| one.execution_id().unwrap_or_default().to_owned())?;
    Ok(DescribeAssociationExecutionsOutput::builder()
        .set_association_executions(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

fn fits(input: &DescribeAssociationExecutionsInput, execution: &Execution, now: Timestamp) -> Result<bool, ApiError> {
    for filter in input.filters() {
        let wanted = filter.value();
        let order = match filter.key() {
            ExecutionKey::ExecutionId => execution.id.as_str().cmp(wanted),
            ExecutionKey::Status => execution.status(now).cmp(wanted),
            ExecutionKey::CreatedTime => {
                let wanted: Timestamp = wanted.parse().map_err(|_| {
                    ApiError::new(
                        "ValidationException",
                        format!("The filter value {wanted} isn't a valid ISO 8601 time."),
                    )
                })?;
                execution.created.cmp(&wanted)
            }
            other => return Err(ApiError::new("ValidationException", format!("The filter key {other} isn't valid."))),
        };
        let fits = match filter.r#type() {
            Operator::LessThan => order.is_lt(),
            Operator::GreaterThan => order.is_gt(),
            _ => order.is_eq(),
        };
        if !fits {
            return Ok(false);
        }
    }
    Ok(true)
}

// `{Success=3, Failed=1}`, as Java writes a map.
fn status_counts(execution: &Execution, now: Timestamp) -> String {
    let counts = execution.counts(now).into_iter().map(|(status, count)| format!("{status}={count}"));
    format!("{{{}}}", counts.collect::<Vec<_>>().join(", "))
}

fn show(association: &Association, execution: &Execution, now: Timestamp) -> AssociationExecution {
    let last = execution.results.iter().map(|outcome| outcome.ended).max().unwrap_or(execution.created);
    AssociationExecution::builder()
        .association_id(&association.id)
        .association_version(execution.version.to_string())
        .execution_id(&execution.id)
        .status(execution.status(now))
        .detailed_status(execution.status(now))
        .created_time(to_aws(execution.created))
        .last_execution_date(to_aws(last))
        .resource_count_by_status(status_counts(execution, now))
        .build()
}

pub(crate) fn describe_association_execution_targets(
    call: &mut Call<'_>,
    input: &DescribeAssociationExecutionTargetsInput,
) -> Result<DescribeAssociationExecutionTargetsOutput, ApiError> {
    let association = find(call, input.association_id(), None, None)?;
    let execution = association.executions.iter().find(|one| Some(one.id.as_str()) == input.execution_id());
    let execution = execution.ok_or_else(|| {
        let message = "The specified execution ID doesn't exist. Verify the ID number and try again.";
        ApiError::new("AssociationExecutionDoesNotExist", message)
    })?;
    let mut found = Vec::new();
    for outcome in &execution.results {
        let fits = input.filters().iter().try_fold(true, |fits, filter| {
            Ok(fits
                && filter.value()
                    == match filter.key() {
                        TargetKey::Status => outcome.status(call.now),
                        TargetKey::ResourceId => outcome.node.as_str(),
                        TargetKey::ResourceType => "ManagedInstance",
                        other => {
                            let message = format!("The filter key {other} isn't valid.");
                            return Err(ApiError::new("ValidationException", message));
                        }
                    })
        })?;
        if fits {
            found.push(show_target(association, execution, outcome, call.now));
        }
    }
    let pages = Pages { sizes: 1..=50, default: 50, asked: input.max_results, token: input.next_token() };
    let request = ("execution targets", &execution.id, input.filters());
    let page = pages.cut(found, request, |one| one.resource_id().unwrap_or_default().to_owned())?;
    Ok(DescribeAssociationExecutionTargetsOutput::builder()
        .set_association_execution_targets(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

fn show_target(
    association: &Association,
    execution: &Execution,
    outcome: &NodeOutcome,
    now: Timestamp,
) -> AssociationExecutionTarget {
    AssociationExecutionTarget::builder()
        .association_id(&association.id)
        .association_version(execution.version.to_string())
        .execution_id(&execution.id)
        .resource_id(&outcome.node)
        .resource_type("ManagedInstance")
        .status(outcome.status(now))
        .detailed_status(outcome.status(now))
        .last_execution_date(to_aws(outcome.ended))
        .build()
}

/// Returns the associations of a node; fails if the node is not managed.
fn of_node<'a>(call: &'a Call<'_>, id: Option<&str>) -> Result<Vec<&'a Association>, ApiError> {
    let id = id.unwrap_or_default();
    let machine = nodes::machines(call).into_iter().find(|machine| machine.id == id);
    let machine = machine.ok_or_else(|| {
        ApiError::new("InvalidInstanceId", format!("The managed node {id} isn't known to this account in this Region."))
    })?;
    Ok(call.region.ssm.associations.values().filter(|one| concerns(call, one.current(), &machine)).collect())
}

pub(crate) fn describe_effective_instance_associations(
    call: &mut Call<'_>,
    input: &DescribeEffectiveInstanceAssociationsInput,
) -> Result<DescribeEffectiveInstanceAssociationsOutput, ApiError> {
    let node = input.instance_id().unwrap_or_default();
    let found = of_node(call, Some(node))?.into_iter().map(|association| {
        InstanceAssociation::builder()
            .association_id(&association.id)
            .instance_id(node)
            .association_version(association.current().number.to_string())
            .build()
    });
    let pages = Pages { sizes: 1..=5, default: 5, asked: input.max_results, token: input.next_token() };
    let page =
        pages.cut(found.collect(), ("effective", node), |one| one.association_id().unwrap_or_default().to_owned())?;
    Ok(DescribeEffectiveInstanceAssociationsOutput::builder()
        .set_associations(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

pub(crate) fn describe_instance_associations_status(
    call: &mut Call<'_>,
    input: &DescribeInstanceAssociationsStatusInput,
) -> Result<DescribeInstanceAssociationsStatusOutput, ApiError> {
    let node = input.instance_id().unwrap_or_default();
    let now = call.now;
    let shown = of_node(call, Some(node))?.into_iter().map(|association| {
        let version = association.current();
        let outcome = association.newest_outcome(node).map(|(_, outcome)| outcome);
        let status = outcome.map_or("Pending", |outcome| outcome.status(now));
        InstanceAssociationStatusInfo::builder()
            .association_id(&association.id)
            .name(&version.document)
            .document_version(&version.document_version)
            .association_version(version.number.to_string())
            .instance_id(node)
            .set_execution_date(outcome.map(|outcome| to_aws(outcome.ended)))
            .status(status)
            .detailed_status(status)
            .set_execution_summary(outcome.map(|_| match status {
                "Success" => "1 out of 1 plugin processed, 1 success, 0 failed, 0 timedout, 0 skipped. ".to_owned(),
                "Failed" => "1 out of 1 plugin processed, 0 success, 1 failed, 0 timedout, 0 skipped. ".to_owned(),
                _ => String::new(),
            }))
            .set_association_name(version.name.clone())
            .build()
    });
    let found = shown.collect();
    let pages = Pages { sizes: 1..=50, default: 50, asked: input.max_results, token: input.next_token() };
    let page = pages.cut(found, ("statuses", node), |one| one.association_id().unwrap_or_default().to_owned())?;
    Ok(DescribeInstanceAssociationsStatusOutput::builder()
        .set_instance_association_status_infos(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}
