//! Compliance: of patches, of associations, and custom items.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_ssm::{
    operation::{
        list_compliance_items::{ListComplianceItemsInput, ListComplianceItemsOutput},
        list_compliance_summaries::{ListComplianceSummariesInput, ListComplianceSummariesOutput},
        list_resource_compliance_summaries::{
            ListResourceComplianceSummariesInput, ListResourceComplianceSummariesOutput,
        },
        put_compliance_items::{PutComplianceItemsInput, PutComplianceItemsOutput},
    },
    types::{
        ComplianceExecutionSummary, ComplianceItem, ComplianceQueryOperatorType as Operator, ComplianceSeverity,
        ComplianceStatus, ComplianceStringFilter, ComplianceSummaryItem, ComplianceUploadType, CompliantSummary,
        NonCompliantSummary, ResourceComplianceSummaryItem, SeveritySummary,
    },
};
use jiff::Timestamp;

use super::associations::state::Association;
use super::filters::{Comparison, Condition, SsmFilters, maybe};
use super::nodes;
use super::pages::Pages;
use super::patching::state;
use super::patching::state::Scan;
use crate::ApiError;
use crate::clock::to_aws;
use crate::state::Call;

const NODE: &str = "ManagedInstance";

fn all_items(call: &Call<'_>) -> Result<Vec<ComplianceItem>, ApiError> {
    let ssm = &call.region.ssm;
    let mut items: Vec<ComplianceItem> = ssm.compliance.values().flatten().cloned().collect();
    for (node, scan) in &ssm.patching.scans {
        items.extend(scan_items(call, node, scan)?);
    }
    for machine in nodes::machines(call) {
        for association in ssm.associations.values() {
            items.extend(association_item(association, &machine.id, call.now)?);
        }
    }
    items.sort_by(|a, b| {
        (a.resource_id(), a.compliance_type(), a.id()).cmp(&(b.resource_id(), b.compliance_type(), b.id()))
    });
    Ok(items)
}

fn execution(at: Timestamp, id: &str, kind: &str) -> Result<ComplianceExecutionSummary, ApiError> {
    Ok(ComplianceExecutionSummary::builder()
        .execution_time(to_aws(at))
        .execution_id(id)
        .execution_type(kind)
        .build()?)
}

fn status(good: bool) -> ComplianceStatus {
    if good { ComplianceStatus::Compliant } else { ComplianceStatus::NonCompliant }
}

