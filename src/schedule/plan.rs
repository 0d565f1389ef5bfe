//! The scheduled run: its command line, its times, and notes for the user.

use std::path::Path;
use std::time::Duration;

use jiff::ZonedDateTime;
use jiff::tz::TimeZone;

use super::expression::Expression;
use super::next;

/// The longest default of `--timeout`. A longer run has probably failed.
const LONGEST: Duration = Duration::from_secs(3600);

pub(super) struct ScheduledRun {
    pub expression: Expression,
    /// The script's name or file.
    pub script: String,
    /// The summary in the script's header.
    pub summary: Option<String>,
    /// The program and its arguments.
    pub words: Vec<String>,
    /// The time zone, if it is not the machine's.
    pub foreign_zone: Option<String>,
    pub notes: Vec<String>,
    next: Vec<ZonedDateTime>,
}

/// The number of next runs to show.
const SHOWN: usize = 3;

impl ScheduledRun {
    pub(super) fn new(expression: Expression, script: &str, summary: Option<String>, now: &ZonedDateTime) -> Self {
        let zone = now.time_zone();
        let own = TimeZone::system();
        let foreign_zone = zone.iana_name().map(str::to_owned).filter(|_| *zone != own);
        let next = next::runs(&expression, now).take(SHOWN).collect();
        let notes = next::clock_change(&expression, now).map(|(day, is_gap)| {
            let change = if is_gap { "skip" } else { "repeat" };
            format!("On {day} the clocks {change} an hour in which it runs; choose another hour to avoid this.")
        });
        let notes = notes.into_iter().collect();
        let script = script.to_owned();
        ScheduledRun { expression, script, summary, words: Vec::new(), foreign_zone, notes, next }
    }

    /// Returns a value for `--timeout`, so that a run ends before the next one begins.
    pub(super) fn timeout(&self) -> String {
        let gaps = self.next.windows(2).map(|pair| pair[1].duration_since(&pair[0]).unsigned_abs());
        let minutes = gaps.chain([LONGEST]).min().unwrap_or(LONGEST).as_secs() / 60;
        if minutes % 60 == 0 { format!("{}h", minutes / 60) } else { format!("{minutes}m") }
    }

    /// Returns the script's name and summary.
    pub(super) fn description(&self) -> String {
        let summary = self.summary.as_ref().map(|summary| format!(": {summary}")).unwrap_or_default();
        format!("{}{summary}", self.name())
    }

    /// Returns the script's name without its folder and extension.
    pub(super) fn name(&self) -> String {
        let stem = Path::new(&self.script).file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }

    pub(super) fn unit_name(&self) -> String {
        self.name().chars().map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' }).collect()
    }

    /// Returns the lines of the comment above the output: description, next runs, notes.
    pub(super) fn describe_lines(&self) -> Vec<String> {
        let mut lines = vec![self.description(), "The next runs:".to_owned()];
        lines.extend(self.next.iter().map(|run| format!("  {}", local_and_utc(run))));
        lines.extend(self.notes.iter().cloned());
        lines
    }
}

/// Returns the time in its zone and in UTC.
fn local_and_utc(run: &ZonedDateTime) -> String {
    let utc = run.with_time_zone(TimeZone::UTC);
    if run.offset().seconds() == 0 {
        return utc.strftime("%a %F %H:%M UTC").to_string();
    }
    let day = if utc.date() == run.date() { "%H:%M" } else { "%F %H:%M" };
    format!("{}, {} UTC", run.strftime("%a %F %H:%M %Z"), utc.strftime(day))
}
