//! `moonfleet policy`: the least that somebody must be allowed who makes the calls of a record
//! or of a script, as an IAM policy.

mod document;
mod named;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use moonfleet_bindings::Risk;
use moonfleet_core::Failure;
use moonfleet_engine::record::{CallOutcome, Callee, Record, Recorded, read_record};

use crate::cli::Cli;
use document::{GeneratedPolicy, PolicyNeed};

pub(crate) fn print_from_record(path: &Path) -> Result<(), Failure> {
    let record = read_told(path)?;
    print(sent(&record).map(PolicyNeed::from_call).collect())
}

/// A record is told by its name, or by how it begins.
pub(crate) fn is_record(path: &Path) -> bool {
    let is_named = path.extension().is_some_and(|extension| extension == "jsonl");
    is_named || std::fs::read(path).is_ok_and(|text| text.trim_ascii_start().starts_with(b"{"))
}

/// Runs a script against the sandbox, in a process of its own whatever it does there, and
/// adds what it names and did not call. Gives whether it ran to its end.
pub(crate) fn print_from_script(cli: &Cli, source: &[u8], script: &str, arguments: &[String]) -> Result<bool, Failure> {
    let failed = |e: std::io::Error| Failure::usage(format!("the script cannot be run: {e}"));
    let folder = tempfile::tempdir().map_err(failed)?;
    let file = folder.path().join("record.jsonl");
    let mut run = Command::new(std::env::current_exe().map_err(failed)?);
    run.args(["--sandbox", "--rehearse", "--yes", "--record"]).arg(&file);
    if let Some(region) = &cli.region {
        run.arg("--region").arg(region);
    }
    if let Some(timeout) = cli.timeout {
        run.arg("--timeout").arg(format!("{}s", timeout.as_secs_f64().ceil()));
    }
    // What the script prints is not the policy.
    let run = run.arg("run").arg(script).args(arguments).stdin(Stdio::null()).stdout(std::io::stderr());
    let ended = run.status().map_err(failed)?;
    let record = read_told(&file)?;
    // What the sandbox has is nowhere else.
    let called: Vec<PolicyNeed> = sent(&record).map(|call| PolicyNeed::anywhere(call.what)).collect();
    let more: Vec<PolicyNeed> = named::calls(&String::from_utf8_lossy(source))
        .into_iter()
        .filter(|(service, operation)| !called.iter().any(|need| need.is(service, operation)))
        .map(|(service, operation)| PolicyNeed::anywhere(Callee::Operation(service, operation)))
        .collect();
    let is_done = ended.success() || ended.code() == Some(moonfleet_core::exit_code::INCOMPLETE.into());
    if !is_done {
        tracing::warn!(
            "in the sandbox the script ended with {ended}: what it would call after that is only here where its text names it"
        );
    }
    if !more.is_empty() {
        let names: Vec<String> = more.iter().map(PolicyNeed::to_string).collect();
        tracing::warn!("named by the script, and not called by this run: {}", names.join(", "));
    }
    print(called.into_iter().chain(more).collect()).map(|()| is_done)
}

fn read_told(path: &Path) -> Result<Record, Failure> {
    let record = read_record(path).map_err(|e| Failure::usage(e.to_string()))?;
    for line in &record.torn {
        tracing::warn!("line {line} ends in its middle, as of a run that was killed, and is left out");
    }
    Ok(record)
}

/// What was sent, or would have been; what the guard refused was not.
fn sent(record: &Record) -> impl Iterator<Item = &Recorded> {
    record.calls.iter().filter(|call| call.line.outcome != CallOutcome::Refused)
}

fn print(needs: Vec<PolicyNeed>) -> Result<(), Failure> {
    let destroys: BTreeSet<String> =
        needs.iter().filter(|need| need.risk() == Risk::Destroy).flat_map(PolicyNeed::actions).collect();
    if !destroys.is_empty() {
        let destroys: Vec<String> = destroys.into_iter().collect();
        tracing::warn!("this allows to destroy: {}", destroys.join(", "));
    }
    let text = GeneratedPolicy::from_needs(&needs).to_json();
    crate::standard_output::print(&text)
}
