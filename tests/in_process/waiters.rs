//! The waiters of the models against botocore's: each acceptor of each waiter, over random answers.

use std::collections::BTreeSet;

use moonfleet_bindings::accepted_state;
use moonfleet_core::{Map, Value};
use moonfleet_models::WaiterState;
use serde::Deserialize;

use crate::support::moto::{python_with_botocore, run_python};

/// A line of `waiters.py`.
#[derive(Debug, Deserialize)]
struct Poll {
    service: String,
    waiter: String,
    status: u16,
    error: Option<String>,
    answer: serde_json::Map<String, serde_json::Value>,
    state: Option<String>,
}

#[test]
fn acceptors_decide_as_those_of_botocore() {
    let Some(python) = python_with_botocore() else { return };
    let polls = run_python(&python, include_str!("waiters.py"), &[], "");
    let mut seen = BTreeSet::new();
    for line in polls.lines() {
        let poll: Poll = serde_json::from_str(line).expect("JSON");
        let service = moonfleet_models::service(&poll.service);
        // A newer or an older botocore has other waiters.
        let Some(waiter) = service.and_then(|service| service.waiter(&poll.waiter)) else { continue };
        let fields = fields(poll.answer.clone());
        let result = match &poll.error {
            Some(code) => Err(Some(code.as_str())),
            None => Ok(&fields),
        };
        let state = accepted_state(waiter, Some(poll.status), result).map(|state| match state {
            WaiterState::Success => "success",
            WaiterState::Failure => "failure",
            WaiterState::Retry => "retry",
        });
        assert_eq!(state, poll.state.as_deref(), "{line}");
        seen.insert((poll.service, poll.waiter));
    }
    assert!(seen.len() > 400, "{} waiters", seen.len());
}

fn fields(fields: serde_json::Map<String, serde_json::Value>) -> Map {
    fields.into_iter().map(|(name, field)| (name, value(field))).collect()
}

fn value(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(yes) => Value::Bool(yes),
        serde_json::Value::Number(number) => Value::Integer(number.as_i64().expect("the answers have small numbers")),
        serde_json::Value::String(text) => Value::String(text),
        serde_json::Value::Array(items) => Value::List(items.into_iter().map(value).collect()),
        serde_json::Value::Object(object) => Value::Map(fields(object)),
    }
}
