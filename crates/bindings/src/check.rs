//! Checks inputs before any request. Errors name the path of a parameter that is unknown, missing, of the
//! wrong type or dangerously empty. Checked input has the form of the SDK's types: maps of tags and
//! filters are converted to lists. Answers that a test gives are checked in the same way.

use std::fmt::Write;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use moonfleet_core::{Field, InputError, Map, Pairs, Secret, Shape, TextForm, Type, Value, calendar, counted, suggest};

use moonfleet_models::Risk;

use crate::file_body::FileBody;
use crate::operation::Operation;
use crate::text_forms;

/// Checks the whole input of an operation. Nil is an empty input.
pub fn check(service: &str, operation: &Operation, input: Value) -> Result<Map, InputError> {
    checked(InputCheck::of(emptiness(service, operation)), service, operation, operation.input(), input)
}

/// Checks a whole answer that no service has given. Nil is an empty answer.
pub fn check_answer(service: &str, operation: &Operation, answer: Value) -> Result<Map, InputError> {
    checked(InputCheck::of(Emptiness::IsValid), service, operation, operation.output(), answer)
}

fn checked(
    mut check: InputCheck,
    service: &str,
    operation: &Operation,
    shape: &'static Shape,
    value: Value,
) -> Result<Map, InputError> {
    let value = if value.is_nil() { Value::Map(Map::default()) } else { value };
    match check.structure(shape, value) {
        Ok(Value::Map(map)) => Ok(map),
        Ok(other) => Err(check.error(service, operation, Problem::new(ExpectedType("table"), &other).0)),
        Err(Problem(problem)) => Err(check.error(service, operation, problem)),
    }
}

/// Services that treat an empty list as no restriction, although their protocol could tell it from an absent one.
const EMPTY_IS_ABSENT: [&str; 2] = ["ssm", "resource_groups"];

/// Returns the meaning of an empty list. The query protocols cannot distinguish it from an absent one. In JSON and XML it
/// is a value of its own, by which a function is detached from its subnets, for example; in calls that read or destroy,
/// an empty list of ids is still a mistake.
fn emptiness(service: &str, operation: &Operation) -> Emptiness {
    let changes =
        operation.risk == Risk::Write && !["delete", "deregister"].iter().any(|verb| operation.name.starts_with(verb));
    let is_sent = operation.sends_empty_lists() && !EMPTY_IS_ABSENT.contains(&service);
    match (is_sent, changes) {
        (true, true) => Emptiness::IsSent,
        (true, false) | (false, true) => Emptiness::MayMeanAll,
        (false, false) => Emptiness::MeansAll,
    }
}

struct InputCheck {
    path: Vec<InputStep>,
    emptiness: Emptiness,
    /// Whether the error is an empty list.
    means_all: bool,
}

/// What an empty list means.
#[derive(Clone, Copy, PartialEq)]
enum Emptiness {
    /// No restriction, in every parameter.
    MeansAll,
    /// No restriction, in parameters that select resources.
    MayMeanAll,
    /// Nothing but an empty list.
    IsSent,
    /// Nothing else: the value is an answer.
    IsValid,
}

enum InputStep {
    Name(String),
    /// The index from 1, like the indices of Lua.
    Index(usize),
}

struct Problem(String);

struct ExpectedType<T>(T);

impl Problem {
    fn new<T: std::fmt::Display>(expected: ExpectedType<T>, got: &Value) -> Self {
        Problem(format!("expected {}, got {}", expected.0, got.kind()))
    }
}

type Checked<T = Value> = Result<T, Problem>;

impl InputCheck {
    fn of(emptiness: Emptiness) -> Self {
        InputCheck { path: Vec::new(), emptiness, means_all: false }
    }

