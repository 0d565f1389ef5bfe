//! Charts: bars, shares, lines and timelines. A chart is drawn for a screen (`screen.rs`) and for a page
//! (`svg.rs`); in other formats it is a table.

mod read;
pub(super) mod screen;
pub(super) mod svg;

use jiff::Timestamp;
use moonfleet_core::Value;
use serde::{Deserialize, Serialize};

use super::document::{record, text};
use super::severity::Severity;
use super::{Layout, Listing, cell};

pub use read::{ChartFields, read};
pub use screen::sparkline;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    pub title: Option<String>,
    /// The unit of the numbers, for example `USD`.
    pub unit: Option<String>,
    pub plot: Plot,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Plot {
    Bar(Vec<ChartPart>),
    /// Parts of a whole; none is negative.
    Share(Vec<ChartPart>),
    Line(Vec<Series>),
    Timeline(Vec<Span>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChartPart {
    pub label: String,
    pub value: f64,
    pub severity: Option<Severity>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    pub name: String,
    /// The points from left to right; at least one.
    pub points: Vec<Point>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub x: f64,
    /// The value at this position: a number, a time or a label.
    pub at: Value,
    pub y: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    pub label: String,
    pub from: Timestamp,
    /// None for an event without a duration.
    pub to: Option<Timestamp>,
    pub severity: Option<Severity>,
}

impl Chart {
    pub const KINDS: [&str; 4] = ["bar", "line", "share", "timeline"];

    fn kind(&self) -> &'static str {
        match self.plot {
            Plot::Bar(_) => "bar",
            Plot::Line(_) => "line",
            Plot::Share(_) => "share",
            Plot::Timeline(_) => "timeline",
        }
    }

    /// Returns a number with its unit.
    fn amount(&self, value: f64) -> String {
        match &self.unit {
            Some(unit) => format!("{} {unit}", number(value)),
            None => number(value),
        }
    }

    fn is_empty(&self) -> bool {
        match &self.plot {
            Plot::Bar(parts) => parts.is_empty(),
            Plot::Share(parts) => total(parts) <= 0.0,
            Plot::Line(series) => series.is_empty(),
            Plot::Timeline(spans) => spans.is_empty(),
        }
    }

    /// Returns the numbers as records.
    fn rows(&self) -> Vec<Value> {
        let severity = |severity: Option<Severity>| severity.map_or(Value::Nil, |severity| severity.name().into());
        match &self.plot {
            Plot::Bar(parts) | Plot::Share(parts) => {
                let row = |part: &ChartPart| {
                    let label = part.label.as_str().into();
                    record([("label", label), ("value", exact(part.value)), ("severity", severity(part.severity))])
                };
                parts.iter().map(row).collect()
            }
            Plot::Line(series) => {
                let row = |series: &Series, point: &Point| {
                    let name = series.name.as_str().into();
                    record([("series", name), ("x", point.at.clone()), ("y", exact(point.y))])
                };
                series.iter().flat_map(|series| series.points.iter().map(move |point| row(series, point))).collect()
            }
            Plot::Timeline(spans) => {
                let row = |span: &Span| {
                    let to = span.to.map_or(Value::Nil, Value::Time);
                    let (label, from) = (span.label.as_str().into(), Value::Time(span.from));
                    record([("label", label), ("from", from), ("to", to), ("severity", severity(span.severity))])
                };
                spans.iter().map(row).collect()
            }
        }
    }

    pub(super) fn to_value(&self) -> Value {
        record([
            ("kind", "chart".into()),
            ("chart", self.kind().into()),
            ("title", text(self.title.as_ref())),
            ("unit", text(self.unit.as_ref())),
            ("data", Value::List(self.rows())),
        ])
    }

    /// Returns the table for formats without drawings.
    pub(super) fn to_listing(&self) -> Listing {
        let has_severity = match &self.plot {
            Plot::Bar(parts) | Plot::Share(parts) => parts.iter().any(|part| part.severity.is_some()),
            Plot::Timeline(spans) => spans.iter().any(|span| span.severity.is_some()),
            Plot::Line(_) => false,
        };
        let columns: &[&str] = match &self.plot {
            Plot::Bar(_) | Plot::Share(_) => &["label", "value", "severity"],
            Plot::Line(series) if series.len() > 1 => &["series", "x", "y"],
            Plot::Line(_) => &["x", "y"],
            Plot::Timeline(_) => &["label", "from", "to", "severity"],
        };
        let columns = columns.iter().filter(|name| has_severity || **name != "severity").map(|name| (*name).to_owned());
        let title = match (&self.title, &self.unit) {
            (Some(title), Some(unit)) => Some(format!("{title} ({unit})")),
            (title, unit) => title.clone().or(unit.clone()),
        };
        let layout = Layout { title, columns: Some(columns.collect()), ..Layout::default() };
        Listing { records: Value::List(self.rows()), layout, whole: None }
    }
}

fn total(parts: &[ChartPart]) -> f64 {
    parts.iter().map(|part| part.value).sum()
}

/// Returns the share of the total in percent.
fn percent(value: f64, total: f64) -> String {
    format!("{} %", number((value / total * 1000.0).round() / 10.0))
}

/// Returns a number for readers, without a decimal point if it is an integer.
fn number(value: f64) -> String {
    let text = cell::brief(&exact(value)).into_owned();
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// Returns a number as a value: an integer if it has no fraction.
fn exact(value: f64) -> Value {
    const MAX_INTEGER: f64 = 9e15;
    match value.fract() == 0.0 && value.abs() < MAX_INTEGER {
        true => Value::Integer(value as i64),
        false => Value::Float(value),
    }
}

/// Returns the minimum and the maximum.
fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), value| (min.min(value), max.max(value)))
}

/// Returns the first and the last time in seconds.
fn period(spans: &[Span]) -> (f64, f64) {
    bounds(spans.iter().flat_map(|span| [span.from, span.to.unwrap_or(span.from)]).map(seconds))
}

fn seconds(time: Timestamp) -> f64 {
    time.as_millisecond() as f64 / 1000.0
}

/// Formats a time with the precision that fits a period in seconds.
fn moment(at: f64, period: f64) -> String {
    const DAY: f64 = 86_400.0;
    let Ok(time) = Timestamp::from_second(at as i64) else { return String::new() };
    let format = match period {
        period if period >= 14.0 * DAY => "%Y-%m-%d",
        period if period >= DAY => "%m-%d %H:%M",
        _ => "%H:%M:%S",
    };
    time.strftime(format).to_string()
}

#[cfg(test)]
mod tests;
