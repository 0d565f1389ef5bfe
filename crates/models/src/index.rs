//! The names of all services and operations, for search and completion. No shape is read.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::aliases::ALIASES;
use crate::{archive, newer};

/// The names of a service.
#[derive(Debug)]
pub struct ServiceNames {
    /// The name in scripts: `rds`.
    pub name: &'static str,
    /// "Amazon Relational Database Service"
    pub title: &'static str,
    /// In snake case, sorted.
    pub operations: Box<[&'static str]>,
}

impl ServiceNames {
    /// Returns the other names that mean this service.
    pub fn aliases(&self) -> impl Iterator<Item = &'static str> {
        let name = self.name;
        ALIASES.into_iter().filter(move |(_, meaning)| *meaning == name).map(|(alias, _)| alias)
    }
}

/// Returns the names of all services, sorted by name, with the operations of newer models ([`newer`]). The first call
/// unpacks them.
pub fn index() -> &'static [ServiceNames] {
    static INDEX: LazyLock<Box<[ServiceNames]>> = LazyLock::new(|| {
        let newer = newer::operation_names();
        archive::index_text().lines().map(|line| names(line, &newer)).collect()
    });
    &INDEX
}

fn names(line: &'static str, newer: &HashMap<String, Vec<String>>) -> ServiceNames {
    let mut columns = line.split('\t');
    let mut column = || columns.next().unwrap_or_default();
    let (name, operations, title) = (column(), column(), column());
    let operations = match newer.get(name) {
        Some(names) => names.iter().map(|name| &*name.clone().leak()).collect(),
        None => operations.split(' ').collect(),
    };
    ServiceNames { name, title, operations }
}
