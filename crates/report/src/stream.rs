//! Records that are written one by one, so that it does not matter how many there are.
//!
//! CSV and JSON lines are written as the records come. A CSV file begins with the names of all
//! columns: where nobody has chosen them, the records wait in a temporary file until the last one has
//! said which fields there are. Every other format needs all records at once.

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
    kept: RecordSink,
}

/// What becomes of a record that was given.
enum RecordSink {
    /// It is written at once; whether the first line is, too.
    Nowhere {
        begun: bool,
    },
    InFile(Spool),
    InMemory(Vec<Value>),
}

impl Stream {
    pub fn new(layout: Layout, format: Format, style: Style) -> io::Result<Self> {
        let kept = match (format, &layout.columns) {
            (Format::Jsonl, _) | (Format::Csv, Some(_)) => RecordSink::Nowhere { begun: false },
            (Format::Csv, None) => RecordSink::InFile(Spool::new()?),
            _ => RecordSink::InMemory(Vec::new()),
        };
        Ok(Stream { layout, format, style, kept })
    }

    pub fn add(&mut self, row: Value, out: &mut dyn Write) -> io::Result<()> {
        match (&mut self.kept, &self.layout.columns) {
            (RecordSink::InMemory(rows), _) => rows.push(row),
            (RecordSink::InFile(spool), _) => spool.add(&row)?,
            (RecordSink::Nowhere { .. }, columns) if self.format == Format::Jsonl => {
                jsonl::line(&row, columns.as_deref(), out)?;
            }
            (RecordSink::Nowhere { begun }, columns) => {
                let columns = columns.as_deref().unwrap_or_default();
                if !std::mem::replace(begun, true) {
                    line(columns.iter().map(String::as_str), &self.style, out)?;
                }
                let cells = chosen(&row, columns);
                line(cells.iter().map(|cell| cell::plain(cell)), &self.style, out)?;
            }
        }
        Ok(())
    }

    /// All of them, where the format needs them all at once.
    pub fn listing(self) -> Option<Listing> {
        match self.kept {
            RecordSink::InMemory(rows) => {
                Some(Listing { records: Value::List(rows), layout: self.layout, whole: None })
            }
            RecordSink::Nowhere { .. } | RecordSink::InFile(_) => None,
        }
    }

    /// The rest. `about` makes a document of records that all were needed for.
    pub fn finish(self, about: impl FnOnce(Listing) -> Document, out: &mut dyn Write) -> io::Result<()> {
        match self.kept {
            RecordSink::Nowhere { begun: false } if self.format == Format::Csv => {
                line(self.layout.columns.iter().flatten().map(String::as_str), &self.style, out)
            }
            RecordSink::Nowhere { .. } => Ok(()),
            RecordSink::InFile(spool) => spool.write(&self.style, out),
            RecordSink::InMemory(rows) => {
                let listing = Listing { records: Value::List(rows), layout: self.layout, whole: None };
                write_document(&about(listing), self.format, &self.style, out)
            }
        }
    }
}

/// The values of the chosen columns; of a list those in its places.
fn chosen(row: &Value, columns: &[String]) -> Vec<Value> {
    let places = 0..columns.len();
    match row {
        Value::Map(map) => columns.iter().map(|name| model::field(map, name)).collect(),
        Value::List(items) => places.map(|at| items.get(at).cloned().unwrap_or_default()).collect(),
        other => places.map(|at| if at == 0 { other.clone() } else { Value::Nil }).collect(),
    }
}

fn line(cells: impl Iterator<Item = impl AsRef<str>>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut text = Vec::new();
    csv::line(cells, &csv::CsvOptions::default(), &mut text)?;
    out.write_all(&screened(text, style))
}

/// Records on their way, as their cells will be, in a file without a name.
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
    fn one_by_one_is_the_same_as_all_at_once() {
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
