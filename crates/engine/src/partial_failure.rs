//! Changes of several things that fail as one and are made for some of them: EC2 ends
//! instances zone by zone, and answers with the first thing that went wrong.

use std::sync::Arc;
use std::time::Duration;

use moonfleet_bindings::{Operation, Service};
use moonfleet_client::by_name::{instances, list, map, text, texts};
use moonfleet_client::{Session, spawn};
use moonfleet_core::Error;
use moonfleet_core::{Map, Value};

/// What was done shows after a moment.
const PAUSES: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(2)];

/// The same error, with what became of each thing, where that is in question.
pub(crate) async fn add_states(
    session: &Arc<Session>,
    service: &Service,
    operation: &Operation,
    input: &Map,
    error: Error,
) -> Error {
    let ids = texts(input.get("instance_ids").cloned().unwrap_or_default());
    let is_in_question = service.name == "ec2" && operation.name == "terminate_instances" && ids.len() > 1;
    let answered = error.status.is_some() && error.code != "DryRunOperation" && !error.is_denied();
    if !is_in_question || !answered || error.is_not_found() || error.code.contains("Malformed") {
        return error;
    }
    let mut states = Err(String::new());
    for pause in PAUSES {
        spawn(async move { tokio::time::sleep(pause).await }).await.ok();
        states = read_states(session, &ids).await.map_err(|e| e.to_string());
        if matches!(&states, Ok(states) if states.iter().any(|(_, state)| is_ended(state))) {
            break;
        }
    }
    match states {
        Ok(states) => with(error, states),
        Err(problem) => {
            let message = format!("{}; it is not known which of the {} are ended: {problem}", error.message, ids.len());
            Error { message, ..error }
        }
    }
}

async fn read_states(session: &Arc<Session>, ids: &[String]) -> Result<Vec<(String, String)>, Error> {
    let input = map([("instance_ids", list(ids))]);
    let instances = instances(session, input).await?;
    let state = |id: &String| {
        let its = instances.iter().find(|instance| text(instance, "instance_id") == *id)?;
        let Some(Value::Map(state)) = its.get("state") else { return None };
        Some(text(state, "name"))
    };
    Ok(ids.iter().map(|id| (id.clone(), state(id).unwrap_or_else(|| "unknown".to_owned()))).collect())
}

fn is_ended(state: &str) -> bool {
    state == "shutting-down" || state == "terminated"
}

fn with(error: Error, states: Vec<(String, String)>) -> Error {
    let (ended, not): (Vec<_>, Vec<_>) = states.iter().partition(|(_, state)| is_ended(state));
    let shown = |states: &[&(String, String)]| {
        states.iter().map(|(id, state)| format!("{id} ({state})")).collect::<Vec<_>>().join(", ")
    };
    let message = error.message.trim_end_matches('.');
    let message = match ended[..] {
        [] => format!("{message}; none of the {} is ended", states.len()),
        _ => format!("{message}; ended all the same: {}; not: {}", shown(&ended), shown(&not)),
    };
    Error { message, states, ..error }
}
