//! The record of a run's calls, for `--record`: one line for each, and for a change a line
//! before it is sent as well, so that nothing is done that is not written down, whatever
//! becomes of the process. Where no record was asked for, nothing of this happens.

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
use moonfleet_core::{CallFailure, Map, Value};
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
    /// Whether it is to be read how things were before a change.
    looks: bool,
    /// Why nothing more can be written.
    broken: OnceLock<String>,
    /// Whose account has been asked for.
    asked: Mutex<HashMap<Principal, Arc<OnceCell<()>>>>,
}

impl Recorder {
    /// Opens the file, before anything is sent.
    pub fn open(path: &Path, looks: bool) -> Result<Arc<Self>, Unwritable> {
        let file = Recording::open(path)?;
        // Runs share a file, also at the same time.
        let run = format!("{}-{}", now(), std::process::id());
        let (calls, broken, asked) = Default::default();
        Ok(Arc::new(Recorder { file, run, calls, looks, broken, asked }))
    }

    /// Returns an error where something was done and not written down.
    pub fn complete(&self) -> Result<(), Error> {
        match self.broken.get() {
            Some(problem) => Err(Error::new("RecordIncomplete", format!("the record is not complete: {problem}"))),
            None => Ok(()),
        }
    }

    fn write(&self, line: &RecordLine) -> Result<(), Error> {
        self.check()?;
        self.file.write(line).map_err(|e| {
            let problem = e.to_string();
            if self.broken.set(problem.clone()).is_ok() {
                tracing::error!("{problem}; no more calls are made");
            }
            unrecorded(&problem)
        })
    }

    fn check(&self) -> Result<(), Error> {
        self.broken.get().map_or(Ok(()), |problem| Err(unrecorded(problem)))
    }

    /// Whose account it is, asked once for each caller. Where it cannot be had the call
    /// itself tells why.
    async fn learn_account(&self, session: &Session) {
        let cell = {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            asked.entry(session.settings().principal.clone()).or_default().clone()
        };
        cell.get_or_init(|| async { session.learn_account().await.unwrap_or_default() }).await;
    }
}

fn unrecorded(problem: &str) -> Error {
    Error::new(REFUSED, format!("refused, nothing was sent: it could not be recorded: {problem}"))
}

fn now() -> String {
    // All of one length, so that their order as texts is that of the times.
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// A call that is under way. Where it is dropped before it ends, nobody knows how it ended.
pub struct RecordedCall {
    recorder: Arc<Recorder>,
    line: RecordLine,
    kept: &'static [&'static str],
    started: Instant,
    has_ended: bool,
}

/// What is recorded before a call is made; an error where it must not be made.
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
    let before = match aspect.filter(|_| recorder.looks) {
        Some(aspect) => Box::pin(before(session, aspect, operation, input)).await,
        None => None,
    };
    let mut call = RecordedCall::new(recorder, session, service.name, operation.name, operation.risk);
    call.line.targets = touched(operation, input);
    call.kept = aspect.map_or(&[], |aspect| aspect.kept());
    let input = redacted_input(operation, input);
    match recorder.write(&RecordLine { outcome: CallOutcome::Begun, input, before, ..call.line.clone() }) {
        Ok(()) => Ok(call),
        Err(error) => {
            call.has_ended = true;
            Err(error)
        }
    }
}

fn touched(operation: &Operation, input: &Map) -> Vec<String> {
    targets(operation, input).into_iter().map(|target| target.id).collect()
}

fn redacted_input(operation: &Operation, input: &Map) -> Value {
    redact_value(Value::Map(secrets::hidden(operation, input)))
}

/// How things were that the change is about to change, as far as its way back needs it.
async fn before(
    session: &Arc<Session>,
    aspect: &dyn reversible::Aspect,
    operation: &'static Operation,
    input: &Map,
) -> Option<Facts> {
    let asked = aspect.asked_before(operation.name, input);
    if asked.is_empty() {
        return None;
    }
    match reversible::read_current_facts(session, aspect, asked).await {
        Ok(seen) => Some(reversible::before(aspect, operation.name, input, seen)),
        Err(error) => {
            tracing::warn!("how it was before is not known, so undo cannot restore it: {error}");
            None
        }
    }
}

/// What the guard did not let through.
pub fn refused(context: &Context, service: &Service, operation: &'static Operation, input: &Value, error: &Error) {
    let Some(recorder) = context.recorder() else { return };
    let mut call = RecordedCall::new(recorder, context, service.name, operation.name, operation.risk);
    call.has_ended = true;
    let mut line = RecordLine { outcome: CallOutcome::Refused, code: Some(error.code.clone()), ..call.line.clone() };
    // An input that is wrong as well says nothing that could be relied on.
    if let Ok(input) = check(service.name, operation, input.clone()) {
        line.targets = touched(operation, &input);
        line.input = redacted_input(operation, &input);
    }
    // What was refused is not done, and whoever wants to do more hears of it.
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
        RecordedCall { recorder: recorder.clone(), line, kept: &[], started: Instant::now(), has_ended: false }
    }

    fn end(mut self, outcome: CallOutcome) {
        self.has_ended = true;
        self.write(outcome);
    }

    fn write(&mut self, outcome: CallOutcome) {
        self.line.outcome = outcome;
        self.line.time = now();
        self.line.ms = u64::try_from(self.started.elapsed().as_millis()).ok();
        // It is done; the error is told, and stops the next call.
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

/// How a call has ended.
fn end(mut call: RecordedCall, operation: &Operation, ended: &Result<Answer, Error>) {
    match ended {
        Ok(answer) => {
            call.line.request_id = operation.request_id(&**answer).map(str::to_owned);
            if operation.risk > Risk::Read {
                call.line.answer = redact_value(recorded_answer(call.kept, answered(answer.clone())));
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
fn recorded_answer(kept: &[&str], mut answer: Map) -> Value {
    let kept: Vec<_> = kept.iter().map(|name| ((*name).to_owned(), answer.take(name))).collect();
    let all = Map(kept.into_iter().chain(identifiers(answer).0).collect());
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
            let there = map.0.into_iter().filter(|(_, value)| !value.is_nil());
            Value::Map(there.map(|(name, value)| (name, without_nil(value))).collect())
        }
        Value::List(items) => Value::List(items.into_iter().map(without_nil).collect()),
        other => other,
    }
}

/// How a waiter's poll has ended. An error that is waited for, as that something is gone,
/// is an error of the call.
fn polled(mut call: RecordedCall, operation: &Operation, ended: &Result<Polled, CallFailure>) {
    match ended {
        Ok(Polled::Done(Some(answer))) => {
            call.line.request_id = operation.request_id(&**answer).map(str::to_owned);
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
