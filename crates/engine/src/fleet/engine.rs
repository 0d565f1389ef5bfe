//! The stages in their order, and what they share: outcomes, budgets, and the commands
//! that are under way.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use futures_util::future::{LocalBoxFuture, join_all};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::api::Ssm;
use super::progress::{InterruptedRun, RunListener};
use super::send::Sent;
use super::status::{TargetVerdict, counted, render_counts};
use super::{FleetTarget, RunRequest, TargetOutcome};

/// What SendCommand takes in one call.
pub const BATCH: usize = 50;

pub struct Engine<'a, S: Ssm> {
    pub places: &'a [S],
    pub order: &'a RunRequest,
    pub listener: &'a dyn RunListener,
    /// Begins the comments of all commands of this run.
    run: String,
    /// The frozen list, and behind it what Systems Manager chose besides.
    targets: RefCell<Vec<FleetTarget>>,
    planned: usize,
    outcomes: RefCell<Vec<Option<TargetOutcome>>>,
    tried: Cell<usize>,
    errors: Cell<usize>,
    /// All that were sent.
    commands: RefCell<Vec<SentCommand>>,
    /// They were sent by somebody else, who alone may want them cancelled.
    attached: Cell<bool>,
    /// Places and comments of commands of which it is not known yet whether they were sent.
    sending: RefCell<Vec<(usize, String)>>,
    finished: Cell<bool>,
    /// How many machines may work at once, and who has a place.
    width: usize,
    room: Semaphore,
}

struct SentCommand {
    place: usize,
    id: String,
    is_done: bool,
}

/// Targets of one place that get the same document.
pub struct SendGroup {
    pub place: usize,
    pub document: String,
    pub targets: Vec<usize>,
}

/// A command that somebody else has sent, with the targets that are known of it.
pub struct Attached {
    pub place: usize,
    pub id: String,
    pub targets: Vec<usize>,
    /// Systems Manager chose them, and may still be doing that.
    pub chooses: bool,
}

/// What became of a run: an outcome for each target, the planned ones first and in their order.
pub struct Gathered {
    pub outcomes: Vec<(FleetTarget, TargetOutcome)>,
    pub planned: usize,
    pub commands: Vec<String>,
}

impl<'a, S: Ssm> Engine<'a, S> {
    pub fn new(
        places: &'a [S],
        targets: Vec<FleetTarget>,
        order: &'a RunRequest,
        listener: &'a dyn RunListener,
        run: String,
    ) -> Self {
        let width = order.max_concurrency.map_or(usize::MAX, |share| share.resolve(targets.len()).max(1));
        let width = width.min(Semaphore::MAX_PERMITS);
        Engine {
            places,
            order,
            listener,
            run,
            planned: targets.len(),
            outcomes: RefCell::new(vec![None; targets.len()]),
            targets: RefCell::new(targets),
            tried: Cell::new(0),
            errors: Cell::new(0),
            commands: RefCell::default(),
            attached: Cell::new(false),
            sending: RefCell::default(),
            finished: Cell::new(false),
            width,
            room: Semaphore::new(width),
        }
    }

    pub async fn run(&self) -> Gathered {
        join_all(self.groups().into_iter().map(|group| self.group(group))).await;
        self.finish()
    }

    /// Watches commands that were sent before.
    pub async fn attach(&self, commands: Vec<Attached>) -> Gathered {
        self.attached.set(true);
        let watches = commands.into_iter().map(|command| async move {
            self.begin(command.place, &command.id);
            self.watch(command.place, &command.id, command.targets, command.chooses).await;
        });
        join_all(watches).await;
        self.finish()
    }

    fn finish(&self) -> Gathered {
        self.finished.set(true);
        let lost = || TargetOutcome::silent(TargetVerdict::Unknown, "nothing was heard of it");
        let outcomes = self.outcomes.take().into_iter().map(|outcome| outcome.unwrap_or_else(lost));
        let outcomes = self.targets.take().into_iter().zip(outcomes).collect();
        let commands = self.commands.take().into_iter().map(|command| command.id).collect();
        Gathered { outcomes, planned: self.planned, commands }
    }

    /// Batches of what one call takes, by place and document, in the targets' order.
    fn groups(&self) -> Vec<SendGroup> {
        let targets = self.targets.borrow();
        let mut same: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
        for (at, target) in targets.iter().enumerate() {
            same.entry((target.place, self.order.document(target))).or_default().push(at);
        }
        // Systems Manager finds its targets by itself, however many they are.
        let size = if self.order.server_side.is_some() { usize::MAX } else { BATCH };
        let mut groups = Vec::new();
        for ((place, document), targets) in same {
            let parts = targets.chunks(size.min(targets.len()));
            groups.extend(parts.map(|part| SendGroup { place, document: document.clone(), targets: part.to_vec() }));
        }
        groups
    }

