//! What a person sees of a fleet run while it goes on: a bar at a terminal, a line for each stage
//! elsewhere, both on standard error.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use moonfleet_core::ProgressBar;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::engine::Gathered;
use super::status::{TargetVerdict, counted, render_counts};
use super::{FleetTarget, TargetOutcome};

/// The target of the lines, for whoever turns them off.
pub const FLEET_MESSAGES: &str = "moonfleet::fleet";

pub trait RunListener {
    fn sent(&self, command: &str, targets: usize);
    fn done(&self, target: &FleetTarget, outcome: &TargetOutcome);
    fn interrupted(&self, told: &InterruptedRun<'_>);
}

/// What there is to say of a run that ends before its time.
pub struct InterruptedRun<'a> {
    pub known: String,
    pub commands: Vec<&'a str>,
    pub regions: BTreeSet<String>,
    /// Comments of commands that may have been sent or not.
    pub sending: Vec<&'a str>,
    /// Whether what was sent is cancelled.
    pub cancels: bool,
}

pub struct RunProgress {
    bar: Option<Box<dyn ProgressBar>>,
    failed: Cell<usize>,
    watches: Cell<bool>,
    /// For whoever wants to hear of each target; gone when the run is over.
    told: RefCell<Option<UnboundedSender<(FleetTarget, TargetOutcome)>>>,
}

impl RunProgress {
    pub fn new(
        bar: Option<Box<dyn ProgressBar>>,
        targets: usize,
        places: usize,
    ) -> (Self, UnboundedReceiver<(FleetTarget, TargetOutcome)>) {
        let (told, heard) = unbounded_channel();
        let progress =
            RunProgress { bar, failed: Cell::new(0), watches: Cell::new(false), told: RefCell::new(Some(told)) };
        progress.print_line(&format!(
            "plan: {targets} {} in {places} {}",
            plural(targets, "target"),
            plural(places, "place")
        ));
        if let Some(bar) = &progress.bar {
            progress.count(&**bar);
        }
        (progress, heard)
    }

    /// Shows it until this work is done.
    pub async fn until(&self, work: impl Future<Output = Gathered>) -> Gathered {
        let done = work.await;
        let counts = counted(done.outcomes.iter().map(|(_, outcome)| outcome.verdict));
        if !done.outcomes.is_empty() {
            self.print_line(&format!("gather: {}", render_counts(&counts)));
        }
        self.finish();
        done
    }

    fn finish(&self) {
        self.told.take();
        if let Some(bar) = &self.bar {
            bar.clear();
        }
    }

    fn count(&self, bar: &dyn ProgressBar) {
        let (done, all) = bar.counts();
        bar.set_message(format!(
            "{done} of {all} done, {} not ok, {} waiting",
            self.failed.get(),
            all.saturating_sub(done)
        ));
    }

    fn print_line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.print_line(&format!("fleet: {text}")),
            None => tracing::info!(target: FLEET_MESSAGES, "fleet: {text}"),
        }
    }
}

fn plural(count: usize, of: &str) -> String {
    if count == 1 { of.to_owned() } else { format!("{of}s") }
}

impl RunListener for RunProgress {
    fn sent(&self, command: &str, targets: usize) {
        self.print_line(&format!("send: {command} to {targets} {}", plural(targets, "target")));
        if !self.watches.replace(true) {
            self.print_line("watch: until each is done");
        }
    }

    fn done(&self, target: &FleetTarget, outcome: &TargetOutcome) {
        if let Some(told) = &*self.told.borrow() {
            // Nobody listens to a run that is being ended.
            let _ = told.send((target.clone(), outcome.clone()));
        }
        if outcome.verdict != TargetVerdict::Ok {
            self.failed.set(self.failed.get() + 1);
        }
        if let Some(bar) = &self.bar {
            bar.advance();
            self.count(&**bar);
        }
    }

    fn interrupted(&self, told: &InterruptedRun<'_>) {
        self.finish();
        let rest = if told.cancels { "what can be cancelled is" } else { "the commands go on" };
        tracing::warn!(target: FLEET_MESSAGES, "fleet: interrupted: {}; {rest}", told.known);
        let quoted = |texts: &mut dyn Iterator<Item = &str>| {
            texts.map(|text| format!("{text:?}")).collect::<Vec<_>>().join(", ")
        };
        if !told.commands.is_empty() {
            let ids = quoted(&mut told.commands.iter().copied());
            let regions = quoted(&mut told.regions.iter().map(String::as_str));
            tracing::warn!(target: FLEET_MESSAGES, "fleet: gather it with fleet.attach({{{ids}}}, {{regions={{{regions}}}}})");
        }
        for comment in &told.sending {
            tracing::warn!(
                target: FLEET_MESSAGES,
                "fleet: a command with the comment {comment:?} may have been sent; it is looked for"
            );
        }
    }
}
