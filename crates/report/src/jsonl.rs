//! JSON Lines: one record per line, for programs that read record by record.

use std::io;

use moonfleet_core::{Map, Value};

use super::document::Document;
use super::{json, model};

/// Writes the records of a list, or one record, with only the chosen columns.
pub(super) fn write(value: &Value, columns: Option<&[String]>, out: &mut dyn io::Write) -> io::Result<()> {
    match value {
        Value::List(rows) => rows.iter().try_for_each(|row| line(row, columns, out)),
        one => line(one, columns, out),
    }
}

pub(super) fn line(row: &Value, columns: Option<&[String]>, out: &mut dyn io::Write) -> io::Result<()> {
    let text = match columns {
        Some(columns) => json::line(&model::chosen(row, columns)),
        None => json::line(row),
    };
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")
}

/// Writes the records of all tables. With several tables, the first field of each record names its table.
pub(super) fn document(document: &Document, out: &mut dyn io::Write) -> io::Result<()> {
    let tables = document.tables();
    if let [(_, listing)] = &tables[..] {
        return write(&listing.records, listing.layout.columns.as_deref(), out);
    }
    let has = |name: &str| document.rows().any(|row| matches!(row, Value::Map(map) if map.get(name).is_some()));
    let label = unused_name("table", has);
    for (name, listing) in &tables {
        for row in listing.rows() {
            let row = match &listing.layout.columns {
                Some(columns) => model::chosen(row, columns),
                None => row.clone(),
            };
            let mut labelled = Map(vec![(label.clone(), name.as_str().into())]);
            match row {
                Value::Map(Map(fields)) => labelled.0.extend(fields),
                other => labelled.0.push(("value".to_owned(), other)),
            }
            line(&Value::Map(labelled), None, out)?;
        }
    }
    Ok(())
}

/// Returns the name, with underscores before it while it is taken.
pub(super) fn unused_name(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut unused = name.to_owned();
    while is_taken(&unused) {
        unused.insert(0, '_');
    }
    unused
}
