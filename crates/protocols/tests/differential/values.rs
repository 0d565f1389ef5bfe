//! Values of cases, which are JSON with the model's names, as values of the core.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use moonfleet_core::Value;
use moonfleet_models::{Kind, Service, ShapeId};
use serde_json::Value as Json;

/// Returns the value of the core that a case has in JSON.
pub(crate) fn value(service: &Service, id: ShapeId, case: &Json) -> Value {
    if case.is_null() {
        return Value::Nil;
    }
    match (&service.shape(id).kind, case) {
        (Kind::Structure(structure), Json::Object(fields)) => {
            let named = |name: &str| structure.members.iter().find(|member| member.api_name == name);
            let fields = fields.iter().map(|(name, field)| {
                let member = named(name).unwrap_or_else(|| panic!("there is no member {name}"));
                (member.name.to_string(), value(service, member.target.target, field))
            });
            Value::Map(fields.collect())
        }
        (Kind::List { item, .. }, Json::Array(items)) => {
            Value::List(items.iter().map(|case| value(service, item.target, case)).collect())
        }
        (Kind::Map { value: item, .. }, Json::Object(entries)) => {
            let entries = entries.iter().map(|(key, case)| (key.clone(), value(service, item.target, case)));
            Value::Map(entries.collect())
        }
        (Kind::Blob, Json::String(text)) => Value::from_bytes(BASE64_STANDARD.decode(text).expect("Base64")),
        (Kind::Timestamp(_), Json::Number(seconds)) => {
            let seconds = seconds.as_i64().expect("generated times are whole seconds");
            Value::Time(Timestamp::from_second(seconds).expect("a time"))
        }
        (Kind::Float | Kind::Double, Json::Number(number)) => Value::Float(number.as_f64().expect("a number")),
        (Kind::Float | Kind::Double, Json::String(text)) => Value::Float(text.parse().expect("NaN or Infinity")),
        _ => document(case),
    }
}

fn document(case: &Json) -> Value {
    let moonfleet_core::json::Parsed(value) = serde_json::from_value(case.clone()).expect("a value");
    value
}
