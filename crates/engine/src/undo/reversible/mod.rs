//! The changes that have a way back: what each of them changes, as facts that can be read,
//! compared and put back. A fact is a value under a name on a subject: the tag `App` of
//! `i-0123`, the policy of a role, the device of a volume on an instance.

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

/// Subjects, names, and values; none where nothing has this name on this subject.
pub type Facts = BTreeMap<String, BTreeMap<String, Option<String>>>;

/// What there is: subjects, names and values.
pub type CurrentFacts = BTreeMap<String, BTreeMap<String, String>>;

/// What a change has made of a fact.
#[derive(Clone, Debug, PartialEq)]
pub enum FactAfter {
    Nothing,
    /// Something, of which only the name is known.
    Any,
    Value(String),
}

impl FactAfter {
    pub fn is(&self, value: Option<&str>) -> bool {
        match self {
            FactAfter::Nothing => value.is_none(),
            FactAfter::Any => value.is_some(),
            FactAfter::Value(left) => value == Some(left),
        }
    }
}

/// A subject, a name, and what the change has made of it.
pub type ChangedFact = (String, String, FactAfter);

/// A change as it was recorded.
pub struct RecordedChange<'a> {
    pub operation: &'a str,
    pub input: &'a Map,
    pub answer: &'a Map,
    pub before: &'a Facts,
}

/// One call of the way back.
#[derive(Clone, Debug, PartialEq)]
pub struct UndoStep {
    pub operation: &'static str,
    pub input: Map,
}

/// One idea of what can be changed and changed back, with all operations that change it.
pub trait Aspect: Sync {
    fn service(&self) -> &'static str;

    /// The changes that have a way back.
    fn changes(&self) -> &[&'static str];

    /// What a fact is called.
    fn noun(&self) -> &'static str;

    /// The operation that tells how it is, and the list in its answer.
    fn read(&self) -> (&'static str, &'static str);

    /// What to ask of that before a change; nothing where the answer to the change will tell.
    fn asked_before(&self, operation: &str, input: &Map) -> Vec<Map>;

    /// What to ask of it later.
    fn asked_now(&self, change: &RecordedChange, subjects: &[String]) -> Vec<Map>;

    /// What an element of the list says.
    fn read_facts(&self, asked: &Map, item: &Map) -> Vec<(String, String, String)>;

    /// The parts of a change's answer that the way back needs.
    fn kept(&self) -> &'static [&'static str] {
        &[]
    }

    /// How it was before, where the answer tells.
    fn before(&self, change: &RecordedChange) -> Facts {
        change.before.clone()
    }

    fn left(&self, change: &RecordedChange) -> Vec<ChangedFact>;

    /// Gives facts the values that they had.
    fn put(&self, change: &RecordedChange, facts: &CurrentFacts) -> Vec<UndoStep>;

    /// Takes away what was not there.
    fn take(&self, change: &RecordedChange, facts: &CurrentFacts) -> Vec<UndoStep>;

    /// Whether a subject has one of these at a time.
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

/// What a change changes, where there is a way back.
pub fn aspect(service: &str, operation: &str) -> Option<&'static dyn Aspect> {
    aspects().find(|aspect| aspect.service() == service && aspect.changes().contains(&operation))
}

/// Asks, and gathers what is said.
pub async fn read_current_facts(
    session: &Arc<Session>,
    aspect: &dyn Aspect,
    asked: Vec<Map>,
) -> Result<CurrentFacts, Error> {
    let (operation, listed) = aspect.read();
    let mut seen = CurrentFacts::new();
    for input in asked {
        let about = input.clone();
        pages(session, aspect.service(), operation, input, |page| {
            for item in items(page.take(listed)) {
                for (subject, name, value) in aspect.read_facts(&about, &item) {
                    seen.entry(subject).or_default().insert(name, value);
                }
            }
            Ok(true)
        })
        .await?;
    }
    Ok(seen)
}

/// The elements of a list; those of a map are pairs.
fn items(listed: Value) -> Vec<Map> {
    match listed {
        Value::Map(pairs) => {
            pairs.0.into_iter().map(|(key, value)| map([("key", key.into()), ("value", value)])).collect()
        }
        other => moonfleet_client::by_name::maps(other),
    }
}

/// What was seen of the facts that a change is about to change.
pub fn before(aspect: &dyn Aspect, operation: &str, input: &Map, seen: CurrentFacts) -> Facts {
    let all = as_facts(&seen);
    let change = RecordedChange { operation, input, answer: &Map::default(), before: &all };
    let mut facts = Facts::new();
    for (subject, name, _) in aspect.left(&change) {
        let value = seen.get(&subject).and_then(|names| names.get(&name)).cloned();
        facts.entry(subject).or_default().insert(name, value);
    }
    facts
}

fn as_facts(seen: &CurrentFacts) -> Facts {
    let some = |names: &BTreeMap<String, String>| {
        names.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect()
    };
    seen.iter().map(|(subject, names)| (subject.clone(), some(names))).collect()
}

/// A filter of EC2's lists, with as many values as one may have.
fn filtered(name: &str, values: &[String]) -> Vec<Map> {
    const MOST: usize = 200;
    let filter =
        |values: &[String]| Value::List(vec![Value::Map(map([("name", name.into()), ("values", list(values))]))]);
    values.chunks(MOST).map(|values| map([("filters", filter(values))])).collect()
}

/// Every fact of some, one at a time.
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