fn details<const N: usize>(all: [(&str, &str); N]) -> HashMap<String, String> {
    all.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn scan_items(call: &Call<'_>, node: &str, scan: &Scan) -> Result<Vec<ComplianceItem>, ApiError> {
    let baseline = call.region.ssm.patching.baseline(&scan.baseline_id);
    let item = |patch: &state::Patch| {
        let release = patch.release;
        let level = baseline.map_or(ComplianceSeverity::Unspecified, |baseline| baseline.level(release.severity));
        let facts = details([
            ("Classification", release.classification),
            ("PatchBaselineId", &scan.baseline_id),
            ("PatchGroup", &scan.patch_group),
            ("PatchSeverity", release.severity),
            ("PatchState", patch.state.as_str()),
            ("DocumentName", "AWS-RunPatchBaseline"),
            ("DocumentVersion", "1"),
        ]);
        Ok(ComplianceItem::builder()
            .compliance_type("Patch")
            .resource_type(NODE)
            .resource_id(node)
            .id(release.id)
            .title(release.title)
            .status(status(!patch.is_non_compliant()))
            .severity(level)
            .execution_summary(execution(scan.ended, &scan.snapshot_id, "Command")?)
            .set_details(Some(facts))
            .build())
    };
    scan.patches.iter().map(item).collect()
}

fn association_item(association: &Association, node: &str, now: Timestamp) -> Result<Option<ComplianceItem>, ApiError> {
    let Some((run, outcome)) = association.newest_outcome(node) else {
        return Ok(None);
    };
    let version = association.current();
    let facts =
        details([("DocumentName", version.document.as_str()), ("DocumentVersion", version.document_version.as_str())]);
    let item = ComplianceItem::builder()
        .compliance_type("Association")
        .resource_type(NODE)
        .resource_id(node)
        .id(&association.id)
        .title(version.name.as_deref().unwrap_or_default())
        .status(status(outcome.status(now) == "Success"))
        .severity(ComplianceSeverity::from(version.severity.as_str()))
        .execution_summary(execution(run.created, &run.id, "")?)
        .set_details(Some(facts));
    Ok(Some(item.build()))
}

const FILTERS: SsmFilters<ComplianceItem> = SsmFilters {
    fields: &[
        ("ComplianceType", |item| maybe(item.compliance_type())),
        ("ResourceId", |item| maybe(item.resource_id())),
        ("ResourceType", |item| maybe(item.resource_type())),
        ("Id", |item| maybe(item.id())),
        ("Title", |item| maybe(item.title())),
        ("Status", |item| maybe(item.status().map(ComplianceStatus::as_str))),
        ("Severity", |item| maybe(item.severity().map(ComplianceSeverity::as_str))),
        ("ExecutionId", |item| maybe(item.execution_summary().and_then(ComplianceExecutionSummary::execution_id))),
        ("Classification", |item| detail(item, "Classification")),
        ("DocumentName", |item| detail(item, "DocumentName")),
        ("PatchBaselineId", |item| detail(item, "PatchBaselineId")),
        ("PatchGroup", |item| detail(item, "PatchGroup")),
        ("PatchSeverity", |item| detail(item, "PatchSeverity")),
        ("PatchState", |item| detail(item, "PatchState")),
    ],
    unknown: "InvalidFilter",
};

fn detail(item: &ComplianceItem, name: &str) -> Vec<String> {
    maybe(item.details().and_then(|details| details.get(name)))
}

fn conditions(filters: &[ComplianceStringFilter]) -> Result<Vec<Condition<'_>>, ApiError> {
    let condition = |filter: &'_ ComplianceStringFilter| match filter.r#type().unwrap_or(&Operator::Equal) {
        Operator::Equal => Ok(Comparison::Equal),
        Operator::NotEqual => Ok(Comparison::NotEqual),
        Operator::BeginWith => Ok(Comparison::BeginWith),
        Operator::LessThan => Ok(Comparison::LessThan),
        Operator::GreaterThan => Ok(Comparison::GreaterThan),
        other => Err(ApiError::new("InvalidFilter", format!("The comparison {other} isn't valid."))),
    };
    filters
        .iter()
        .map(|filter| {
            let comparison = condition(filter)?;
            Ok(Condition { key: filter.key().unwrap_or_default(), values: filter.values(), comparison })
        })
        .collect()
}

