//! Watching a command until every machine is done, with one list for all machines.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use moonfleet_core::Error;

use super::TargetOutcome;
use super::api::{Invocation, Ssm};
use super::engine::Engine;
use super::status::{TargetVerdict, verdict};

/// The pause before the first list: most commands take only a moment. Polling every second would
/// make AWS throttle the account.
const FIRST_PAUSE: Duration = Duration::from_millis(700);
pub(super) const SHORTEST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// The pause as a part of the command's age: the longer a command takes, the less a delay matters.
const PAUSE_PER_AGE: f64 = 0.2;
/// How long an invocation may be missing in lists after the command was sent.
const VISIBILITY_TIMEOUT: Duration = Duration::from_secs(120);
/// How much later than its timeouts Systems Manager may report a result.
const GRACE: Duration = Duration::from_secs(60);
/// The number of lists that fail before the machines are read one by one.
const MAX_LIST_FAILURES: u32 = 3;
/// The number of concurrent requests for details.
const CONCURRENT_READS: usize = 8;

impl<S: Ssm> Engine<'_, S> {
    /// Watches a command until all its targets have an outcome. `is_server_side`: Systems Manager
    /// selects the targets, and may select others than the planned ones.
    pub async fn watch(&self, location: usize, command: &str, targets: Vec<usize>, is_server_side: bool) {
        let api = &self.locations[location];
        let begun = api.clock();
        let watch = CommandWatch {
            engine: self,
            api,
            location,
            command,
            known: targets.iter().map(|at| (self.id(*at), *at)).collect(),
            open: targets.into_iter().collect(),
            statuses: BTreeMap::new(),
            begun,
            last_change: begun,
            is_selecting: is_server_side,
            is_server_side,
            is_over_since: None,
            started: BTreeSet::new(),
            lists: true,
            failures: 0,
            cancelled: false,
        };
        watch.until_all_are_done().await;
        self.end(location, command);
    }
}

/// A command that is being watched.
pub(super) struct CommandWatch<'a, S: Ssm> {
    pub engine: &'a Engine<'a, S>,
    pub api: &'a S,
    location: usize,
    pub command: &'a str,
    /// The targets of the command by their ids.
    known: BTreeMap<String, usize>,
    /// The targets without an outcome.
    open: BTreeSet<usize>,
    /// The last status of each target.
    statuses: BTreeMap<usize, String>,
    begun: Duration,
    /// When a status last changed.
    last_change: Duration,
    /// Systems Manager selects the targets.
    is_server_side: bool,
    /// Systems Manager may select more targets.
    is_selecting: bool,
    /// When Systems Manager first reported the command as done.
    is_over_since: Option<Duration>,
    /// Machines that have started the command.
    pub started: BTreeSet<usize>,
    /// The server can list the invocations of a command.
    pub lists: bool,
    /// The number of lists that failed in a row.
    failures: u32,
    pub cancelled: bool,
}

