//! The stages in their order, and what they share: outcomes, budgets, and the commands
//! that are under way.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use futures_util::future::{LocalBoxFuture, join_all};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::api::Ssm;
use super::progress::Listener;
use super::send::Sent;
use super::status::{Verdict, counted};
use super::{Order, Outcome, Target};

/// What SendCommand takes in one call.
pub const BATCH: usize = 50;

pub struct Engine<'a, S: Ssm> {
    pub places: &'a [S],
    pub order: &'a Order,
    pub listener: &'a dyn Listener,
    /// Begins the comments of all commands of this run.
    run: String,
    /// The frozen list, and behind it what Systems Manager chose besides.
    targets: RefCell<Vec<Target>>,
    planned: usize,
    outcomes: RefCell<Vec<Option<Outcome>>>,
    tried: Cell<usize>,
    errors: Cell<usize>,
    /// Commands that are not done, as (place, id).
    live: RefCell<Vec<(usize, String)>>,
    /// They were sent by somebody else, who alone may want them cancelled.
    attached: Cell<bool>,
    commands: RefCell<Vec<String>>,
    room: Semaphore,
}

/// Targets of one place that get the same document.
pub struct Group {
    pub place: usize,
    pub document: String,
    pub targets: Vec<usize>,
}

/// What became of a run: an outcome for each target, the planned ones first and in their order.
pub struct Gathered {
    pub outcomes: Vec<(Target, Outcome)>,
    pub planned: usize,
    pub commands: Vec<String>,
}

