//! JSON: the values themselves, not the table that readers see.

use std::borrow::Cow;
use std::io;

use moonfleet_bindings::{Map, Secret, Value};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::{Layout, clean, model};

/// A value as JSON. What JSON cannot say does not stop it: a byte that is not
/// UTF-8 becomes U+FFFD, and a number that is not finite becomes null, because one
/// broken byte from one machine must not cost a whole report.
pub struct Json<'a>(pub &'a Value);

/// Writes a value, indented, with a line break at its end. Chosen columns choose
/// here as well: who leaves a column out of a report does not want it in the file.
pub(super) fn write(value: &Value, layout: &Layout, out: &mut dyn io::Write) -> io::Result<()> {
    let chosen = match &layout.columns {
        Some(columns) => Cow::Owned(model::chosen(value, columns)),
        None => Cow::Borrowed(value),
    };
    let text = serde_json::to_string_pretty(&Json(&chosen))?;
    out.write_all(escaped(&text).as_bytes())?;
    out.write_all(b"\n")
}

/// On one line, whatever is in it.
pub(super) fn line(value: &Value) -> String {
    escaped(&compact(value)).into_owned()
}

pub(super) fn compact(value: &Value) -> String {
    // Only a failing writer could fail it, and memory does not.
    serde_json::to_string(&Json(value)).unwrap_or_default()
}

/// JSON has its own way to make characters visible, which changes no value. Its
/// syntax is ASCII, so that such characters stand inside strings only.
fn escaped(json: &str) -> Cow<'_, str> {
    let hidden = |c: char| clean::is_unsafe(c) && c != '\n';
    if !json.contains(hidden) {
        return Cow::Borrowed(json);
    }
    let mut text = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if !hidden(c) {
            text.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            text.push_str(&format!("\\u{unit:04x}"));
        }
    }
    Cow::Owned(text)
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Nil => to.serialize_unit(),
            Value::Bool(yes) => to.serialize_bool(*yes),
            Value::Integer(number) => to.serialize_i64(*number),
            Value::Float(number) => to.serialize_f64(*number),
            Value::String(text) => to.serialize_str(text),
            Value::Bytes(bytes) => to.serialize_str(&String::from_utf8_lossy(bytes)),
            Value::Secret(_) => to.serialize_str(Secret::SHOWN),
            Value::Time(time) => to.collect_str(time),
            Value::Planned(planned) => to.collect_str(planned),
            Value::List(items) => {
                let mut list = to.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&Json(item))?;
                }
                list.end()
            }
            Value::Map(Map(fields)) => {
                let mut map = to.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, &Json(value))?;
                }
                map.end()
            }
        }
    }
}
