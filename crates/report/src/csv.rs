//! CSV: rows for a spreadsheet, which must not run them.

use std::borrow::Cow;
use std::io;

use moonfleet_core::Value;

use super::layout::screened;
use super::{Column, Document, Style, Table, cell, jsonl};

pub struct CsvOptions {
    pub header: bool,
    /// Cells as they are, for a reader that is no spreadsheet.
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
        let names = table.columns.iter().map(|c| guarded(&c.name, options).into_owned());
        rows.write_record(names)?;
    }
    for row in &table.rows {
        let cells = row.iter().map(|v| guarded(&cell::plain(v), options).into_owned());
        rows.write_record(cells)?;
    }
    rows.flush()
}

/// One row.
pub(super) fn line(
    cells: impl Iterator<Item = impl AsRef<str>>,
    options: &CsvOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut row = ::csv::Writer::from_writer(out);
    row.write_record(cells.map(|cell| guarded(cell.as_ref(), options).into_owned()))?;
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

/// All tables of a report as one, with all their columns; where there are several, the first column
/// says which one a row is in.
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
    let label = jsonl::free("table", |name| names.iter().any(|other| *other == name));
    let place = |name: &String| names.iter().position(|other| *other == name).map_or(0, |at| at + 1);
    let mut rows = Vec::new();
    for (name, table) in &parts {
        let places: Vec<usize> = table.columns.iter().map(|column| place(&column.name)).collect();
        for row in &table.rows {
            let mut joined = vec![Value::Nil; names.len() + 1];
            joined[0] = name.as_str().into();
            for (at, value) in places.iter().zip(row) {
                joined[*at] = value.clone();
            }
            rows.push(joined);
        }
    }
    let columns = std::iter::once(&label).chain(names).map(|name| Column { name: name.clone(), numeric: false });
    Table { columns: columns.collect(), rows, ..Table::default() }
}

/// One cell alone, quoted where it must be.
pub(super) fn cell<'a>(text: &'a str, options: &CsvOptions) -> Cow<'a, str> {
    let text = guarded(text, options);
    match text.contains([',', '"', '\n', '\r']) {
        true => Cow::Owned(format!("\"{}\"", text.replace('"', "\"\""))),
        false => text,
    }
}

/// Spreadsheets take a cell that begins like this for a formula, also when it is
/// quoted: OWASP, "CSV injection". An apostrophe in front makes it text.
fn guarded<'a>(text: &'a str, options: &CsvOptions) -> Cow<'a, str> {
    let starts = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    match starts && !options.raw && !is_number(text) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

/// Digits with a sign, a point and an exponent at most: nothing to compute.
fn is_number(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E')) && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_made_text() {
        let options = CsvOptions::default();
        for formula in ["=cmd()", "+SUM(A1)", "-2+3", "@x", "\t=1", "\r=1", "\n=1", "＝1", "-", "+49 30"] {
            assert_eq!(guarded(formula, &options), format!("'{formula}"));
        }
    }

    #[test]
    fn numbers_and_other_text_are_left_alone() {
        let options = CsvOptions::default();
        for text in ["-5", "+3.2", "-1e9", "5-3", "a=b", "", "-.5"] {
            assert_eq!(guarded(text, &options), text);
        }
        assert_eq!(guarded("=1", &CsvOptions { raw: true, ..options }), "=1");
    }

    #[test]
    fn a_single_cell_is_quoted_as_the_writer_does() {
        let options = CsvOptions::default();
        assert_eq!(cell("a\"b,c", &options), "\"a\"\"b,c\"");
        assert_eq!(cell("plain", &options), "plain");
    }
}
