//! The record of a run's calls, for `--record`: one line for each call after it ended. A change
//! also has a line before it is sent, so that the record contains every change even if the
//! process is killed. Without `--record`, none of this runs.

mod file;
mod line;
mod observer;
mod wire;

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use jiff::Timestamp;
use moonfleet_bindings::{Answer, Operation, Polled, Risk, Service, check, secrets};
use moonfleet_client::by_name::answered;
use moonfleet_client::{Principal, Session};
use moonfleet_core::Error;
use moonfleet_core::error::REFUSED;
use moonfleet_core::known_secrets::redact_value;
use moonfleet_core::{CallFailure, Map, Value, counted};
use tokio::sync::OnceCell;

use crate::context::Context;
use crate::guard::targets::targets;
use crate::undo::reversible;
use crate::undo::reversible::Facts;

pub use file::{Recording, Unwritable};
pub use line::{CallOutcome, Callee, Record, RecordLine, RecordReadError, Recorded, read_record};
pub use observer::RecordObserver;

/// Writes the lines of one process.
pub struct Recorder {
    file: Recording,
    run: String,
    calls: AtomicU64,
    /// Whether the state before a change is read, which undo needs.
    reads_state: bool,
    /// Why writing failed. No more calls are made then.
    write_error: OnceLock<String>,
    /// The callers whose account was looked up, successfully or not.
    looked_up: Mutex<HashMap<Principal, Arc<OnceCell<()>>>>,
}

impl Recorder {
    /// Opens the file, before any call is sent. `reads_state`: read the state before each change.
    pub fn open(path: &Path, reads_state: bool) -> Result<Arc<Self>, Unwritable> {
        let file = Recording::open(path)?;
        // Several runs may write to one file at the same time; the name keeps their calls apart.
        let run = format!("{}-{}", now(), std::process::id());
        let (calls, write_error, looked_up) = Default::default();
        Ok(Arc::new(Recorder { file, run, calls, reads_state, write_error, looked_up }))
    }

    /// Returns an error if a call was made that could not be recorded.
    pub fn complete(&self) -> Result<(), Error> {
        match self.write_error.get() {
            Some(problem) => Err(Error::new("RecordIncomplete", format!("the record is incomplete: {problem}"))),
            None => Ok(()),
        }
    }

    fn write(&self, line: &RecordLine) -> Result<(), Error> {
        self.check()?;
        self.file.write(line).map_err(|e| {
            let problem = e.to_string();
            if self.write_error.set(problem.clone()).is_ok() {
                tracing::error!("{problem}; no more calls are made");
            }
            unrecorded(&problem)
        })
    }

    fn check(&self) -> Result<(), Error> {
        self.write_error.get().map_or(Ok(()), |problem| Err(unrecorded(problem)))
    }

    /// Looks up the account, once for each caller. Ignores errors: the call itself fails with them.
    async fn learn_account(&self, session: &Session) {
        let cell = {
            let mut looked_up = self.looked_up.lock().unwrap_or_else(PoisonError::into_inner);
            looked_up.entry(session.settings().principal.clone()).or_default().clone()
        };
        cell.get_or_init(|| async { session.learn_account().await.unwrap_or_default() }).await;
    }
}

fn unrecorded(problem: &str) -> Error {
    Error::new(REFUSED, format!("refused, nothing was sent: the call cannot be recorded: {problem}"))
}

fn now() -> String {
    // All texts have the same length, so that they sort by time.
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// A call that was sent and has not ended. If it is dropped, its result is recorded as unknown.
pub struct RecordedCall {
    recorder: Arc<Recorder>,
    line: RecordLine,
    /// The fields of the answer that the record contains.
    answer_fields: &'static [&'static str],
    started: Instant,
    has_ended: bool,
}

