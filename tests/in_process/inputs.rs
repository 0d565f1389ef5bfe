//! Inputs for all operations, made from the declarations.

use moonfleet_bindings::{Operation, SERVICES, Service};
use moonfleet_core::{Field, Shape, Type};
use serde_json::{Map, Value, json};

/// Returns the operations that a test is about.
pub(crate) fn operations(selected: impl Fn(&Operation) -> bool) -> Vec<(&'static Service, &'static Operation)> {
    let all = SERVICES.iter().flat_map(|service| service.operations().iter().map(|operation| (*service, operation)));
    all.filter(|(_, operation)| selected(operation)).collect()
}

/// Decides which optional fields an input has, and which text stands in a field.
pub(crate) trait Choice {
    fn has(&self, field: &Field) -> bool;
    fn text(&self, field: &Field, path: &str) -> String;
}

/// Only required fields.
pub(crate) struct Required;

impl Choice for Required {
    fn has(&self, _: &Field) -> bool {
        false
    }

    fn text(&self, _: &Field, _: &str) -> String {
        "something".to_owned()
    }
}

/// Some structures hold themselves: optional fields end at this depth.
const DEPTH: u8 = 6;

/// Returns an input with all required fields and the optional ones that `choice` takes.
pub(crate) fn input(operation: &Operation, choice: &dyn Choice) -> Value {
    structure(operation.input(), choice, operation.name, DEPTH)
}

fn structure(shape: &'static Shape, choice: &dyn Choice, path: &str, depth: u8) -> Value {
    let mut fields = Map::new();
    for field in shape.fields {
        let is_complete = shape.is_union && !fields.is_empty();
        if !is_complete && (field.required || shape.is_union || depth > 0 && choice.has(field)) {
            let path = format!("{path}.{}", field.name());
            let text = choice.text(field, &path);
            fields.insert(field.name().to_owned(), value(&field.ty, choice, text, &path, depth));
        }
    }
    Value::Object(fields)
}

fn value(ty: &Type, choice: &dyn Choice, text: String, path: &str, depth: u8) -> Value {
    match ty {
        Type::Bool => json!(true),
        Type::Integer | Type::Long | Type::Number => json!(1),
        Type::String | Type::Blob => json!(text),
        Type::Timestamp => json!("2026-01-31T07:00:00Z"),
        Type::Enumeration(one_of) => json!(one_of.values[0]),
        Type::Structure(shape) => structure(shape(), choice, path, depth.saturating_sub(1)),
        Type::List(item) => json!([value(item, choice, text, path, depth)]),
        Type::Map(item) => json!({"name": value(item, choice, text, path, depth)}),
    }
}