pub(super) fn list_compliance_items(
    call: &mut Call<'_>,
    input: &ListComplianceItemsInput,
) -> Result<ListComplianceItemsOutput, ApiError> {
    let (ids, kinds) = (input.resource_ids(), input.resource_types());
    if ids.len() > 1 || kinds.len() > 1 {
        return Err(ApiError::new(
            "ValidationException",
            "Only one resource ID and one resource type can be specified.",
        ));
    }
    if let Some(kind) = kinds.iter().find(|kind| kind.as_str() != NODE) {
        return Err(invalid_kind(kind));
    }
    let mut items = all_items(call)?;
    items.retain(|item| ids.is_empty() || ids.iter().any(|id| Some(id.as_str()) == item.resource_id()));
    let items = FILTERS.select(items, &conditions(input.filters())?)?;
    let pages = Pages { sizes: 1..=50, default: 50, asked: input.max_results, token: input.next_token() };
    let page = pages.cut(items, ("compliance items", ids, input.filters()), |item| {
        format!("{:?} {:?} {:?}", item.resource_id(), item.compliance_type(), item.id())
    })?;
    Ok(ListComplianceItemsOutput::builder()
        .set_compliance_items(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

/// The items of one type on one node.
struct ResourceItems {
    kind: String,
    node: String,
    items: Vec<ComplianceItem>,
}

fn groups(items: Vec<ComplianceItem>) -> Vec<ResourceItems> {
    let mut by: BTreeMap<(String, String), Vec<ComplianceItem>> = BTreeMap::new();
    for item in items {
        let key =
            (item.compliance_type().unwrap_or_default().to_owned(), item.resource_id().unwrap_or_default().to_owned());
        by.entry(key).or_default().push(item);
    }
    by.into_iter().map(|((kind, node), items)| ResourceItems { kind, node, items }).collect()
}

/// From the worst to the unspecified severity.
const SEVERITIES: [ComplianceSeverity; 6] = [
    ComplianceSeverity::Critical,
    ComplianceSeverity::High,
    ComplianceSeverity::Medium,
    ComplianceSeverity::Low,
    ComplianceSeverity::Informational,
    ComplianceSeverity::Unspecified,
];

impl ResourceItems {
    fn is_compliant(&self) -> bool {
        self.severities(false).is_empty()
    }

    fn severities(&self, compliant: bool) -> Vec<ComplianceSeverity> {
        let wanted = status(compliant);
        let items = self.items.iter().filter(|item| item.status() == Some(&wanted));
        items.filter_map(|item| item.severity().cloned()).collect()
    }

    fn worst(&self) -> ComplianceSeverity {
        let own = self.severities(self.is_compliant());
        SEVERITIES.into_iter().find(|level| own.contains(level)).unwrap_or(ComplianceSeverity::Unspecified)
    }
}

fn small(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn severity_summary(severities: &[ComplianceSeverity]) -> SeveritySummary {
    let count = |wanted: ComplianceSeverity| small(severities.iter().filter(|one| **one == wanted).count());
    SeveritySummary::builder()
        .critical_count(count(ComplianceSeverity::Critical))
        .high_count(count(ComplianceSeverity::High))
        .medium_count(count(ComplianceSeverity::Medium))
        .low_count(count(ComplianceSeverity::Low))
        .informational_count(count(ComplianceSeverity::Informational))
        .unspecified_count(count(ComplianceSeverity::Unspecified))
        .build()
}

fn compliant(severities: &[ComplianceSeverity]) -> CompliantSummary {
    CompliantSummary::builder()
        .compliant_count(small(severities.len()))
        .severity_summary(severity_summary(severities))
        .build()
}

fn non_compliant(severities: &[ComplianceSeverity]) -> NonCompliantSummary {
    NonCompliantSummary::builder()
        .non_compliant_count(small(severities.len()))
        .severity_summary(severity_summary(severities))
        .build()
}

/// Returns the number of compliant nodes for each type.
pub(super) fn list_compliance_summaries(
    call: &mut Call<'_>,
    input: &ListComplianceSummariesInput,
) -> Result<ListComplianceSummariesOutput, ApiError> {
    let items = FILTERS.select(all_items(call)?, &conditions(input.filters())?)?;
    let mut kinds: BTreeMap<String, Vec<ResourceItems>> = BTreeMap::new();
    for group in groups(items) {
        kinds.entry(group.kind.clone()).or_default().push(group);
    }
    let summary = |(kind, groups): (String, Vec<ResourceItems>)| {
        let (good, bad): (Vec<&ResourceItems>, Vec<&ResourceItems>) =
            groups.iter().partition(|group| group.is_compliant());
        let worst = |groups: &[&ResourceItems]| groups.iter().map(|group| group.worst()).collect::<Vec<_>>();
        ComplianceSummaryItem::builder()
            .compliance_type(kind)
            .compliant_summary(compliant(&worst(&good)))
            .non_compliant_summary(non_compliant(&worst(&bad)))
            .build()
    };
    let pages = Pages { sizes: 1..=50, default: 50, asked: input.max_results, token: input.next_token() };
    let found = kinds.into_iter().map(summary).collect();
    let request = ("compliance summaries", input.filters());
    let page = pages.cut(found, request, |item| item.compliance_type().unwrap_or_default().to_owned())?;
    Ok(ListComplianceSummariesOutput::builder()
        .set_compliance_summary_items(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

const RESOURCES: SsmFilters<ResourceComplianceSummaryItem> = SsmFilters {
    fields: &[
        ("ComplianceType", |item| maybe(item.compliance_type())),
        ("ResourceId", |item| maybe(item.resource_id())),
        ("ResourceType", |item| maybe(item.resource_type())),
        ("Status", |item| maybe(item.status().map(ComplianceStatus::as_str))),
        ("OverallSeverity", |item| maybe(item.overall_severity().map(ComplianceSeverity::as_str))),
    ],
    unknown: "InvalidFilter",
};

/// Returns the number of compliant items for each node and type.
pub(super) fn list_resource_compliance_summaries(
    call: &mut Call<'_>,
    input: &ListResourceComplianceSummariesInput,
) -> Result<ListResourceComplianceSummariesOutput, ApiError> {
    let summary = |group: ResourceItems| {
        ResourceComplianceSummaryItem::builder()
            .compliance_type(&group.kind)
            .resource_type(NODE)
            .resource_id(&group.node)
            .status(status(group.is_compliant()))
            .overall_severity(group.worst())
            .set_execution_summary(group.items.first().and_then(|item| item.execution_summary().cloned()))
            .compliant_summary(compliant(&group.severities(true)))
            .non_compliant_summary(non_compliant(&group.severities(false)))
            .build()
    };
    let found = groups(all_items(call)?).into_iter().map(summary).collect();
    let found = RESOURCES.select(found, &conditions(input.filters())?)?;
    let pages = Pages { sizes: 1..=50, default: 50, asked: input.max_results, token: input.next_token() };
    let request = ("resource compliance", input.filters());
    let page = pages.cut(found, request, |item| format!("{:?} {:?}", item.compliance_type(), item.resource_id()))?;
    Ok(ListResourceComplianceSummariesOutput::builder()
        .set_resource_compliance_summary_items(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

pub(super) fn put_compliance_items(
    call: &mut Call<'_>,
    input: &PutComplianceItemsInput,
) -> Result<PutComplianceItemsOutput, ApiError> {
    let (node, kind) = (input.resource_id().unwrap_or_default(), input.compliance_type().unwrap_or_default());
    if input.resource_type() != Some(NODE) {
        return Err(invalid_kind(input.resource_type().unwrap_or_default()));
    }
    if !nodes::machines(call).iter().any(|machine| machine.id == node) {
        let message = format!("The resource ID isn't valid: {node}.");
        return Err(ApiError::new("InvalidResourceId", message));
    }
    let custom = kind.strip_prefix("Custom:").is_some_and(|rest| !rest.is_empty());
    if !custom && !matches!(kind, "Patch" | "Association") {
        let message = format!("The compliance type {kind} isn't valid: it has to begin with Custom:.");
        return Err(ApiError::new("InvalidTypeNameException", message));
    }
    if !custom {
        let message =
            format!("the sandbox does not simulate putting items of the type {kind}, which it finds by itself");
        return Err(ApiError::new("ValidationException", message));
    }
    let items = input.items().iter().map(|entry| {
        ComplianceItem::builder()
            .compliance_type(kind)
            .resource_type(NODE)
            .resource_id(node)
            .set_id(entry.id.clone())
            .set_title(entry.title.clone())
            .status(entry.status.clone())
            .severity(entry.severity.clone())
            .set_execution_summary(input.execution_summary.clone())
            .set_details(Some(entry.details().cloned().unwrap_or_default()))
            .build()
    });
    let items: Vec<ComplianceItem> = items.collect();
    let kept = call.region.ssm.compliance.entry((node.to_owned(), kind.to_owned())).or_default();
    match input.upload_type() {
        Some(ComplianceUploadType::Partial) => {
            kept.retain(|old| !items.iter().any(|new| new.id() == old.id()));
            kept.extend(items);
        }
        _ => *kept = items,
    }
    Ok(PutComplianceItemsOutput::builder().build())
}

fn invalid_kind(kind: &str) -> ApiError {
    ApiError::new("InvalidResourceType", format!("The resource type {kind} isn't valid."))
}
