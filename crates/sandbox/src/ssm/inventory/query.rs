//! GetInventory: filters and aggregates nodes by their inventory.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_ssm::{
    operation::get_inventory::{GetInventoryInput, GetInventoryOutput},
    types::{
        InventoryAggregator, InventoryFilter, InventoryQueryOperatorType as Operator, InventoryResultEntity,
        InventoryResultItem,
    },
};

use super::current::{INFORMATION, current_inventory, unknown_type};
use super::state::{Inventory, Item};
use super::{schema, state};
use crate::ApiError;
use crate::ssm::filters::{Comparison, Condition};
use crate::ssm::pages::Pages;
use crate::state::Call;

pub(crate) fn get_inventory(call: &mut Call<'_>, input: &GetInventoryInput) -> Result<GetInventoryOutput, ApiError> {
    if input.filters().len() > 5 {
        return Err(ApiError::new("InvalidFilter", "A request can have five filters at most."));
    }
    let tests = input.filters().iter().map(InventoryTest::parse).collect::<Result<Vec<_>, ApiError>>()?;
    let mut nodes = current_inventory(call);
    nodes.retain(|_, items| all_hold(&tests, items));
    let entities = match input.aggregators() {
        [] => show_nodes(nodes, input)?,
        aggregators => count(&nodes, aggregators)?,
    };
    let pages = Pages { sizes: 1..=50, default: 50, asked: input.max_results, token: input.next_token() };
    let request = ("inventory", input.filters(), input.aggregators(), input.result_attributes());
    let page = pages.cut(entities, request, |entity| match entity.id() {
        Some(id) => id.to_owned(),
        None => format!("{:?}", entity.data()),
    })?;
    Ok(GetInventoryOutput::builder().set_entities(Some(page.items)).set_next_token(page.next_token).build())
}

/// A filter on an attribute such as `AWS:Application.Name`.
pub(super) struct InventoryTest<'a> {
    kind: &'a str,
    condition: Condition<'a>,
}

impl<'a> InventoryTest<'a> {
    fn parse(filter: &'a InventoryFilter) -> Result<InventoryTest<'a>, ApiError> {
        let (kind, attribute) = split(filter.key())?;
        let comparison = match filter.r#type().unwrap_or(&Operator::Equal) {
            Operator::Equal => Comparison::Equal,
            Operator::NotEqual => Comparison::NotEqual,
            Operator::BeginWith => Comparison::BeginWith,
            Operator::LessThan => Comparison::LessThan,
            Operator::GreaterThan => Comparison::GreaterThan,
            other => {
                let message = format!("The operator {other} isn't valid for the filter {}.", filter.key());
                return Err(ApiError::new("InvalidFilter", message));
            }
        };
        if filter.values().is_empty() {
            return Err(ApiError::new("InvalidFilter", format!("The filter {} has no values.", filter.key())));
        }
        Ok(InventoryTest { kind, condition: Condition { key: attribute, values: filter.values(), comparison } })
    }
}

/// Splits a filter's key or an aggregator's expression; checks attributes of AWS's own types.
fn split(key: &str) -> Result<(&str, &str), ApiError> {
    let invalid = || ApiError::new("InvalidFilter", format!("The filter name isn't valid: {key}."));
    let (kind, attribute) = key.split_once('.').ok_or_else(invalid)?;
    match schema::attributes(kind) {
        Some(attributes) if attributes.contains(&attribute) => Ok((kind, attribute)),
        None if kind.starts_with("Custom:") => Ok((kind, attribute)),
        _ => Err(invalid()),
    }
}

/// All filters on one type must match the same entry: a name and a version belong to one
/// application.
fn all_hold(tests: &[InventoryTest<'_>], items: &BTreeMap<String, Item>) -> bool {
    let mut by_kind: BTreeMap<&str, Vec<&Condition<'_>>> = BTreeMap::new();
    for test in tests {
        by_kind.entry(test.kind).or_default().push(&test.condition);
    }
    by_kind.iter().all(|(kind, conditions)| entries(items, kind, conditions).next().is_some())
}

fn entries<'a>(
    items: &'a BTreeMap<String, Item>,
    kind: &str,
    conditions: &'a [&Condition<'_>],
) -> impl Iterator<Item = &'a state::Entry> {
    let content = items.get(kind).map(|item| item.content.as_slice()).unwrap_or_default();
    content.iter().filter(move |entry| {
        conditions.iter().all(|condition| {
            let own: Vec<String> = entry.get(condition.key).cloned().into_iter().collect();
            condition.holds(&own)
        })
    })
}