/// Records the beginning of a call. Returns an error if the call must not be made.
async fn begin(
    recorder: &Arc<Recorder>,
    session: &Arc<Session>,
    service: &'static Service,
    operation: &'static Operation,
    input: &Map,
) -> Result<RecordedCall, Error> {
    recorder.check()?;
    recorder.learn_account(session).await;
    if operation.risk == Risk::Read {
        return Ok(RecordedCall::new(recorder, session, service.name, operation.name, operation.risk));
    }
    let aspect = reversible::aspect(service.name, operation.name);
    let before = match aspect.filter(|_| recorder.reads_state) {
        Some(aspect) => Box::pin(before(session, aspect, operation, input)).await,
        None => None,
    };
    let mut call = RecordedCall::new(recorder, session, service.name, operation.name, operation.risk);
    call.line.targets = target_ids(operation, input);
    call.answer_fields = aspect.map_or(&[], |aspect| aspect.answer_fields());
    let input = redacted_input(operation, input);
    match recorder.write(&RecordLine { outcome: CallOutcome::Begun, input, before, ..call.line.clone() }) {
        Ok(()) => Ok(call),
        Err(error) => {
            call.has_ended = true;
            Err(error)
        }
    }
}

fn target_ids(operation: &Operation, input: &Map) -> Vec<String> {
    targets(operation, input).into_iter().map(|target| target.id).collect()
}

fn redacted_input(operation: &Operation, input: &Map) -> Value {
    redact_value(Value::Map(without_bytes(operation, secrets::hidden(operation, input))))
}

/// Returns the input with the number of bytes instead of the body of the request, which can be an object of any size.
fn without_bytes(operation: &Operation, mut input: Map) -> Map {
    for field in operation.input().fields.iter().filter(|field| field.is_stream) {
        let length = match input.get(field.name()) {
            Some(Value::String(text)) => text.len(),
            Some(Value::Bytes(bytes)) => bytes.len(),
            _ => continue,
        };
        input.set(field.name(), format!("<{}>", counted(length, "byte")).into());
    }
    input
}

/// Reads the facts that a change is about to change, as far as undo needs them.
async fn before(
    session: &Arc<Session>,
    aspect: &dyn reversible::Aspect,
    operation: &'static Operation,
    input: &Map,
) -> Option<Facts> {
    let queries = aspect.queries_before(operation.name, input);
    if queries.is_empty() {
        return None;
    }
    match reversible::read_current_facts(session, aspect, queries).await {
        Ok(current) => Some(reversible::before(aspect, operation.name, input, current)),
        Err(error) => {
            let name = operation.name;
            tracing::warn!("{name}: cannot read the state before the change, so undo cannot restore it: {error}");
            None
        }
    }
}

/// Records a call that the guard refused.
pub fn refused(context: &Context, service: &Service, operation: &'static Operation, input: &Value, error: &Error) {
    let Some(recorder) = context.recorder() else { return };
    let mut call = RecordedCall::new(recorder, context, service.name, operation.name, operation.risk);
    call.has_ended = true;
    let mut line = RecordLine { outcome: CallOutcome::Refused, code: Some(error.code.clone()), ..call.line.clone() };
    // The targets of an invalid input are not reliable.
    if let Ok(input) = check(service.name, operation, input.clone()) {
        line.targets = target_ids(operation, &input);
        line.input = redacted_input(operation, &input);
    }
    // The call is not made, so a write error need not stop it; it stops the next call.
    let _ = recorder.write(&line);
}

impl RecordedCall {
    fn new(recorder: &Arc<Recorder>, session: &Session, service: &str, operation: &str, risk: Risk) -> Self {
        let principal = &session.settings().principal;
        let line = RecordLine {
            run: recorder.run.clone(),
            call: recorder.calls.fetch_add(1, Ordering::SeqCst) + 1,
            time: now(),
            profile: principal.profile.clone(),
            roles: principal.roles.clone(),
            account: session.account(),
            region: session.region(),
            service: service.to_owned(),
            operation: operation.to_owned(),
            risk: risk.to_string(),
            ..RecordLine::default()
        };
        RecordedCall { recorder: recorder.clone(), line, answer_fields: &[], started: Instant::now(), has_ended: false }
    }

