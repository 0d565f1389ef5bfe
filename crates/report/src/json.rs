//! JSON: the values themselves, not the table that readers see.

use std::borrow::Cow;
use std::io;

use moonfleet_core::Value;
use moonfleet_core::json::Json;
use moonfleet_core::sanitize;

use super::{Layout, model};

/// Writes a value, indented, with a line break at its end. Chosen columns choose
/// here as well: who leaves a column out of a report does not want it in the file.
pub(super) fn write(value: &Value, layout: &Layout, out: &mut dyn io::Write) -> io::Result<()> {
    let chosen = match &layout.columns {
        Some(columns) => Cow::Owned(model::chosen(value, columns)),
        None => Cow::Borrowed(value),
    };
    let text = serde_json::to_string_pretty(&Json(&chosen))?;
    out.write_all(sanitize::json(&text).as_bytes())?;
    out.write_all(b"\n")
}

/// On one line, whatever is in it.
pub(super) fn line(value: &Value) -> String {
    sanitize::json(&compact(value)).into_owned()
}

pub(super) fn compact(value: &Value) -> String {
    // Only a failing writer could fail it, and memory does not.
    serde_json::to_string(&Json(value)).unwrap_or_default()
}
