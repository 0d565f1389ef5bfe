//! Charts as text, for a screen or a log.

use std::io;

use moonfleet_core::Value;
use moonfleet_core::sanitize;
use unicode_width::UnicodeWidthStr;

use super::{Chart, ChartPart, Plot, Series, Span, bounds, moment, number, percent, period, seconds, total};
use crate::severity::painted;
use crate::{Style, cell, table};

/// The width if the output is not a screen.
const DEFAULT_WIDTH: usize = 80;
/// The minimum width of a drawing.
const MIN_WIDTH: usize = 10;
/// The height of a line chart in rows.
const HEIGHT: usize = 6;
const EIGHTHS_ACROSS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
const EIGHTHS_UP: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const SHADES: [char; 4] = ['█', '▓', '▒', '░'];

pub(crate) fn write(chart: &Chart, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    table::title(chart.title.as_deref(), style, out)?;
    if chart.is_empty() {
        return writeln!(out, "(no records)");
    }
    let width = style.width.map_or(DEFAULT_WIDTH, usize::from);
    match &chart.plot {
        Plot::Bar(parts) => bars(chart, parts, width, style, out),
        Plot::Share(parts) => shares(chart, parts, width, style, out),
        Plot::Line(series) => series.iter().try_for_each(|series| line(chart, series, width, out)),
        Plot::Timeline(spans) => timeline(spans, width, style, out),
    }
}

/// Returns numbers as a row of small bars; none is a gap.
pub fn sparkline(values: &[Option<f64>]) -> String {
    let (least, most) = bounds(values.iter().flatten().copied());
    let bar = |value: f64| EIGHTHS_UP[level(value, least, most, EIGHTHS_UP.len()).saturating_sub(1)];
    values.iter().map(|value| value.map_or(' ', bar)).collect()
}

/// Returns the level of a value, from 1 to `levels`; the middle one if all values are equal.
fn level(value: f64, least: f64, most: f64, levels: usize) -> usize {
    if most <= least {
        return levels.div_ceil(2);
    }
    let share = (value - least) / (most - least);
    (share * (levels - 1) as f64).round() as usize + 1
}

fn bars(chart: &Chart, parts: &[ChartPart], width: usize, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let labels = ChartLabels::new(parts.iter().map(|part| part.label.as_str()), width);
    let amounts: Vec<String> =
        parts.iter().map(|part| sanitize::line(&chart.amount(part.value)).into_owned()).collect();
    let amount = amounts.iter().map(|text| text.width()).max().unwrap_or(0);
    let room = width.saturating_sub(labels.width + amount + 4).max(MIN_WIDTH) as f64;
    let (least, most) = bounds(parts.iter().map(|part| part.value).chain([0.0]));
    let scale = if most > least { room / (most - least) } else { 0.0 };
    let left = (-least * scale).round() as usize;
    for ((part, label), amount) in parts.iter().zip(&labels.texts).zip(&amounts) {
        let length = part.value.abs() * scale;
        let bar = match part.value < 0.0 {
            true => format!("{:>left$}", "█".repeat(length.round() as usize)),
            false => " ".repeat(left) + &horizontal_bar(length),
        };
        writeln!(out, "{label}  {} {amount}", painted(&bar, part.severity, style.color))?;
    }
    Ok(())
}

/// Returns a bar of this length, with a precision of one eighth of a character.
fn horizontal_bar(length: f64) -> String {
    let eighths = (length * 8.0).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    bar.extend((eighths % 8).checked_sub(1).map(|at| EIGHTHS_ACROSS[at]));
    bar
}

fn shares(chart: &Chart, parts: &[ChartPart], width: usize, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let whole = total(parts);
    let room = width.saturating_sub(1).max(MIN_WIDTH);
    let (mut bar, mut drawn, mut sum) = (String::new(), 0, 0.0);
    for (at, part) in parts.iter().enumerate() {
        sum += part.value;
        let end = (sum / whole * room as f64).round() as usize;
        bar += &painted(&shade(at).to_string().repeat(end.saturating_sub(drawn)), part.severity, style.color);
        drawn = end;
    }
    writeln!(out, "{bar}")?;
    let labels = ChartLabels::new(parts.iter().map(|part| part.label.as_str()), width);
    let amounts: Vec<String> =
        parts.iter().map(|part| sanitize::line(&chart.amount(part.value)).into_owned()).collect();
    let amount = amounts.iter().map(|text| text.width()).max().unwrap_or(0);
    for (at, ((part, label), text)) in parts.iter().zip(&labels.texts).zip(&amounts).enumerate() {
        let mark = painted(&shade(at).to_string(), part.severity, style.color);
        let gap = " ".repeat(amount - text.width());
        writeln!(out, "{mark} {label}  {gap}{text}  {}", percent(part.value, whole))?;
    }
    Ok(())
}

