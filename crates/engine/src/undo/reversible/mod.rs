//! The reversible changes: what each of them changes, as facts that can be read, compared and
//! restored. A fact is a value under a name on a subject: the tag `App` of `i-0123`, the policy
//! of a role, the device of a volume on an instance.

mod attached;
mod members;
mod power;
mod rules;
mod tags;

use std::collections::BTreeMap;
use std::sync::Arc;

use moonfleet_client::Session;
use moonfleet_client::by_name::{list, map, pages};
use moonfleet_core::Error;
use moonfleet_core::{Map, Value};

/// Values by subject and name; `None` if the subject has no fact of this name.
pub type Facts = BTreeMap<String, BTreeMap<String, Option<String>>>;

/// Existing facts: values by subject and name.
pub type CurrentFacts = BTreeMap<String, BTreeMap<String, String>>;

/// A fact after a change.
#[derive(Clone, Debug, PartialEq)]
pub enum FactAfter {
    /// The fact no longer exists.
    Nothing,
    /// The fact exists, with an unknown value.
    Any,
    Value(String),
}

impl FactAfter {
    /// Whether the fact has this value; `None` if it does not exist.
    pub fn is(&self, value: Option<&str>) -> bool {
        match self {
            FactAfter::Nothing => value.is_none(),
            FactAfter::Any => value.is_some(),
            FactAfter::Value(left) => value == Some(left),
        }
    }
}

/// A subject, a name, and the fact after the change.
pub type ChangedFact = (String, String, FactAfter);

/// A change as it was recorded.
pub struct RecordedChange<'a> {
    pub operation: &'a str,
    pub input: &'a Map,
    pub answer: &'a Map,
    pub before: &'a Facts,
}

/// One call that undoes a change, or a part of it.
#[derive(Clone, Debug, PartialEq)]
pub struct UndoStep {
    pub operation: &'static str,
    pub input: Map,
}

/// One kind of reversible fact, for example tags, with all operations that change it.
pub trait Aspect: Sync {
    fn service(&self) -> &'static str;

    /// Returns the reversible operations.
    fn changes(&self) -> &[&'static str];

    /// Returns the name of a fact for messages.
    fn noun(&self) -> &'static str;

    /// Returns the operation that reads the facts, and the field of its answer with the list.
    fn read(&self) -> (&'static str, &'static str);

    /// Returns the inputs that read the facts before a change; none if the answer to the change
    /// contains them.
    fn queries_before(&self, operation: &str, input: &Map) -> Vec<Map>;

    /// Returns the inputs that read the facts of the subjects now.
    fn queries_now(&self, change: &RecordedChange, subjects: &[String]) -> Vec<Map>;

    /// Returns the facts in an element of the list: subject, name and value.
    fn read_facts(&self, query: &Map, item: &Map) -> Vec<(String, String, String)>;

    /// Returns the fields of a change's answer that undo needs.
    fn answer_fields(&self) -> &'static [&'static str] {
        &[]
    }

    /// Returns the facts before a change, from the record or from the change's answer.
    fn before(&self, change: &RecordedChange) -> Facts {
        change.before.clone()
    }

    /// Returns the facts that a change has made, changed or removed.
    fn effects(&self, change: &RecordedChange) -> Vec<ChangedFact>;

    /// Returns the calls that give facts their old values.
    fn restore(&self, change: &RecordedChange, facts: &CurrentFacts) -> Vec<UndoStep>;

    /// Returns the calls that remove facts which did not exist before the change.
    fn remove(&self, change: &RecordedChange, facts: &CurrentFacts) -> Vec<UndoStep>;

    /// Whether a subject has at most one of these facts at a time.
    fn is_exclusive(&self) -> bool {
        false
    }
}

fn aspects() -> impl Iterator<Item = &'static dyn Aspect> {
    let tags = tags::ALL.iter().map(|aspect| aspect as &dyn Aspect);
    let attached = attached::ALL.iter().map(|aspect| aspect as &dyn Aspect);
    let members = members::ALL.iter().map(|aspect| aspect as &dyn Aspect);
    let rules = rules::ALL.iter().map(|aspect| aspect as &dyn Aspect);
    let others: [&dyn Aspect; 2] = [&tags::Ec2Tags, &power::Power];
    others.into_iter().chain(tags).chain(attached).chain(members).chain(rules)
}

/// Returns the aspect that an operation changes; `None` if the operation is not reversible.
pub fn aspect(service: &str, operation: &str) -> Option<&'static dyn Aspect> {
    aspects().find(|aspect| aspect.service() == service && aspect.changes().contains(&operation))
}

/// Reads facts with all queries.
pub async fn read_current_facts(
    session: &Arc<Session>,
    aspect: &dyn Aspect,
    queries: Vec<Map>,
) -> Result<CurrentFacts, Error> {
    let (operation, listed) = aspect.read();
    let mut current = CurrentFacts::new();
    for query in queries {
        pages(session, aspect.service(), operation, query.clone(), |page| {
            for item in items(page.take(listed)) {
                for (subject, name, value) in aspect.read_facts(&query, &item) {
                    current.entry(subject).or_default().insert(name, value);
                }
            }
            Ok(true)
        })
        .await?;
    }
    Ok(current)
}

/// Returns the elements of a list; those of a map are pairs of `key` and `value`.
fn items(listed: Value) -> Vec<Map> {
    match listed {
        Value::Map(pairs) => {
            pairs.0.into_iter().map(|(key, value)| map([("key", key.into()), ("value", value)])).collect()
        }
        other => moonfleet_client::by_name::maps(other),
    }
}

/// Returns the current values of the facts that a change is about to change.
pub fn before(aspect: &dyn Aspect, operation: &str, input: &Map, current: CurrentFacts) -> Facts {
    let all = as_facts(&current);
    let change = RecordedChange { operation, input, answer: &Map::default(), before: &all };
    let mut facts = Facts::new();
    for (subject, name, _) in aspect.effects(&change) {
        let value = current.get(&subject).and_then(|names| names.get(&name)).cloned();
        facts.entry(subject).or_default().insert(name, value);
    }
    facts
}

fn as_facts(current: &CurrentFacts) -> Facts {
    let some = |names: &BTreeMap<String, String>| {
        names.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect()
    };
    current.iter().map(|(subject, names)| (subject.clone(), some(names))).collect()
}

/// Returns inputs with a filter of EC2's lists, each with at most 200 values, EC2's limit.
fn filtered(name: &str, values: &[String]) -> Vec<Map> {
    const MOST: usize = 200;
    let filter =
        |values: &[String]| Value::List(vec![Value::Map(map([("name", name.into()), ("values", list(values))]))]);
    values.chunks(MOST).map(|values| map([("filters", filter(values))])).collect()
}

/// Iterates over all facts: subject, name and value.
fn each(facts: &CurrentFacts) -> impl Iterator<Item = (&str, &str, &str)> {
    facts.iter().flat_map(|(subject, names)| {
        names.iter().map(move |(name, value)| (subject.as_str(), name.as_str(), value.as_str()))
    })
}

fn structure(map: &Map, name: &str) -> Map {
    match map.get(name) {
        Some(Value::Map(map)) => map.clone(),
        _ => Map::default(),
    }
}

#[cfg(test)]
mod tests;
