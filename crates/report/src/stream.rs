//! Writes records one by one, so that memory does not grow with their number.
//!
//! CSV and JSON Lines are written while the records arrive. A CSV file begins with the names of all
//! columns: if the caller has not chosen them, the records are buffered in a temporary file until all
//! names are known. Every other format needs all records at once.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};

use moonfleet_core::{Map, Value};

use super::layout::screened;
use super::{Document, Format, Layout, Listing, Style, cell, columns, csv, jsonl, model, write_document};

pub struct Stream {
    layout: Layout,
    format: Format,
    style: Style,
    sink: RecordSink,
}

/// Where added records go.
enum RecordSink {
    /// Records are written immediately.
    Output {
        has_header: bool,
    },
    TemporaryFile(Spool),
    Memory(Vec<Value>),
}

impl Stream {
    pub fn new(layout: Layout, format: Format, style: Style) -> io::Result<Self> {
        let sink = match (format, &layout.columns) {
            (Format::Jsonl, _) | (Format::Csv, Some(_)) => RecordSink::Output { has_header: false },
            (Format::Csv, None) => RecordSink::TemporaryFile(Spool::new()?),
            _ => RecordSink::Memory(Vec::new()),
        };
        Ok(Stream { layout, format, style, sink })
    }

    pub fn add(&mut self, row: Value, out: &mut dyn Write) -> io::Result<()> {
        match (&mut self.sink, &self.layout.columns) {
            (RecordSink::Memory(rows), _) => rows.push(row),
            (RecordSink::TemporaryFile(spool), _) => spool.add(&row)?,
            (RecordSink::Output { .. }, columns) if self.format == Format::Jsonl => {
                jsonl::line(&row, columns.as_deref(), out)?;
            }
            (RecordSink::Output { has_header }, columns) => {
                let columns = columns.as_deref().unwrap_or_default();
                if !std::mem::replace(has_header, true) {
                    line(columns.iter().map(String::as_str), &self.style, out)?;
                }
                let cells = chosen(&row, columns);
                line(cells.iter().map(|cell| cell::plain(cell)), &self.style, out)?;
            }
        }
        Ok(())
    }

    /// Returns all records if the format needs them at once.
    pub fn listing(self) -> Option<Listing> {
        match self.sink {
            RecordSink::Memory(rows) => Some(Listing { records: Value::List(rows), layout: self.layout, whole: None }),
            RecordSink::Output { .. } | RecordSink::TemporaryFile(_) => None,
        }
    }

    /// Writes the rest. `to_document` makes a document of the records if the format needs all of them at once.
    pub fn finish(self, to_document: impl FnOnce(Listing) -> Document, out: &mut dyn Write) -> io::Result<()> {
        match self.sink {
            RecordSink::Output { has_header: false } if self.format == Format::Csv => {
                line(self.layout.columns.iter().flatten().map(String::as_str), &self.style, out)
            }
            RecordSink::Output { .. } => Ok(()),
            RecordSink::TemporaryFile(spool) => spool.write(&self.style, out),
            RecordSink::Memory(rows) => {
                let listing = Listing { records: Value::List(rows), layout: self.layout, whole: None };
                write_document(&to_document(listing), self.format, &self.style, out)
            }
        }
    }
}

/// Returns the values of the chosen columns; the items of a list are in the order of the columns.
fn chosen(row: &Value, columns: &[String]) -> Vec<Value> {
    let indices = 0..columns.len();
    match row {
        Value::Map(map) => columns.iter().map(|name| model::field(map, name)).collect(),
        Value::List(items) => indices.map(|at| items.get(at).cloned().unwrap_or_default()).collect(),
        other => indices.map(|at| if at == 0 { other.clone() } else { Value::Nil }).collect(),
    }
}

fn line(cells: impl Iterator<Item = impl AsRef<str>>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut text = Vec::new();
    csv::line(cells, &csv::CsvOptions::default(), &mut text)?;
    out.write_all(&screened(text, style))
}

/// Records as cells, buffered in an unnamed temporary file.
struct Spool {
    file: BufWriter<File>,
    seen: HashSet<String>,
    names: Vec<String>,
}

type Cells = Vec<(String, String)>;

impl Spool {
    fn new() -> io::Result<Self> {
        Ok(Spool { file: BufWriter::new(tempfile::tempfile()?), seen: HashSet::new(), names: Vec::new() })
    }

    fn add(&mut self, row: &Value) -> io::Result<()> {
        let text = |value: &Value| cell::plain(value).into_owned();
        let cells: Cells = match row {
            Value::Map(Map(fields)) => fields.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
            Value::List(items) => {
                (1..).zip(items).map(|(at, value): (usize, _)| (at.to_string(), text(value))).collect()
            }
            other => vec![("value".to_owned(), text(other))],
        };
        for (name, _) in &cells {
            if self.seen.insert(name.clone()) {
                self.names.push(name.clone());
            }
        }
        serde_json::to_writer(&mut self.file, &cells)?;
        self.file.write_all(b"\n")
    }

    fn write(mut self, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        columns::sort(&mut self.names);
        if self.names.is_empty() {
            return Ok(());
        }
        line(self.names.iter(), style, out)?;
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        for text in BufReader::new(file).lines() {
            let cells: Cells = serde_json::from_str(&text?)?;
            let cell = |name: &String| cells.iter().find(|(other, _)| other == name).map_or("", |(_, text)| text);
            line(self.names.iter().map(cell), style, out)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render_with;

    fn rows() -> Vec<Value> {
        let row = |fields: &[(&str, Value)]| {
            Value::Map(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
        };
        vec![
            row(&[("zebra", Value::Integer(1)), ("name", "=web,\"1\"\n".into())]),
            row(&[("ant", Value::Float(0.5)), ("tags", row(&[("App", "x".into())]))]),
            "odd".into(),
            row(&[]),
        ]
    }

    fn streamed(rows: Vec<Value>, layout: &Layout, format: Format) -> String {
        let mut out = Vec::new();
        let mut stream = Stream::new(layout.clone(), format, Style::default()).unwrap();
        for row in rows {
            stream.add(row, &mut out).unwrap();
        }
        stream.finish(Document::from_listing, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn streamed_reports_equal_whole_reports() {
        let columns = Some(vec!["name".to_owned(), "tags.App".to_owned()]);
        for format in [Format::Csv, Format::Jsonl, Format::Json, Format::Md, Format::Table] {
            for (columns, rows) in [(None, rows()), (columns.clone(), rows()[..2].to_vec()), (None, Vec::new())] {
                let layout = Layout { columns, ..Layout::default() };
                let mut whole = Vec::new();
                let style = Style::default();
                render_with(&Value::List(rows.clone()), &layout, format, &style, &mut whole).unwrap();
                assert_eq!(streamed(rows, &layout, format), String::from_utf8(whole).unwrap(), "{format:?} {layout:?}");
            }
        }
    }
}
