//! Progress as a bar on standard error.

use std::time::Duration;

use indicatif::{ProgressBar as Bar, ProgressStyle};
use moonfleet_core::{Progress, ProgressBar};

use crate::terminal::Terminal;

const TICK: Duration = Duration::from_millis(250);

impl Progress for Terminal {
    fn start(&self, steps: usize) -> Option<Box<dyn ProgressBar>> {
        let style = ProgressStyle::with_template("{bar:30} {msg}, {elapsed}").expect("the template is valid");
        let bar = Bar::new(steps as u64).with_style(style);
        // A hidden bar would also hide the lines printed above it.
        if bar.is_hidden() {
            return None;
        }
        bar.enable_steady_tick(TICK);
        Some(Box::new(TerminalBar(bar)))
    }
}

struct TerminalBar(Bar);

impl ProgressBar for TerminalBar {
    fn advance(&self) {
        self.0.inc(1);
    }

    fn counts(&self) -> (u64, u64) {
        (self.0.position(), self.0.length().unwrap_or_default())
    }

    fn set_message(&self, message: String) {
        self.0.set_message(message);
    }

    fn print_line(&self, line: &str) {
        self.0.println(line);
    }

    fn clear(&self) {
        self.0.finish_and_clear();
    }
}
