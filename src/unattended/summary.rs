//! The line at the end of a run that nobody watches: how it went, in numbers.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Instant;

use moonfleet_client::{requests, retries};
use moonfleet_engine::guard::MESSAGES;

/// What is known so far; also whoever ends the run from outside can tell it.
pub struct Summary {
    script: String,
    begun: Instant,
    numbers: Mutex<RunNumbers>,
}

/// What came of it.
#[derive(Clone, Default)]
pub struct RunNumbers {
    pub rows: Option<usize>,
    pub findings: Option<usize>,
    pub files: Vec<String>,
    pub delivered: Vec<String>,
    /// How many places did not answer.
    pub incomplete: usize,
    pub changes: Option<String>,
    pub is_unchanged: bool,
}

impl Summary {
    pub fn new(script: &str) -> Self {
        Summary { script: script.to_owned(), begun: Instant::now(), numbers: Mutex::default() }
    }

    pub fn numbers(&self, tell: impl FnOnce(&mut RunNumbers)) {
        tell(&mut self.numbers.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub fn log(&self, exit: i32) {
        let numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let list = |words: &[String]| (!words.is_empty()).then(|| words.join(","));
        let seconds = (self.begun.elapsed().as_secs_f64() * 10.0).round() / 10.0;
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
