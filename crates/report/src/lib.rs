//! Reports: one model, and one file for each format that it is written in.
//!
//! A report shows values that somebody else made: a [`Document`] of several blocks, or records
//! alone. Whoever calls decides what is shown, where it goes and whether that place is a screen; how
//! it then looks, and that nothing in it can act on the reader, is decided here.

pub mod cell;
pub mod chart;
pub mod columns;
pub mod csv;
pub mod diff;
mod document;
mod file;
mod group_output;
mod html;
pub mod json;
mod jsonl;
mod markdown;
mod markup;
mod model;
mod name_ranges;
mod render_text;
mod screen;
mod severity;
pub mod stream;
mod table;

use std::io;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use moonfleet_core::Value;

pub use document::{About, Block, Document, Figure, Listing};
pub use file::{PendingFile, check_writable, discard_drafts, write_atomically, write_private};
pub use group_output::{MemberOutput, group_output};
pub use html::Template;
pub use model::{Column, Table};
pub use name_ranges::fold;
pub use severity::{Severity, UnknownSeverity};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Columns for the eye.
    #[default]
    Table,
    /// The values as they are, for a program.
    Json,
    /// A record a line, as JSON.
    Jsonl,
    /// Rows for a spreadsheet.
    Csv,
    /// A Markdown table, for a page or a message.
    #[value(alias = "markdown")]
    Md,
    /// A page for a browser, in one file.
    Html,
}

/// What is known about the place where a report is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    pub color: bool,
    /// Columns of the screen; without it nothing is wrapped or left out.
    pub width: Option<u16>,
    /// A screen obeys what it is sent, so control characters are made visible in
    /// every format. Text that goes elsewhere stays as it is where the format
    /// promises that.
    pub terminal: bool,
}

impl Style {
    /// A screen may have been made wider since.
    pub fn now(self) -> Self {
        let width = self.width.and_then(|_| terminal_size::terminal_size()).map(|(width, _)| width.0);
        Style { width: width.or(self.width), ..self }
    }
}

/// What a caller wishes a report to look like, whatever its format.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    pub title: Option<String>,
    /// The columns, in order; a dotted name reaches into nested values. Without
    /// them every column there is, the telling ones first.
    pub columns: Option<Vec<String>>,
    /// Those that do not fit a screen may be left out: nobody has asked for just these.
    pub may_drop: bool,
    /// How to see columns that a screen has no room for, where there is a shorter way.
    pub advice: Option<&'static str>,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no report format `{name}`; known are {}", formats())]
    UnknownFormat { name: String },
    #[error("cannot tell the format of {} from its name; let it end in {}", display_path(path), extensions())]
    UnknownExtension { path: PathBuf },
    #[error("cannot write {}: it is a folder; name a file in it", display_path(path))]
    IsFolder { path: PathBuf },
    #[error("cannot write {}: it is not a regular file; choose another name", display_path(path))]
    NotRegular { path: PathBuf },
    #[error("cannot write {}: it is marked read-only; remove it or choose another name", display_path(path))]
    ReadOnly { path: PathBuf },
    #[error("cannot write {}: there is no folder {}; create it first", display_path(path), display_path(folder))]
    NoFolder { path: PathBuf, folder: PathBuf },
    #[error("cannot write {} in the folder {}: {cause}", display_path(path), display_path(folder))]
    Write {
        path: PathBuf,
        folder: PathBuf,
        #[source]
        cause: io::Error,
    },
    #[error("cannot read the template {}: {cause}", display_path(path))]
    TemplateUnreadable {
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
    #[error("the template {} is wrong: {}", display_path(path), moonfleet_core::sanitize::line(problem))]
    Template { path: PathBuf, problem: String },
}

/// Writes a report for whoever reads `out`. Records alone look as [`render_with`] has them.
///
/// Tables are records in every format. Charts, texts and key figures are not: CSV and JSON lines, which
/// are records and nothing else, have none of them. Where they have the records of several tables,
/// a column says of each which table it is in.
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

/// Writes a whole report to a file, in the format that its extension names.
pub fn write_document_file(path: &Path, document: &Document) -> Result<(), Error> {
    let format = Format::from_path(path)?;
    write_atomically(path, |out| write_document(document, format, &Style::default(), out))
}

/// Writes a value for whoever reads `out`.
pub fn render(value: &Value, format: Format, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    render_with(value, &Layout::default(), format, style, out)
}

/// As [`render`], with a title and chosen columns.
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

/// A single value needs no table: it is shown plainly, as a script would want to
/// read it.
fn scalar(value: &Value, format: Format, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        Format::Md => writeln!(out, "{}", markdown::escape(&cell::plain(value))),
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

fn screened(text: Vec<u8>, style: &Style) -> Vec<u8> {
    if !style.terminal {
        return text;
    }
    moonfleet_core::sanitize::block(&String::from_utf8_lossy(&text)).into_owned().into_bytes()
}

impl Format {
    pub fn from_path(path: &Path) -> Result<Self, Error> {
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        match extension.parse() {
            Ok(format) if format != Format::Table => Ok(format),
            _ => Err(Error::UnknownExtension { path: path.to_owned() }),
        }
    }

    pub fn name(self) -> String {
        self.to_possible_value().map(|v| v.get_name().to_owned()).unwrap_or_default()
    }
}

impl std::str::FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        <Self as ValueEnum>::from_str(name, true)
            .map_err(|_| Error::UnknownFormat { name: moonfleet_core::sanitize::line(name).into_owned() })
    }
}

fn formats() -> String {
    let names: Vec<_> = Format::value_variants().iter().map(|f| f.name()).collect();
    names.join(", ")
}

fn extensions() -> String {
    let names: Vec<_> =
        Format::value_variants().iter().filter(|f| **f != Format::Table).map(|f| format!(".{}", f.name())).collect();
    names.join(", ")
}

fn display_path(path: &Path) -> String {
    moonfleet_core::sanitize::line(&path.to_string_lossy()).into_owned()
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
