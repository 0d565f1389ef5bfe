//! Waiters of models: a poll is a call, and the acceptors of the model decide what its answer means.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use moonfleet_core::{CallFailure, Map, Value};
use moonfleet_models::{Acceptor, Expected, Matcher, Risk, Waiter as Model, WaiterState};
use moonfleet_protocols::Client as ModelClient;

use super::jmespath::Expression;
use crate::answer::Answer;
use crate::failure::{sdk_failure, unreachable_state};
use crate::operation::{Operation, Polled, Waiter};
use crate::waiter_probe::WaiterProbe;

/// The longest pause between two polls, where the model has no longer one: the SDK's default.
const MAX_DELAY: Duration = Duration::from_secs(120);

/// Returns a waiter; `None` if it compares values by expressions that are not supported, or polls by changing something.
pub(super) fn declare(model: &'static Model, operation: &'static Operation) -> Option<Waiter> {
    if operation.risk > Risk::Read {
        return None;
    }
    let paths = model.acceptors.iter().filter_map(path);
    let paths: Vec<Expression> = paths.map(Expression::parse).collect::<Result<_, _>>().ok()?;
    Some(Waiter {
        name: &model.name,
        operation,
        min_delay: model.delay,
        max_delay: model.delay.max(MAX_DELAY),
        state: state(&paths).unwrap_or_default(),
        model,
    })
}

/// Returns the one path whose value all acceptors compare.
fn state(paths: &[Expression]) -> Option<&'static [&'static str]> {
    let mut texts = paths.iter().filter(|path| path.names().is_some());
    let first = texts.next()?;
    let is_only = texts.all(|other| other == first);
    let names = first.names()?.map(|name| &*name.to_owned().leak());
    is_only.then(|| &*names.collect::<Vec<&'static str>>().leak())
}

/// Polls once. The probe sees the answer or the error.
pub(crate) async fn poll(
    waiter: &Waiter,
    client: Arc<ModelClient>,
    input: Map,
    probe: WaiterProbe,
) -> Result<Polled, CallFailure> {
    let output = match client.send(waiter.operation.model, input.into()).await {
        Ok(output) => output,
        Err(error) => {
            let code = error.as_service_error().and_then(|error| error.code());
            let status = error.raw_response().map(|response| response.status().as_u16());
            let state = accepted_state(waiter.model, status, Err(code));
            probe.saw_error(code);
            return match state {
                Some(WaiterState::Success) => Ok(Polled::Done(None)),
                Some(WaiterState::Failure) => Err(unreachable_state()),
                Some(WaiterState::Retry) => Ok(Polled::NotYet),
                None => Err(sdk_failure(error)),
            };
        }
    };
    let state = accepted_state(waiter.model, Some(output.status), Ok(&output.fields.to_map()));
    let answer = Answer::new(waiter.operation, output.fields, output.request_id);
    probe.saw_answer(answer.clone());
    match state {
        Some(WaiterState::Success) => Ok(Polled::Done(Some(answer))),
        Some(WaiterState::Failure) => Err(unreachable_state()),
        Some(WaiterState::Retry) | None => Ok(Polled::NotYet),
    }
}

/// Returns the state that the first matching acceptor gives to a poll: the status of its answer, and the fields of the
/// output, in snake case, or the code of the error, if it has one. `None` if no acceptor matches.
pub fn accepted_state(waiter: &Model, status: Option<u16>, result: Result<&Map, Option<&str>>) -> Option<WaiterState> {
    let accepts = |acceptor: &&Acceptor| match (&acceptor.matcher, result) {
        (Matcher::Status, _) => status.is_some_and(|status| acceptor.expected == Expected::Number(status.into())),
        (Matcher::Error, result) => match (&acceptor.expected, result) {
            (Expected::Text(code), Err(found)) => found == Some(code),
            (Expected::Boolean(is_error), result) => result.is_err() == *is_error,
            _ => false,
        },
        (_, Ok(fields)) => accepts_value(acceptor, fields),
        (_, Err(_)) => false,
    };
    waiter.acceptors.iter().find(accepts).map(|acceptor| acceptor.state)
}

fn accepts_value(acceptor: &Acceptor, fields: &Map) -> bool {
    let value = path(acceptor).and_then(|path| Expression::parse(path).ok()?.evaluate(fields).ok());
    let is_expected = |value: &Value| match (value, &acceptor.expected) {
        (Value::String(text), Expected::Text(expected)) => text == expected,
        (Value::Integer(number), Expected::Number(expected)) => number == expected,
        (Value::Bool(yes), Expected::Boolean(expected)) => yes == expected,
        _ => false,
    };
    match (&acceptor.matcher, value) {
        (Matcher::PathAll(_), Some(Value::List(items))) => !items.is_empty() && items.iter().all(is_expected),
        (Matcher::PathAny(_), Some(Value::List(items))) => items.iter().any(is_expected),
        (Matcher::Path(_), Some(value)) => is_expected(&value),
        _ => false,
    }
}

/// Returns the expression of an acceptor, if it compares a part of the answer.
fn path(acceptor: &Acceptor) -> Option<&str> {
    match &acceptor.matcher {
        Matcher::Path(path) | Matcher::PathAll(path) | Matcher::PathAny(path) => Some(path),
        Matcher::Status | Matcher::Error => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::Risk;
    use crate::model;

    #[test]
    fn every_waiter_of_the_models_is_supported_and_polls_a_read() {
        let mut count = 0;
        for name in moonfleet_models::service_names() {
            let service = model::service(name).expect("it has a model");
            let names: Vec<&str> = service.waiters().iter().map(|waiter| waiter.name).collect();
            let expected: Vec<&str> = moonfleet_models::service(name).expect("a model").waiter_names().collect();
            assert_eq!(names, expected, "{name}");
            for waiter in service.waiters() {
                assert_eq!(waiter.operation.risk, Risk::Read, "{name}.wait.{}", waiter.name);
                let walk = |path: &[&str]| {
                    let last = path.iter().try_fold(waiter.operation.output(), |shape, step| {
                        let field = shape.field(step).unwrap_or_else(|| panic!("{name}.wait.{}: {step}", waiter.name));
                        field.ty.structure()
                    });
                    assert!(last.is_none(), "{name}.wait.{}: the state is a structure", waiter.name);
                };
                if !waiter.state.is_empty() {
                    walk(waiter.state);
                }
                count += 1;
            }
        }
        assert!(count >= 415, "{count}");
    }

    #[test]
    fn the_state_is_the_path_that_all_acceptors_compare() {
        let state = |service: &str, waiter: &str| {
            let service = model::service(service).expect("a service");
            service.waiter(waiter).expect("a waiter").state
        };
        assert_eq!(state("rds", "db_instance_available"), ["db_instances", "db_instance_status"]);
        assert_eq!(state("ses", "identity_exists"), [] as [&str; 0]);
    }
}
