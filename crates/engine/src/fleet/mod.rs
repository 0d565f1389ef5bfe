//! Run Command over any number of machines, in four stages: **plan** (list the machines),
//! **send** (to each machine at most once), **watch** (until each is done), **gather** (collect
//! the outputs). Every target gets exactly one outcome.
//!
//! The engine uses Systems Manager only through [`api::Ssm`], so that tests can replace it with a
//! fake that fails in every way.

mod api;
pub mod attached;
pub mod engine;
mod gather;
pub(crate) mod output;
pub mod plan;
pub mod progress;
mod send;
pub mod status;
pub mod systems_manager;
mod watch;

#[cfg(test)]
mod tests;

use std::time::Duration;

use moonfleet_core::Limit;

pub use progress::FLEET_MESSAGES;
pub use status::TargetVerdict;

/// A machine that the plan of a run lists.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FleetTarget {
    /// The index of the account and region in the run.
    pub location: usize,
    pub id: String,
    pub name: String,
    pub account: Option<String>,
    pub region: Option<String>,
    /// Whether the machine runs Windows. `None` is unknown, and treated as no.
    pub windows: Option<bool>,
}

/// The work of a run, and its options.
#[derive(Clone, Debug)]
pub struct RunRequest {
    pub work: Work,
    pub comment: String,
    /// How long a machine may take to fetch the command.
    pub delivery: Duration,
    /// How long the command may run on a machine.
    pub execution: Duration,
    /// Limits of the whole run, which Systems Manager has for one command.
    pub max_concurrency: Option<Limit>,
    pub max_errors: Option<Limit>,
    pub output: OutputDestination,
    /// The tag or resource group that Systems Manager resolves instead of a list of ids: its key
    /// and values.
    pub server_side: Option<(String, Vec<String>)>,
}

impl RunRequest {
    /// Returns the name of the document for a target.
    pub fn document(&self, target: &FleetTarget) -> String {
        match &self.work {
            Work::Document { name, .. } => name.clone(),
            Work::Commands { shell, .. } => shell.unwrap_or(target.shell()).document().to_owned(),
        }
    }

    pub fn parameters(&self, document: &str) -> Vec<(String, Vec<String>)> {
        match &self.work {
            Work::Document { parameters, .. } => parameters.clone(),
            Work::Commands { lines, folder, stop_on_error, .. } => {
                let first = match document == Shell::PowerShell.document() {
                    true => "$ErrorActionPreference = 'Stop'",
                    false => "set -e",
                };
                let first = stop_on_error.then(|| first.to_owned());
                let mut parameters = vec![
                    ("commands".to_owned(), first.into_iter().chain(lines.iter().cloned()).collect()),
                    ("executionTimeout".to_owned(), vec![self.execution.as_secs().max(1).to_string()]),
                ];
                parameters.extend(folder.iter().map(|folder| ("workingDirectory".to_owned(), vec![folder.clone()])));
                parameters
            }
        }
    }
}

#[derive(Clone, Debug)]
pub enum Work {
    /// Lines for `shell`, or for the shell of each machine's platform.
    Commands {
        lines: Vec<String>,
        shell: Option<Shell>,
        folder: Option<String>,
        stop_on_error: bool,
    },
    Document {
        name: String,
        parameters: Vec<(String, Vec<String>)>,
    },
}

impl Work {
    /// Returns the execution timeout in the document's parameters.
    pub fn execution(&self) -> Option<Duration> {
        let Work::Document { parameters, .. } = self else { return None };
        let (_, values) = parameters.iter().find(|(name, _)| name == "executionTimeout")?;
        values.first()?.parse().ok().map(Duration::from_secs)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    Sh,
    PowerShell,
}

impl Shell {
    fn document(self) -> &'static str {
        match self {
            Shell::Sh => "AWS-RunShellScript",
            Shell::PowerShell => "AWS-RunPowerShellScript",
        }
    }
}

impl FleetTarget {
    fn shell(&self) -> Shell {
        if self.windows == Some(true) { Shell::PowerShell } else { Shell::Sh }
    }
}

/// Where Systems Manager stores outputs in addition.
#[derive(Clone, Debug, Default)]
pub struct OutputDestination {
    pub s3_bucket: Option<String>,
    pub s3_prefix: Option<String>,
    pub cloud_watch_group: Option<String>,
}

/// The outcome of a run on one target.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetOutcome {
    pub verdict: TargetVerdict,
    /// Systems Manager's status, or the reason if it has none.
    pub detail: String,
    pub command_id: Option<String>,
    pub exit_code: Option<i64>,
    pub stdout: String,
    pub stderr: String,
    pub truncated: bool,
    pub started: Option<String>,
    pub ended: Option<String>,
}

impl TargetOutcome {
    /// Makes an outcome without output.
    pub fn silent(verdict: TargetVerdict, detail: impl Into<String>) -> Self {
        TargetOutcome {
            verdict,
            detail: detail.into(),
            command_id: None,
            exit_code: None,
            stdout: String::new(),
            stderr: String::new(),
            truncated: false,
            started: None,
            ended: None,
        }
    }
}