fn shade(at: usize) -> char {
    SHADES[at % SHADES.len()]
}

fn line(chart: &Chart, series: &Series, width: usize, out: &mut dyn io::Write) -> io::Result<()> {
    if !series.name.is_empty() {
        writeln!(out, "{}", sanitize::line(&series.name))?;
    }
    let (least, most) = bounds(series.points.iter().map(|point| point.y));
    let (top, bottom) = (chart.amount(most), chart.amount(least));
    let (top, bottom) = (sanitize::line(&top), sanitize::line(&bottom));
    let axis = top.width().max(bottom.width());
    let room = width.saturating_sub(axis + 3).max(MIN_WIDTH);
    let levels: Vec<usize> = sampled(series, room).iter().map(|y| level(*y, least, most, HEIGHT * 8)).collect();
    for row in (0..HEIGHT).rev() {
        let label = match row {
            row if row == HEIGHT - 1 => &top,
            0 => &bottom,
            _ => "",
        };
        let cells: String = levels.iter().map(|level| vertical_bar(level.saturating_sub(row * 8))).collect();
        writeln!(out, "{}{label} │{}", " ".repeat(axis - label.width()), cells.trim_end())?;
    }
    writeln!(out, "{} └{}", " ".repeat(axis), "─".repeat(levels.len()))?;
    let (from, to) = ends(series);
    let between = levels.len().saturating_sub(from.width() + to.width()).max(1);
    writeln!(out, "{}{from}{}{to}", " ".repeat(axis + 2), " ".repeat(between))
}

fn vertical_bar(eighths: usize) -> char {
    match eighths {
        0 => ' ',
        some => EIGHTHS_UP[some.min(8) - 1],
    }
}

/// Returns the labels of the first and the last point.
fn ends(series: &Series) -> (String, String) {
    let (Some(first), Some(last)) = (series.points.first(), series.points.last()) else { return Default::default() };
    let text = |point: &super::Point| match &point.at {
        Value::Time(_) => moment(point.x, last.x - first.x),
        Value::Float(value) => number(*value),
        other => sanitize::line(&cell::render(other)).into_owned(),
    };
    (text(first), text(last))
}

/// Returns the value of the line at this number of positions, interpolated between its points.
fn sampled(series: &Series, room: usize) -> Vec<f64> {
    let points = &series.points;
    let (first, last) = (points[0].x, points[points.len() - 1].x);
    if points.len() == 1 || last <= first {
        return vec![points[0].y; room.min(points.len())];
    }
    // With few points, a shorter line shows each point more clearly.
    let positions = room.min(points.len().max(2) * 8);
    let mut next = 1;
    let height = |place: usize| {
        let x = first + (last - first) * place as f64 / (positions - 1) as f64;
        while next < points.len() - 1 && points[next].x < x {
            next += 1;
        }
        let (before, after) = (&points[next - 1], &points[next]);
        let share = if after.x > before.x { ((x - before.x) / (after.x - before.x)).clamp(0.0, 1.0) } else { 1.0 };
        before.y + (after.y - before.y) * share
    };
    (0..positions).map(height).collect()
}

fn timeline(spans: &[Span], width: usize, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let labels = ChartLabels::new(spans.iter().map(|span| span.label.as_str()), width);
    let room = width.saturating_sub(labels.width + 3).max(MIN_WIDTH);
    let (begin, end) = period(spans);
    let scale = if end > begin { (room - 1) as f64 / (end - begin) } else { 0.0 };
    let place = |at: f64| ((at - begin) * scale).round() as usize;
    for (span, label) in spans.iter().zip(&labels.texts) {
        let from = place(seconds(span.from));
        let bar = match span.to {
            Some(to) => "━".repeat(place(seconds(to)).saturating_sub(from).max(1)),
            None => "●".to_owned(),
        };
        writeln!(out, "{label}  {}{}", " ".repeat(from), painted(&bar, span.severity, style.color))?;
    }
    let (from, to) = (moment(begin, end - begin), moment(end, end - begin));
    let between = room.saturating_sub(from.width() + to.width()).max(1);
    writeln!(out, "{}{from}{}{to}", " ".repeat(labels.width + 2), " ".repeat(between))
}

/// Labels padded to the same width, which is at most a third of the output.
struct ChartLabels {
    texts: Vec<String>,
    width: usize,
}

impl ChartLabels {
    fn new<'a>(labels: impl Iterator<Item = &'a str>, width: usize) -> Self {
        let max = (width / 3).max(MIN_WIDTH);
        let texts: Vec<String> = labels.map(|label| cell::truncate(&sanitize::line(label), max).into_owned()).collect();
        let width = texts.iter().map(|text| text.width()).max().unwrap_or(0);
        let padded = |text: String| format!("{text}{}", " ".repeat(width - text.width()));
        ChartLabels { texts: texts.into_iter().map(padded).collect(), width }
    }
}
