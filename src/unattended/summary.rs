//! The summary at the end of an unattended run, in numbers.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Instant;

use moonfleet_client::{requests, retries};
use moonfleet_engine::guard::MESSAGES;

/// The numbers so far. Shared, so that a run that a signal ends has a summary as well.
pub struct Summary {
    script: String,
    started: Instant,
    numbers: Mutex<RunNumbers>,
}

/// The results of a run.
#[derive(Clone, Default)]
pub struct RunNumbers {
    pub rows: Option<usize>,
    pub findings: Option<usize>,
    pub files: Vec<String>,
    pub delivered: Vec<String>,
    /// The number of regions, accounts or machines that did not answer.
    pub incomplete: usize,
    pub changes: Option<String>,
    pub is_unchanged: bool,
}

impl Summary {
    pub fn new(script: &str) -> Self {
        Summary { script: script.to_owned(), started: Instant::now(), numbers: Mutex::default() }
    }

    /// Reads or changes the numbers.
    pub fn numbers(&self, use_numbers: impl FnOnce(&mut RunNumbers)) {
        use_numbers(&mut self.numbers.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Logs the summary with the exit code.
    pub fn log(&self, exit: i32) {
        let numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let list = |words: &[String]| (!words.is_empty()).then(|| words.join(","));
        let seconds = (self.started.elapsed().as_secs_f64() * 10.0).round() / 10.0;
        tracing::info!(
            target: MESSAGES,
            script = self.script,
            exit,
            seconds,
            rows = numbers.rows,
            findings = numbers.findings,
            changes = numbers.changes,
            unchanged = numbers.is_unchanged.then_some(true),
            files = list(&numbers.files),
            delivered = list(&numbers.delivered),
            requests = requests(),
            retries = retries(),
            incomplete = numbers.incomplete,
            "run ended"
        );
    }
}
