//! `moonfleet undo RECORD`: shows the way back of each change that has one, newest first, and
//! goes it when somebody says so. A change is undone where things still are as it left them, and
//! all of it passes the guard.

use std::path::Path;

use futures_executor::block_on;
use moonfleet_bindings::service;
use moonfleet_client::CallOptions;
use moonfleet_core::Error;
use moonfleet_core::Failure;
use moonfleet_core::Value;
use moonfleet_core::error::REFUSED;
use moonfleet_core::sanitize;
use moonfleet_engine::Context;
use moonfleet_engine::dispatch::dispatch;
use moonfleet_engine::guard::agrees;
use moonfleet_engine::record::{Record, RecordReadError, read_record};
use moonfleet_engine::undo::plan::{UndoEntry, UndoFate, UndoPlan};

pub(crate) fn run(session: &Context, path: &Path) -> Result<(), Failure> {
    let record = read_record(path).map_err(|e: RecordReadError| Failure::usage(e.to_string()))?;
    block_on(undo(session, &record)).map_err(Failure::from)
}

async fn undo(session: &Context, record: &Record) -> Result<(), Error> {
    for line in &record.torn {
        tracing::warn!("line {line} ends in its middle, as of a run that was killed, and is left out");
    }
    let mut plan = moonfleet_engine::undo::plan::plan(session, record).await?;
    let shown = plan.to_string();
    print_line(&shown)?;
    let count = plan.calls();
    if count == 0 {
        return print_line("Nothing to undo.\n");
    }
    if !session.guard().says_yes() {
        if !agreed(session, &plan, count).await? {
            return Err(Error::new(REFUSED, "nothing was done; --yes does it without asking"));
        }
        // Whoever was asked may have taken an hour.
        plan = moonfleet_engine::undo::plan::plan(session, record).await?;
        if plan.to_string() != shown {
            return Err(Error::new(REFUSED, "nothing was done: things have changed meanwhile; look again"));
        }
    }
    session.guard().agree();
    for (at, entry) in plan.entries.iter().enumerate() {
        if let Err(error) = undo_entry(&plan, entry).await {
            return Err(stopped(&plan, at, error));
        }
    }
    print_line("Undone.\n")
}

fn print_line(text: &str) -> Result<(), Error> {
    crate::standard_output::print(text).map_err(|failure| Error::new("OutputFailed", failure.message()))
}

async fn agreed(context: &Context, plan: &UndoPlan<'_>, count: usize) -> Result<bool, Error> {
    if !context.ask().is_possible() {
        return Ok(false);
    }
    let calls = if count == 1 { "this call".to_owned() } else { format!("these {count} calls") };
    agrees(context.ask(), format!("Make {calls} in {}? [y/N] ", plan.accounts())).await
}

/// The way back of one change.
async fn undo_entry(plan: &UndoPlan<'_>, entry: &UndoEntry<'_>) -> Result<(), Error> {
    let UndoFate::Back(back) = &entry.fate else { return Ok(()) };
    let of = service(back.aspect.service()).expect("what can be undone is bound");
    for step in back.steps(entry.recorded) {
        let operation = of.operation(step.operation).expect("a way back is bound, which a test makes sure of");
        let session = plan.session(back.place).clone();
        dispatch(session, of, operation, Value::Map(step.input), CallOptions::default()).await?;
    }
    Ok(())
}

/// What comes after a failure may rest on what has failed.
fn stopped(plan: &UndoPlan, at: usize, error: Error) -> Error {
    let left = plan.entries[at..].iter().filter(|entry| entry.is_reversible());
    let left: Vec<String> = left.map(|entry| sanitize::line(&entry.title()).into_owned()).collect();
    let code = if error.code == REFUSED { REFUSED } else { "UndoStopped" };
    Error::new(code, format!("{error}; not undone: {}; once that is mended, undo does what is left", left.join("; ")))
}
