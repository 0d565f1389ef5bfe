//! Instances that were started or stopped. The answer says which ones really were.

use std::collections::BTreeMap;

use moonfleet_client::by_name::{list, map, maps, text};
use moonfleet_core::{Map, Value};

use super::{Aspect, ChangedFact, CurrentFacts, FactAfter, Facts, RecordedChange, UndoStep, structure};

pub(super) struct Power;

const RUNNING: &str = "running";
const STOPPED: &str = "stopped";
const STATE: &str = "state";

impl Aspect for Power {
    fn service(&self) -> &'static str {
        "ec2"
    }

    fn changes(&self) -> &[&'static str] {
        &["start_instances", "stop_instances"]
    }

    fn noun(&self) -> &'static str {
        "instance"
    }

    fn read(&self) -> (&'static str, &'static str) {
        ("describe_instance_status", "instance_statuses")
    }

    fn asked_before(&self, _operation: &str, _input: &Map) -> Vec<Map> {
        Vec::new()
    }

    fn asked_now(&self, _change: &RecordedChange, subjects: &[String]) -> Vec<Map> {
        let ask = |ids: &[String]| map([("instance_ids", list(ids)), ("include_all_instances", Value::Bool(true))]);
        subjects.chunks(MOST).map(ask).collect()
    }

    fn read_facts(&self, _asked: &Map, item: &Map) -> Vec<(String, String, String)> {
        let state = text(&structure(item, "instance_state"), "name");
        vec![(text(item, "instance_id"), STATE.to_owned(), state)]
    }

    fn kept(&self) -> &'static [&'static str] {
        &["starting_instances", "stopping_instances"]
    }

    fn before(&self, change: &RecordedChange) -> Facts {
        let lists = self.kept().iter().map(|list| maps(change.answer.get(list).cloned().unwrap_or_default()));
        let was = |instance: Map| {
            let state = text(&structure(&instance, "previous_state"), "name");
            (text(&instance, "instance_id"), BTreeMap::from([(STATE.to_owned(), Some(state))]))
        };
        lists.flatten().map(was).collect()
    }

    /// Nothing, where it was on its way already.
    fn left(&self, change: &RecordedChange) -> Vec<ChangedFact> {
        let (from, to) = if change.operation == "start_instances" { (STOPPED, RUNNING) } else { (RUNNING, STOPPED) };
        let was = |names: &BTreeMap<String, Option<String>>| names.get(STATE).cloned().flatten();
        let changed = self.before(change).into_iter().filter(|(_, names)| was(names).as_deref() == Some(from));
        changed.map(|(id, _)| (id, STATE.to_owned(), FactAfter::Value(to.to_owned()))).collect()
    }

    fn put(&self, _change: &RecordedChange, facts: &CurrentFacts) -> Vec<UndoStep> {
        let of = |state: &str| -> Vec<String> {
            super::each(facts).filter(|(_, _, value)| *value == state).map(|(id, _, _)| id.to_owned()).collect()
        };
        let ways = [("start_instances", of(RUNNING)), ("stop_instances", of(STOPPED))];
        let ways = ways.into_iter().filter(|(_, ids)| !ids.is_empty());
        ways.map(|(operation, ids)| UndoStep { operation, input: map([("instance_ids", list(&ids))]) }).collect()
    }

    /// An instance is always in some state.
    fn take(&self, _change: &RecordedChange, _facts: &CurrentFacts) -> Vec<UndoStep> {
        Vec::new()
    }
}

const MOST: usize = 100;
