//! Two values of one shape.

use std::collections::BTreeSet;

use moonfleet_core::{Map, Value};
use moonfleet_models::{Kind, Service, ShapeId};

/// Returns the fields that differ, each with its structure.
pub(crate) fn differences(service: &Service, shape: Option<ShapeId>, theirs: &Map, ours: &Map) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    match shape {
        Some(id) => fields(service, id, theirs, ours, &mut found),
        None if theirs == ours => {}
        None => _ = found.insert(format!("{theirs:?} and {ours:?}")),
    }
    found
}

fn fields(service: &Service, id: ShapeId, theirs: &Map, ours: &Map, found: &mut BTreeSet<String>) {
    let shape = service.shape(id);
    for member in shape.as_structure().map_or(&[][..], |structure| &structure.members) {
        let field = format!("{}.{}", shape.name, member.name);
        match (theirs.get(&member.name), ours.get(&member.name)) {
            (None, None) => {}
            (Some(_), None) => _ = found.insert(field + " is only in the SDK's answer"),
            (None, Some(_)) => _ = found.insert(field + " is not in the SDK's answer"),
            (Some(theirs), Some(ours)) => value(service, member.target.target, &field, theirs, ours, found),
        }
    }
}

fn value(service: &Service, id: ShapeId, field: &str, theirs: &Value, ours: &Value, found: &mut BTreeSet<String>) {
    match (&service.shape(id).kind, theirs, ours) {
        (Kind::Structure(_), Value::Map(theirs), Value::Map(ours)) => fields(service, id, theirs, ours, found),
        (Kind::List { item, .. }, Value::List(theirs), Value::List(ours)) if theirs.len() == ours.len() => {
            theirs.iter().zip(ours).for_each(|(theirs, ours)| value(service, item.target, field, theirs, ours, found));
        }
        (Kind::Map { value: item, .. }, Value::Map(theirs), Value::Map(ours)) if keys(theirs) == keys(ours) => {
            for (key, ours) in &ours.0 {
                theirs.get(key).into_iter().for_each(|theirs| value(service, item.target, field, theirs, ours, found));
            }
        }
        _ if theirs == ours => {}
        _ => _ = found.insert(format!("{field} differs")),
    }
}

fn keys(map: &Map) -> BTreeSet<&str> {
    map.0.iter().map(|(key, _)| key.as_str()).collect()
}

/// Removes the first field of this name from a structure and those in it, and returns the name of its structure.
pub(crate) fn remove(service: &Service, id: ShapeId, fields: &mut Map, name: &str) -> Option<&'static str> {
    let shape = service.shape(id);
    let structure = shape.as_structure()?;
    if !fields.take(name).is_nil() {
        return Some(shape.name);
    }
    fields.0.iter_mut().find_map(|(field, value)| {
        let (_, member) = structure.member(field)?;
        remove_within(service, member.target.target, value, name)
    })
}

fn remove_within(service: &Service, id: ShapeId, value: &mut Value, name: &str) -> Option<&'static str> {
    match (&service.shape(id).kind, value) {
        (Kind::Structure(_), Value::Map(fields)) => remove(service, id, fields, name),
        (Kind::List { item, .. }, Value::List(items)) => {
            items.iter_mut().find_map(|value| remove_within(service, item.target, value, name))
        }
        (Kind::Map { value: item, .. }, Value::Map(Map(entries))) => {
            entries.iter_mut().find_map(|(_, value)| remove_within(service, item.target, value, name))
        }
        _ => None,
    }
}

#[test]
fn a_dropped_and_a_renamed_field_are_found() {
    let service = moonfleet_models::service("ec2").unwrap();
    let output = service.operation("describe_tags").unwrap().output;
    let answer = |tag: Map| {
        let tags = Value::List(vec![Value::Map(tag)]);
        [("tags".to_owned(), tags)].into_iter().collect::<Map>()
    };
    let tag = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), Value::from("a"))).collect::<Map>();
    let whole = answer(tag(&["key", "value"]));
    assert_eq!(differences(service, output, &whole, &whole), BTreeSet::new());
    let found = differences(service, output, &answer(tag(&["key"])), &whole);
    assert_eq!(found, BTreeSet::from(["TagDescription.value is not in the SDK's answer".to_owned()]));
    let found = differences(service, output, &answer(tag(&["key", "resource_id"])), &whole);
    assert_eq!(found.len(), 2, "{found:?}");
}
