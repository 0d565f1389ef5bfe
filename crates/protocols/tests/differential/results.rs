//! Values of the core as JSON with the model's names, in the form of the cases.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use moonfleet_core::{Map, Value};
use moonfleet_models::{Kind, Service, ShapeId};
use serde_json::{Value as Json, json};

/// Returns a value of the core in the form of the cases.
pub(crate) fn json(service: &Service, id: ShapeId, value: &Value) -> Json {
    match (&service.shape(id).kind, value) {
        (Kind::Structure(structure), Value::Map(Map(fields))) => {
            let fields = fields.iter().map(|(name, value)| {
                let (_, member) = structure.member(name).unwrap_or_else(|| panic!("there is no member {name}"));
                (member.api_name.to_owned(), json(service, member.target.target, value))
            });
            Json::Object(fields.collect())
        }
        (Kind::List { item, .. }, Value::List(items)) => {
            items.iter().map(|value| json(service, item.target, value)).collect()
        }
        (Kind::Map { value: item, .. }, Value::Map(Map(entries))) => {
            Json::Object(entries.iter().map(|(key, value)| (key.clone(), json(service, item.target, value))).collect())
        }
        (Kind::Blob, Value::String(text)) => json!(BASE64_STANDARD.encode(text)),
        (Kind::Blob, Value::Bytes(bytes)) => json!(BASE64_STANDARD.encode(bytes)),
        (Kind::Timestamp(_), Value::Time(time)) => match time.subsec_nanosecond() {
            0 => json!(time.as_second()),
            _ => json!(time.as_nanosecond() as f64 / 1e9),
        },
        (_, Value::Float(number)) if number.is_nan() => json!("NaN"),
        (_, Value::Float(number)) if number.is_infinite() => {
            json!(if *number > 0.0 { "Infinity" } else { "-Infinity" })
        }
        (_, value) => serde_json::to_value(moonfleet_core::json::Json(value)).expect("JSON"),
    }
}

/// Returns JSON in which a number has one form: 1 and 1.0 are the same.
pub(crate) fn normalized(value: Json) -> Json {
    match value {
        Json::Number(number) if number.is_f64() => {
            let float = number.as_f64().unwrap_or_default();
            if float.fract() == 0.0 && float.abs() < 9e15 { json!(float as i64) } else { Json::Number(number) }
        }
        Json::Array(items) => items.into_iter().map(normalized).collect(),
        Json::Object(fields) => Json::Object(fields.into_iter().map(|(key, value)| (key, normalized(value))).collect()),
        other => other,
    }
}
