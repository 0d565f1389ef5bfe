//! The progress of a fleet run on standard error: a bar at a terminal, else a line for each stage.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use moonfleet_core::{ProgressBar, counted};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::engine::Gathered;
use super::status::{TargetVerdict, count_verdicts, render_counts};
use super::{FleetTarget, TargetOutcome};

/// The tracing target of progress messages. Options of the program turn them off.
pub const FLEET_MESSAGES: &str = "moonfleet::fleet";

pub trait RunListener {
    fn sent(&self, command: &str, targets: usize);
    fn done(&self, target: &FleetTarget, outcome: &TargetOutcome);
    fn interrupted(&self, interrupted: &InterruptedRun<'_>);
}

/// The state of a run that is interrupted.
pub struct InterruptedRun<'a> {
    /// The outcomes so far: `3 ok, 2 not known yet`.
    pub known: String,
    pub commands: Vec<&'a str>,
    pub regions: BTreeSet<String>,
    /// Comments of commands that may or may not have been sent.
    pub sending: Vec<&'a str>,
    /// Whether the commands are cancelled.
    pub cancels: bool,
}

pub struct RunProgress {
    bar: Option<Box<dyn ProgressBar>>,
    failed: Cell<usize>,
    is_watching: Cell<bool>,
    /// Sends each outcome to the script's callback; `None` after the run.
    outcomes: RefCell<Option<UnboundedSender<(FleetTarget, TargetOutcome)>>>,
}

impl RunProgress {
    pub fn new(
        bar: Option<Box<dyn ProgressBar>>,
        targets: usize,
        locations: usize,
    ) -> (Self, UnboundedReceiver<(FleetTarget, TargetOutcome)>) {
        let (sender, receiver) = unbounded_channel();
        let outcomes = RefCell::new(Some(sender));
        let progress = RunProgress { bar, failed: Cell::new(0), is_watching: Cell::new(false), outcomes };
        let (targets, locations) = (counted(targets, "target"), counted(locations, "location"));
        progress.print_line(&format!("plan: {targets} in {locations}"));
        if let Some(bar) = &progress.bar {
            progress.count(&**bar);
        }
        (progress, receiver)
    }

    /// Shows the progress until the work is done.
    pub async fn until(&self, work: impl Future<Output = Gathered>) -> Gathered {
        let done = work.await;
        let counts = count_verdicts(done.outcomes.iter().map(|(_, outcome)| outcome.verdict));
        if !done.outcomes.is_empty() {
            self.print_line(&format!("gather: {}", render_counts(&counts)));
        }
        self.finish();
        done
    }

    fn finish(&self) {
        self.outcomes.take();
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

impl RunListener for RunProgress {
    fn sent(&self, command: &str, targets: usize) {
        self.print_line(&format!("send: {command} to {}", counted(targets, "target")));
        if !self.is_watching.replace(true) {
            self.print_line("watch: until every target is done");
        }
    }

    fn done(&self, target: &FleetTarget, outcome: &TargetOutcome) {
        if let Some(outcomes) = &*self.outcomes.borrow() {
            // Sending fails if the run is being ended, when the receiver is already dropped.
            let _ = outcomes.send((target.clone(), outcome.clone()));
        }
        if outcome.verdict != TargetVerdict::Ok {
            self.failed.set(self.failed.get() + 1);
        }
        if let Some(bar) = &self.bar {
            bar.advance();
            self.count(&**bar);
        }
    }

    fn interrupted(&self, interrupted: &InterruptedRun<'_>) {
        self.finish();
        let rest = if interrupted.cancels { "cancelling the commands" } else { "the commands keep running" };
        tracing::warn!(target: FLEET_MESSAGES, "fleet: interrupted: {}; {rest}", interrupted.known);
        let quoted = |texts: &mut dyn Iterator<Item = &str>| {
            texts.map(|text| format!("{text:?}")).collect::<Vec<_>>().join(", ")
        };
        if !interrupted.commands.is_empty() {
            let ids = quoted(&mut interrupted.commands.iter().copied());
            let regions = quoted(&mut interrupted.regions.iter().map(String::as_str));
            tracing::warn!(
                target: FLEET_MESSAGES,
                "fleet: collect the results with fleet.attach({{{ids}}}, {{regions={{{regions}}}}})"
            );
        }
        for comment in &interrupted.sending {
            tracing::warn!(
                target: FLEET_MESSAGES,
                "fleet: a command with the comment {comment:?} may have been sent; searching for it"
            );
        }
    }
}
