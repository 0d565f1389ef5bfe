//! The content of a report, independent of the format: a title and a sequence of blocks.
//!
//! Records alone are a document too, with one table and nothing else.

use jiff::Timestamp;
use moonfleet_core::{Map, Value};
use serde::{Deserialize, Serialize};

use super::chart::Chart;
use super::diff::{Diff, change_rows};
use super::html::Template;
use super::severity::Severity;
use super::{Layout, cell, model};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Document {
    pub title: Option<String>,
    pub subtitle: Option<String>,
    pub about: About,
    pub blocks: Vec<Block>,
    /// The template for HTML; none for the built-in page.
    pub template: Option<Template>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Block {
    /// A heading.
    Section(String),
    /// Paragraphs separated by empty lines, and lists of lines that begin with `- `.
    Text(String),
    Summary(Vec<Figure>),
    Table(Listing),
    Chart(Chart),
}

/// Records and their layout.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Listing {
    pub records: Value,
    pub layout: Layout,
    /// The value that the records are a part of; JSON shows it instead of the records.
    pub whole: Option<Value>,
}

/// A key figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    pub label: String,
    pub value: Value,
    pub severity: Option<Severity>,
}

/// The origin of a report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The accounts and regions that the report is about.
    pub accounts: Vec<String>,
    pub regions: Vec<String>,
    pub time: Option<Timestamp>,
    pub command: Option<String>,
}

impl Document {
    /// Returns a document with only these records.
    pub fn from_listing(listing: Listing) -> Self {
        Document { blocks: vec![Block::Table(listing)], ..Document::default() }
    }

    /// Returns the records if the document contains nothing else.
    pub fn alone(&self) -> Option<&Listing> {
        match (&self.title, &self.subtitle, &self.blocks[..]) {
            (None, None, [Block::Table(listing)]) => Some(listing),
            _ => None,
        }
    }

    /// Returns the tables, each with a unique name: its title, else the title of its section.
    pub fn tables(&self) -> Vec<(String, &Listing)> {
        let mut section = None;
        let mut tables: Vec<(String, &Listing)> = Vec::new();
        for block in &self.blocks {
            match block {
                Block::Section(title) => section = Some(title),
                Block::Table(listing) => {
                    let named = listing.layout.title.as_ref().or(section);
                    let name = named.cloned().unwrap_or_else(|| "Table".to_owned());
                    tables.push((unused(&name, |name| tables.iter().any(|(other, _)| other == name)), listing));
                }
                Block::Text(_) | Block::Summary(_) | Block::Chart(_) => {}
            }
        }
        tables
    }

    /// Returns the records of all tables, in order.
    pub fn rows(&self) -> impl Iterator<Item = &Value> {
        self.blocks.iter().flat_map(|block| match block {
            Block::Table(listing) => listing.rows(),
            _ => &[],
        })
    }

    /// Appends the blocks of another document, under its title.
    pub fn append(&mut self, other: Document) {
        self.about.add_places(&other.about);
        self.blocks.extend(other.title.map(Block::Section));
        self.blocks.extend(other.subtitle.map(Block::Text));
        self.blocks.extend(other.blocks);
    }

    /// Appends a section with tables of the added, gone and changed records.
    pub fn changes(&mut self, diff: &Diff, title: Option<&str>) {
        self.blocks.push(Block::Section(title.unwrap_or("Changes").to_owned()));
        self.blocks.push(Block::Text(diff.describe()));
        let mut table = |title: &str, records: Vec<Value>, columns: Option<Vec<String>>| {
            if !records.is_empty() {
                let layout = Layout { title: Some(title.to_owned()), columns, ..Layout::default() };
                self.blocks.push(Block::Table(Listing { records: Value::List(records), layout, whole: None }));
            }
        };
        table("Added", diff.added.clone(), None);
        table("Gone", diff.gone.clone(), None);
        let columns = diff.columns();
        table("Changed", change_rows(&diff.changed), Some(columns));
    }

    /// Returns the document as a value, for JSON.
    pub fn to_value(&self) -> Value {
        let mut names = self.tables().into_iter().map(|(name, _)| name);
        let blocks = self.blocks.iter().map(|block| block.to_value(&mut names)).collect();
        record([
            ("title", text(self.title.as_ref())),
            ("subtitle", text(self.subtitle.as_ref())),
            ("about", self.about.to_value()),
            ("blocks", Value::List(blocks)),
        ])
    }
}

