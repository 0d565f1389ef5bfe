//! Charts on a page. Horizontal positions are in percent and texts in pixels, so that a drawing fits any
//! screen, and its text has the same size as the page's.

use std::fmt::Display;

use jiff::Timestamp;
use moonfleet_core::Value;
use moonfleet_core::sanitize;

use super::{Chart, ChartPart, Plot, Series, Span, bounds, moment, number, percent, period, seconds, total};
use crate::cell;
use crate::html::{escaped, plain_table, put};
use crate::severity::Severity;

/// The height of a row: a label and the bar under it.
const ROW: usize = 38;
const BASELINE: usize = 13;
const BAR_TOP: usize = 20;
const BAR_HEIGHT: usize = 9;
/// The number of colours for parts and lines.
const COLORS: usize = 8;
/// The maximum number of points that are marked; more would touch each other.
const MAX_MARKED_POINTS: usize = 60;
/// The size of a line chart in its own units, which are scaled to the page.
const PLOT_WIDTH: f64 = 1000.0;
const PLOT_HEIGHT: f64 = 300.0;

pub(crate) fn write(chart: &Chart, html: &mut String) {
    put(html, format_args!("<figure class=\"chart {}\">\n", chart.kind()));
    if let Some(title) = &chart.title {
        let unit = chart.unit.as_ref().map(|unit| format!(" <small>{}</small>", escaped(unit)));
        put(html, format_args!("<figcaption>{}{}</figcaption>\n", escaped(title), unit.unwrap_or_default()));
    }
    if chart.is_empty() {
        html.push_str("<p class=\"none\">(no records)</p>\n</figure>\n");
        return;
    }
    match &chart.plot {
        Plot::Bar(parts) => bars(chart, parts, html),
        Plot::Share(parts) => shares(chart, parts, html),
        Plot::Line(series) => lines(chart, series, html),
        Plot::Timeline(spans) => timeline(chart, spans, html),
    }
    html.push_str("<details class=\"data\"><summary>Data</summary>\n");
    plain_table(&chart.to_listing(), html);
    html.push_str("</details>\n</figure>\n");
}

/// Writes the first tag of a drawing, with a label for screen readers.
fn begin(chart: &Chart, height: usize, html: &mut String) {
    let named = chart.title.as_deref().unwrap_or_default();
    let label = escaped(format!("{} chart {named}", chart.kind()).trim_end());
    put(html, format_args!("<svg role=\"img\" aria-label=\"{label}\" width=\"100%\" height=\"{height}\">\n"));
}

/// Writes the label of a row to the left, and its amount to the right.
fn labels(at: usize, label: &str, amount: &str, html: &mut String) {
    let y = at * ROW + BASELINE;
    let (label, amount) = (escaped(label), escaped(amount));
    // A separate drawing clips a long label before the amount.
    put(html, format_args!("<svg y=\"{}\" width=\"72%\" height=\"18\"><title>{label}</title>", at * ROW));
    put(html, format_args!("<text y=\"{BASELINE}\">{label}</text></svg>"));
    put(html, format_args!("<text class=\"amount\" x=\"100%\" y=\"{y}\" text-anchor=\"end\">{amount}</text>\n"));
}

fn bar(at: usize, from: f64, length: f64, class: impl Display, html: &mut String) {
    let y = at * ROW + BAR_TOP;
    // Very small values are still visible.
    let (x, width) = (percentage(from), percentage(length.max(0.003)));
    put(
        html,
        format_args!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{BAR_HEIGHT}\" rx=\"3\"/>\n"
        ),
    );
}

fn bars(chart: &Chart, parts: &[ChartPart], html: &mut String) {
    begin(chart, parts.len() * ROW, html);
    let (least, most) = bounds(parts.iter().map(|part| part.value).chain([0.0]));
    let whole = if most > least { most - least } else { 1.0 };
    for (at, part) in parts.iter().enumerate() {
        labels(at, &part.label, &chart.amount(part.value), html);
        bar(at, 0.0, 1.0, "track", html);
        let from = (part.value.min(0.0) - least) / whole;
        if part.value != 0.0 {
            bar(at, from, part.value.abs() / whole, color(0, part.severity), html);
        }
    }
    html.push_str("</svg>\n");
}

