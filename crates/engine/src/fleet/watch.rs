//! Watching a command until each of its machines is done, with one list for all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use moonfleet_core::Error;

use super::TargetOutcome;
use super::api::{Invocation, Ssm};
use super::engine::Engine;
use super::status::{TargetVerdict, verdict};

/// Most commands take a moment only; polling every second throttles an account.
const FIRST: Duration = Duration::from_millis(700);
pub(super) const FASTEST: Duration = Duration::from_secs(2);
const SLOWEST: Duration = Duration::from_secs(15);
/// What has taken a minute is not seen to be done a moment too late by anybody.
const PAUSE_PER_AGE: f64 = 0.2;
/// Right after sending, an invocation is in no list; that is no result.
const VISIBLE: Duration = Duration::from_secs(120);
/// What Systems Manager itself may be late with.
const GRACE: Duration = Duration::from_secs(60);
/// So often a list is asked for in vain before the machines are asked for one by one.
const FAILURES: u32 = 3;
/// Looks at finished machines that are under way at once.
const LOOKS: usize = 8;

impl<S: Ssm> Engine<'_, S> {
    /// Settles all targets of a command; `choosing` where Systems Manager may choose others.
    pub async fn watch(&self, place: usize, command: &str, targets: Vec<usize>, choosing: bool) {
        let api = &self.places[place];
        let begun = api.clock();
        let watch = CommandWatch {
            engine: self,
            api,
            place,
            command,
            known: targets.iter().map(|at| (self.id(*at), *at)).collect(),
            left: targets.into_iter().collect(),
            said: BTreeMap::new(),
            begun,
            news: begun,
            choosing,
            chooses: choosing,
            is_over_since: None,
            begun_there: BTreeSet::new(),
            lists: true,
            failures: 0,
            cancelled: false,
        };
        watch.until_all_are_done().await;
        self.end(place, command);
    }
}

/// A command that is being watched.
pub(super) struct CommandWatch<'a, S: Ssm> {
    pub engine: &'a Engine<'a, S>,
    pub api: &'a S,
    place: usize,
    pub command: &'a str,
    /// All its targets by their ids.
    known: BTreeMap<String, usize>,
    /// Those that are not settled.
    left: BTreeSet<usize>,
    /// What was said of each last.
    said: BTreeMap<usize, String>,
    begun: Duration,
    /// When something was last said that was new.
    news: Duration,
    /// Systems Manager chooses the targets, and may still be doing that.
    chooses: bool,
    choosing: bool,
    /// When it said that it was done with the command.
    is_over_since: Option<Duration>,
    /// Machines that were seen at work.
    pub begun_there: BTreeSet<usize>,
    /// The server can list the invocations of a command.
    pub lists: bool,
    /// How often it could not of late.
    failures: u32,
    pub cancelled: bool,
}

