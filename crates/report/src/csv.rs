//! CSV for spreadsheets. Cells that a spreadsheet would run as formulas are escaped.

use std::borrow::Cow;
use std::io;

use moonfleet_core::Value;

use super::layout::screened;
use super::{Column, Document, Style, Table, cell, jsonl};

pub struct CsvOptions {
    pub header: bool,
    /// Do not escape formulas, for readers that are not spreadsheets.
    pub raw: bool,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self { header: true, raw: false }
    }
}

pub fn write(table: &Table, options: &CsvOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let mut rows = ::csv::Writer::from_writer(out);
    if options.header && !table.columns.is_empty() {
        let names = table.columns.iter().map(|c| escaped(&c.name, options).into_owned());
        rows.write_record(names)?;
    }
    for row in &table.rows {
        let cells = row.iter().map(|v| escaped(&cell::plain(v), options).into_owned());
        rows.write_record(cells)?;
    }
    rows.flush()
}

/// Writes one row.
pub(super) fn line(
    cells: impl Iterator<Item = impl AsRef<str>>,
    options: &CsvOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut row = ::csv::Writer::from_writer(out);
    row.write_record(cells.map(|cell| escaped(cell.as_ref(), options).into_owned()))?;
    row.flush()
}

pub(super) fn write_screened(table: &Table, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    if !style.terminal {
        return write(table, &CsvOptions::default(), out);
    }
    let mut text = Vec::new();
    write(table, &CsvOptions::default(), &mut text)?;
    out.write_all(&screened(text, style))
}

/// Returns all tables of a report as one table with all their columns. With several tables, the first column names
/// the table of each row.
pub(super) fn joined(document: &Document) -> Table {
    let mut tables = document.tables();
    if tables.len() == 1 {
        let (_, listing) = tables.remove(0);
        return Table::from_records(&listing.records, &listing.layout);
    }
    let parts: Vec<(String, Table)> = tables
        .into_iter()
        .map(|(name, listing)| (name, Table::from_records(&listing.records, &listing.layout)))
        .collect();
    let mut names: Vec<&String> = Vec::new();
    for column in parts.iter().flat_map(|(_, table)| &table.columns) {
        if !names.contains(&&column.name) {
            names.push(&column.name);
        }
    }
    let label = jsonl::unused_name("table", |name| names.iter().any(|other| *other == name));
    let index = |name: &String| names.iter().position(|other| *other == name).map_or(0, |at| at + 1);
    let mut rows = Vec::new();
    for (name, table) in &parts {
        let indices: Vec<usize> = table.columns.iter().map(|column| index(&column.name)).collect();
        for row in &table.rows {
            let mut joined = vec![Value::Nil; names.len() + 1];
            joined[0] = name.as_str().into();
            for (at, value) in indices.iter().zip(row) {
                joined[*at] = value.clone();
            }
            rows.push(joined);
        }
    }
    let columns = std::iter::once(&label).chain(names).map(|name| Column { name: name.clone(), numeric: false });
    Table { columns: columns.collect(), rows, ..Table::default() }
}

/// Returns one cell, quoted if needed.
pub(super) fn cell<'a>(text: &'a str, options: &CsvOptions) -> Cow<'a, str> {
    let text = escaped(text, options);
    match text.contains([',', '"', '\n', '\r']) {
        true => Cow::Owned(format!("\"{}\"", text.replace('"', "\"\""))),
        false => text,
    }
}

/// Escapes a formula. Spreadsheets treat a cell that begins with one of these characters as a formula, even if it
/// is quoted (OWASP, "CSV injection"). An apostrophe before it makes it text.
fn escaped<'a>(text: &'a str, options: &CsvOptions) -> Cow<'a, str> {
    let starts = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    match starts && !options.raw && !is_number(text) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

/// Returns whether a text is a plain number, with or without `+` or `-`.
fn is_number(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E')) && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_escaped() {
        let options = CsvOptions::default();
        for formula in ["=cmd()", "+SUM(A1)", "-2+3", "@x", "\t=1", "\r=1", "\n=1", "＝1", "-", "+49 30"] {
            assert_eq!(escaped(formula, &options), format!("'{formula}"));
        }
    }

    #[test]
    fn numbers_and_other_texts_are_unchanged() {
        let options = CsvOptions::default();
        for text in ["-5", "+3.2", "-1e9", "5-3", "a=b", "", "-.5"] {
            assert_eq!(escaped(text, &options), text);
        }
        assert_eq!(escaped("=1", &CsvOptions { raw: true, ..options }), "=1");
    }

    #[test]
    fn single_cells_are_quoted_if_needed() {
        let options = CsvOptions::default();
        assert_eq!(cell("a\"b,c", &options), "\"a\"\"b,c\"");
        assert_eq!(cell("plain", &options), "plain");
    }
}