    /// Returns the word for the parts of the value.
    fn noun(&self) -> &'static str {
        if self.emptiness == Emptiness::IsValid { "field" } else { "parameter" }
    }

    fn error(&self, service: &str, operation: &Operation, problem: String) -> InputError {
        let mut path = String::new();
        for step in &self.path {
            match step {
                InputStep::Index(at) => write!(path, "[{at}]"),
                InputStep::Name(name) if is_identifier(name) && path.is_empty() => write!(path, "{name}"),
                InputStep::Name(name) if is_identifier(name) => write!(path, ".{name}"),
                InputStep::Name(name) => write!(path, "[{name:?}]"),
            }
            .expect("writing to a string cannot fail");
        }
        InputError { operation: format!("{service}.{}", operation.name), path, problem, means_all: self.means_all }
    }

    /// Checks a part of the input. If the check fails, the path is kept for the error.
    fn within<T>(&mut self, step: InputStep, check: impl FnOnce(&mut Self) -> Checked<T>) -> Checked<T> {
        self.path.push(step);
        let checked = check(self)?;
        self.path.pop();
        Ok(checked)
    }

    fn value(&mut self, ty: &Type, value: Value) -> Checked {
        match (ty, revealed(value)) {
            // A planned value will have the type of its operation's output.
            (_, value @ Value::Planned(_)) => Ok(value),
            (Type::Bool, value @ Value::Bool(_)) => Ok(value),
            (Type::Long, value @ Value::Integer(_)) => Ok(value),
            (Type::Integer, Value::Integer(i)) => match i32::try_from(i) {
                Ok(_) => Ok(Value::Integer(i)),
                Err(_) => Err(Problem(format!("{i} does not fit into 32 bits"))),
            },
            (Type::Integer | Type::Long, Value::Float(f)) if f.fract() == 0.0 && f.abs() < 9e15 => {
                self.value(ty, Value::Integer(f as i64))
            }
            (Type::Number, value @ (Value::Integer(_) | Value::Float(_))) => Ok(value),
            (Type::String | Type::Enumeration(_), value @ Value::String(_)) => Ok(value),
            (Type::String | Type::Enumeration(_), Value::Bytes(_)) => {
                Err(Problem("expected text, got bytes that are not UTF-8".to_owned()))
            }
            (Type::Timestamp, value @ Value::Time(_)) => Ok(value),
            (Type::Timestamp, Value::String(text)) => time_of(&text).map(Value::Time),
            (Type::Timestamp, Value::Integer(seconds)) => time_of(&seconds.to_string()).map(Value::Time),
            (Type::Timestamp, Value::Float(seconds)) => time_of(&seconds.to_string()).map(Value::Time),
            (Type::Blob, value @ (Value::String(_) | Value::Bytes(_))) => Ok(value),
            (Type::Document, value) => Ok(value),
            (Type::Structure(shape), value) => self.structure(shape.get(), value),
            (Type::List(item), value) => self.list(ty, item, value),
            (Type::Map(item), Value::Map(Map(entries))) => {
                let mut checked = Map::default();
                for (key, value) in entries {
                    let value = self.within(InputStep::Name(key.clone()), |check| check.value(item, value))?;
                    checked.0.push((key, value));
                }
                Ok(Value::Map(checked))
            }
            (ty, value) => Err(Problem::new(ExpectedType(ty), &value)),
        }
    }

    fn structure(&mut self, shape: &'static Shape, value: Value) -> Checked {
        let Value::Map(Map(entries)) = value else {
            return Err(Problem::new(ExpectedType(format_args!("table ({})", shape.name)), &value));
        };
        if shape.is_union && entries.len() != 1 {
            let names: Vec<_> = shape.names().collect();
            return Err(Problem(format!(
                "expected exactly one of {}, got {}",
                names.join(", "),
                counted(entries.len(), "key")
            )));
        }
        let mut checked = Map::default();
        for (name, value) in entries {
            let Some(field) = shape.field(&name) else { return Err(unknown(self.noun(), shape, &name)) };
            let value = self.within(InputStep::Name(name.clone()), |check| check.field(field, value))?;
            checked.0.push((name, value));
        }
        let missing: Vec<_> =
            shape.fields.iter().filter(|f| f.required && checked.get(f.name()).is_none()).map(Field::name).collect();
        match missing[..] {
            [] => Ok(Value::Map(checked)),
            [name] => Err(Problem(format!("required {} '{name}' is missing", self.noun()))),
            _ => Err(Problem(format!("required {}s are missing: {}", self.noun(), missing.join(", ")))),
        }
    }

    fn field(&mut self, field: &'static Field, value: Value) -> Checked {
        if field.secret && matches!(&value, Value::String(text) if text == Secret::SHOWN) {
            let shown = Secret::SHOWN;
            return Err(Problem(format!("{shown} is only the placeholder of a secret; pass the secret itself")));
        }
        if let (true, Value::Map(table)) = (field.is_stream && self.emptiness != Emptiness::IsValid, &value) {
            return FileBody::read(table).map(|_| value).map_err(Problem);
        }
        let value = text_forms::given(field, revealed_text(field, value)).map_err(Problem)?;
        if field.text_form == TextForm::SentAsBase64 && matches!(value, Value::Bytes(_)) {
            return Ok(value);
        }
        let value = self.value(&field.ty, value)?;
        match &value {
            Value::List(items) if items.is_empty() && self.means_all_if_empty(field) => {
                self.means_all = true;
                Err(Problem(
                    "the list is empty, which the service would treat as no restriction; \
                     leave the parameter out to select everything"
                        .to_owned(),
                ))
            }
            _ => Ok(value),
        }
    }

    fn means_all_if_empty(&self, field: &Field) -> bool {
        match self.emptiness {
            Emptiness::MeansAll => true,
            Emptiness::MayMeanAll => selects(field),
            Emptiness::IsSent | Emptiness::IsValid => false,
        }
    }

    fn list(&mut self, ty: &Type, item: &Type, value: Value) -> Checked {
        let value = match (ty.pairs(), value) {
            // In Lua an empty list and an empty map are the same.
            (_, Value::Map(Map(entries))) if entries.is_empty() => Value::List(Vec::new()),
            (Some((_, pairs)), Value::Map(map)) => self.unfold(pairs, map)?,
            (Some((shape, _)), Value::List(items)) => {
                Value::List(items.into_iter().map(|i| own_case(shape, i)).collect())
            }
            (_, value) => value,
        };
        let Value::List(items) = value else { return Err(Problem::new(ExpectedType(ty), &value)) };
        let mut checked = Vec::with_capacity(items.len());
        for (at, value) in items.into_iter().enumerate() {
            checked.push(self.within(InputStep::Index(at + 1), |check| check.value(item, value))?);
        }
        Ok(Value::List(checked))
    }

    /// Converts `{App="App20"}` to `{{key="App", value="App20"}}`, and filters in the same way.
    fn unfold(&mut self, pairs: Pairs, map: Map) -> Checked {
        let mut items = Vec::with_capacity(map.0.len());
        for (name, value) in map.0 {
            let value = self.within(InputStep::Name(name.clone()), |check| check.pair(pairs, value))?;
            let (Pairs::KeyValue { key: key_name, value: value_name }
            | Pairs::KeyValues { key: key_name, values: value_name }) = pairs;
            let pair = [(key_name.to_owned(), Value::String(name)), (value_name.to_owned(), value)];
            items.push(Value::Map(Map::from_iter(pair)));
        }
        Ok(Value::List(items))
    }

    fn pair(&mut self, pairs: Pairs, value: Value) -> Checked {
        match (pairs, revealed(value)) {
            (Pairs::KeyValue { .. }, value @ Value::String(_)) => Ok(value),
            (Pairs::KeyValue { .. }, value) => Err(Problem::new(ExpectedType("string"), &value)),
            (Pairs::KeyValues { .. }, Value::List(values)) => {
                if values.is_empty() && self.emptiness != Emptiness::IsValid {
                    return Err(no_values());
                }
                let mut texts = Vec::with_capacity(values.len());
                for (at, value) in values.into_iter().enumerate() {
                    texts.push(self.within(InputStep::Index(at + 1), |_| filter_text(value))?);
                }
                Ok(Value::List(texts))
            }
            (Pairs::KeyValues { .. }, Value::Map(Map(entries))) if entries.is_empty() => Err(no_values()),
            (Pairs::KeyValues { .. }, value) => Ok(Value::List(vec![filter_text(value)?])),
        }
    }
}

