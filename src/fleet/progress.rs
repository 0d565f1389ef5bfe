//! What a person sees of a run while it goes on: a bar at a terminal, a line a stage
//! elsewhere. It goes to standard error, where it is in nobody's way.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::status::Verdict;
use super::{Outcome, Target};

/// The target of the lines, for whoever turns them off.
pub const STAGES: &str = "moonfleet::fleet";

pub trait Listener {
    fn sent(&self, command: &str, targets: usize);
    fn done(&self, target: &Target, outcome: &Outcome);
    /// The run ends before its time; each command with one of its targets.
    fn interrupted(&self, known: &str, commands: &[(Target, &str)], cancelled: bool);
}

pub struct Progress {
    bar: Option<ProgressBar>,
    failed: Cell<usize>,
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
        let progress = Progress { bar, failed: Cell::new(0), told: RefCell::new(Some(told)) };
        progress.say(&format!("{targets} {} in {places} {}", some(targets, "target"), some(places, "place")));
        if let Some(bar) = &progress.bar {
            progress.count(bar);
            bar.enable_steady_tick(std::time::Duration::from_millis(250));
        }
        (progress, heard)
    }

    /// Shows it until this work is done.
    pub async fn until<T>(&self, work: impl Future<Output = T>) -> T {
        let done = work.await;
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
        self.say(&format!("sent {command} to {targets} {}", some(targets, "target")));
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

    fn interrupted(&self, known: &str, commands: &[(Target, &str)], cancelled: bool) {
        self.finish();
        let rest = if cancelled { "what can be cancelled is" } else { "the commands go on" };
        tracing::warn!(target: STAGES, "fleet: interrupted: {known}; {rest}");
        let ids: Vec<String> = commands.iter().map(|(_, id)| format!("{id:?}")).collect();
        let regions: BTreeSet<String> =
            commands.iter().filter_map(|(target, _)| Some(format!("{:?}", target.region.as_ref()?))).collect();
        let (ids, regions) = (ids.join(", "), Vec::from_iter(regions).join(", "));
        tracing::warn!(target: STAGES, "fleet: gather the rest with fleet.attach({{{ids}}}, {{regions={{{regions}}}}})");
    }
}
