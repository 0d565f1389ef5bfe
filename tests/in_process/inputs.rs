//! Inputs for all operations, made from the declarations.

use moonfleet_bindings::{Operation, SERVICES, Service};
use moonfleet_core::{Field, Shape, TextForm, Type};
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

    /// Takes one of several alternatives: the members of a union, the values of an enumeration.
    fn one_of(&self, _: usize) -> usize {
        0
    }
}

/// Only required fields.
pub(crate) struct Required;

impl Choice for Required {
    fn has(&self, _: &Field) -> bool {
        false
    }

    fn text(&self, field: &Field, _: &str) -> String {
        // Base64 of the other text.
        if field.text_form == TextForm::Base64 { "c29tZXRoaW5n".to_owned() } else { "something".to_owned() }
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
    let member = shape.is_union.then(|| choice.one_of(shape.fields.len()));
    for (at, field) in shape.fields.iter().enumerate() {
        let is_taken = member.map_or(field.required || depth > 0 && choice.has(field), |member| member == at);
        if is_taken {
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
        Type::String | Type::Blob | Type::Document => json!(text),
        Type::Timestamp => json!("2026-01-31T07:00:00Z"),
        Type::Enumeration(one_of) => json!(one_of.values[choice.one_of(one_of.values.len())]),
        Type::Structure(shape) => structure(shape.get(), choice, path, depth.saturating_sub(1)),
        Type::List(item) => json!([value(item, choice, text, path, depth)]),
        Type::Map(item) => json!({"name": value(item, choice, text, path, depth)}),
    }
}