fn shares(chart: &Chart, parts: &[ChartPart], html: &mut String) {
    let whole = total(parts);
    begin(chart, 28, html);
    let mut sum = 0.0;
    for (at, part) in parts.iter().enumerate().filter(|(_, part)| part.value > 0.0) {
        let (x, width) = (percentage(sum / whole), percentage(part.value / whole));
        let title = escaped(&format!("{}: {}", part.label, chart.amount(part.value)));
        let class = color(at, part.severity);
        put(
            html,
            format_args!(
                "<rect class=\"part {class}\" x=\"{x}\" width=\"{width}\" height=\"28\"><title>{title}</title></rect>\n"
            ),
        );
        sum += part.value;
    }
    html.push_str("</svg>\n<ul class=\"legend\">\n");
    for (at, part) in parts.iter().enumerate() {
        let (label, amount) = (escaped(&part.label), escaped(&chart.amount(part.value)));
        let (class, share) = (color(at, part.severity), percent(part.value, whole));
        put(
            html,
            format_args!(
                "<li><span class=\"swatch {class}\"></span>{label} <b>{amount}</b> <small>{share}</small></li>\n"
            ),
        );
    }
    html.push_str("</ul>\n");
}

/// Returns the class of the severity's colour, or of the next colour in turn.
fn color(at: usize, severity: Option<Severity>) -> String {
    severity.map_or_else(|| format!("c{}", at % COLORS + 1), |severity| severity.name().to_owned())
}

fn lines(chart: &Chart, all: &[Series], html: &mut String) {
    let points = || all.iter().flat_map(|series| &series.points);
    let ticks = ticks(bounds(points().map(|point| point.y)));
    let (bottom, top) = (ticks[0], ticks[ticks.len() - 1]);
    let (first, last) = bounds(points().map(|point| point.x));
    let across = |x: f64| if last > first { (x - first) / (last - first) } else { 0.5 };
    let down = |y: f64| (top - y) / (top - bottom);

    html.push_str("<div class=\"plot\">\n<div class=\"y\" aria-hidden=\"true\">");
    for tick in ticks.iter().rev() {
        put(html, format_args!("<span>{}</span>", number(*tick)));
    }
    html.push_str("</div>\n");
    begin(chart, 0, html);
    put(
        html,
        format_args!(
            "<svg viewBox=\"0 0 {PLOT_WIDTH} {PLOT_HEIGHT}\" preserveAspectRatio=\"none\" width=\"100%\" height=\"100%\">\n"
        ),
    );
    for tick in &ticks {
        let y = down(*tick) * PLOT_HEIGHT;
        put(html, format_args!("<line class=\"grid\" x1=\"0\" x2=\"{PLOT_WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>"));
    }
    for (at, series) in all.iter().enumerate() {
        put(html, format_args!("<polyline class=\"stroke c{}\" points=\"", at % COLORS + 1));
        for point in &series.points {
            put(html, format_args!("{:.1},{:.1} ", across(point.x) * PLOT_WIDTH, down(point.y) * PLOT_HEIGHT));
        }
        html.push_str("\"/>\n");
    }
    html.push_str("</svg>\n");
    for (at, series) in all.iter().enumerate().filter(|(_, series)| series.points.len() <= MAX_MARKED_POINTS) {
        for point in &series.points {
            let (x, y) = (percentage(across(point.x)), percentage(down(point.y)));
            let title = escaped(&format!("{}: {}", cell::render(&point.at), chart.amount(point.y)));
            let class = at % COLORS + 1;
            put(
                html,
                format_args!(
                    "<circle class=\"c{class}\" cx=\"{x}\" cy=\"{y}\" r=\"3\"><title>{title}</title></circle>\n"
                ),
            );
        }
    }
    html.push_str("</svg>\n<div class=\"x\" aria-hidden=\"true\">");
    for text in axis_labels(all, first, last) {
        put(html, format_args!("<span>{}</span>", escaped(&text)));
    }
    html.push_str("</div>\n</div>\n");
    if all.len() > 1 {
        html.push_str("<ul class=\"legend\">\n");
        for (at, series) in all.iter().enumerate() {
            let class = at % COLORS + 1;
            put(html, format_args!("<li><span class=\"swatch c{class}\"></span>{}</li>\n", escaped(&series.name)));
        }
        html.push_str("</ul>\n");
    }
}