impl<S: Ssm> CommandWatch<'_, S> {
    async fn until_all_are_done(mut self) {
        let mut pause = FIRST_PAUSE;
        while self.is_selecting || !self.open.is_empty() {
            self.api.pause(pause.mul_f64(fastrand::f64().mul_add(0.2, 0.8))).await;
            let age = self.api.clock().saturating_sub(self.begun);
            pause = age.mul_f64(PAUSE_PER_AGE).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
            self.poll_once().await;
            self.cancel_waiting().await;
            self.check_selection().await;
            self.apply_timeouts();
        }
    }

    /// Cancels the command on machines that have not started it, once too many errors have
    /// occurred. Machines that have started it finish it, like when Systems Manager itself ends a
    /// command.
    async fn cancel_waiting(&mut self) {
        if self.cancelled || self.is_server_side || !self.engine.is_over_limit() {
            return;
        }
        let waiting = self.open.iter().filter(|at| !self.started.contains(at));
        let waiting: Vec<String> = waiting.map(|at| self.engine.id(*at)).collect();
        // If cancelling fails, the command is still watched, and the next poll tries again.
        self.cancelled = waiting.is_empty() || self.api.cancel(self.command, &waiting).await.is_ok();
    }

    /// Reads the invocations once and sets the outcomes of finished machines. Returns whether the
    /// list was complete.
    async fn poll_once(&mut self) -> bool {
        let mut is_complete = true;
        let seen = match self.lists {
            true => match self.api.list(self.command).await {
                Ok(seen) => {
                    self.failures = 0;
                    seen
                }
                // Not all of Systems Manager knows a command that was sent a moment ago.
                Err(error) if error.code == "InvalidCommandId" => {
                    is_complete = false;
                    Vec::new()
                }
                Err(error) => {
                    is_complete = false;
                    self.failures += 1;
                    // Some servers lack this operation, and some callers may not use it.
                    self.lists &= is_transient(&error) && !error.is_not_offered();
                    match self.lists && self.failures < MAX_LIST_FAILURES {
                        true => Vec::new(),
                        false => self.get_each().await,
                    }
                }
            },
            false => self.get_each().await,
        };
        let done: Vec<_> = seen.into_iter().filter_map(|seen| self.update(seen)).collect();
        let gathered = done.into_iter().map(|(at, verdict, seen)| self.gather(at, verdict, seen));
        let mut gathered = stream::iter(gathered).buffer_unordered(CONCURRENT_READS);
        while let Some((at, outcome)) = gathered.next().await {
            self.engine.conclude(at, outcome);
        }
        is_complete
    }

    /// Reads the invocation of each open target, for servers without lists.
    async fn get_each(&mut self) -> Vec<Invocation> {
        let (api, command) = (self.api, self.command);
        let reads = self.open.iter().map(|at| {
            let id = self.engine.id(*at);
            async move { (*at, api.get(command, &id).await) }
        });
        let reads: Vec<_> = stream::iter(reads).buffer_unordered(CONCURRENT_READS).collect().await;
        let mut all = Vec::new();
        for (at, read) in reads {
            match read {
                Ok(seen) => all.push(seen),
                // The next poll reads it again.
                Err(error) if is_transient(&error) => {}
                Err(error) => {
                    self.conclude(at, TargetVerdict::Unknown, format!("cannot read its invocation: {error}"));
                }
            }
        }
        all
    }

    /// Stores the status of an invocation. Returns the invocation with its verdict if it is done.
    fn update(&mut self, seen: Invocation) -> Option<(usize, TargetVerdict, Invocation)> {
        let at = match self.known.get(&seen.id) {
            Some(at) => *at,
            // Other targets can appear only if Systems Manager selects them.
            None if !self.is_server_side => return None,
            None => {
                let at = self.engine.add(self.location, &seen.id);
                self.known.insert(seen.id.clone(), at);
                self.open.insert(at);
                at
            }
        };
        let status = status_text(&seen);
        if self.statuses.get(&at) != Some(&status) {
            self.statuses.insert(at, status);
            self.last_change = self.api.clock();
        }
        if seen.status.replace(' ', "") == "InProgress" {
            self.started.insert(at);
        }
        let verdict = verdict(&seen.status, &seen.details, seen.exit_code)?;
        self.open.remove(&at).then_some((at, verdict, seen))
    }

    /// Checks whether Systems Manager has selected all targets, once all known invocations are
    /// done. Planned targets that it did not select get their outcome.
    async fn check_selection(&mut self) {
        if !self.is_selecting || self.open.iter().any(|at| self.statuses.contains_key(at)) {
            return;
        }
        let selected = match self.api.selected(self.command).await {
            Ok(Some(selected)) => selected,
            Ok(None) => return,
            Err(error) if is_transient(&error) && !error.is_not_offered() => return,
            // The number cannot be read.
            Err(_) => {
                self.is_selecting = false;
                return;
            }
        };
        // Machines may have finished since the last list, or may not be in the lists yet.
        let now = self.api.clock();
        let since = *self.is_over_since.get_or_insert(now);
        let is_complete = self.poll_once().await && self.statuses.len() >= selected;
        if !is_complete && now.saturating_sub(since) <= VISIBILITY_TIMEOUT {
            return;
        }
        self.is_selecting = false;
        let missing: Vec<usize> = self.open.iter().copied().filter(|at| !self.statuses.contains_key(at)).collect();
        for at in missing {
            match is_complete {
                true => self.conclude(at, TargetVerdict::Unreached, "Systems Manager did not select it"),
                false => self.conclude(at, TargetVerdict::Unknown, INVISIBLE),
            }
        }
    }

    fn apply_timeouts(&mut self) {
        let timeout = self.engine.request.delivery.saturating_add(self.engine.request.execution).saturating_add(GRACE);
        let now = self.api.clock();
        let is_silent = now.saturating_sub(self.last_change) > timeout;
        let is_invisible = now.saturating_sub(self.begun) > VISIBILITY_TIMEOUT && !self.is_selecting;
        for at in self.open.clone() {
            match self.statuses.get(&at) {
                Some(status) if is_silent => {
                    let detail = format!("still {status} after the timeouts");
                    self.conclude(at, TargetVerdict::Unknown, detail);
                }
                None if is_silent || is_invisible => self.conclude(at, TargetVerdict::Unknown, INVISIBLE),
                _ => {}
            }
        }
        self.is_selecting &= !is_silent;
    }

    /// Sets the outcome of a target that has no result of its own.
    fn conclude(&mut self, at: usize, verdict: TargetVerdict, reason: impl Into<String>) {
        self.open.remove(&at);
        self.engine.conclude(at, self.for_command(TargetOutcome::silent(verdict, reason)));
    }

    pub(super) fn for_command(&self, outcome: TargetOutcome) -> TargetOutcome {
        TargetOutcome { command_id: Some(self.command.to_owned()), ..outcome }
    }
}

const INVISIBLE: &str = "its invocation never appeared";

/// The error codes for a command that was just sent: not all of Systems Manager knows it yet.
const NOT_YET: [&str; 2] = ["InvocationDoesNotExist", "InvalidCommandId"];

/// Whether the same request may succeed a moment later.
pub(super) fn is_transient(error: &Error) -> bool {
    error.retryable || error.code == "BadResponse" || NOT_YET.contains(&error.code.as_str())
}

pub(super) fn status_text(seen: &Invocation) -> String {
    if seen.details.is_empty() { seen.status.clone() } else { seen.details.clone() }
}
