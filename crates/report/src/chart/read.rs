//! Reads charts from the values of a script: numbers with labels, or records and the names of their fields.

use std::collections::HashMap;

use jiff::Timestamp;
use moonfleet_core::suggest::nearest;
use moonfleet_core::{Map, Value};

use super::{Chart, ChartPart, Plot, Point, Series, Span, number};
use crate::model;
use crate::severity;
use crate::severity::Severity;

/// The fields of records that a chart shows.
#[derive(Clone, Debug, Default)]
pub struct ChartFields {
    pub label: String,
    /// Without it, the value is the number of records with the same label.
    pub value: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub severity: Option<String>,
}

/// Reads a chart. An error is a text that names the item and the field.
pub fn read(kind: &str, data: &Value, fields: Option<&ChartFields>) -> Result<Plot, String> {
    let items = match fields {
        Some(fields) => read_records(kind, data, fields)?,
        None => items(kind, data)?,
    };
    match kind {
        "bar" => parts(&items).map(Plot::Bar),
        "share" => match parts(&items)? {
            parts if parts.iter().any(|part| part.value < 0.0) => {
                Err("a share cannot be less than 0; use kind = \"bar\"".to_owned())
            }
            parts => Ok(Plot::Share(parts)),
        },
        "line" => series(&items).map(Plot::Line),
        "timeline" => {
            items.iter().enumerate().map(|(at, item)| span(at + 1, item)).collect::<Result<_, _>>().map(Plot::Timeline)
        }
        unknown => Err(match nearest(unknown, Chart::KINDS) {
            Some(kind) => format!("unknown kind of chart `{unknown}`; did you mean `{kind}`?"),
            None => format!("unknown kind of chart `{unknown}`; known kinds: {}", Chart::KINDS.join(", ")),
        }),
    }
}

/// Returns the items of the data. The items of a table with a number for each label are sorted, the largest first.
fn items(kind: &str, data: &Value) -> Result<Vec<Value>, String> {
    match data {
        Value::List(items) => Ok(items.clone()),
        Value::Map(Map(fields)) if kind == "line" => {
            let series = |(name, data): &(String, Value)| pair("name", name.as_str().into(), "data", data.clone());
            Ok(fields.iter().map(series).collect())
        }
        Value::Map(Map(fields)) => {
            let mut fields = fields.clone();
            let amount = |value: &Value| to_number(value).unwrap_or(f64::NEG_INFINITY);
            fields.sort_by(|(_, a), (_, b)| amount(b).total_cmp(&amount(a)));
            Ok(fields.into_iter().map(|(label, value)| pair("label", label.into(), "value", value)).collect())
        }
        other => {
            Err(format!("`data` must be a list, for example {{{{label = \"web\", value = 3}}}}, got {}", other.kind()))
        }
    }
}

fn read_records(kind: &str, rows: &Value, fields: &ChartFields) -> Result<Vec<Value>, String> {
    let Value::List(rows) = rows else { return Err(format!("`rows` must be a list, got {}", rows.kind())) };
    let maps = rows.iter().map(|row| match row {
        Value::Map(map) => Ok(map),
        other => Err(format!("`rows` must contain records, got {}", other.kind())),
    });
    let maps: Vec<&Map> = maps.collect::<Result<_, _>>()?;
    if fields.value.is_none() && matches!(kind, "bar" | "share") {
        return Ok(count_labels(&maps, &fields.label));
    }
    let item = |map: &&Map| {
        let mut item = Map::default();
        let named = [
            ("label", Some(&fields.label)),
            ("x", Some(&fields.label)),
            ("value", fields.value.as_ref()),
            ("y", fields.value.as_ref()),
            ("from", fields.from.as_ref()),
            ("to", fields.to.as_ref()),
            ("severity", fields.severity.as_ref()),
        ];
        for (name, field) in named {
            item.set(name, field.map_or(Value::Nil, |field| model::field(map, field)));
        }
        Value::Map(item)
    };
    Ok(maps.iter().map(item).collect())
}

/// Counts the records with each label. Severities are sorted from the worst on, other labels by their counts.
fn count_labels(rows: &[&Map], field: &str) -> Vec<Value> {
    let mut order: Vec<String> = Vec::new();
    let mut counts: HashMap<String, i64> = HashMap::new();
    for row in rows {
        let label = match model::field(row, field) {
            Value::Nil => "(none)".to_owned(),
            label => label_of(&label),
        };
        let count = counts.entry(label.clone()).or_insert(0);
        if *count == 0 {
            order.push(label);
        }
        *count += 1;
    }
    let severity = |label: &str| label.parse::<Severity>().ok().filter(|_| field == severity::COLUMN);
    let count = |label: &String| counts.get(label).copied().unwrap_or(0);
    order.sort_by_key(|label| (severity(label).is_none(), severity(label), -count(label)));
    let item = |label: &String| {
        let mut item = Map::default();
        item.set("label", label.as_str().into());
        item.set("value", Value::Integer(count(label)));
        if let Some(severity) = severity(label) {
            item.set("severity", severity.name().into());
        }
        Value::Map(item)
    };
    order.iter().map(item).collect()
}

