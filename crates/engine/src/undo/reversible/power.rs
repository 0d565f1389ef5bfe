//! Starting and stopping instances. The answer names the instances whose state has changed.

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

    fn queries_before(&self, _operation: &str, _input: &Map) -> Vec<Map> {
        Vec::new()
    }

    fn queries_now(&self, _change: &RecordedChange, subjects: &[String]) -> Vec<Map> {
        let query = |ids: &[String]| map([("instance_ids", list(ids)), ("include_all_instances", Value::Bool(true))]);
        subjects.chunks(IDS_PER_REQUEST).map(query).collect()
    }

    fn read_facts(&self, _query: &Map, item: &Map) -> Vec<(String, String, String)> {
        let state = text(&structure(item, "instance_state"), "name");
        vec![(text(item, "instance_id"), STATE.to_owned(), state)]
    }

    fn answer_fields(&self) -> &'static [&'static str] {
        &["starting_instances", "stopping_instances"]
    }

    fn before(&self, change: &RecordedChange) -> Facts {
        let lists = self.answer_fields().iter().map(|list| maps(change.answer.get(list).cloned().unwrap_or_default()));
        let previous = |instance: Map| {
            let state = text(&structure(&instance, "previous_state"), "name");
            (text(&instance, "instance_id"), BTreeMap::from([(STATE.to_owned(), Some(state))]))
        };
        lists.flatten().map(previous).collect()
    }

    /// Leaves out instances that were already starting or stopping.
    fn effects(&self, change: &RecordedChange) -> Vec<ChangedFact> {
        let (from, to) = if change.operation == "start_instances" { (STOPPED, RUNNING) } else { (RUNNING, STOPPED) };
        let state = |names: &BTreeMap<String, Option<String>>| names.get(STATE).cloned().flatten();
        let changed = self.before(change).into_iter().filter(|(_, names)| state(names).as_deref() == Some(from));
        changed.map(|(id, _)| (id, STATE.to_owned(), FactAfter::Value(to.to_owned()))).collect()
    }

    fn restore(&self, _change: &RecordedChange, facts: &CurrentFacts) -> Vec<UndoStep> {
        let ids_with = |state: &str| -> Vec<String> {
            super::each(facts).filter(|(_, _, value)| *value == state).map(|(id, _, _)| id.to_owned()).collect()
        };
        let calls = [("start_instances", ids_with(RUNNING)), ("stop_instances", ids_with(STOPPED))];
        let calls = calls.into_iter().filter(|(_, ids)| !ids.is_empty());
        calls.map(|(operation, ids)| UndoStep { operation, input: map([("instance_ids", list(&ids))]) }).collect()
    }

    /// An instance always has a state, so none is removed.
    fn remove(&self, _change: &RecordedChange, _facts: &CurrentFacts) -> Vec<UndoStep> {
        Vec::new()
    }
}

const IDS_PER_REQUEST: usize = 100;
