//! Watching a command until each of its machines is done, with one list for all of them
//! and one look at each that has finished.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};

use super::Outcome;
use super::api::{Seen, Ssm, Text};
use super::engine::{Engine, TOO_MANY};
use super::status::{Verdict, verdict};
use crate::error::Error;

/// Most commands take a moment only; polling every second throttles an account.
const FIRST: Duration = Duration::from_millis(700);
const FASTEST: Duration = Duration::from_secs(2);
const SLOWEST: Duration = Duration::from_secs(15);
/// What has taken a minute is not seen to be done a moment too late by anybody.
const OF_ITS_AGE: f64 = 0.2;
/// Right after sending, an invocation is in no list; that is no result.
const VISIBLE: Duration = Duration::from_secs(120);
/// What Systems Manager itself may be late with.
const GRACE: Duration = Duration::from_secs(60);
/// So often a list is asked for in vain before the machines are asked for one by one.
const FAILURES: u32 = 3;
/// Looks at finished machines that are under way at once.
const LOOKS: usize = 8;
/// How often what should be there by now is asked for again.
const AGAIN: usize = 3;

/// What Systems Manager keeps of an output; the tail is lost.
const STDOUT: usize = 24_000;
const STDERR: usize = 8_000;
const LISTED: usize = 2_500;
const CUT: &str = "--output truncated--";

impl<S: Ssm> Engine<'_, S> {
    /// Settles all targets of a command.
    pub async fn watch(&self, place: usize, command: &str, targets: Vec<usize>) {
        let api = &self.places[place];
        let begun = api.clock();
        let watch = Watch {
            engine: self,
            api,
            place,
            command,
            known: targets.iter().map(|at| (self.id(*at), *at)).collect(),
            left: targets.into_iter().collect(),
            said: BTreeMap::new(),
            begun,
            news: begun,
            choosing: self.order.server_side.is_some(),
            lists: true,
            failures: 0,
            cancelled: false,
        };
        watch.until_all_are_done().await;
        self.end(place, command);
    }
}

/// A command that is being watched.
struct Watch<'a, S: Ssm> {
    engine: &'a Engine<'a, S>,
    api: &'a S,
    place: usize,
    command: &'a str,
    /// All its targets by their ids.
    known: BTreeMap<String, usize>,
    /// Those that are not settled.
    left: BTreeSet<usize>,
    /// What was said of each last.
    said: BTreeMap<usize, String>,
    begun: Duration,
    /// When something was last said that was new.
    news: Duration,
    /// Systems Manager may still be choosing targets.
    choosing: bool,
    /// The server can list the invocations of a command.
    lists: bool,
    /// How often it could not of late.
    failures: u32,
    cancelled: bool,
}

