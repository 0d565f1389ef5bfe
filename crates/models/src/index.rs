//! The names of all services and operations, for search and completion. No model is read.

use std::sync::LazyLock;

use crate::aliases::aliases;
use crate::archive;

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

/// Returns the names of all services, sorted by name. The first call unpacks them.
pub fn index() -> &'static [ServiceNames] {
    static INDEX: LazyLock<Box<[ServiceNames]>> = LazyLock::new(|| archive::index_text().lines().map(names).collect());
    &INDEX
}

fn names(line: &'static str) -> ServiceNames {
    let mut columns = line.split('\t');
    let mut column = || columns.next().unwrap_or_default();
    let (name, operations, waiters, title) = (column(), column(), column(), column());
    let words = |words: &'static str| words.split_terminator(' ').collect();
    ServiceNames { name, title, operations: words(operations), waiters: words(waiters) }
}