    /// Sends to a group and watches it. Where the service refuses all because of some, those
    /// are told apart and the others are groups of their own.
    fn group(&self, group: SendGroup) -> LocalBoxFuture<'_, ()> {
        Box::pin(async move {
            // Systems Manager keeps to the rate by itself where it chooses the targets.
            let wanted = if self.order.server_side.is_some() { 0 } else { group.targets.len() };
            let room = self.enter(wanted).await;
            if self.is_over_limit() {
                return self.conclude_all(&group.targets, &TargetOutcome::silent(TargetVerdict::Cancelled, TOO_MANY));
            }
            match self.send(&group, room.num_permits()).await {
                Sent::Command(command) => {
                    self.begin(group.place, &command);
                    self.listener.sent(&command, group.targets.len());
                    let choosing = self.order.server_side.is_some();
                    self.watch(group.place, &command, group.targets, choosing).await;
                }
                Sent::BadIds(error) => {
                    // The parts take their places anew.
                    drop(room);
                    join_all(self.without_bad(group, &error).into_iter().map(|group| self.group(group))).await;
                }
                Sent::Nothing(outcome) => self.conclude_all(&group.targets, &outcome),
            }
        })
    }

    /// A place for each, or all that there are: they are the command's concurrency, which
    /// cannot be changed when others become free.
    async fn enter(&self, wanted: usize) -> SemaphorePermit<'_> {
        let wanted = u32::try_from(wanted.min(self.width)).unwrap_or(u32::MAX);
        self.room.acquire_many(wanted).await.expect("nobody closes it")
    }

    /// How many errors more the run may see; none where nobody has said.
    pub fn errors_left(&self) -> Option<usize> {
        let allowed = self.order.max_errors?.resolve(self.planned);
        Some(allowed.saturating_sub(self.errors.get()))
    }

    pub fn is_over_limit(&self) -> bool {
        self.order.max_errors.is_some_and(|share| self.errors.get() > share.resolve(self.planned))
    }

    /// Another one for each command that is tried; it says where in the run its targets are.
    pub fn comment(&self, first: usize) -> String {
        self.tried.set(self.tried.get() + 1);
        let tag = format!("{}-{first}-{}", self.run, self.tried.get());
        // A comment has a hundred characters.
        let own: String = self.order.comment.chars().take(99 - tag.len()).collect();
        format!("{own} {tag}").trim_start().to_owned()
    }

    pub fn id(&self, target: usize) -> String {
        self.targets.borrow()[target].id.clone()
    }

    /// Takes in a machine that nobody had planned.
    pub fn add(&self, place: usize, id: &str) -> usize {
        let mut targets = self.targets.borrow_mut();
        let known = targets.iter().find(|target| target.place == place).cloned().unwrap_or_default();
        targets.push(FleetTarget { id: id.to_owned(), name: String::new(), place, ..known });
        self.outcomes.borrow_mut().push(None);
        targets.len() - 1
    }

    /// From here on it is not known whether a command with this comment was sent.
    pub fn note_sending(&self, place: usize, comment: &str) {
        self.sending.borrow_mut().push((place, comment.to_owned()));
    }

    /// From here on it is.
    pub fn note_sent(&self, comment: &str) {
        self.sending.borrow_mut().retain(|(_, other)| other != comment);
    }

    fn begin(&self, place: usize, command: &str) {
        self.commands.borrow_mut().push(SentCommand { place, id: command.to_owned(), is_done: false });
    }

    pub fn end(&self, place: usize, id: &str) {
        let mut commands = self.commands.borrow_mut();
        let its = commands.iter_mut().find(|command| command.place == place && command.id == id);
        its.expect("a command ends that has begun").is_done = true;
    }

    /// Tells what became of a target, once.
    pub fn conclude(&self, target: usize, outcome: TargetOutcome) {
        let mut outcomes = self.outcomes.borrow_mut();
        if outcomes[target].is_some() {
            return;
        }
        // What was not delivered does not count, as with Systems Manager's own MaxErrors.
        if outcome.verdict == TargetVerdict::Failed {
            self.errors.set(self.errors.get() + 1);
        }
        self.listener.done(&self.targets.borrow()[target], &outcome);
        outcomes[target] = Some(outcome);
    }

    pub fn conclude_all(&self, targets: &[usize], outcome: &TargetOutcome) {
        targets.iter().for_each(|target| self.conclude(*target, outcome.clone()));
    }

    /// What is known so far, for whoever is interrupted.
    fn describe_known(&self) -> String {
        let outcomes = self.outcomes.borrow();
        let known = render_counts(&counted(outcomes.iter().flatten().map(|outcome| outcome.verdict)));
        let open = outcomes.iter().filter(|outcome| outcome.is_none()).count();
        if known.is_empty() { format!("{open} not known yet") } else { format!("{known}, {open} not known yet") }
    }
}

pub const TOO_MANY: &str = "not run: more errors than max_errors allows";

/// A run that is dropped was interrupted: nothing more is sent, and what it has sent is cancelled.
impl<S: Ssm> Drop for Engine<'_, S> {
    fn drop(&mut self) {
        let (commands, sending) = (self.commands.take(), self.sending.take());
        if self.finished.get() || (commands.is_empty() && sending.is_empty()) {
            return;
        }
        let targets = self.targets.borrow();
        let region = |place: usize| targets.iter().find(|target| target.place == place)?.region.clone();
        let told = InterruptedRun {
            known: self.describe_known(),
            commands: commands.iter().map(|command| command.id.as_str()).collect(),
            regions: commands.iter().filter_map(|command| region(command.place)).collect(),
            sending: sending.iter().map(|(_, comment)| comment.as_str()).collect(),
            cancels: !self.attached.get(),
        };
        self.listener.interrupted(&told);
        if !told.cancels {
            return;
        }
        for command in commands.iter().filter(|command| !command.is_done) {
            self.places[command.place].abandon(&command.id);
        }
        for (place, comment) in &sending {
            self.places[*place].abandon_sent(comment);
        }
    }
}
