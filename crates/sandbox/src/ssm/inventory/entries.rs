//! The entries of one node: listing, putting and deleting them.

use std::collections::HashMap;

use aws_sdk_ssm::{
    operation::{
        delete_inventory::{DeleteInventoryInput, DeleteInventoryOutput},
        list_inventory_entries::{ListInventoryEntriesInput, ListInventoryEntriesOutput},
        put_inventory::{PutInventoryInput, PutInventoryOutput},
    },
    types::{
        InventoryDeletionSummary, InventoryDeletionSummaryItem, InventoryItem, InventoryQueryOperatorType as Operator,
        InventorySchemaDeleteOption,
    },
};

use super::current::{current_inventory, unknown_type};
use super::schema;
use super::state::{Entry, Item};
use crate::ApiError;
use crate::ssm::filters::{Comparison, Condition};
use crate::ssm::nodes;
use crate::ssm::pages::Pages;
use crate::state::Call;

pub(crate) fn list_inventory_entries(
    call: &mut Call<'_>,
    input: &ListInventoryEntriesInput,
) -> Result<ListInventoryEntriesOutput, ApiError> {
    let id = input.instance_id().unwrap_or_default();
    let kind = input.type_name().unwrap_or_default();
    let nodes = current_inventory(call);
    let items = nodes.get(id).ok_or_else(|| unknown_node(id))?;
    if schema::attributes(kind).is_none() && !kind.starts_with("Custom:") {
        return Err(unknown_type(kind));
    }
    let pages = Pages { sizes: 1..=50, default: 50, asked: input.max_results, token: input.next_token() };
    let request = ("entries", id, kind, input.filters());
    let output = ListInventoryEntriesOutput::builder().type_name(kind).instance_id(id);
    let Some(item) = items.get(kind) else {
        return Ok(output.set_entries(Some(Vec::new())).build());
    };
    let mut entries = Vec::new();
    for (at, entry) in item.content.iter().enumerate() {
        if fits(input, kind, entry)? {
            entries.push((at, entry.clone()));
        }
    }
    let page = pages.cut(entries, request, |(at, _)| at.to_string())?;
    let entries: Vec<HashMap<String, String>> =
        page.items.into_iter().map(|(_, entry)| entry.into_iter().collect()).collect();
    Ok(output
        .schema_version(&item.schema_version)
        .capture_time(&item.capture_time)
        .set_entries(Some(entries))
        .set_next_token(page.next_token)
        .build())
}

// In this operation a key is an attribute's name, with or without its type.
fn fits(input: &ListInventoryEntriesInput, kind: &str, entry: &Entry) -> Result<bool, ApiError> {
    for filter in input.filters() {
        let key = filter.key().strip_prefix(kind).and_then(|rest| rest.strip_prefix('.')).unwrap_or(filter.key());
        if schema::attributes(kind).is_some_and(|attributes| !attributes.contains(&key)) {
            return Err(ApiError::new("InvalidFilter", format!("The filter name isn't valid: {}.", filter.key())));
        }
        let comparison = match filter.r#type().unwrap_or(&Operator::Equal) {
            Operator::Equal => Comparison::Equal,
            Operator::NotEqual => Comparison::NotEqual,
            Operator::BeginWith => Comparison::BeginWith,
            Operator::LessThan => Comparison::LessThan,
            Operator::GreaterThan => Comparison::GreaterThan,
            other => return Err(ApiError::new("InvalidFilter", format!("The operator {other} isn't valid here."))),
        };
        let own: Vec<String> = entry.get(key).cloned().into_iter().collect();
        if !(Condition { key, values: filter.values(), comparison }).holds(&own) {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(crate) fn put_inventory(call: &mut Call<'_>, input: &PutInventoryInput) -> Result<PutInventoryOutput, ApiError> {
    let id = input.instance_id().unwrap_or_default();
    if !nodes::machines(call).iter().any(|machine| machine.id == id) {
        return Err(unknown_node(id));
    }
    for item in input.items() {
        check(item)?;
    }
    let own = call.region.ssm.inventory.entry(id.to_owned()).or_default();
    for item in input.items() {
        let content = item.content().iter().map(|entry| entry.clone().into_iter().collect()).collect();
        let (schema_version, capture_time) = (item.schema_version.clone(), item.capture_time.clone());
        own.insert(item.type_name.clone(), Item { schema_version, capture_time, content });
    }
    Ok(PutInventoryOutput::builder().message("Inventory was successfully put.").build())
}

fn check(item: &InventoryItem) -> Result<(), ApiError> {
    let kind = item.type_name();
    let time: Result<jiff::Timestamp, _> = item.capture_time().parse();
    if time.is_err() {
        let message = format!(
            "The capture time {} isn't valid; it must have the form 2026-01-31T12:00:00Z.",
            item.capture_time()
        );
        return Err(ApiError::new("InvalidItemContentException", message));
    }
    if kind.starts_with("Custom:") {
        return Ok(());
    }
    let attributes = schema::attributes(kind).ok_or_else(|| unknown_type(kind))?;
    let mut keys = item.content().iter().flat_map(HashMap::keys);
    match keys.find(|key| !attributes.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => {
            let message = format!("The attribute {key} isn't in the schema of {kind}.");
            Err(ApiError::new("InvalidItemContentException", message))
        }
    }
}

pub(crate) fn delete_inventory(
    call: &mut Call<'_>,
    input: &DeleteInventoryInput,
) -> Result<DeleteInventoryOutput, ApiError> {
    let kind = input.type_name().unwrap_or_default();
    if !kind.starts_with("Custom:") {
        let message = format!("Only custom inventory types can be deleted; {kind} is not a custom type.");
        return Err(ApiError::new("InvalidTypeNameException", message));
    }
    let mut summary = InventoryDeletionSummary::builder();
    let having: Vec<&Item> = call.region.ssm.inventory.values().filter_map(|items| items.get(kind)).collect();
    let count = i32::try_from(having.len()).unwrap_or(i32::MAX);
    if let Some(item) = having.first() {
        let version = &item.schema_version;
        summary = summary.summary_items(
            InventoryDeletionSummaryItem::builder().version(version).count(count).remaining_count(count).build(),
        );
    }
    let summary = summary.total_count(count).remaining_count(count).build();
    let output = DeleteInventoryOutput::builder().type_name(kind).deletion_summary(summary);
    if input.dry_run == Some(true) {
        return Ok(output.build());
    }
    if input.schema_delete_option() == Some(&InventorySchemaDeleteOption::DisableSchema) {
        let message = "the sandbox does not simulate DeleteInventory with DisableSchema";
        return Err(ApiError::new("InvalidOptionException", message));
    }
    for items in call.region.ssm.inventory.values_mut() {
        items.remove(kind);
    }
    Ok(output.deletion_id(call.ids.uuid()).build())
}

fn unknown_node(id: &str) -> ApiError {
    ApiError::new("InvalidInstanceId", format!("The managed node {id} isn't known to this account in this Region."))
}
