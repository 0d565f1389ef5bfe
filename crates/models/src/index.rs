//! The names of all services and operations, for search and completion. No shape is read.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::aliases::aliases;
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
    /// In snake case, sorted.
    pub waiters: Box<[&'static str]>,
}

impl ServiceNames {
    /// Returns the other names that mean this service.
    pub fn aliases(&self) -> impl Iterator<Item = &'static str> {
        let name = self.name;
        aliases().filter(move |(_, meaning)| *meaning == name).map(|(alias, _)| alias)
    }
}

/// Returns the names of all services, sorted by name, with the operations and waiters of newer models ([`newer`]). The first call
/// unpacks them.
pub fn index() -> &'static [ServiceNames] {
    static INDEX: LazyLock<Box<[ServiceNames]>> = LazyLock::new(|| {
        let newer = newer::names();
        archive::index_text().lines().map(|line| names(line, &newer)).collect()
    });
    &INDEX
}

fn names(line: &'static str, newer: &HashMap<String, [Vec<String>; 2]>) -> ServiceNames {
    let mut columns = line.split('\t');
    let mut column = || columns.next().unwrap_or_default();
    let (name, operations, waiters, title) = (column(), column(), column(), column());
    let [operations, waiters] = match newer.get(name) {
        Some(kinds) => kinds.each_ref().map(|names| names.iter().map(|name| &*name.clone().leak()).collect()),
        None => [operations, waiters].map(|names| names.split_terminator(' ').collect()),
    };
    ServiceNames { name, title, operations, waiters }
}
