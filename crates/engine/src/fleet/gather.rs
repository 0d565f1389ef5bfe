//! What a machine that is done has said: as much as Systems Manager keeps of it, or the whole
//! where it was kept elsewhere.

use std::time::Duration;

use moonfleet_core::Error;

use super::TargetOutcome;
use super::api::{Invocation, InvocationText, Ssm};
use super::engine::TOO_MANY;
use super::status::{TargetVerdict, verdict as verdict_of};
use super::watch::{CommandWatch, FASTEST, is_passing, word};

/// How long what should be there by now is asked for again.
const LATE: Duration = Duration::from_secs(60);

/// What Systems Manager keeps of an output; the tail is lost.
const STDOUT: usize = 24_000;
const STDERR: usize = 8_000;
const LISTED: usize = 2_500;
const CUT: &str = "--output truncated--";

impl<S: Ssm> CommandWatch<'_, S> {
    /// What a finished machine said.
    pub(super) async fn gather(&self, at: usize, verdict: TargetVerdict, listed: Invocation) -> (usize, TargetOutcome) {
        if !self.lists {
            return (at, self.outcome(at, verdict, listed, STDOUT, STDERR).await);
        }
        let outcome = match self.details(&listed.id).await {
            Ok(seen) => {
                // The list may lack the word that tells one end from another.
                let details = if listed.details.is_empty() { seen.details } else { listed.details };
                let verdict = verdict_of(&listed.status, &details, seen.exit_code).unwrap_or(verdict);
                let seen = Invocation { status: listed.status, details, ..seen };
                self.outcome(at, verdict, seen, STDOUT, STDERR).await
            }
            // The list has the beginning of it.
            Err(error) => match self.api.peek(self.command, &listed.id).await {
                Ok(Some(seen)) => self.outcome(at, verdict, seen, LISTED, LISTED).await,
                _ => {
                    let detail = format!("{}; what it said cannot be had: {error}", word(&listed));
                    self.for_command(TargetOutcome::silent(verdict, detail))
                }
            },
        };
        (at, outcome)
    }

    /// The details of a machine that is done according to a list, which may know earlier.
    async fn details(&self, id: &str) -> Result<Invocation, Error> {
        let begun = self.api.clock();
        loop {
            let late = self.api.clock().saturating_sub(begun) > LATE;
            match self.api.get(self.command, id).await {
                Ok(seen) if verdict_of(&seen.status, &seen.details, seen.exit_code).is_some() => return Ok(seen),
                Ok(seen) if late => {
                    return Err(Error::new("NotYet", format!("its details still say {}", word(&seen))));
                }
                Err(error) if late || !is_passing(&error) => return Err(error),
                _ => self.api.pause(FASTEST).await,
            }
        }
    }

    async fn outcome(
        &self,
        at: usize,
        verdict: TargetVerdict,
        seen: Invocation,
        of_stdout: usize,
        of_stderr: usize,
    ) -> TargetOutcome {
        let never_began = !self.begun_there.contains(&at) && seen.started.is_none();
        let detail = match (self.cancelled, verdict) {
            (true, TargetVerdict::Cancelled) if never_began => TOO_MANY.to_owned(),
            _ => word(&seen),
        };
        let (stdout, stdout_is_cut) = self.whole(&seen.id, seen.stdout, of_stdout).await;
        let (stderr, stderr_is_cut) = self.whole(&seen.id, seen.stderr, of_stderr).await;
        self.for_command(TargetOutcome {
            detail,
            // -1 is the code of what never started.
            exit_code: seen.exit_code.filter(|code| *code != -1),
            stdout,
            stderr,
            truncated: stdout_is_cut || stderr_is_cut,
            started: seen.started,
            ended: seen.ended,
            ..TargetOutcome::silent(verdict, "")
        })
    }

    /// An output, and whether its tail is lost. Where it was kept elsewhere too, it is not.
    async fn whole(&self, id: &str, kept: InvocationText, limit: usize) -> (String, bool) {
        let is_cut = kept.text.trim_end().ends_with(CUT) || kept.text.chars().count() >= limit;
        if !is_cut || kept.url.is_empty() {
            return (kept.text, is_cut);
        }
        let begun = self.api.clock();
        loop {
            let late = self.api.clock().saturating_sub(begun) > LATE / 4;
            match self.api.fetch(&kept.url).await {
                Ok(whole) => return (whole, false),
                // It is written there a moment after the machine is done.
                Err(error) if !late && (error.retryable || error.code == "NoSuchKey") => {
                    self.api.pause(FASTEST).await;
                }
                Err(error) => {
                    tracing::warn!("of {id} there is the beginning only, the whole output cannot be had: {error}");
                    return (kept.text, true);
                }
            }
        }
    }
}
