//! The parts of a document that two runs can be compared by: its tables and its key figures. Texts and charts are
//! not compared.

use std::borrow::Cow;

use moonfleet_core::Value;

use super::document::unused;
use super::{Block, Document, Layout, Listing, model};

/// The name of the table of key figures.
const FIGURES: &str = "Key figures";

impl Document {
    /// Returns the tables with their unique names, and the key figures as one more table if there are any.
    pub fn compared_tables(&self) -> Vec<(String, Cow<'_, Listing>)> {
        let mut tables: Vec<_> = self.tables().into_iter().map(|(name, table)| (name, Cow::Borrowed(table))).collect();
        let figures = self.blocks.iter().filter_map(|block| match block {
            Block::Summary(figures) => Some(figures),
            _ => None,
        });
        // The label is the name of the row, and of its value, so that a script can declare the figure volatile.
        let row = |label: &str, value: &Value| {
            let field = if label == model::NAME { "value" } else { label };
            let fields = [(model::NAME, label.into()), (field, value.clone())];
            Value::Map(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
        };
        let rows: Vec<Value> = figures.flatten().map(|figure| row(&figure.label, &figure.value)).collect();
        if !rows.is_empty() {
            let name = unused(FIGURES, |name| tables.iter().any(|(other, _)| other == name));
            let listing = Listing { records: Value::List(rows), layout: Layout::default(), whole: None };
            tables.push((name, Cow::Owned(listing)));
        }
        tables
    }
}
