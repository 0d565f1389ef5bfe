//! What is to run and when, whoever starts it.

use std::path::Path;
use std::time::Duration;

use jiff::ZonedDateTime;
use jiff::tz::TimeZone;

use super::expression::Expression;
use super::next;

/// A run that is not done by then has gone wrong.
const LONGEST: Duration = Duration::from_secs(3600);

pub(super) struct ScheduledRun {
    pub expression: Expression,
    /// The script's name or file, and what it says that it does.
    pub script: String,
    pub summary: Option<String>,
    /// The program and all that it is given.
    pub words: Vec<String>,
    /// The zone, where it is not the machine's own.
    pub foreign_zone: Option<String>,
    pub notes: Vec<String>,
    next: Vec<ZonedDateTime>,
}

/// How many are shown.
const SHOWN: usize = 3;

impl ScheduledRun {
    pub(super) fn new(expression: Expression, script: &str, summary: Option<String>, now: &ZonedDateTime) -> Self {
        let zone = now.time_zone();
        let own = TimeZone::system();
        let foreign_zone = zone.iana_name().map(str::to_owned).filter(|_| *zone != own);
        let next = next::runs(&expression, now).take(SHOWN).collect();
        let notes = next::unclear(&expression, now).map(|(day, is_gap)| {
            let what = if is_gap { "leave out" } else { "repeat" };
            format!("On {day} the clocks {what} an hour in which it runs; another hour is not touched.")
        });
        let notes = notes.into_iter().collect();
        let script = script.to_owned();
        ScheduledRun { expression, script, summary, words: Vec::new(), foreign_zone, notes, next }
    }

    /// A time for `--timeout`, so that a run ends before the next one begins.
    pub(super) fn timeout(&self) -> String {
        let gaps = self.next.windows(2).map(|pair| pair[1].duration_since(&pair[0]).unsigned_abs());
        let minutes = gaps.chain([LONGEST]).min().unwrap_or(LONGEST).as_secs() / 60;
        if minutes % 60 == 0 { format!("{}h", minutes / 60) } else { format!("{minutes}m") }
    }

    pub(super) fn description(&self) -> String {
        let summary = self.summary.as_ref().map(|summary| format!(": {summary}")).unwrap_or_default();
        format!("{}{summary}", self.name())
    }

    /// The script's name, without its folder and ending.
    fn name(&self) -> String {
        let stem = Path::new(&self.script).file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }

    pub(super) fn unit_name(&self) -> String {
        self.name().chars().map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' }).collect()
    }

    /// What is worth knowing, a line each.
    pub(super) fn describe_lines(&self) -> Vec<String> {
        let mut lines = vec![self.description(), "The next runs:".to_owned()];
        lines.extend(self.next.iter().map(|run| format!("  {}", both(run))));
        lines.extend(self.notes.iter().cloned());
        lines
    }
}

/// In the zone's time and in UTC.
fn both(run: &ZonedDateTime) -> String {
    let utc = run.with_time_zone(TimeZone::UTC);
    if run.offset().seconds() == 0 {
        return utc.strftime("%a %F %H:%M UTC").to_string();
    }
    let day = if utc.date() == run.date() { "%H:%M" } else { "%F %H:%M" };
    format!("{}, {} UTC", run.strftime("%a %F %H:%M %Z"), utc.strftime(day))
}
