//! Collecting the output of a finished machine: the beginning that Systems Manager keeps, or the
//! whole output if it is stored in a bucket.

use std::time::Duration;

use moonfleet_core::Error;

use super::TargetOutcome;
use super::api::{Invocation, InvocationText, Ssm};
use super::engine::TOO_MANY;
use super::status::{TargetVerdict, verdict as verdict_of};
use super::watch::{CommandWatch, SHORTEST_PAUSE, is_transient, status_text};

/// How long details that should be available are requested again.
const RETRY_TIME: Duration = Duration::from_secs(60);

/// The characters that Systems Manager keeps of an output; it discards the rest.
const STDOUT_LIMIT: usize = 24_000;
const STDERR_LIMIT: usize = 8_000;
const LISTED_LIMIT: usize = 2_500;
/// Systems Manager's mark at the end of a truncated output.
const TRUNCATION_MARK: &str = "--output truncated--";

impl<S: Ssm> CommandWatch<'_, S> {
    /// Returns the outcome of a finished machine with its output.
    pub(super) async fn gather(&self, at: usize, verdict: TargetVerdict, listed: Invocation) -> (usize, TargetOutcome) {
        if !self.lists {
            return (at, self.outcome(at, verdict, listed, STDOUT_LIMIT, STDERR_LIMIT).await);
        }
        let outcome = match self.details(&listed.id).await {
            Ok(seen) => {
                // The list may lack the details that distinguish, for example, two kinds of timeout.
                let details = if listed.details.is_empty() { seen.details } else { listed.details };
                let verdict = verdict_of(&listed.status, &details, seen.exit_code).unwrap_or(verdict);
                let seen = Invocation { status: listed.status, details, ..seen };
                self.outcome(at, verdict, seen, STDOUT_LIMIT, STDERR_LIMIT).await
            }
            // The list contains the beginning of the output.
            Err(error) => match self.api.peek(self.command, &listed.id).await {
                Ok(Some(seen)) => self.outcome(at, verdict, seen, LISTED_LIMIT, LISTED_LIMIT).await,
                _ => {
                    let detail = format!("{}; cannot read its output: {error}", status_text(&listed));
                    self.for_command(TargetOutcome::silent(verdict, detail))
                }
            },
        };
        (at, outcome)
    }

    /// Returns the details of a machine that a list shows as finished. Details are updated later
    /// than lists, so they are requested until they agree.
    async fn details(&self, id: &str) -> Result<Invocation, Error> {
        let begun = self.api.clock();
        loop {
            let is_late = self.api.clock().saturating_sub(begun) > RETRY_TIME;
            match self.api.get(self.command, id).await {
                Ok(seen) if verdict_of(&seen.status, &seen.details, seen.exit_code).is_some() => return Ok(seen),
                Ok(seen) if is_late => {
                    return Err(Error::new("NotYet", format!("its details still say {}", status_text(&seen))));
                }
                Err(error) if is_late || !is_transient(&error) => return Err(error),
                _ => self.api.pause(SHORTEST_PAUSE).await,
            }
        }
    }

    async fn outcome(
        &self,
        at: usize,
        verdict: TargetVerdict,
        seen: Invocation,
        stdout_limit: usize,
        stderr_limit: usize,
    ) -> TargetOutcome {
        let never_started = !self.started.contains(&at) && seen.started.is_none();
        let detail = match (self.cancelled, verdict) {
            (true, TargetVerdict::Cancelled) if never_started => TOO_MANY.to_owned(),
            _ => status_text(&seen),
        };
        let (stdout, stdout_is_truncated) = self.whole(&seen.id, seen.stdout, stdout_limit).await;
        let (stderr, stderr_is_truncated) = self.whole(&seen.id, seen.stderr, stderr_limit).await;
        self.for_command(TargetOutcome {
            detail,
            // Systems Manager's code for a command that never started is -1.
            exit_code: seen.exit_code.filter(|code| *code != -1),
            stdout,
            stderr,
            truncated: stdout_is_truncated || stderr_is_truncated,
            started: seen.started,
            ended: seen.ended,
            ..TargetOutcome::silent(verdict, "")
        })
    }

    /// Returns an output and whether it is truncated. Fetches a truncated output from its URL.
    async fn whole(&self, id: &str, kept: InvocationText, limit: usize) -> (String, bool) {
        let is_truncated = kept.text.trim_end().ends_with(TRUNCATION_MARK) || kept.text.chars().count() >= limit;
        if !is_truncated || kept.url.is_empty() {
            return (kept.text, is_truncated);
        }
        let begun = self.api.clock();
        loop {
            let is_late = self.api.clock().saturating_sub(begun) > RETRY_TIME / 4;
            match self.api.fetch(&kept.url).await {
                Ok(whole) => return (whole, false),
                // Systems Manager writes the object a moment after the machine has finished.
                Err(error) if !is_late && (error.retryable || error.code == "NoSuchKey") => {
                    self.api.pause(SHORTEST_PAUSE).await;
                }
                Err(error) => {
                    tracing::warn!(
                        "{id}: the output is truncated, because the whole output cannot be fetched: {error}"
                    );
                    return (kept.text, true);
                }
            }
        }
    }
}
