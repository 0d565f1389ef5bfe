//! What a person sees of a run while it goes on: a bar at a terminal, a line a stage
//! elsewhere. It goes to standard error, where it is in nobody's way.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::engine::Gathered;
use super::status::{Verdict, counted, shown};
use super::{Outcome, Target};

/// The target of the lines, for whoever turns them off.
pub const STAGES: &str = "moonfleet::fleet";

pub trait Listener {
    fn sent(&self, command: &str, targets: usize);
    fn done(&self, target: &Target, outcome: &Outcome);
    fn interrupted(&self, told: &Interrupted<'_>);
}

/// What there is to say of a run that ends before its time.
pub struct Interrupted<'a> {
    pub known: String,
    pub commands: Vec<&'a str>,
    pub regions: BTreeSet<String>,
    /// Comments of commands that may have been sent or not.
    pub sending: Vec<&'a str>,
    /// Whether what was sent is cancelled.
    pub cancels: bool,
}

pub struct Progress {
    bar: Option<ProgressBar>,
    failed: Cell<usize>,
    watches: Cell<bool>,
    /// For whoever wants to hear of each target; gone when the run is over.
    told: RefCell<Option<UnboundedSender<(Target, Outcome)>>>,
}

impl Progress {
    pub fn new(targets: usize, places: usize) -> (Self, UnboundedReceiver<(Target, Outcome)>) {
        let style = ProgressStyle::with_template("{bar:30} {msg}, {elapsed}").expect("the template is right");
        let bar = ProgressBar::new(targets as u64).with_style(style);
        // It hides where nobody would see it, and what it is told to print with it.
        let bar = Some(bar).filter(|bar| !bar.is_hidden());
        let (told, heard) = unbounded_channel();
        let progress =
            Progress { bar, failed: Cell::new(0), watches: Cell::new(false), told: RefCell::new(Some(told)) };
        progress.say(&format!("plan: {targets} {} in {places} {}", some(targets, "target"), some(places, "place")));
        if let Some(bar) = &progress.bar {
            progress.count(bar);
            bar.enable_steady_tick(std::time::Duration::from_millis(250));
        }
        (progress, heard)
    }

    /// Shows it until this work is done.
    pub async fn until(&self, work: impl Future<Output = Gathered>) -> Gathered {
        let done = work.await;
        let counts = counted(done.outcomes.iter().map(|(_, outcome)| outcome.verdict));
        if !done.outcomes.is_empty() {
            self.say(&format!("gather: {}", shown(&counts)));
        }
        self.finish();
        done
    }

    fn finish(&self) {
        self.told.take();
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn count(&self, bar: &ProgressBar) {
        let (done, all) = (bar.position(), bar.length().unwrap_or_default());
        bar.set_message(format!(
            "{done} of {all} done, {} not ok, {} waiting",
            self.failed.get(),
            all.saturating_sub(done)
        ));
    }

    fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(format!("fleet: {text}")),
            None => tracing::info!(target: STAGES, "fleet: {text}"),
        }
    }
}

fn some(count: usize, of: &str) -> String {
    if count == 1 { of.to_owned() } else { format!("{of}s") }
}

impl Listener for Progress {
    fn sent(&self, command: &str, targets: usize) {
        self.say(&format!("send: {command} to {targets} {}", some(targets, "target")));
        if !self.watches.replace(true) {
            self.say("watch: until each is done");
        }
    }

    fn done(&self, target: &Target, outcome: &Outcome) {
        if let Some(told) = &*self.told.borrow() {
            // Nobody listens to a run that is being ended.
            let _ = told.send((target.clone(), outcome.clone()));
        }
        if outcome.verdict != Verdict::Ok {
            self.failed.set(self.failed.get() + 1);
        }
        if let Some(bar) = &self.bar {
            bar.inc(1);
            self.count(bar);
        }
    }

    fn interrupted(&self, told: &Interrupted<'_>) {
        self.finish();
        let rest = if told.cancels { "what can be cancelled is" } else { "the commands go on" };
        tracing::warn!(target: STAGES, "fleet: interrupted: {}; {rest}", told.known);
        let quoted = |texts: &mut dyn Iterator<Item = &str>| {
            texts.map(|text| format!("{text:?}")).collect::<Vec<_>>().join(", ")
        };
        if !told.commands.is_empty() {
            let ids = quoted(&mut told.commands.iter().copied());
            let regions = quoted(&mut told.regions.iter().map(String::as_str));
            tracing::warn!(target: STAGES, "fleet: gather it with fleet.attach({{{ids}}}, {{regions={{{regions}}}}})");
        }
        for comment in &told.sending {
            tracing::warn!(
                target: STAGES,
                "fleet: a command with the comment {comment:?} may have been sent; it is looked for"
            );
        }
    }
}