    fn end(mut self, outcome: CallOutcome) {
        self.has_ended = true;
        self.write(outcome);
    }

    fn write(&mut self, outcome: CallOutcome) {
        self.line.outcome = outcome;
        self.line.time = now();
        self.line.ms = u64::try_from(self.started.elapsed().as_millis()).ok();
        // The call is over. A write error was logged, and stops the next call.
        let _ = self.recorder.write(&self.line);
    }
}

impl Drop for RecordedCall {
    fn drop(&mut self) {
        if !self.has_ended {
            self.write(CallOutcome::Unknown);
        }
    }
}

/// Records the end of a call.
fn end(mut call: RecordedCall, operation: &Operation, result: &Result<Answer, Error>) {
    match result {
        Ok(answer) => {
            call.line.request_id = answer.request_id().map(str::to_owned);
            if operation.risk > Risk::Read {
                call.line.answer = redact_value(recorded_answer(call.answer_fields, answered(answer.clone())));
            }
            call.end(CallOutcome::Ok);
        }
        Err(error) => {
            call.line.code = Some(error.code.clone());
            call.line.request_id = error.request_id.clone();
            let has_answer = operation.risk == Risk::Read && error.status.is_some();
            let outcome =
                if error.is_surely_not_done() || has_answer { CallOutcome::Failed } else { CallOutcome::Unknown };
            call.end(outcome);
        }
    }
}

/// Returns the fields that undo needs, and the identifiers of what the change has made or begun: a
/// killed run can be continued by them, such as a command by `fleet.attach`. Nil if there are none.
fn recorded_answer(fields: &[&str], mut answer: Map) -> Value {
    let fields: Vec<_> = fields.iter().map(|name| ((*name).to_owned(), answer.take(name))).collect();
    let all = Map(fields.into_iter().chain(identifiers(answer).0).collect());
    if all.0.iter().all(|(_, value)| value.is_nil()) { Value::Nil } else { without_nil(Value::Map(all)) }
}

/// Identifiers in a structure and in those that it holds. Lists are left out: they can be long.
fn identifiers(map: Map) -> Map {
    let is_identifier = |name: &str| name.ends_with("_id") || name.ends_with("_arn") || name == "arn" || name == "id";
    let found = map.0.into_iter().filter_map(|(name, value)| match value {
        Value::String(_) if is_identifier(&name) => Some((name, value)),
        Value::Map(inner) => {
            Some(identifiers(inner)).filter(|inner| !inner.0.is_empty()).map(|i| (name, Value::Map(i)))
        }
        _ => None,
    });
    Map(found.collect())
}

fn without_nil(value: Value) -> Value {
    match value {
        Value::Map(map) => {
            let fields = map.0.into_iter().filter(|(_, value)| !value.is_nil());
            Value::Map(fields.map(|(name, value)| (name, without_nil(value))).collect())
        }
        Value::List(items) => Value::List(items.into_iter().map(without_nil).collect()),
        other => other,
    }
}

/// Records the end of a waiter's poll. An expected error, for example that a resource no longer
/// exists, counts as a failed call.
fn end_poll(mut call: RecordedCall, result: &Result<Polled, CallFailure>) {
    match result {
        Ok(Polled::Done(Some(answer))) => {
            call.line.request_id = answer.request_id().map(str::to_owned);
            call.end(CallOutcome::Ok);
        }
        Ok(Polled::Done(None)) => call.end(CallOutcome::Failed),
        Ok(Polled::NotYet) => call.end(CallOutcome::Ok),
        Err(failure) => {
            call.line.code = Some(failure.code.clone());
            call.line.request_id = failure.request_id.clone();
            call.end(if failure.status.is_some() { CallOutcome::Failed } else { CallOutcome::Unknown });
        }
    }
}
