//! Calls that fail as a whole after EC2 has changed some of the instances: EC2 terminates
//! instances zone by zone, and answers with_states the first error.

use std::sync::Arc;
use std::time::Duration;

use moonfleet_bindings::{Operation, Service};
use moonfleet_client::by_name::{instances, list, map, text, texts};
use moonfleet_client::{Session, spawn};
use moonfleet_core::Error;
use moonfleet_core::{Map, Value};

/// The pauses before each reading: states change a moment after the call.
const PAUSES: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(2)];

/// Adds the state of each instance to the error of a termination that may have been made in part.
pub(crate) async fn add_states(
    session: &Arc<Session>,
    service: &Service,
    operation: &Operation,
    input: &Map,
    error: Error,
) -> Error {
    let ids = texts(input.get("instance_ids").cloned().unwrap_or_default());
    let may_be_partial = service.name == "ec2" && operation.name == "terminate_instances" && ids.len() > 1;
    let was_tried = error.status.is_some() && error.code != "DryRunOperation" && !error.is_denied();
    if !may_be_partial || !was_tried || error.is_not_found() || error.code.contains("Malformed") {
        return error;
    }
    let mut states = Err(String::new());
    for pause in PAUSES {
        spawn(async move { tokio::time::sleep(pause).await }).await.ok();
        states = read_states(session, &ids).await.map_err(|e| e.to_string());
        if matches!(&states, Ok(states) if states.iter().any(|(_, state)| is_terminated(state))) {
            break;
        }
    }
    match states {
        Ok(states) => with_states(error, states),
        Err(problem) => {
            let message = error.message.trim_end_matches('.');
            let count = ids.len();
            let message = format!("{message}; cannot read which of the {count} instances were terminated: {problem}");
            Error { message, ..error }
        }
    }
}

async fn read_states(session: &Arc<Session>, ids: &[String]) -> Result<Vec<(String, String)>, Error> {
    let input = map([("instance_ids", list(ids))]);
    let instances = instances(session, input).await?;
    let state = |id: &String| {
        let instance = instances.iter().find(|instance| text(instance, "instance_id") == *id)?;
        let Some(Value::Map(state)) = instance.get("state") else { return None };
        Some(text(state, "name"))
    };
    Ok(ids.iter().map(|id| (id.clone(), state(id).unwrap_or_else(|| "unknown".to_owned()))).collect())
}

fn is_terminated(state: &str) -> bool {
    state == "shutting-down" || state == "terminated"
}

fn with_states(error: Error, states: Vec<(String, String)>) -> Error {
    let (terminated, others): (Vec<_>, Vec<_>) = states.iter().partition(|(_, state)| is_terminated(state));
    let shown = |states: &[&(String, String)]| {
        states.iter().map(|(id, state)| format!("{id} ({state})")).collect::<Vec<_>>().join(", ")
    };
    let message = error.message.trim_end_matches('.');
    let message = match (&terminated[..], &others[..]) {
        ([], [_]) => format!("{message}; the instance was not terminated"),
        ([], _) => format!("{message}; none of the {} instances was terminated", states.len()),
        (_, []) => format!("{message}; terminated anyway: {}", shown(&terminated)),
        _ => format!("{message}; terminated anyway: {}; not terminated: {}", shown(&terminated), shown(&others)),
    };
    Error { message, states, ..error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_instances_is_right() {
        let message = |ids: &[&str]| {
            let states = ids.iter().map(|id| ((*id).to_owned(), "running".to_owned())).collect();
            with_states(Error::new("UnsupportedOperation", "Not supported."), states).message
        };
        assert_eq!(message(&["i-1"]), "Not supported; the instance was not terminated");
        assert_eq!(message(&["i-1", "i-2"]), "Not supported; none of the 2 instances was terminated");
    }
}