/// Reads a time as boto3 does: with a zone, without one (then in UTC), as a date, or as seconds since 1970.
fn time_of(text: &str) -> Checked<Timestamp> {
    let seconds = || {
        let seconds: f64 = text.parse().ok()?;
        Timestamp::from_microsecond((seconds * 1e6).round() as i64).ok()
    };
    let in_utc = || TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok();
    seconds().or_else(|| calendar::parse(text)).or_else(in_utc).ok_or_else(|| {
        Problem(format!("expected a time such as \"2026-01-31T07:00:00Z\" or seconds since 1970, got {text:?}"))
    })
}

/// Returns the text of a secret whose form is checked or converted.
fn revealed_text(field: &Field, value: Value) -> Value {
    if field.text_form == TextForm::Plain { value } else { revealed(value) }
}

/// Returns the text of a secret, to send it to AWS; other values are returned unchanged.
fn revealed(value: Value) -> Value {
    match value {
        Value::Secret(secret) => Value::from_bytes(secret.reveal().to_vec()),
        other => other,
    }
}

fn no_values() -> Problem {
    Problem("a filter without values would match everything; leave it out to select everything".to_owned())
}

/// Converts a value of a filter to text: AWS accepts only text.
fn filter_text(value: Value) -> Checked {
    match revealed(value) {
        value @ Value::String(_) => Ok(value),
        Value::Bool(b) => Ok(Value::String(b.to_string())),
        Value::Integer(i) => Ok(Value::String(i.to_string())),
        value => Err(Problem::new(ExpectedType("string or list of strings"), &value)),
    }
}

/// Accepts the spelling of AWS's JSON, `{Key=…, Value=…}`, for tags and filters, because they are often copied
/// from there.
fn own_case(shape: &Shape, item: Value) -> Value {
    let Value::Map(Map(entries)) = item else { return item };
    let renamed = entries.into_iter().map(|(name, value)| {
        let ours = shape.names().find(|ours| ours.replace('_', "").eq_ignore_ascii_case(&name));
        (ours.map_or(name, str::to_owned), value)
    });
    Value::Map(renamed.collect())
}

/// Returns whether a list selects resources, so that an empty one is always a mistake.
fn selects(field: &Field) -> bool {
    matches!(field.ty.pairs(), Some((_, Pairs::KeyValues { .. })))
        || matches!(field.ty, Type::List(Type::String))
            && ["ids", "names", "arns", "resources"].iter().any(|end| field.name().ends_with(end))
}

fn unknown(noun: &str, shape: &Shape, name: &str) -> Problem {
    let hint = match suggest::nearest(name, shape.names()) {
        Some(nearest) => format!("; did you mean '{nearest}'?"),
        None if shape.fields.is_empty() => format!("; there are no {noun}s"),
        None if shape.fields.len() <= 12 => {
            format!("; known {noun}s: {}", shape.names().collect::<Vec<_>>().join(", "))
        }
        None => String::new(),
    };
    Problem(format!("unknown {noun} '{name}'{hint}"))
}

fn is_identifier(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