impl<S: Ssm> CommandWatch<'_, S> {
    async fn until_all_are_done(mut self) {
        let mut pause = FIRST;
        while self.choosing || !self.left.is_empty() {
            self.api.pause(pause.mul_f64(fastrand::f64().mul_add(0.2, 0.8))).await;
            let age = self.api.clock().saturating_sub(self.begun);
            pause = age.mul_f64(PAUSE_PER_AGE).clamp(FASTEST, SLOWEST);
            self.poll_once().await;
            self.keep_to_the_limit().await;
            self.ask_whether_all_are_chosen().await;
            self.give_up_on_the_late();
        }
    }

    /// When too many have failed, those that have not begun never do. What has begun goes on to
    /// its end, as where Systems Manager itself ends a command.
    async fn keep_to_the_limit(&mut self) {
        if self.cancelled || self.chooses || !self.engine.is_over_limit() {
            return;
        }
        let waiting = self.left.iter().filter(|at| !self.begun_there.contains(at));
        let waiting: Vec<String> = waiting.map(|at| self.engine.id(*at)).collect();
        // Where it cannot be cancelled it goes on, and is watched on.
        self.cancelled = waiting.is_empty() || self.api.cancel(self.command, &waiting).await.is_ok();
    }

    /// Whether all that there is to see was seen.
    async fn poll_once(&mut self) -> bool {
        let mut is_whole = true;
        let seen = match self.lists {
            true => match self.api.list(self.command).await {
                Ok(seen) => {
                    self.failures = 0;
                    seen
                }
                // A command that was sent a moment ago may not be known everywhere.
                Err(error) if error.code == "InvalidCommandId" => {
                    is_whole = false;
                    Vec::new()
                }
                Err(error) => {
                    is_whole = false;
                    self.failures += 1;
                    // There are servers without this operation, and callers who may not use it.
                    self.lists &= is_passing(&error) && !error.is_not_offered();
                    match self.lists && self.failures < FAILURES {
                        true => Vec::new(),
                        false => self.each().await,
                    }
                }
            },
            false => self.each().await,
        };
        let done: Vec<_> = seen.into_iter().filter_map(|seen| self.done(seen)).collect();
        let gathered = done.into_iter().map(|(at, verdict, seen)| self.gather(at, verdict, seen));
        let mut gathered = stream::iter(gathered).buffer_unordered(LOOKS);
        while let Some((at, outcome)) = gathered.next().await {
            self.engine.conclude(at, outcome);
        }
        is_whole
    }

    /// Where there are no lists: one look at each that is not done.
    async fn each(&mut self) -> Vec<Invocation> {
        let (api, command) = (self.api, self.command);
        let looks = self.left.iter().map(|at| {
            let id = self.engine.id(*at);
            async move { (*at, api.get(command, &id).await) }
        });
        let looks: Vec<_> = stream::iter(looks).buffer_unordered(LOOKS).collect().await;
        let mut all = Vec::new();
        for (at, look) in looks {
            match look {
                Ok(seen) => all.push(seen),
                // It is asked for again.
                Err(error) if is_passing(&error) => {}
                Err(error) => {
                    self.conclude(at, TargetVerdict::Unknown, format!("what became of it cannot be asked: {error}"));
                }
            }
        }
        all
    }

    /// Takes note of what is seen; gives it back where it is the end.
    fn done(&mut self, seen: Invocation) -> Option<(usize, TargetVerdict, Invocation)> {
        let at = match self.known.get(&seen.id) {
            Some(at) => *at,
            // Only where Systems Manager chooses can there be others than those that were sent.
            None if !self.chooses => return None,
            None => {
                let at = self.engine.add(self.place, &seen.id);
                self.known.insert(seen.id.clone(), at);
                self.left.insert(at);
                at
            }
        };
        let word = word(&seen);
        if self.said.get(&at) != Some(&word) {
            self.said.insert(at, word);
            self.news = self.api.clock();
        }
        if seen.status.replace(' ', "") == "InProgress" {
            self.begun_there.insert(at);
        }
        let verdict = verdict(&seen.status, &seen.details, seen.exit_code)?;
        self.left.remove(&at).then_some((at, verdict, seen))
    }

    /// When all that were seen are done there may be more to come, or planned ones that
    /// will not come.
    async fn ask_whether_all_are_chosen(&mut self) {
        if !self.choosing || self.left.iter().any(|at| self.said.contains_key(at)) {
            return;
        }
        let chosen = match self.api.chosen(self.command).await {
            Ok(Some(chosen)) => chosen,
            Ok(None) => return,
            Err(error) if is_passing(&error) && !error.is_not_offered() => return,
            // It cannot be known.
            Err(_) => {
                self.choosing = false;
                return;
            }
        };
        // Some may have come and gone since the last look, or are not in the lists yet.
        let now = self.api.clock();
        let since = *self.is_over_since.get_or_insert(now);
        let is_whole = self.poll_once().await && self.said.len() >= chosen;
        if !is_whole && now.saturating_sub(since) <= VISIBLE {
            return;
        }
        self.choosing = false;
        let missing: Vec<usize> = self.left.iter().copied().filter(|at| !self.said.contains_key(at)).collect();
        for at in missing {
            match is_whole {
                true => self.conclude(at, TargetVerdict::Unreached, "Systems Manager did not choose it"),
                false => self.conclude(at, TargetVerdict::Unknown, INVISIBLE),
            }
        }
    }

    fn give_up_on_the_late(&mut self) {
        let patience = self.engine.order.delivery.saturating_add(self.engine.order.execution).saturating_add(GRACE);
        let now = self.api.clock();
        let is_silent = now.saturating_sub(self.news) > patience;
        let is_invisible = now.saturating_sub(self.begun) > VISIBLE && !self.choosing;
        for at in self.left.clone() {
            match self.said.get(&at) {
                Some(word) if is_silent => {
                    let told = format!("still {word} when the time was up");
                    self.conclude(at, TargetVerdict::Unknown, told);
                }
                None if is_silent || is_invisible => self.conclude(at, TargetVerdict::Unknown, INVISIBLE),
                _ => {}
            }
        }
        self.choosing &= !is_silent;
    }

    /// The end of one that says nothing itself.
    fn conclude(&mut self, at: usize, verdict: TargetVerdict, why: impl Into<String>) {
        self.left.remove(&at);
        self.engine.conclude(at, self.for_command(TargetOutcome::silent(verdict, why)));
    }

    pub(super) fn for_command(&self, outcome: TargetOutcome) -> TargetOutcome {
        TargetOutcome { command_id: Some(self.command.to_owned()), ..outcome }
    }
}

const INVISIBLE: &str = "its invocation never appeared";

/// Right after sending, not all of Systems Manager knows of a command.
const NOT_YET: [&str; 2] = ["InvocationDoesNotExist", "InvalidCommandId"];

/// What may be answered otherwise a moment later.
pub(super) fn is_passing(error: &Error) -> bool {
    error.retryable || error.code == "BadResponse" || NOT_YET.contains(&error.code.as_str())
}

pub(super) fn word(seen: &Invocation) -> String {
    if seen.details.is_empty() { seen.status.clone() } else { seen.details.clone() }
}
