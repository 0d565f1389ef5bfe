//! The text of one value in a row.

use std::borrow::Cow;

use moonfleet_bindings::{Map, Secret, Value};

use super::json;

/// A scalar's whole text, and compact JSON for what is nested: nothing is lost.
pub fn plain(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Nil => Cow::Borrowed(""),
        Value::Bool(yes) => Cow::Borrowed(if *yes { "true" } else { "false" }),
        Value::Integer(number) => Cow::Owned(number.to_string()),
        Value::Float(number) => Cow::Owned(format!("{number:?}")),
        Value::String(text) => Cow::Borrowed(text),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes),
        Value::Secret(_) => Cow::Borrowed(Secret::SHOWN),
        Value::Time(time) => Cow::Owned(time.to_string()),
        Value::Planned(planned) => Cow::Owned(planned.to_string()),
        Value::List(_) | Value::Map(_) => Cow::Owned(json::compact(value)),
    }
}

/// What a reader wants to see of a value: numbers as Lua prints them, and nested
/// values in brief.
pub fn brief(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Float(number) => Cow::Owned(format!("{:?}", rounded(*number))),
        Value::List(items) if items.iter().all(is_scalar) => {
            Cow::Owned(items.iter().map(brief).collect::<Vec<_>>().join(", "))
        }
        Value::List(items) => Cow::Owned(counted('[', items.len(), "item", ']')),
        Value::Map(Map(fields)) if fields.iter().all(|(_, v)| is_scalar(v)) => {
            let fields = fields.iter().map(|(name, v)| format!("{name}={}", brief(v)));
            Cow::Owned(fields.collect::<Vec<_>>().join(" "))
        }
        Value::Map(Map(fields)) => Cow::Owned(counted('{', fields.len(), "field", '}')),
        _ => plain(value),
    }
}

pub fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::List(_) | Value::Map(_))
}

fn counted(open: char, number: usize, noun: &str, close: char) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{open}{number} {noun}{plural}{close}")
}

/// To 14 digits, as Lua does: 0.1 + 0.2 is 0.3 to a reader.
fn rounded(number: f64) -> f64 {
    format!("{number:.13e}").parse().unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(fields: &[(&str, Value)]) -> Value {
        Value::Map(fields.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect())
    }

    #[test]
    fn numbers_keep_their_kind_and_are_rounded_for_readers_only() {
        assert_eq!(plain(&Value::Float(3.0)), "3.0");
        assert_eq!(plain(&Value::Float(0.1 + 0.2)), "0.30000000000000004");
        assert_eq!(brief(&Value::Float(0.1 + 0.2)), "0.3");
        assert_eq!(brief(&Value::Integer(-3)), "-3");
        assert_eq!(brief(&Value::Float(f64::INFINITY)), "inf");
    }

    #[test]
    fn nested_values_are_brief_for_readers_and_whole_otherwise() {
        let state = map(&[("code", Value::Integer(16)), ("name", "running".into())]);
        assert_eq!(brief(&state), "code=16 name=running");
        assert_eq!(plain(&state), r#"{"code":16,"name":"running"}"#);
        let list = Value::List(vec!["a".into(), "b".into()]);
        assert_eq!(brief(&list), "a, b");
        assert_eq!(brief(&Value::List(vec![state.clone(), list.clone()])), "[2 items]");
        assert_eq!(brief(&map(&[("state", state)])), "{1 field}");
        assert_eq!(brief(&Value::List(Vec::new())), "");
    }
}
