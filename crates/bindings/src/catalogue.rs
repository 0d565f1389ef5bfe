//! The names of all services, operations and waiters, for search, completion and suggestions. Names come from an index,
//! so no model is read for them.

use std::sync::LazyLock;

use moonfleet_core::suggest;

use crate::operation::Service;
use crate::{Risk, model};

/// A service by its names.
pub struct ListedService {
    /// The name in scripts: `rds`.
    pub name: &'static str,
    /// Other names that mean the same service.
    pub aliases: Box<[&'static str]>,
    /// "Amazon Relational Database Service"
    pub title: &'static str,
    /// In snake case, sorted.
    pub operations: Box<[&'static str]>,
    pub waiters: Box<[&'static str]>,
}

/// Returns all services, sorted by name.
pub fn catalogue() -> &'static [ListedService] {
    static CATALOGUE: LazyLock<Box<[ListedService]>> =
        LazyLock::new(|| moonfleet_models::index().iter().map(listed).collect());
    &CATALOGUE
}

/// Returns a service of the catalogue by its name or an alias.
pub fn listed_service(name: &str) -> Option<&'static ListedService> {
    let find = |name: &str| catalogue().binary_search_by(|listed| listed.name.cmp(name)).ok();
    let at = find(name).or_else(|| find(moonfleet_models::service_name(name)?))?;
    Some(&catalogue()[at])
}

fn listed(names: &'static moonfleet_models::ServiceNames) -> ListedService {
    let (operations, waiters) = (names.operations.clone(), names.waiters.clone());
    ListedService { name: names.name, aliases: names.aliases().collect(), title: names.title, operations, waiters }
}

impl ListedService {
    /// Returns the service itself. Reads its model.
    pub fn service(&self) -> &'static Service {
        crate::service(self.name).expect("the catalogue has only services that exist")
    }

    /// Returns the risk of an operation. Reads the model of the service, but no shape.
    pub fn risk(&self, operation: &str) -> Option<Risk> {
        model::risk(self.name, operation)
    }

    /// Whether words follow one another in the title: `cloudwatch_logs` in "Amazon CloudWatch Logs".
    fn is_titled(&self, folded: &str) -> bool {
        let words: Vec<String> = self.title.split(' ').map(fold).collect();
        (0..words.len()).any(|start| {
            let mut joined = String::new();
            words[start..].iter().any(|word| {
                joined += word;
                joined == folded
            })
        })
    }
}

/// Returns the service that a name probably means: by the words of its title, or else by similar names.
pub fn nearest_service(name: &str) -> Option<&'static str> {
    /// A shorter word is in many titles.
    const MIN_WORD: usize = 4;
    let folded = fold(name);
    let titled = catalogue().iter().filter(|listed| folded.len() >= MIN_WORD && listed.is_titled(&folded));
    let titled = titled.map(|listed| listed.name).min_by_key(|name| name.len());
    titled.or_else(|| {
        let names = catalogue().iter().flat_map(|listed| std::iter::once(listed.name).chain(listed.aliases.to_vec()));
        suggest::nearest(name, names)
    })
}

fn fold(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
