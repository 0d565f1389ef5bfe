//! Inventory items, as a region keeps them.

use std::collections::{BTreeMap, HashMap};

pub(crate) type Entry = BTreeMap<String, String>;

/// The inventory of one type on a node.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    pub schema_version: String,
    pub capture_time: String,
    pub content: Vec<Entry>,
}

/// Inventory items by node and type.
pub(crate) type Inventory = BTreeMap<String, BTreeMap<String, Item>>;

impl Item {
    pub(crate) fn new(schema_version: &str, captured: jiff::Timestamp, content: Vec<Entry>) -> Item {
        Item {
            schema_version: schema_version.to_owned(),
            capture_time: captured.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            content,
        }
    }

    pub(crate) fn content_for_aws(&self) -> Vec<HashMap<String, String>> {
        self.content.iter().map(|entry| entry.clone().into_iter().collect()).collect()
    }
}

pub(crate) fn entry<'a>(facts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Entry {
    facts.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}