impl<S: Ssm> Watch<'_, S> {
    async fn until_all_are_done(mut self) {
        let mut pause = FIRST;
        while self.choosing || !self.left.is_empty() {
            self.api.pause(pause.mul_f64(fastrand::f64().mul_add(0.2, 0.8))).await;
            let age = self.api.clock().saturating_sub(self.begun);
            pause = age.mul_f64(OF_ITS_AGE).clamp(FASTEST, SLOWEST);
            if self.engine.is_over_limit() && !self.cancelled {
                // Where it cannot be cancelled it goes on, and is watched on.
                self.cancelled = self.api.cancel(self.command).await.is_ok();
            }
            self.look().await;
            self.ask_whether_all_are_chosen().await;
            self.give_up_on_the_late();
        }
    }

    async fn look(&mut self) {
        let seen = match self.lists {
            true => match self.api.list(self.command).await {
                Ok(seen) => {
                    self.failures = 0;
                    seen
                }
                // A command that was sent a moment ago may not be known everywhere.
                Err(error) if error.code == "InvalidCommandId" => Vec::new(),
                Err(error) => {
                    self.failures += 1;
                    // There are servers without this operation, and callers who may not use it.
                    self.lists &= error.retryable && !error.is_not_offered();
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
            self.engine.settle(at, outcome);
        }
    }

    /// Where there are no lists: one look at each that is not done.
    async fn each(&mut self) -> Vec<Seen> {
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
                Err(error) if error.retryable || NOT_YET.contains(&error.code.as_str()) => {}
                Err(error) => self.lose(at, format!("what became of it cannot be asked: {error}")),
            }
        }
        all
    }

    /// Takes note of what is seen; gives it back where it is the end.
    fn done(&mut self, seen: Seen) -> Option<(usize, Verdict, Seen)> {
        let at = match self.known.get(&seen.id) {
            Some(at) => *at,
            // Only where Systems Manager chooses can there be others than those that were sent.
            None if !self.choosing => return None,
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
        let verdict = verdict(&seen.status, &seen.details, seen.exit_code)?;
        self.left.remove(&at).then_some((at, verdict, seen))
    }

    /// When all that were seen are done there may be more to come, or planned ones that
    /// will not come.
    async fn ask_whether_all_are_chosen(&mut self) {
        if !self.choosing || self.left.iter().any(|at| self.said.contains_key(at)) {
            return;
        }
        match self.api.is_over(self.command).await {
            Ok(false) => {}
            Err(error) if error.retryable => {}
            Err(_) => self.choosing = false,
            Ok(true) => {
                // Some may have come and gone since the last look.
                self.look().await;
                self.choosing = false;
                let missing: Vec<usize> = self.left.iter().copied().filter(|at| !self.said.contains_key(at)).collect();
                for at in missing {
                    self.left.remove(&at);
                    let told = "Systems Manager did not choose it";
                    self.engine.settle(at, self.of_command(Outcome::silent(Verdict::Unreached, told)));
                }
            }
        }
    }

    fn give_up_on_the_late(&mut self) {
        let patience = self.engine.order.delivery + self.engine.order.execution + GRACE;
        let now = self.api.clock();
        let is_silent = now.saturating_sub(self.news) > patience;
        let is_invisible = now.saturating_sub(self.begun) > VISIBLE && !self.choosing;
        for at in self.left.clone() {
            match self.said.get(&at) {
                Some(word) if is_silent => self.lose(at, format!("still {word} when the time was up")),
                None if is_silent || is_invisible => self.lose(at, "its invocation never appeared".to_owned()),
                _ => {}
            }
        }
        self.choosing &= !is_silent;
    }

    fn lose(&mut self, at: usize, why: String) {
        self.left.remove(&at);
        self.engine.settle(at, self.of_command(Outcome::silent(Verdict::Unknown, why)));
    }

    fn of_command(&self, outcome: Outcome) -> Outcome {
        Outcome { command_id: Some(self.command.to_owned()), ..outcome }
    }

    /// What a finished machine said.
    async fn gather(&self, at: usize, verdict: Verdict, listed: Seen) -> (usize, Outcome) {
        if !self.lists {
            return (at, self.outcome(verdict, listed, STDOUT, STDERR).await);
        }
        let outcome = match self.details(&listed.id).await {
            Ok(seen) => {
                let seen = Seen { status: listed.status, details: listed.details, ..seen };
                self.outcome(verdict, seen, STDOUT, STDERR).await
            }
            // The list has the beginning of it.
            Err(error) => match self.api.peek(self.command, &listed.id).await {
                Ok(Some(seen)) => self.outcome(verdict, seen, LISTED, LISTED).await,
                _ => {
                    let detail = format!("{}; what it said cannot be had: {error}", word(&listed));
                    self.of_command(Outcome::silent(verdict, detail))
                }
            },
        };
        (at, outcome)
    }

    async fn details(&self, id: &str) -> Result<Seen, Error> {
        let mut tries = 0;
        loop {
            match self.api.get(self.command, id).await {
                Err(error) if tries < AGAIN && (error.retryable || NOT_YET.contains(&error.code.as_str())) => {
                    tries += 1;
                    self.api.pause(FASTEST).await;
                }
                seen => return seen,
            }
        }
    }

    async fn outcome(&self, verdict: Verdict, seen: Seen, of_stdout: usize, of_stderr: usize) -> Outcome {
        let detail = match (self.cancelled, verdict) {
            (true, Verdict::Cancelled) => TOO_MANY.to_owned(),
            _ => word(&seen),
        };
        let (stdout, stdout_is_cut) = self.whole(&seen.id, seen.stdout, of_stdout).await;
        let (stderr, stderr_is_cut) = self.whole(&seen.id, seen.stderr, of_stderr).await;
        self.of_command(Outcome {
            detail,
            // -1 is the code of what never started.
            exit_code: seen.exit_code.filter(|code| *code != -1),
            stdout,
            stderr,
            truncated: stdout_is_cut || stderr_is_cut,
            started: seen.started,
            ended: seen.ended,
            ..Outcome::silent(verdict, "")
        })
    }

    /// An output, and whether its tail is lost. Where it was kept elsewhere too, it is not.
    async fn whole(&self, id: &str, kept: Text, limit: usize) -> (String, bool) {
        let is_cut = kept.text.trim_end().ends_with(CUT) || kept.text.chars().count() >= limit;
        if !is_cut || kept.url.is_empty() {
            return (kept.text, is_cut);
        }
        let mut tries = 0;
        loop {
            match self.api.fetch(&kept.url).await {
                Ok(whole) => return (whole, false),
                // It is written there a moment after the machine is done.
                Err(error) if tries < AGAIN && (error.retryable || error.code == "NoSuchKey") => {
                    tries += 1;
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

/// Right after sending, not all of Systems Manager knows of a command.
const NOT_YET: [&str; 2] = ["InvocationDoesNotExist", "InvalidCommandId"];

fn word(seen: &Seen) -> String {
    if seen.details.is_empty() { seen.status.clone() } else { seen.details.clone() }
}
