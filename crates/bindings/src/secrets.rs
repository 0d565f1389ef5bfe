//! Which texts of an input or of an answer are secret, for whoever has to know them so that
//! they are shown nowhere.

use moonfleet_core::known_secrets::remember;
use moonfleet_core::{Map, Secret, Shape, Type, Value};

use crate::operation::Operation;
use crate::reflect::{Structure, View};

/// Whoever is shown a secret text.
pub type Visitor<'a> = &'a mut dyn FnMut(&[u8]);

/// Shows the secret texts of an input as it was given, before any check: what is wrong with
/// it will be told, and a password beside that must not be.
pub fn visit_input(operation: &Operation, input: &Value, visit: Visitor<'_>) {
    visit_structure(operation.input(), input, visit);
}

/// Shows the secret texts of an answer.
pub fn visit_answer(operation: &Operation, answer: &dyn Structure, visit: Visitor<'_>) {
    // Most answers are large and have none.
    if operation.output().holds_secrets() {
        visit_view(&View::Structure(answer), false, visit);
    }
}

/// Remembers the secret texts of an input, before anything is said of it.
pub fn remember_input(operation: &Operation, input: &Value) {
    visit_input(operation, input, &mut remember);
}

/// Remembers the secret texts of an answer.
pub fn remember_answer(operation: &Operation, answer: &dyn Structure) {
    visit_answer(operation, answer, &mut remember);
}

fn visit_value(ty: &Type, value: &Value, visit: Visitor<'_>) {
    match (ty, value) {
        (_, Value::Secret(secret)) => visit(secret.reveal()),
        (Type::Structure(shape), value) => visit_structure(shape(), value, visit),
        (Type::List(item), Value::List(items)) => items.iter().for_each(|value| visit_value(item, value, visit)),
        (Type::Map(item), Value::Map(Map(entries))) => {
            entries.iter().for_each(|(_, value)| visit_value(item, value, visit))
        }
        _ => {}
    }
}

fn visit_structure(shape: &'static Shape, value: &Value, visit: Visitor<'_>) {
    let Value::Map(map) = value else { return };
    let beside = |name: &str| match map.get(name) {
        Some(Value::String(text)) => Some(text.as_str()),
        _ => None,
    };
    for (name, value) in &map.0 {
        match shape.field(name) {
            Some(field) if shape.hides(field, beside) => texts(value, visit),
            Some(field) => visit_value(&field.ty, value, visit),
            // A password under a misspelt name is one.
            None if shape.fields.iter().any(|field| field.secret) => texts(value, visit),
            None => {}
        }
    }
}

fn texts(value: &Value, visit: Visitor<'_>) {
    match value {
        Value::String(text) => visit(text.as_bytes()),
        Value::Bytes(bytes) => visit(bytes),
        Value::Secret(secret) => visit(secret.reveal()),
        Value::List(items) => items.iter().for_each(|value| texts(value, visit)),
        Value::Map(Map(entries)) => entries.iter().for_each(|(_, value)| texts(value, visit)),
        _ => {}
    }
}

fn visit_view(view: &View<'_>, hidden: bool, visit: Visitor<'_>) {
    match view {
        View::String(text) if hidden => visit(text.as_bytes()),
        View::Blob(bytes) if hidden => visit(bytes),
        View::List(list) => (0..list.len()).for_each(|at| visit_view(&list.at(at), hidden, visit)),
        View::Map(map) => map.entries().iter().for_each(|(_, view)| visit_view(view, hidden, visit)),
        View::Structure(structure) => (0..structure.shape().fields.len())
            .for_each(|at| visit_view(&structure.get(at), hidden || structure.hides(at), visit)),
        _ => {}
    }
}

/// The input as it can be shown: what is secret in it is a secret.
pub fn hidden(operation: &Operation, input: &Map) -> Map {
    hidden_structure(operation.input(), input)
}

fn hidden_structure(shape: &'static Shape, map: &Map) -> Map {
    let beside = |name: &str| match map.get(name) {
        Some(Value::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let fields = map.0.iter().map(|(name, value)| {
        let value = match shape.field(name) {
            Some(field) if shape.hides(field, beside) => Value::Secret(Secret::new(Vec::new())),
            Some(field) => hidden_value(&field.ty, value),
            None => value.clone(),
        };
        (name.clone(), value)
    });
    fields.collect()
}

fn hidden_value(ty: &Type, value: &Value) -> Value {
    match (ty, value) {
        (Type::Structure(shape), Value::Map(map)) => Value::Map(hidden_structure(shape(), map)),
        (Type::List(item), Value::List(items)) => {
            Value::List(items.iter().map(|value| hidden_value(item, value)).collect())
        }
        (Type::Map(item), Value::Map(Map(entries))) => {
            Value::Map(entries.iter().map(|(name, value)| (name.clone(), hidden_value(item, value))).collect())
        }
        _ => value.clone(),
    }
}
