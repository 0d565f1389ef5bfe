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
    out.write_all(sanitize::json(&text).as_bytes())?;
    out.write_all(b"\n")
}

/// Returns a value as JSON on one line.
pub(super) fn line(value: &Value) -> String {
    sanitize::json(&compact(value)).into_owned()
}

pub(super) fn compact(value: &Value) -> String {
    // Writing to memory cannot fail.
    serde_json::to_string(&Json(value)).unwrap_or_default()
}