/// Returns round numbers around the values, beginning with 0 if that is not far below them.
fn ticks((least, most): (f64, f64)) -> Vec<f64> {
    let least = if least > 0.0 && least < most * 0.7 { 0.0 } else { least };
    let apart = if most > least { most - least } else { most.abs().max(1.0) };
    let rough = apart / 4.0;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|step| step * power).find(|step| *step >= rough);
    let step = step.unwrap_or(rough);
    let from = (least / step).floor();
    let to = (most / step).ceil().max(from + 1.0);
    // Multiplication, because repeated additions of tenths are not exact.
    (0..=(to - from) as usize).map(|at| (from + at as f64) * step).collect()
}

/// Returns the labels of the horizontal axis: some times or numbers, or some of the labels.
fn axis_labels(all: &[Series], first: f64, last: f64) -> Vec<String> {
    let Some(points) = all.iter().map(|series| &series.points).max_by_key(|points| points.len()) else {
        return Vec::new();
    };
    let positions = (0..5).map(|at| first + (last - first) * f64::from(at) / 4.0);
    let Some(point) = points.first() else { return Vec::new() };
    match &point.at {
        Value::Time(_) if last > first => positions.map(|at| moment(at, last - first)).collect(),
        Value::Float(_) | Value::Integer(_) if last > first && points.len() > 5 => {
            positions.map(|at| number((at * 100.0).round() / 100.0)).collect()
        }
        _ => {
            let step = points.len().div_ceil(8).max(1);
            let shown = points.iter().step_by(step);
            shown.map(|point| cell::truncate(&sanitize::line(&cell::render(&point.at)), 14).into_owned()).collect()
        }
    }
}

fn timeline(chart: &Chart, spans: &[Span], html: &mut String) {
    begin(chart, spans.len() * ROW, html);
    let (first, last) = period(spans);
    let whole = if last > first { last - first } else { 1.0 };
    for (at, span) in spans.iter().enumerate() {
        labels(at, &span.label, &describe_span(span, last - first), html);
        bar(at, 0.0, 1.0, "track", html);
        let from = (seconds(span.from) - first) / whole;
        match span.to {
            Some(to) => bar(at, from, (seconds(to) - first) / whole - from, color(0, span.severity), html),
            None => {
                let (x, y) = (percentage(from), at * ROW + BAR_TOP + BAR_HEIGHT / 2);
                let class = color(0, span.severity);
                put(html, format_args!("<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"6\"/>\n"));
            }
        }
    }
    html.push_str("</svg>\n<div class=\"x\" aria-hidden=\"true\">");
    for at in 0..4 {
        put(html, format_args!("<span>{}</span>", moment(first + whole * f64::from(at) / 3.0, whole)));
    }
    html.push_str("</div>\n");
}

fn describe_span(span: &Span, period: f64) -> String {
    let text = |time: Timestamp| moment(seconds(time), period);
    match span.to {
        Some(to) => format!("{} – {}", text(span.from), text(to)),
        None => text(span.from),
    }
}

fn percentage(share: f64) -> String {
    format!("{}%", (share * 10_000.0).round() / 100.0)
}
