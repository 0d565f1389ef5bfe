//! The stages of a run in their order, and their shared state: outcomes, limits, and the commands
//! under way.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use futures_util::future::{LocalBoxFuture, join_all};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::api::Ssm;
use super::progress::{InterruptedRun, RunListener};
use super::send::Sent;
use super::status::{TargetVerdict, count_verdicts, render_counts};
use super::{FleetTarget, RunRequest, TargetOutcome};

/// The most instance ids in one SendCommand.
pub const BATCH: usize = 50;

pub struct Engine<'a, S: Ssm> {
    pub locations: &'a [S],
    pub request: &'a RunRequest,
    pub listener: &'a dyn RunListener,
    /// The name of the run, which is part of the comments of all its commands.
    run: String,
    /// The planned targets, followed by those that Systems Manager selected in addition.
    targets: RefCell<Vec<FleetTarget>>,
    planned: usize,
    outcomes: RefCell<Vec<Option<TargetOutcome>>>,
    /// The number of SendCommand calls.
    attempts: Cell<usize>,
    errors: Cell<usize>,
    /// All commands that were sent.
    commands: RefCell<Vec<SentCommand>>,
    /// Whether another run sent the commands. They are not cancelled then.
    attached: Cell<bool>,
    /// Locations and comments of commands that may or may not have been sent yet.
    sending: RefCell<Vec<(usize, String)>>,
    finished: Cell<bool>,
    /// How many machines may work at once.
    concurrency: usize,
    slots: Semaphore,
}

struct SentCommand {
    location: usize,
    id: String,
    is_done: bool,
}

/// Targets in one account and region that get the same document.
pub struct SendGroup {
    pub location: usize,
    pub document: String,
    pub targets: Vec<usize>,
}

/// A command of an earlier run, with its known targets.
pub struct Attached {
    pub location: usize,
    pub id: String,
    pub targets: Vec<usize>,
    /// Systems Manager selects the targets, and may not be done with that.
    pub is_server_side: bool,
}

/// The result of a run: an outcome for each target, the planned targets first and in their order.
pub struct Gathered {
    pub outcomes: Vec<(FleetTarget, TargetOutcome)>,
    pub planned: usize,
    pub commands: Vec<String>,
}

impl<'a, S: Ssm> Engine<'a, S> {
    pub fn new(
        locations: &'a [S],
        targets: Vec<FleetTarget>,
        request: &'a RunRequest,
        listener: &'a dyn RunListener,
        run: String,
    ) -> Self {
        let concurrency = request.max_concurrency.map_or(usize::MAX, |limit| limit.resolve(targets.len()).max(1));
        let concurrency = concurrency.min(Semaphore::MAX_PERMITS);
        Engine {
            locations,
            request,
            listener,
            run,
            planned: targets.len(),
            outcomes: RefCell::new(vec![None; targets.len()]),
            targets: RefCell::new(targets),
            attempts: Cell::new(0),
            errors: Cell::new(0),
            commands: RefCell::default(),
            attached: Cell::new(false),
            sending: RefCell::default(),
            finished: Cell::new(false),
            concurrency,
            slots: Semaphore::new(concurrency),
        }
    }

    pub async fn run(&self) -> Gathered {
        join_all(self.groups().into_iter().map(|group| self.run_group(group))).await;
        self.finish()
    }

    /// Watches the commands of an earlier run.
    pub async fn attach(&self, commands: Vec<Attached>) -> Gathered {
        self.attached.set(true);
        let watches = commands.into_iter().map(|command| async move {
            self.begin(command.location, &command.id);
            self.watch(command.location, &command.id, command.targets, command.is_server_side).await;
        });
        join_all(watches).await;
        self.finish()
    }

    fn finish(&self) -> Gathered {
        self.finished.set(true);
        let lost = || TargetOutcome::silent(TargetVerdict::Unknown, "no result was reported");
        let outcomes = self.outcomes.take().into_iter().map(|outcome| outcome.unwrap_or_else(lost));
        let outcomes = self.targets.take().into_iter().zip(outcomes).collect();
        let commands = self.commands.take().into_iter().map(|command| command.id).collect();
        Gathered { outcomes, planned: self.planned, commands }
    }

    /// Groups the targets by location and document, in batches that one call takes.
    fn groups(&self) -> Vec<SendGroup> {
        let targets = self.targets.borrow();
        let mut same: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
        for (at, target) in targets.iter().enumerate() {
            same.entry((target.location, self.request.document(target))).or_default().push(at);
        }
        // A command with tags or a resource group has any number of targets.
        let size = if self.request.server_side.is_some() { usize::MAX } else { BATCH };
        let mut groups = Vec::new();
        for ((location, document), targets) in same {
            let parts = targets.chunks(size.min(targets.len()));
            groups.extend(parts.map(|part| SendGroup { location, document: document.clone(), targets: part.to_vec() }));
        }
        groups
    }