fn show_nodes(nodes: Inventory, input: &GetInventoryInput) -> Result<Vec<InventoryResultEntity>, ApiError> {
    let kind = match input.result_attributes() {
        [] => INFORMATION,
        [one] => one.type_name(),
        _ => {
            return Err(ApiError::new(
                "InvalidResultAttributeException",
                "The specified inventory item result attribute isn't valid: only one can be specified.",
            ));
        }
    };
    if schema::attributes(kind).is_none() && !kind.starts_with("Custom:") {
        return Err(unknown_type(kind));
    }
    nodes.into_iter().map(|(id, items)| show_node(id, kind, items.get(kind))).collect()
}

// A node without the type is listed without data.
fn show_node(id: String, kind: &str, item: Option<&Item>) -> Result<InventoryResultEntity, ApiError> {
    let mut entity = InventoryResultEntity::builder().id(id).set_data(Some(HashMap::new()));
    if let Some(item) = item {
        let result = InventoryResultItem::builder()
            .type_name(kind)
            .schema_version(&item.schema_version)
            .capture_time(&item.capture_time)
            .set_content(Some(item.content_for_aws()));
        entity = entity.data(kind, result.build()?);
    }
    Ok(entity.build())
}

fn count(nodes: &Inventory, aggregators: &[InventoryAggregator]) -> Result<Vec<InventoryResultEntity>, ApiError> {
    aggregators
        .iter()
        .map(|aggregator| {
            let mut expressions = Vec::new();
            flatten(aggregator, &mut expressions)?;
            let kind = expressions[0].0;
            let mut counts: BTreeMap<Vec<(String, String)>, usize> = BTreeMap::new();
            for items in nodes.values() {
                for combination in combinations(items, &expressions) {
                    *counts.entry(combination).or_default() += 1;
                }
            }
            let row = |(mut values, count): (Vec<(String, String)>, usize)| {
                values.push(("Count".to_owned(), count.to_string()));
                values.into_iter().collect::<HashMap<_, _>>()
            };
            let result = InventoryResultItem::builder()
                .type_name(kind)
                .schema_version("")
                .set_content(Some(counts.into_iter().map(row).collect()));
            Ok(InventoryResultEntity::builder().data(kind, result.build()?).build())
        })
        .collect()
}

/// Nested aggregators count pairs.
fn flatten<'a>(aggregator: &'a InventoryAggregator, into: &mut Vec<(&'a str, &'a str)>) -> Result<(), ApiError> {
    let refuse = |message: &str| Err(ApiError::new("InvalidAggregatorException", message));
    if !aggregator.groups().is_empty() {
        return refuse("the sandbox does not simulate aggregators with Groups");
    }
    let Some(expression) = aggregator.expression() else {
        return refuse("The specified aggregator isn't valid: it has no expression.");
    };
    into.push(split(expression)?);
    match aggregator.aggregators() {
        [] => Ok(()),
        [inner] => flatten(inner, into),
        _ => refuse("the sandbox does not simulate several aggregators in an aggregator"),
    }
}

// Each combination counts once per node.
fn combinations(items: &BTreeMap<String, Item>, expressions: &[(&str, &str)]) -> Vec<Vec<(String, String)>> {
    let kind = expressions[0].0;
    let content = items.get(kind).map(|item| item.content.as_slice()).unwrap_or_default();
    let mut found: Vec<Vec<(String, String)>> = Vec::new();
    for entry in content {
        let values = expressions.iter().map(|(of, attribute)| {
            let own = match *of == kind {
                true => entry.get(*attribute),
                false => items.get(*of).and_then(|item| item.content.first()?.get(*attribute)),
            };
            Some(((*attribute).to_owned(), own?.clone()))
        });
        if let Some(combination) = values.collect::<Option<Vec<_>>>()
            && !found.contains(&combination)
        {
            found.push(combination);
        }
    }
    found
}
