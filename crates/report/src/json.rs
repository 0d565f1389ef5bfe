//! JSON: the exact values instead of the table for readers.

use std::borrow::Cow;
use std::io;

use moonfleet_core::Value;
use moonfleet_core::json::Json;
use moonfleet_core::sanitize;

use super::{Layout, model};

/// Writes a value, indented, with a line break at the end. Only the chosen columns are written: a column that
/// is left out of a report must not be in the file.
pub(super) fn write(value: &Value, layout: &Layout, out: &mut dyn io::Write) -> io::Result<()> {
    let chosen = match &layout.columns {
        Some(columns) => Cow::Owned(model::chosen(value, columns)),
        None => Cow::Borrowed(value),
    };
    let text = serde_json::to_string_pretty(&Json(&chosen))?;
    out.write_all(escaped(&text).as_bytes())?;
    out.write_all(b"\n")
}

/// Returns a value as JSON on one line.
pub(super) fn line(value: &Value) -> String {
    escaped(&compact(value)).into_owned()
}

pub(super) fn compact(value: &Value) -> String {
    // Writing to memory cannot fail.
    serde_json::to_string(&Json(value)).unwrap_or_default()
}

/// Escapes control characters in the way of JSON, which does not change the values. The syntax of JSON is ASCII,
/// so other characters occur only inside strings.
fn escaped(json: &str) -> Cow<'_, str> {
    let hidden = |c: char| sanitize::is_unsafe(c) && c != '\n';
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