impl<'a, S: Ssm> Engine<'a, S> {
    pub fn new(
        places: &'a [S],
        targets: Vec<Target>,
        order: &'a Order,
        listener: &'a dyn Listener,
        run: String,
    ) -> Self {
        let room = order.max_concurrency.map_or(Semaphore::MAX_PERMITS, |share| share.of(targets.len()).max(1));
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
            live: RefCell::default(),
            attached: Cell::new(false),
            commands: RefCell::default(),
            room: Semaphore::new(room),
        }
    }

    pub async fn run(&self) -> Gathered {
        join_all(self.groups().into_iter().map(|group| self.group(group))).await;
        self.finish()
    }

    /// Watches commands that were sent before, each with the targets that it has.
    pub async fn attach(&self, commands: Vec<(usize, String, Vec<usize>)>) -> Gathered {
        self.attached.set(true);
        let watches = commands.into_iter().map(|(place, command, targets)| async move {
            self.begin(place, &command);
            self.watch(place, &command, targets).await;
        });
        join_all(watches).await;
        self.finish()
    }

    fn finish(&self) -> Gathered {
        let lost = || Outcome::silent(Verdict::Unknown, "nothing was heard of it");
        let outcomes = self.outcomes.take().into_iter().map(|outcome| outcome.unwrap_or_else(lost));
        let outcomes = self.targets.take().into_iter().zip(outcomes).collect();
        Gathered { outcomes, planned: self.planned, commands: self.commands.take() }
    }

    /// Batches of what one call takes, by place and document, in the targets' order.
    fn groups(&self) -> Vec<Group> {
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
            groups.extend(parts.map(|part| Group { place, document: document.clone(), targets: part.to_vec() }));
        }
        groups
    }

    /// Sends to a group and watches it. Where the service refuses all because of some, those
    /// are told apart and the others are groups of their own.
    fn group(&self, group: Group) -> LocalBoxFuture<'_, ()> {
        Box::pin(async move {
            // Systems Manager keeps to the rate by itself where it chooses the targets.
            let wanted = if self.order.server_side.is_some() { 0 } else { group.targets.len() };
            let room = self.enter(wanted).await;
            if self.is_over_limit() {
                return self.settle_all(&group.targets, &Outcome::silent(Verdict::Cancelled, TOO_MANY));
            }
            match self.send(&group, room.len()).await {
                Sent::Command(command) => {
                    self.begin(group.place, &command);
                    self.listener.sent(&command, group.targets.len());
                    self.watch(group.place, &command, group.targets).await;
                }
                Sent::BadIds(error) => {
                    // The parts take their places anew.
                    drop(room);
                    join_all(self.without_bad(group, &error).into_iter().map(|group| self.group(group))).await;
                }
                Sent::Nothing(outcome) => self.settle_all(&group.targets, &outcome),
            }
        })
    }

    /// As many places as are free, and one at least where any are wanted: they are the
    /// command's concurrency.
    async fn enter(&self, wanted: usize) -> Vec<SemaphorePermit<'_>> {
        if wanted == 0 {
            return Vec::new();
        }
        let first = self.room.acquire().await.expect("nobody closes it");
        let more = (1..wanted).map_while(|_| self.room.try_acquire().ok());
        [first].into_iter().chain(more).collect()
    }

    /// How many errors more the run may see; none where nobody has said.
    pub fn errors_left(&self) -> Option<usize> {
        let allowed = self.order.max_errors?.of(self.planned);
        Some(allowed.saturating_sub(self.errors.get()))
    }

    pub fn is_over_limit(&self) -> bool {
        self.order.max_errors.is_some_and(|share| self.errors.get() > share.of(self.planned))
    }

    /// Another one for each command that is tried.
    pub fn comment(&self) -> String {
        self.tried.set(self.tried.get() + 1);
        let tag = format!("{}-{}", self.run, self.tried.get());
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
        targets.push(Target { id: id.to_owned(), name: String::new(), place, ..known });
        self.outcomes.borrow_mut().push(None);
        targets.len() - 1
    }

    fn begin(&self, place: usize, command: &str) {
        self.live.borrow_mut().push((place, command.to_owned()));
        self.commands.borrow_mut().push(command.to_owned());
    }

    pub fn end(&self, place: usize, command: &str) {
        self.live.borrow_mut().retain(|(p, c)| *p != place || c != command);
    }

    /// Tells what became of a target, once.
    pub fn settle(&self, target: usize, outcome: Outcome) {
        let mut outcomes = self.outcomes.borrow_mut();
        if outcomes[target].is_some() {
            return;
        }
        // What was not delivered does not count, as with Systems Manager's own MaxErrors.
        if outcome.verdict == Verdict::Failed {
            self.errors.set(self.errors.get() + 1);
        }
        self.listener.done(&self.targets.borrow()[target], &outcome);
        outcomes[target] = Some(outcome);
    }

    pub fn settle_all(&self, targets: &[usize], outcome: &Outcome) {
        targets.iter().for_each(|target| self.settle(*target, outcome.clone()));
    }

    /// What is known so far, for whoever is interrupted.
    fn known(&self) -> String {
        let outcomes = self.outcomes.borrow();
        let known = counted(outcomes.iter().flatten().map(|outcome| outcome.verdict));
        let open = outcomes.iter().filter(|outcome| outcome.is_none()).count();
        let known = known.iter().filter(|(_, count)| *count > 0).map(|(verdict, count)| format!("{count} {verdict}"));
        known.chain([format!("{open} not known yet")]).collect::<Vec<_>>().join(", ")
    }
}

pub const TOO_MANY: &str = "not run: more errors than max_errors allows";

/// A run that is dropped was interrupted: nothing more is sent, and what it has sent is cancelled.
impl<S: Ssm> Drop for Engine<'_, S> {
    fn drop(&mut self) {
        let live = self.live.take();
        if live.is_empty() {
            return;
        }
        let commands: Vec<(Target, &str)> = live
            .iter()
            .map(|(place, command)| {
                let targets = self.targets.borrow();
                let there = targets.iter().find(|target| target.place == *place).cloned().unwrap_or_default();
                (there, command.as_str())
            })
            .collect();
        let cancels = !self.attached.get();
        self.listener.interrupted(&self.known(), &commands, cancels);
        for (place, command) in live.iter().filter(|_| cancels) {
            self.places[*place].abandon(command);
        }
    }
}
