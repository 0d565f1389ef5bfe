//! Writes a document or a value in any format.

use std::io;
use std::path::Path;

use moonfleet_core::Value;

use crate::layout::screened;
use crate::{Document, Error, Format, Layout, Listing, Style, Table, write_atomically};
use crate::{cell, csv, html, json, jsonl, markdown, render_text, screen, table};

/// Writes a report. Records alone are written as by [`render_with`].
///
/// CSV and JSON Lines contain only records, so charts, texts and key figures are left out. With several
/// tables, a column names the table of each record.
pub fn write_document(document: &Document, format: Format, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    match (document.alone(), format) {
        (_, Format::Html) => html::write(document, out),
        (Some(listing), Format::Json) => json::write(&listing.exact(), &Layout::default(), out),
        (Some(listing), _) => render_with(&listing.records, &listing.layout, format, style, out),
        (None, Format::Table) => render_text::write(document, style, out),
        (None, Format::Json) => json::write(&document.to_value(), &Layout::default(), out),
        (None, Format::Jsonl) => jsonl::document(document, out),
        (None, Format::Md) => markdown::document(document, out),
        (None, Format::Csv) => csv::write_screened(&csv::joined(document), style, out),
    }
}

/// Writes a report to a file; its extension is the format.
pub fn write_document_file(path: &Path, document: &Document) -> Result<(), Error> {
    let format = Format::from_path(path)?;
    write_atomically(path, |out| write_document(document, format, &Style::default(), out))
}

/// Writes a value.
pub fn render(value: &Value, format: Format, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    render_with(value, &Layout::default(), format, style, out)
}

/// Writes a value with a title and chosen columns.
pub fn render_with(
    value: &Value,
    layout: &Layout,
    format: Format,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Json => json::write(value, layout, out),
        Format::Jsonl => jsonl::write(value, layout.columns.as_deref(), out),
        Format::Html => {
            let listing = Listing { records: value.clone(), layout: layout.clone(), whole: None };
            html::write(&Document::from_listing(listing), out)
        }
        _ if !matches!(value, Value::List(_) | Value::Map(_)) => scalar(value, format, style, out),
        Format::Table => match style.width {
            Some(width) => screen::write(value, layout, width, style, out),
            None => table::write(&Table::from_records(value, layout), style, out),
        },
        Format::Md => markdown::write(&Table::from_records(value, layout), out),
        Format::Csv => csv::write_screened(&Table::from_records(value, layout), style, out),
    }
}

/// Writes a single value without a table, so that scripts can read it.
fn scalar(value: &Value, format: Format, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        Format::Md => writeln!(out, "{}", markdown::paragraph(&cell::plain(value))),
        Format::Csv => {
            let text = csv::cell(&cell::plain(value), &csv::CsvOptions::default()).into_owned();
            out.write_all(&screened(format!("{text}\n").into_bytes(), style))
        }
        _ => {
            let bytes = match value {
                Value::Bytes(bytes) => bytes.clone(),
                other => cell::plain(other).into_owned().into_bytes(),
            };
            out.write_all(&screened(bytes, style))?;
            out.write_all(b"\n")
        }
    }
}
