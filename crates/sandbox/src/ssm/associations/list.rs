//! Listing and describing associations and their versions.

use aws_sdk_ssm::{
    operation::{
        describe_association::{DescribeAssociationInput, DescribeAssociationOutput},
        list_association_versions::{ListAssociationVersionsInput, ListAssociationVersionsOutput},
        list_associations::{ListAssociationsInput, ListAssociationsOutput},
    },
    types::{self, AssociationDescription, AssociationFilterKey as Key, AssociationOverview, AssociationVersionInfo},
};
use jiff::Timestamp;

use super::lookup::find;
use super::run::concerns;
use super::state;
use super::state::{Association, AssociationVersion, NodeStatus, status};
use crate::ApiError;
use crate::clock::to_aws;
use crate::ssm::nodes;
use crate::ssm::pages::Pages;
use crate::state::Call;

pub(crate) fn list_associations(
    call: &mut Call<'_>,
    input: &ListAssociationsInput,
) -> Result<ListAssociationsOutput, ApiError> {
    let mut found = Vec::new();
    for association in call.region.ssm.associations.values() {
        if fits(call, input, association)? {
            found.push(show(association, call.now));
        }
    }
    let pages = Pages { sizes: 1..=50, default: 50, asked: input.max_results, token: input.next_token() };
    let request = ("associations", input.association_filter_list());
    let page = pages.cut(found, request, |one| one.association_id().unwrap_or_default().to_owned())?;
    Ok(ListAssociationsOutput::builder().set_associations(Some(page.items)).set_next_token(page.next_token).build())
}

fn fits(call: &Call<'_>, input: &ListAssociationsInput, association: &Association) -> Result<bool, ApiError> {
    let version = association.current();
    let last = association.executions.last().map(|execution| execution.created);
    for filter in input.association_filter_list() {
        let wanted = filter.value();
        let fits = match filter.key() {
            Key::AssociationId => association.id == wanted,
            Key::AssociationName => version.name.as_deref() == Some(wanted),
            Key::Name => version.document == wanted,
            Key::Status => status(association, call.now) == wanted,
            Key::InstanceId => {
                nodes::machines(call).iter().any(|machine| machine.id == wanted && concerns(call, version, machine))
            }
            Key::ResourceGroupName => version.targets.iter().any(|target| {
                target.key() == Some("resource-groups:Name") && target.values().iter().any(|value| value == wanted)
            }),
            Key::LastExecutedAfter => last.is_some_and(|last| Some(last) > instant(wanted)),
            Key::LastExecutedBefore => last.is_some_and(|last| instant(wanted).is_some_and(|wanted| last < wanted)),
            other => {
                let message = format!("The filter key {other} isn't valid.");
                return Err(ApiError::new("ValidationException", message));
            }
        };
        if !fits {
            return Ok(false);
        }
    }
    Ok(true)
}

fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

fn overview(association: &Association, now: Timestamp) -> AssociationOverview {
    let status = status(association, now);
    let counts = association.executions.last().map(|execution| execution.counts(now)).unwrap_or_default();
    let counts = counts.into_iter().map(|(name, count)| (name.to_owned(), i32::try_from(count).unwrap_or(i32::MAX)));
    AssociationOverview::builder()
        .status(status)
        .detailed_status(status)
        .set_association_status_aggregated_count(Some(counts.collect()))
        .build()
}

fn show(association: &Association, now: Timestamp) -> types::Association {
    let version = association.current();
    types::Association::builder()
        .name(&version.document)
        .set_instance_id(version.instance_id.clone())
        .association_id(&association.id)
        .association_version(version.number.to_string())
        .document_version(&version.document_version)
        .set_targets(Some(version.targets.clone()))
        .set_last_execution_date(association.executions.last().map(|execution| to_aws(execution.created)))
        .overview(overview(association, now))
        .set_schedule_expression(version.schedule.clone())
        .set_association_name(version.name.clone())
        .build()
}

pub(crate) fn describe_association(
    call: &mut Call<'_>,
    input: &DescribeAssociationInput,
) -> Result<DescribeAssociationOutput, ApiError> {
    let association = find(call, input.association_id(), input.name(), input.instance_id())?;
    let shown = describe(call, association, input.association_version())?;
    Ok(DescribeAssociationOutput::builder().association_description(shown).build())
}

pub(super) fn describe(
    call: &Call<'_>,
    association: &Association,
    asked: Option<&str>,
) -> Result<AssociationDescription, ApiError> {
    let version = match asked {
        None | Some("$LATEST") => association.current(),
        Some(number) => {
            let one = association.versions.iter().find(|version| version.number.to_string() == number);
            one.ok_or_else(|| ApiError::new("InvalidAssociationVersion", "The version you specified isn't valid."))?
        }
    };
    let good =
        |execution: &&state::Execution| execution.results.iter().all(|outcome| outcome.end == NodeStatus::Success);
    let last_good = association.executions.iter().rev().find(good);
    Ok(AssociationDescription::builder()
        .name(&version.document)
        .set_instance_id(version.instance_id.clone())
        .association_version(version.number.to_string())
        .date(to_aws(association.created))
        .last_update_association_date(to_aws(version.created))
        .overview(overview(association, call.now))
        .document_version(&version.document_version)
        .set_parameters(Some(version.parameters.clone()))
        .association_id(&association.id)
        .set_targets(Some(version.targets.clone()))
        .set_schedule_expression(version.schedule.clone())
        .set_last_execution_date(association.executions.last().map(|execution| to_aws(execution.created)))
        .set_last_successful_execution_date(last_good.map(|execution| to_aws(execution.created)))
        .set_association_name(version.name.clone())
        .set_max_errors(version.max_errors.clone())
        .set_max_concurrency(version.max_concurrency.clone())
        .compliance_severity(version.severity.clone())
        .sync_compliance(version.sync_compliance.clone())
        .apply_only_at_cron_interval(version.only_at_cron_interval)
        .build())
}

pub(crate) fn list_association_versions(
    call: &mut Call<'_>,
    input: &ListAssociationVersionsInput,
) -> Result<ListAssociationVersionsOutput, ApiError> {
    let association = find(call, input.association_id(), None, None)?;
    let versions = association.versions.iter().map(|version| show_version(association, version)).collect();
    let pages = Pages { sizes: 1..=50, default: 50, asked: input.max_results, token: input.next_token() };
    let request = ("association versions", &association.id);
    let page = pages.cut(versions, request, |one| one.association_version().unwrap_or_default().to_owned())?;
    Ok(ListAssociationVersionsOutput::builder()
        .set_association_versions(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

fn show_version(association: &Association, version: &AssociationVersion) -> AssociationVersionInfo {
    AssociationVersionInfo::builder()
        .association_id(&association.id)
        .association_version(version.number.to_string())
        .created_date(to_aws(version.created))
        .name(&version.document)
        .document_version(&version.document_version)
        .set_parameters(Some(version.parameters.clone()))
        .set_targets(Some(version.targets.clone()))
        .set_schedule_expression(version.schedule.clone())
        .set_association_name(version.name.clone())
        .set_max_errors(version.max_errors.clone())
        .set_max_concurrency(version.max_concurrency.clone())
        .compliance_severity(version.severity.clone())
        .sync_compliance(version.sync_compliance.clone())
        .apply_only_at_cron_interval(version.only_at_cron_interval)
        .build()
}
