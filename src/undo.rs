//! `moonfleet undo RECORD`: shows how to undo each change of a record, newest first, and undoes them after a
//! confirmation. A change is undone only if the resource is still as the change left it. All calls pass the guard.

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
use moonfleet_engine::guard::ask_yes_no;
use moonfleet_engine::record::{Record, RecordReadError, read_record};
use moonfleet_engine::undo::plan::{UndoEntry, UndoFate, UndoPlan};

pub(crate) fn run(session: &Context, path: &Path) -> Result<(), Failure> {
    let record = read_record(path).map_err(|e: RecordReadError| Failure::usage(e.to_string()))?;
    block_on(undo(session, &record)).map_err(Failure::from)
}

async fn undo(session: &Context, record: &Record) -> Result<(), Error> {
    for line in &record.torn {
        tracing::warn!("line {line} is skipped: it is truncated, probably because the run was killed");
    }
    let mut plan = moonfleet_engine::undo::plan::plan(session, record).await?;
    let listing = plan.to_string();
    print_line(&listing)?;
    let count = plan.calls();
    if count == 0 {
        return print_line("Nothing to undo.\n");
    }
    if !session.guard().skips_confirmation() {
        if !agreed(session, &plan, count).await? {
            return Err(Error::new(REFUSED, "nothing was undone; --yes undoes the changes without a confirmation"));
        }
        // The confirmation may have taken an hour.
        plan = moonfleet_engine::undo::plan::plan(session, record).await?;
        if plan.to_string() != listing {
            return Err(Error::new(
                REFUSED,
                "nothing was undone: resources have changed since the plan; run undo again",
            ));
        }
    }
    session.guard().skip_confirmation();
    for (at, entry) in plan.entries.iter().enumerate() {
        if let Err(error) = undo_entry(&plan, entry).await {
            return Err(stopped(&plan, at, error));
        }
    }
    print_line("Undone.\n")
}

/// Prints to standard output.
fn print_line(text: &str) -> Result<(), Error> {
    crate::standard_output::print(text).map_err(|failure| Error::new("OutputFailed", failure.message()))
}

/// Asks for a confirmation of the plan's calls. Returns false without a terminal.
async fn agreed(context: &Context, plan: &UndoPlan<'_>, count: usize) -> Result<bool, Error> {
    if !context.ask().is_possible() {
        return Ok(false);
    }
    let calls = if count == 1 { "this call".to_owned() } else { format!("these {count} calls") };
    ask_yes_no(context.ask(), format!("Make {calls} in {}? [y/N] ", plan.accounts())).await
}

/// Undoes one change.
async fn undo_entry(plan: &UndoPlan<'_>, entry: &UndoEntry<'_>) -> Result<(), Error> {
    let UndoFate::Back(back) = &entry.fate else { return Ok(()) };
    let service = service(back.aspect.service()).expect("a reversible operation belongs to a known service");
    for step in back.steps(entry.recorded) {
        let operation = service.operation(step.operation).expect("a test checks that each step is a known operation");
        let session = plan.session(back.place).clone();
        dispatch(session, service, operation, Value::Map(step.input), CallOptions::default()).await?;
    }
    Ok(())
}

/// Returns the error of an undo that stopped, with the changes that are not undone. The remaining changes are not
/// tried, because they may depend on the one that failed.
fn stopped(plan: &UndoPlan, at: usize, error: Error) -> Error {
    let left = plan.entries[at..].iter().filter(|entry| entry.is_reversible());
    let left: Vec<String> = left.map(|entry| sanitize::line(&entry.title()).into_owned()).collect();
    let code = if error.code == REFUSED { REFUSED } else { "UndoStopped" };
    let left = left.join("; ");
    Error::new(code, format!("{error}; not undone: {left}; correct the cause, then run undo again for the rest"))
}
