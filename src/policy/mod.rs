//! `moonfleet policy`: the least IAM policy that allows the calls of a record or of a script.

mod document;
mod named;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use moonfleet_bindings::Risk;
use moonfleet_core::Failure;
use moonfleet_engine::record::{CallOutcome, Callee, Record, Recorded, read_record};

use crate::cli::Cli;
use crate::script_source::ScriptSource;
use document::{GeneratedPolicy, PolicyNeed};

/// The time limit of the run in the sandbox, unless --timeout names another.
const DEFAULT_LIMIT: Duration = Duration::from_secs(60);

/// Prints the policy for the calls of a record.
pub(crate) fn print_from_record(path: &Path) -> Result<(), Failure> {
    let record = read_with_warnings(path)?;
    print(sent(&record).map(PolicyNeed::from_call).collect())
}

/// Whether the file is a record, by its name or its first character.
pub(crate) fn is_record(path: &Path) -> bool {
    let is_named = path.extension().is_some_and(|extension| extension == "jsonl");
    is_named || std::fs::read(path).is_ok_and(|text| text.trim_ascii_start().starts_with(b"{"))
}

/// Prints the policy for a script: for the calls that it makes in the sandbox, and for operations that its text names
/// and that were not called. The script runs in its own process, so that it cannot affect this one. Returns whether
/// it ran to its end.
pub(crate) fn print_from_script(
    cli: &Cli,
    source: &ScriptSource,
    script: &str,
    arguments: &[String],
) -> Result<bool, Failure> {
    let failed = |e: std::io::Error| Failure::usage(format!("cannot run the script: {e}"));
    let folder = tempfile::tempdir().map_err(failed)?;
    let file = folder.path().join("record.jsonl");
    let mut run = Command::new(std::env::current_exe().map_err(failed)?);
    run.args(["--sandbox", "--rehearse", "--yes", "--record"]).arg(&file);
    if !source.is_own() {
        run.arg("--contain");
    }
    if let Some(region) = &cli.region {
        run.arg("--region").arg(region);
    }
    let timeout = cli.timeout.unwrap_or(DEFAULT_LIMIT);
    run.arg("--timeout").arg(format!("{}s", timeout.as_secs_f64().ceil()));
    // Standard output is for the policy alone.
    let run = run.arg("run").arg(script).args(arguments).stdin(Stdio::null()).stdout(std::io::stderr());
    let ended = run.status().map_err(failed)?;
    let record = read_with_warnings(&file)?;
    // The sandbox's resources do not exist in AWS.
    let called: Vec<PolicyNeed> = sent(&record).map(|call| PolicyNeed::on_any_resource(call.what)).collect();
    let more: Vec<PolicyNeed> = named::calls(&String::from_utf8_lossy(&source.source))
        .into_iter()
        .filter(|(service, operation)| !called.iter().any(|need| need.is(service, operation)))
        .map(|(service, operation)| PolicyNeed::on_any_resource(Callee { service, operation }))
        .collect();
    let is_done = ended.success() || ended.code() == Some(moonfleet_core::exit_code::INCOMPLETE.into());
    if !is_done {
        tracing::warn!(
            "the script ended in the sandbox with {ended}; of its later calls, the policy has only operations named in its text"
        );
    }
    if !more.is_empty() {
        let names: Vec<String> = more.iter().map(PolicyNeed::to_string).collect();
        tracing::warn!(
            "added, because the script names them although this run did not call them: {}",
            names.join(", ")
        );
    }
    print(called.into_iter().chain(more).collect()).map(|()| is_done)
}

/// Reads a record, and warns of truncated lines.
fn read_with_warnings(path: &Path) -> Result<Record, Failure> {
    let record = read_record(path).map_err(|e| Failure::usage(e.to_string()))?;
    for line in &record.torn {
        tracing::warn!("line {line} is skipped: it is truncated, probably because the run was killed");
    }
    Ok(record)
}

/// Returns the calls except those that the guard refused.
fn sent(record: &Record) -> impl Iterator<Item = &Recorded> {
    record.calls.iter().filter(|call| call.line.outcome != CallOutcome::Refused)
}

fn print(needs: Vec<PolicyNeed>) -> Result<(), Failure> {
    let destroys: BTreeSet<String> =
        needs.iter().filter(|need| need.risk() == Risk::Destroy).flat_map(PolicyNeed::actions).collect();
    if !destroys.is_empty() {
        let destroys: Vec<String> = destroys.into_iter().collect();
        tracing::warn!("the policy allows destructive actions: {}", destroys.join(", "));
    }
    let text = GeneratedPolicy::from_needs(&needs).to_json();
    crate::standard_output::print(&text)
}