    /// Sends a command to a group and watches it. If the service refuses the group because of some
    /// ids, the other targets are sent in smaller groups.
    fn run_group(&self, group: SendGroup) -> LocalBoxFuture<'_, ()> {
        Box::pin(async move {
            // Systems Manager itself limits the concurrency of targets that it selects.
            let wanted = if self.request.server_side.is_some() { 0 } else { group.targets.len() };
            let slots = self.acquire_slots(wanted).await;
            if self.is_over_limit() {
                return self.conclude_all(&group.targets, &TargetOutcome::silent(TargetVerdict::Cancelled, TOO_MANY));
            }
            match self.send(&group, slots.num_permits()).await {
                Sent::Command(command) => {
                    self.begin(group.location, &command);
                    self.listener.sent(&command, group.targets.len());
                    let is_server_side = self.request.server_side.is_some();
                    self.watch(group.location, &command, group.targets, is_server_side).await;
                }
                Sent::BadIds(error) => {
                    // The smaller groups acquire slots of their own.
                    drop(slots);
                    join_all(self.without_bad(group, &error).into_iter().map(|group| self.run_group(group))).await;
                }
                Sent::WithoutCommand(outcome) => self.conclude_all(&group.targets, &outcome),
            }
        })
    }

    /// Acquires a slot for each target, or all slots if there are fewer. Their number is the
    /// command's concurrency, which cannot be raised when other slots become free.
    async fn acquire_slots(&self, wanted: usize) -> SemaphorePermit<'_> {
        let wanted = u32::try_from(wanted.min(self.concurrency)).unwrap_or(u32::MAX);
        self.slots.acquire_many(wanted).await.expect("the semaphore is never closed")
    }

    /// Returns how many more errors are allowed; `None` without a limit.
    pub fn errors_left(&self) -> Option<usize> {
        let allowed = self.request.max_errors?.resolve(self.planned);
        Some(allowed.saturating_sub(self.errors.get()))
    }

    pub fn is_over_limit(&self) -> bool {
        self.request.max_errors.is_some_and(|limit| self.errors.get() > limit.resolve(self.planned))
    }

    /// Makes a unique comment for an attempt to send a command. It contains the index of the
    /// command's first target.
    pub fn comment(&self, first: usize) -> String {
        self.attempts.set(self.attempts.get() + 1);
        let tag = format!("{}-{first}-{}", self.run, self.attempts.get());
        // Systems Manager allows 100 characters in a comment.
        let own: String = self.request.comment.chars().take(99 - tag.len()).collect();
        format!("{own} {tag}").trim_start().to_owned()
    }

    pub fn id(&self, target: usize) -> String {
        self.targets.borrow()[target].id.clone()
    }

    /// Adds a target that was not planned and returns its index.
    pub fn add(&self, location: usize, id: &str) -> usize {
        let mut targets = self.targets.borrow_mut();
        let known = targets.iter().find(|target| target.location == location).cloned().unwrap_or_default();
        targets.push(FleetTarget { id: id.to_owned(), name: String::new(), location, ..known });
        self.outcomes.borrow_mut().push(None);
        targets.len() - 1
    }

    /// Notes that the command with this comment is being sent, and may have arrived.
    pub fn note_sending(&self, location: usize, comment: &str) {
        self.sending.borrow_mut().push((location, comment.to_owned()));
    }

    /// Notes that it is known whether the command with this comment was sent.
    pub fn note_sent(&self, comment: &str) {
        self.sending.borrow_mut().retain(|(_, other)| other != comment);
    }

    fn begin(&self, location: usize, command: &str) {
        self.commands.borrow_mut().push(SentCommand { location, id: command.to_owned(), is_done: false });
    }

    pub fn end(&self, location: usize, id: &str) {
        let mut commands = self.commands.borrow_mut();
        let command = commands.iter_mut().find(|command| command.location == location && command.id == id);
        command.expect("the command has begun").is_done = true;
    }

    /// Sets the outcome of a target and reports it to the listener. Later outcomes are ignored.
    pub fn conclude(&self, target: usize, outcome: TargetOutcome) {
        let mut outcomes = self.outcomes.borrow_mut();
        if outcomes[target].is_some() {
            return;
        }
        // Undelivered commands are no errors, like in Systems Manager's own MaxErrors.
        if outcome.verdict == TargetVerdict::Failed {
            self.errors.set(self.errors.get() + 1);
        }
        self.listener.done(&self.targets.borrow()[target], &outcome);
        outcomes[target] = Some(outcome);
    }

    pub fn conclude_all(&self, targets: &[usize], outcome: &TargetOutcome) {
        targets.iter().for_each(|target| self.conclude(*target, outcome.clone()));
    }

    /// Describes the outcomes so far, for the message about an interrupted run.
    fn describe_known(&self) -> String {
        let outcomes = self.outcomes.borrow();
        let known = render_counts(&count_verdicts(outcomes.iter().flatten().map(|outcome| outcome.verdict)));
        let open = outcomes.iter().filter(|outcome| outcome.is_none()).count();
        if known.is_empty() { format!("{open} not known yet") } else { format!("{known}, {open} not known yet") }
    }
}

pub const TOO_MANY: &str = "not run: more errors than max_errors allows";

/// Dropping an unfinished run interrupts it: no more commands are sent, and those under way are
/// cancelled.
impl<S: Ssm> Drop for Engine<'_, S> {
    fn drop(&mut self) {
        let (commands, sending) = (self.commands.take(), self.sending.take());
        if self.finished.get() || (commands.is_empty() && sending.is_empty()) {
            return;
        }
        let targets = self.targets.borrow();
        let region = |location: usize| targets.iter().find(|target| target.location == location)?.region.clone();
        let interrupted = InterruptedRun {
            known: self.describe_known(),
            commands: commands.iter().map(|command| command.id.as_str()).collect(),
            regions: commands.iter().filter_map(|command| region(command.location)).collect(),
            sending: sending.iter().map(|(_, comment)| comment.as_str()).collect(),
            cancels: !self.attached.get(),
        };
        self.listener.interrupted(&interrupted);
        if !interrupted.cancels {
            return;
        }
        for command in commands.iter().filter(|command| !command.is_done) {
            self.locations[command.location].abandon(&command.id);
        }
        for (location, comment) in &sending {
            self.locations[*location].abandon_sent(comment);
        }
    }
}
