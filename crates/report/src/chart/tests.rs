//! Reading and drawing of charts.

use super::*;
use crate::Style;

fn list(items: &[(&str, f64)]) -> Value {
    Value::List(items.iter().map(|(label, value)| Value::List(vec![(*label).into(), Value::Float(*value)])).collect())
}

fn chart(kind: &str, data: &Value) -> Chart {
    Chart { title: None, unit: None, plot: read(kind, data, None).unwrap() }
}

fn drawn(chart: &Chart, width: u16) -> String {
    let mut out = Vec::new();
    screen::write(chart, &Style { width: Some(width), ..Style::default() }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn bars_are_proportional_to_their_values() {
    let text = drawn(&chart("bar", &list(&[("web", 40.0), ("db", 10.0), ("none", 0.0)])), 30);
    assert_eq!(text, "web   ████████████████████ 40\ndb    █████ 10\nnone   0\n");
}

#[test]
fn equal_labels_are_one_bar() {
    let data = list(&[("gp3", 40.0), ("io1", 5.0), ("gp3", 2.5)]);
    assert_eq!(drawn(&chart("bar", &data), 30), "gp3  ███████████████████ 42.5\nio1  ██▎ 5\n");
    let row = |severity: &str, cost: i64| {
        let fields = [("type", "gp3".into()), ("severity", severity.into()), ("cost", Value::Integer(cost))];
        Value::Map(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    };
    let fields = ChartFields {
        label: "type".to_owned(),
        value: Some("cost".to_owned()),
        severity: Some("severity".to_owned()),
        ..ChartFields::default()
    };
    let rows = Value::List(vec![row("low", 1), row("high", 2)]);
    let joined = ChartPart { label: "gp3".to_owned(), value: 3.0, severity: Some(Severity::High) };
    assert_eq!(read("bar", &rows, Some(&fields)), Ok(Plot::Bar(vec![joined])));
}

#[test]
fn negative_bars_are_to_the_left() {
    let text = drawn(&chart("bar", &list(&[("up", 10.0), ("down", -10.0)])), 31);
    assert_eq!(text, "up              ██████████ 10\ndown  ██████████ -10\n");
}

#[test]
fn shares_fill_the_width() {
    let text = drawn(&chart("share", &list(&[("a", 3.0), ("b", 1.0)])), 41);
    let first = text.lines().next().unwrap();
    assert_eq!(first, format!("{}{}", "█".repeat(30), "▓".repeat(10)));
    assert!(text.ends_with("█ a  3  75 %\n▓ b  1  25 %\n"), "{text}");
}

#[test]
fn lines_show_their_ends_and_bounds() {
    let text = drawn(&chart("line", &Value::List((0..20).map(Value::Integer).collect())), 40);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 8);
    assert!(lines[0].starts_with("19 │") && lines[5].starts_with(" 0 │"), "{text}");
    assert!(lines[7].trim_start().starts_with('1') && lines[7].ends_with("20"), "{text}");
}

#[test]
fn spans_are_at_their_times() {
    let span = |label: &str, from: &str, to: Option<&str>| {
        let mut items = vec![label.into(), Value::Time(from.parse().unwrap())];
        items.extend(to.map(|to| Value::Time(to.parse().unwrap())));
        Value::List(items)
    };
    let data = Value::List(vec![
        span("patch", "2026-01-01T00:00:00Z", Some("2026-01-01T01:00:00Z")),
        span("reboot", "2026-01-01T02:00:00Z", None),
    ]);
    let text = drawn(&chart("timeline", &data), 30);
    assert_eq!(text, "patch   ━━━━━━━━━━\nreboot                      ●\n        00:00:00     02:00:00\n");
}

#[test]
fn records_are_counted_or_their_values_used() {
    let row = |severity: &str, cost: i64| record([("severity", severity.into()), ("cost", Value::Integer(cost))]);
    let rows = Value::List(vec![row("low", 5), row("critical", 1), row("low", 2)]);
    let fields = ChartFields { label: "severity".to_owned(), ..ChartFields::default() };
    let Plot::Bar(parts) = read("bar", &rows, Some(&fields)).unwrap() else { panic!("no bars") };
    let values: Vec<(&str, f64)> = parts.iter().map(|part| (part.label.as_str(), part.value)).collect();
    assert_eq!(values, [("critical", 1.0), ("low", 2.0)]);
    assert_eq!(parts[0].severity, Some(Severity::Critical));
    let fields = ChartFields { value: Some("cost".to_owned()), ..fields };
    let Plot::Bar(parts) = read("bar", &rows, Some(&fields)).unwrap() else { panic!("no bars") };
    assert_eq!(parts.iter().map(|part| part.value).collect::<Vec<_>>(), [7.0, 1.0]);
}

#[test]
fn tables_of_numbers_are_sorted_by_value() {
    let data = record([("a", Value::Integer(1)), ("b", Value::Integer(3))]);
    let Plot::Share(parts) = read("share", &data, None).unwrap() else { panic!("no shares") };
    assert_eq!(parts[0].label, "b");
}

#[test]
fn errors_name_the_item_and_the_field() {
    let failed = |kind: &str, data: Value| read(kind, &data, None).unwrap_err();
    assert!(failed("bars", list(&[])).contains("did you mean `bar`?"));
    assert!(failed("bar", list(&[("a", f64::NAN)])).contains("item 1: `value` must be a number"));
    assert!(failed("share", list(&[("a", -1.0)])).contains("cannot be less than 0"));
    assert!(failed("timeline", list(&[("a", 1.0)])).contains("item 1: `from` must be a time"));
    assert!(failed("bar", "x".into()).contains("must be a list"));
}

#[test]
fn sparklines_have_gaps() {
    assert_eq!(sparkline(&[Some(0.0), None, Some(7.0), Some(3.0)]), "▁ █▄");
    assert_eq!(sparkline(&[Some(2.0), Some(2.0)]), "▄▄");
    assert_eq!(sparkline(&[]), "");
}

#[test]
fn every_width_shows_something() {
    let series = record([("a", list(&[("x", 1.0), ("y", 5.0)])), ("b", list(&[]))]);
    for width in 0..90 {
        drawn(&chart("bar", &list(&[("a long label that has no room", 3.5), ("b", -1.0)])), width);
        drawn(&chart("share", &list(&[("a long label that has no room", 3.5), ("b", 0.0)])), width);
        drawn(&chart("line", &series), width);
    }
    assert_eq!(drawn(&chart("share", &list(&[("a", 0.0)])), 80), "(no records)\n");
}
