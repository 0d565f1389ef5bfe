//! Scalars of answers. They are read leniently where the meaning is clear: services send `"128"` for an integer, `True`
//! in XML, and times in several forms.

use aws_smithy_schema::serde::SerdeError;
use aws_smithy_types::{Document, Number};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use moonfleet_core::{Map, Value, calendar};
use moonfleet_models::{Kind, Shape};

/// Reads a scalar from JSON.
pub(crate) fn from_json(shape: &Shape, document: Document) -> Result<Value, SerdeError> {
    match (&shape.kind, document) {
        (_, Document::Null) => Ok(Value::Nil),
        (Kind::String { .. }, Document::Bool(yes)) => Ok(Value::String(yes.to_string())),
        (Kind::String { .. }, Document::Number(number)) => Ok(Value::String(text(number))),
        (Kind::Boolean, Document::Bool(yes)) => Ok(Value::Bool(yes)),
        (Kind::Integer | Kind::Long, Document::Number(number)) => integer(number),
        (Kind::Float, Document::Number(number)) => Ok(Value::Float(shortest(float(number)))),
        (Kind::Double, Document::Number(number)) => Ok(Value::Float(float(number))),
        (Kind::Timestamp(_), Document::Number(Number::Float(seconds))) => Ok(time_of_seconds(seconds)),
        (Kind::Timestamp(_), Document::Number(number)) => match integer(number)? {
            Value::Integer(seconds) => Ok(time(seconds, 0)),
            other => Ok(other),
        },
        (_, Document::String(text)) => from_text(shape, text),
        (_, Document::Array(_) | Document::Object(_) | Document::Bool(_) | Document::Number(_)) => {
            Err(SerdeError::type_mismatch(format!("{} has another type in the answer", shape.name)))
        }
    }
}

fn from_text(shape: &Shape, text: String) -> Result<Value, SerdeError> {
    match &shape.kind {
        Kind::String { .. } => Ok(Value::String(text)),
        _ => parsed(shape, &text),
    }
}

/// Reads a scalar other than a string from text. Text without content is `Nil`.
pub(crate) fn parsed(shape: &Shape, text: &str) -> Result<Value, SerdeError> {
    let wrong = |expected: &str| SerdeError::invalid_input(format!("{} is {text:?}, expected {expected}", shape.name));
    let trimmed = text.trim();
    Ok(match &shape.kind {
        _ if trimmed.is_empty() => Value::Nil,
        Kind::Boolean if trimmed.eq_ignore_ascii_case("true") || trimmed == "1" => Value::Bool(true),
        Kind::Boolean if trimmed.eq_ignore_ascii_case("false") || trimmed == "0" => Value::Bool(false),
        Kind::Boolean => return Err(wrong("true or false")),
        Kind::Integer | Kind::Long => match trimmed.parse() {
            Ok(number) => Value::Integer(number),
            Err(_) => match trimmed.parse::<f64>() {
                Ok(number) => integer(Number::Float(number)).map_err(|_| wrong("an integer"))?,
                Err(_) => return Err(wrong("an integer")),
            },
        },
        Kind::Float => Value::Float(shortest(trimmed.parse().map_err(|_| wrong("a number"))?)),
        Kind::Double => Value::Float(trimmed.parse().map_err(|_| wrong("a number"))?),
        Kind::Timestamp(_) => time_of_text(trimmed).ok_or_else(|| wrong("a time"))?,
        _ => return Err(wrong("no text")),
    })
}

/// Reads a time in any form of AWS: RFC 3339 with or without a zone, a date, RFC 2822 or 850, and seconds since 1970.
fn time_of_text(text: &str) -> Option<Value> {
    if let Some(time) = calendar::parse(text) {
        return Some(Value::Time(time));
    }
    if let Ok(seconds) = text.parse::<i64>() {
        return Some(time(seconds, 0));
    }
    if let Ok(seconds) = text.parse::<f64>() {
        return Some(time_of_seconds(seconds));
    }
    if let Ok(zoned) = jiff::fmt::rfc2822::parse(text) {
        return Some(Value::Time(zoned.timestamp()));
    }
    let in_utc = TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok()?;
    Some(Value::Time(in_utc))
}

fn time_of_seconds(seconds: f64) -> Value {
    let whole = seconds.floor();
    // Services send milliseconds. A double has no more digits of a time of our century.
    let milliseconds = ((seconds - whole) * 1000.0).round() as u32;
    match milliseconds {
        1000.. => time(whole as i64 + 1, 0),
        _ => time(whole as i64, milliseconds * 1_000_000),
    }
}

/// Returns a time; a time after the year 9999 stays a number.
pub(crate) fn time(seconds: i64, nanoseconds: u32) -> Value {
    let nanoseconds = i32::try_from(nanoseconds).unwrap_or_default();
    calendar::from_unix(seconds, nanoseconds).map_or(Value::Integer(seconds), Value::Time)
}

/// Returns the shortest number that is the same in 32 bits: 0.05 instead of 0.05000000074505806.
pub(crate) fn shortest(number: f64) -> f64 {
    let narrow = number as f32;
    match f64::from(narrow) == number {
        true => narrow.to_string().parse().unwrap_or(number),
        false => number,
    }
}

/// Returns a document as a value. The fields of objects are sorted, because documents do not keep their order.
pub(crate) fn from_document(document: Document) -> Value {
    match document {
        Document::Null => Value::Nil,
        Document::Bool(yes) => Value::Bool(yes),
        Document::Number(Number::Float(number)) => Value::Float(number),
        Document::Number(number) => integer(number).unwrap_or_else(|_| Value::Float(float(number))),
        Document::String(text) => Value::String(text),
        Document::Array(items) => Value::List(items.into_iter().map(from_document).collect()),
        Document::Object(entries) => {
            let mut entries: Vec<_> = entries.into_iter().map(|(key, value)| (key, from_document(value))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Map(Map(entries))
        }
    }
}

fn integer(number: Number) -> Result<Value, SerdeError> {
    match number {
        Number::PosInt(number) => i64::try_from(number).map(Value::Integer).map_err(|_| too_large(number)),
        Number::NegInt(number) => Ok(Value::Integer(number)),
        Number::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => Ok(Value::Integer(number as i64)),
        Number::Float(number) => Err(too_large(number)),
    }
}

fn too_large(number: impl std::fmt::Display) -> SerdeError {
    SerdeError::invalid_input(format!("{number} is no integer of 64 bits"))
}

fn float(number: Number) -> f64 {
    match number {
        Number::PosInt(number) => number as f64,
        Number::NegInt(number) => number as f64,
        Number::Float(number) => number,
    }
}

fn text(number: Number) -> String {
    match number {
        Number::PosInt(number) => number.to_string(),
        Number::NegInt(number) => number.to_string(),
        Number::Float(number) => number.to_string(),
    }
}
