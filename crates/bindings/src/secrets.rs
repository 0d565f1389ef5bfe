//! Finds the secret texts in inputs and answers, so that they can be redacted.

use moonfleet_core::known_secrets::remember;
use moonfleet_core::{Map, Secret, Shape, Type, Value};

use crate::answer::{Answer, View};
use crate::operation::Operation;
use crate::text_forms::decoded;

/// Called for each secret text.
pub type Visitor<'a> = &'a mut dyn FnMut(&[u8]);

/// Visits the secret texts of an input. This comes before the checks, because their errors must not contain
/// secrets.
pub fn visit_input(operation: &Operation, input: &Value, visit: Visitor<'_>) {
    visit_structure(operation.input(), input, visit);
}

/// Visits the secret texts of an answer.
pub fn visit_answer(operation: &Operation, answer: &Answer, visit: Visitor<'_>) {
    // Most answers are large and have no secrets.
    if operation.output().holds_secrets() {
        visit_view(View::Structure(answer.structure()), false, visit);
    }
}

/// Remembers the secret texts of an input for redaction.
pub fn remember_input(operation: &Operation, input: &Value) {
    visit_input(operation, input, &mut remember);
}

/// Remembers the secret texts of an answer for redaction.
pub fn remember_answer(operation: &Operation, answer: &Answer) {
    visit_answer(operation, answer, &mut remember);
}

/// Remembers the secret texts of an event in a stream for redaction.
pub(crate) fn remember_event(event: &Answer) {
    if event.structure().shape().holds_secrets() {
        visit_view(View::Structure(event.structure()), false, &mut remember);
    }
}

fn visit_value(ty: &Type, value: &Value, visit: Visitor<'_>) {
    match (ty, value) {
        (_, Value::Secret(secret)) => visit(secret.reveal()),
        (Type::Structure(shape), value) => visit_structure(shape.get(), value, visit),
        (Type::List(item), Value::List(items)) => items.iter().for_each(|value| visit_value(item, value, visit)),
        (Type::Map(item), Value::Map(Map(entries))) => {
            entries.iter().for_each(|(_, value)| visit_value(item, value, visit))
        }
        _ => {}
    }
}

fn visit_structure(shape: &'static Shape, value: &Value, visit: Visitor<'_>) {
    let Value::Map(map) = value else { return };
    let sibling = |name: &str| match map.get(name) {
        Some(Value::String(text)) => Some(text.as_str()),
        _ => None,
    };
    for (name, value) in &map.0 {
        match shape.field(name) {
            Some(field) if shape.hides(field, sibling) => visit_all_texts(value, visit),
            Some(field) => visit_value(&field.ty, value, visit),
            // A misspelt name can be the name of a secret.
            None if shape.fields.iter().any(|field| field.secret) => visit_all_texts(value, visit),
            None => {}
        }
    }
}

fn visit_all_texts(value: &Value, visit: Visitor<'_>) {
    match value {
        Value::String(text) => visit(text.as_bytes()),
        Value::Bytes(bytes) => visit(bytes),
        Value::Secret(secret) => visit(secret.reveal()),
        Value::List(items) => items.iter().for_each(|value| visit_all_texts(value, visit)),
        Value::Map(Map(entries)) => entries.iter().for_each(|(_, value)| visit_all_texts(value, visit)),
        _ => {}
    }
}

fn visit_view(view: View<'_>, hidden: bool, visit: Visitor<'_>) {
    match view {
        View::String(text) if hidden => visit(text.as_bytes()),
        View::Encoded(form, text) if hidden => visit(&decoded(form, text)),
        View::Blob(bytes) if hidden => visit(bytes),
        View::List(list) => list.iter().for_each(|item| visit_view(item, hidden, visit)),
        View::Map(map) => map.entries().for_each(|(_, value)| visit_view(value, hidden, visit)),
        View::Structure(structure) => (0..structure.shape().fields.len())
            .for_each(|at| visit_view(structure.get(at), hidden || structure.hides(at), visit)),
        _ => {}
    }
}

/// Returns the input with its secret texts replaced by empty secrets, so that it can be shown.
pub fn hidden(operation: &Operation, input: &Map) -> Map {
    hidden_structure(operation.input(), input)
}

fn hidden_structure(shape: &'static Shape, map: &Map) -> Map {
    let sibling = |name: &str| match map.get(name) {
        Some(Value::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let fields = map.0.iter().map(|(name, value)| {
        let value = match shape.field(name) {
            Some(field) if shape.hides(field, sibling) => Value::Secret(Secret::new(Vec::new())),
            Some(field) => hidden_value(&field.ty, value),
            None => value.clone(),
        };
        (name.clone(), value)
    });
    fields.collect()
}

fn hidden_value(ty: &Type, value: &Value) -> Value {
    match (ty, value) {
        (Type::Structure(shape), Value::Map(map)) => Value::Map(hidden_structure(shape.get(), map)),
        (Type::List(item), Value::List(items)) => {
            Value::List(items.iter().map(|value| hidden_value(item, value)).collect())
        }
        (Type::Map(item), Value::Map(Map(entries))) => {
            Value::Map(entries.iter().map(|(name, value)| (name.clone(), hidden_value(item, value))).collect())
        }
        _ => value.clone(),
    }
}
