//! Texts that differ between scripts and the wire. `moonfleet_core::TextForm` explains the forms,
//! `model/corrections/text_forms.rs` says which fields have them, and why.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use moonfleet_core::{Field, Map, Shape, TextForm, Value, json};
use percent_encoding::percent_decode_str;

use crate::answer::View;

/// Returns what scripts read in a field of an answer.
pub(crate) fn read(form: TextForm, view: View<'_>) -> View<'_> {
    match (form, view) {
        (TextForm::AbsentIfEmpty, View::Nil) => View::String(""),
        (TextForm::Policy | TextForm::ReadFromBase64, View::String(text)) => View::Encoded(form, text),
        (_, view) => view,
    }
}

/// Decodes a text of an answer. A text that is not in the form is returned as it is.
pub fn decoded(form: TextForm, text: &str) -> Cow<'_, [u8]> {
    match form {
        // A policy that is JSON already can contain percent signs.
        TextForm::Policy if text.trim_start().starts_with('%') => percent_decode_str(text).into(),
        TextForm::ReadFromBase64 => without_breaks(text).map_or(Cow::Borrowed(text.as_bytes()), Cow::Owned),
        _ => Cow::Borrowed(text.as_bytes()),
    }
}

/// Decodes Base64, which can be broken into lines.
fn without_breaks(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text.replace(|c: char| c.is_ascii_whitespace(), "")).ok()
}

/// Converts a value that a script gives for a field. The error says what the service accepts.
pub(crate) fn given(field: &Field, value: Value) -> Result<Value, String> {
    match (field.text_form, value) {
        (TextForm::Base64, Value::String(text)) if without_breaks(&text).is_none() => {
            Err("expected Base64, which the service demands here; pass base64.encode(text)".to_owned())
        }
        (TextForm::Base64, Value::Bytes(_)) => {
            Err("expected Base64, got bytes that are not text; pass base64.encode(bytes)".to_owned())
        }
        (TextForm::Policy, Value::List(items)) => {
            items.into_iter().map(policy).collect::<Result<_, _>>().map(Value::List)
        }
        (TextForm::Policy, value) => policy(value),
        (_, value) => Ok(value),
    }
}

/// Converts a policy that is a table to JSON text.
fn policy(value: Value) -> Result<Value, String> {
    match value {
        Value::Map(_) if holds_secret(&value) => {
            Err("a policy must not contain a secret, which everyone who may read the policy would see".to_owned())
        }
        Value::Map(_) => Ok(Value::String(json::text(&value))),
        other => Ok(other),
    }
}

fn holds_secret(value: &Value) -> bool {
    match value {
        Value::Secret(_) => true,
        Value::List(items) => items.iter().any(holds_secret),
        Value::Map(Map(entries)) => entries.iter().any(|(_, value)| holds_secret(value)),
        _ => false,
    }
}

/// Returns a checked input as the service expects it. The record, plans and the guard see it before.
pub(crate) fn to_send(shape: &Shape, mut input: Map) -> Map {
    for field in shape.fields.iter().filter(|field| field.text_form == TextForm::SentAsBase64) {
        match input.get_mut(field.name()) {
            Some(Value::String(text)) => *text = BASE64_STANDARD.encode(&*text),
            Some(value @ Value::Bytes(_)) => {
                if let Value::Bytes(bytes) = &*value {
                    *value = Value::String(BASE64_STANDARD.encode(bytes));
                }
            }
            _ => {}
        }
    }
    input
}