impl Block {
    fn to_value(&self, names: &mut impl Iterator<Item = String>) -> Value {
        match self {
            Block::Section(title) => record([("kind", "section".into()), ("title", title.as_str().into())]),
            Block::Text(text) => record([("kind", "text".into()), ("text", text.as_str().into())]),
            Block::Summary(figures) => {
                let figures = figures.iter().map(Figure::to_value).collect();
                record([("kind", "summary".into()), ("figures", Value::List(figures))])
            }
            Block::Table(listing) => record([
                ("kind", "table".into()),
                ("name", names.next().map_or(Value::Nil, Value::String)),
                ("title", text(listing.layout.title.as_ref())),
                ("rows", listing.exact()),
            ]),
            Block::Chart(chart) => chart.to_value(),
        }
    }
}

impl Listing {
    pub fn rows(&self) -> &[Value] {
        match &self.records {
            Value::List(rows) => rows,
            Value::Nil => &[],
            one => std::slice::from_ref(one),
        }
    }

    /// Returns the whole value, or the records with only the chosen columns: a column that is left out of a
    /// report must not be in the file.
    pub fn exact(&self) -> Value {
        match (&self.whole, &self.layout.columns) {
            (Some(whole), _) => whole.clone(),
            (None, Some(columns)) => model::chosen(&self.records, columns),
            (None, None) => self.records.clone(),
        }
    }
}

impl Figure {
    fn to_value(&self) -> Value {
        let severity = self.severity.map_or(Value::Nil, |severity| severity.name().into());
        record([("label", self.label.as_str().into()), ("value", self.value.clone()), ("severity", severity)])
    }

    /// Returns the value as text for readers.
    pub(super) fn render_value(&self) -> String {
        cell::render(&self.value).into_owned()
    }
}

impl About {
    /// Returns the account, or all accounts separated by commas.
    pub fn account(&self) -> Option<String> {
        joined(&self.accounts)
    }

    /// Returns the region, or all regions separated by commas.
    pub fn region(&self) -> Option<String> {
        joined(&self.regions)
    }

    /// Adds the accounts and regions of another report.
    pub fn add_places(&mut self, other: &About) {
        for (own, others) in [(&mut self.accounts, &other.accounts), (&mut self.regions, &other.regions)] {
            let new: Vec<_> = others.iter().filter(|name| !own.contains(name)).cloned().collect();
            own.extend(new);
        }
    }

    fn to_value(&self) -> Value {
        record([
            ("account", text(self.account().as_ref())),
            ("region", text(self.region().as_ref())),
            ("time", self.time.map_or(Value::Nil, Value::Time)),
            ("command", text(self.command.as_ref())),
            ("version", VERSION.into()),
        ])
    }

    /// Returns the known facts, for a line at the end.
    pub(super) fn facts(&self) -> Vec<(&'static str, String)> {
        let time = self.time.map(|time| cell::render(&Value::Time(time)).into_owned());
        let known = [
            (plural_of(&self.accounts, "Account", "Accounts"), self.account()),
            (plural_of(&self.regions, "Region", "Regions"), self.region()),
            ("Time", time),
            ("Command", self.command.clone()),
            ("Version", Some(format!("moonfleet {VERSION}"))),
        ];
        known.into_iter().filter_map(|(name, fact)| Some((name, fact?))).collect()
    }
}

fn joined(names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| names.join(", "))
}

fn plural_of(names: &[String], one: &'static str, several: &'static str) -> &'static str {
    if names.len() > 1 { several } else { one }
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Returns the name, with a number after it if the name is taken.
pub(super) fn unused(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|number| format!("{name} {number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !is_taken(name)).unwrap_or_default()
}

pub(super) fn record<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Map(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map>())
}

pub(super) fn text(text: Option<&String>) -> Value {
    text.map_or(Value::Nil, |text| text.as_str().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(title: Option<&str>) -> Block {
        let layout = Layout { title: title.map(str::to_owned), ..Layout::default() };
        Block::Table(Listing { records: Value::List(vec!["x".into()]), layout, whole: None })
    }

    #[test]
    fn every_table_has_a_unique_name() {
        let section = |title: &str| Block::Section(title.to_owned());
        let blocks = vec![table(None), section("Volumes"), table(None), table(None), table(Some("Old")), table(None)];
        let document = Document { blocks, ..Document::default() };
        let names: Vec<String> = document.tables().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["Table", "Volumes", "Volumes 2", "Old", "Volumes 3"]);
        assert_eq!(document.rows().count(), 5);
    }

    #[test]
    fn a_document_with_only_records_is_recognized() {
        assert!(Document::from_listing(Listing::default()).alone().is_some());
        let titled = Document { title: Some("T".to_owned()), ..Document::from_listing(Listing::default()) };
        assert!(titled.alone().is_none());
        let mut both = Document::from_listing(Listing::default());
        both.append(titled);
        assert!(both.alone().is_none());
        assert!(matches!(&both.blocks[1], Block::Section(title) if title == "T"));
    }
}