fn parts(items: &[Value]) -> Result<Vec<ChartPart>, String> {
    let part = |(at, item): (usize, &Value)| {
        let value = field(item, "value", 2);
        let value = to_number(&value).ok_or_else(|| wrong(at, "value", "a number", &value))?;
        Ok(ChartPart { label: label(at, item)?, value, severity: severity_of(at, item)? })
    };
    let all: Vec<ChartPart> = (1..).zip(items).map(part).collect::<Result<_, String>>()?;
    Ok(joined(all))
}

/// Adds the numbers of equal labels, in the order of the labels; the worst severity counts.
fn joined(parts: Vec<ChartPart>) -> Vec<ChartPart> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut joined: Vec<ChartPart> = Vec::new();
    for part in parts {
        let at = *places.entry(part.label.clone()).or_insert(joined.len());
        match joined.get_mut(at) {
            Some(same) => {
                same.value += part.value;
                same.severity = same.severity.into_iter().chain(part.severity).min();
            }
            None => joined.push(part),
        }
    }
    joined
}

/// Reads several lines if an item has data, else one line of points or numbers.
fn series(items: &[Value]) -> Result<Vec<Series>, String> {
    let is_named = |item: &Value| matches!(item, Value::Map(map) if map.get("data").is_some());
    if items.is_empty() {
        return Ok(Vec::new());
    }
    if !items.iter().any(is_named) {
        return Ok(vec![Series { name: String::new(), points: points(items)? }]);
    }
    let one = |(at, item): (usize, &Value)| {
        let Value::List(data) = field(item, "data", 2) else {
            return Err(format!("item {at}: `data` must be a list of numbers or points"));
        };
        let points = points(&data).map_err(|problem| format!("line {at}: {problem}"))?;
        Ok(Series { name: label_of(&field(item, "name", 1)), points })
    };
    let all: Vec<Series> = (1..).zip(items).map(one).collect::<Result<_, String>>()?;
    Ok(all.into_iter().filter(|series| !series.points.is_empty()).collect())
}

fn points(items: &[Value]) -> Result<Vec<Point>, String> {
    let point = |(at, item): (usize, &Value)| {
        let (place, value) = match item {
            Value::List(_) | Value::Map(_) => (field(item, "x", 1), field(item, "y", 2)),
            bare => (Value::Integer(i64::try_from(at).unwrap_or(i64::MAX)), bare.clone()),
        };
        let y = to_number(&value).ok_or_else(|| wrong(at, "y", "a number", &value))?;
        let x = match &place {
            Value::Time(time) => super::seconds(*time),
            Value::Integer(_) | Value::Float(_) => to_number(&place).ok_or_else(|| wrong(at, "x", "finite", &place))?,
            // Labels are one after the other.
            _ => at as f64,
        };
        Ok(Point { x, at: place, y })
    };
    let mut points: Vec<Point> = (1..).zip(items).map(point).collect::<Result<_, String>>()?;
    points.sort_by(|a, b| a.x.total_cmp(&b.x));
    Ok(points)
}

fn span(at: usize, item: &Value) -> Result<Span, String> {
    let from = field(item, "from", 2);
    let from = to_time(&from).ok_or_else(|| wrong(at, "from", "a time", &from))?;
    let to = match field(item, "to", 3) {
        Value::Nil => None,
        to => Some(to_time(&to).ok_or_else(|| wrong(at, "to", "a time", &to))?),
    };
    if to.is_some_and(|to| to < from) {
        return Err(format!("item {at}: `to` is earlier than `from`"));
    }
    Ok(Span { label: label(at, item)?, from, to, severity: severity_of(at, item)? })
}

/// Returns the field of this name, or the item of a list at this index, from 1.
fn field(item: &Value, name: &str, index: usize) -> Value {
    match item {
        Value::Map(map) => map.get(name).cloned().unwrap_or_default(),
        Value::List(items) => items.get(index - 1).cloned().unwrap_or_default(),
        _ => Value::Nil,
    }
}

fn label(at: usize, item: &Value) -> Result<String, String> {
    match item {
        Value::Map(_) | Value::List(_) => Ok(label_of(&field(item, "label", 1))),
        other => Err(wrong(at, "label", "in a table such as {label = \"web\", value = 3}", other)),
    }
}

fn label_of(value: &Value) -> String {
    match value {
        Value::Float(value) => number(*value),
        other => crate::cell::render(other).into_owned(),
    }
}

fn severity_of(at: usize, item: &Value) -> Result<Option<Severity>, String> {
    match item {
        Value::Map(map) => match map.get(severity::COLUMN) {
            None | Some(Value::Nil) => Ok(None),
            Some(Value::String(text)) => text.parse().map(Some).map_err(|e| format!("item {at}: {e}")),
            Some(other) => Err(wrong(at, "severity", "text", other)),
        },
        _ => Ok(None),
    }
}

fn to_number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) if number.is_finite() => Some(*number),
        _ => None,
    }
}

/// Returns a time, also from text.
fn to_time(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Time(time) => Some(*time),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn pair(first: &str, one: Value, second: &str, other: Value) -> Value {
    super::record([(first, one), (second, other)])
}

fn wrong(at: usize, field: &str, expected: &str, value: &Value) -> String {
    format!("item {at}: `{field}` must be {expected}, got {}", value.kind())
}
