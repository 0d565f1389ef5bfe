//! Inputs: values along the shapes of a model, given to a serializer.

use std::cell::RefCell;

use aws_smithy_schema::Schema;
use aws_smithy_schema::prelude::STRING;
use aws_smithy_schema::serde::{SerdeError, SerializableStruct, ShapeSerializer};
use aws_smithy_types::{Blob, DateTime, Document, Number};
use jiff::Timestamp;
use moonfleet_core::{Map, Value, json};
use moonfleet_models::{Kind, Location, Protocol, ShapeId, Structure};

use crate::Error;
use crate::schemas::{Direction, Schemas};

/// More than any input of AWS needs: a document or an item of DynamoDB has at most 32 levels.
pub(crate) const MAX_DEPTH: usize = 200;

/// An input, as the serializers take it.
pub(crate) struct Input<'v> {
    pub(crate) schemas: &'static Schemas,
    /// `None` if the operation has no input.
    pub(crate) shape: Option<ShapeId>,
    pub(crate) schema: &'v Schema<'v>,
    pub(crate) value: &'v Map,
    pub(crate) problem: &'v Problem,
}

/// The first problem of an input. The serializers' own error has only a text.
#[derive(Default)]
pub(crate) struct Problem {
    path: RefCell<Vec<String>>,
    error: RefCell<Option<Error>>,
}

impl Problem {
    /// Returns the problem of an input that could not be written.
    pub(crate) fn take(self, written: SerdeError) -> Error {
        self.error.into_inner().unwrap_or_else(|| Error::input("input", written.to_string()))
    }

    fn report(&self, problem: impl Into<String>) -> SerdeError {
        let path = self.path.borrow().iter().fold(String::new(), |path, step| match step.starts_with('[') {
            false if !path.is_empty() => path + "." + step,
            _ => path + step,
        });
        let path = if path.is_empty() { "input".to_owned() } else { path };
        let mut error = self.error.borrow_mut();
        let error = error.get_or_insert_with(|| Error::input(path, problem));
        SerdeError::custom(error.to_string())
    }

    fn within<T>(&self, step: String, write: impl FnOnce() -> Result<T, SerdeError>) -> Result<T, SerdeError> {
        self.path.borrow_mut().push(step);
        if self.path.borrow().len() > MAX_DEPTH {
            return Err(self.report(format!("the input is nested more than {MAX_DEPTH} times")));
        }
        let written = write();
        self.path.borrow_mut().pop();
        written
    }
}

impl SerializableStruct for Input<'_> {
    fn schema(&self) -> &Schema<'_> {
        self.schema
    }

    fn serialize_members(&self, serializer: &mut dyn ShapeSerializer) -> Result<(), SerdeError> {
        let Some(id) = self.shape else { return Ok(()) };
        let Some(structure) = self.schemas.shape(id).as_structure() else { return Ok(()) };
        self.check_names(structure)?;
        for (member, schema) in structure.members.iter().zip(self.schemas.members(id, Direction::Input)) {
            let value = self.value.get(&member.name).filter(|value| !value.is_nil());
            let Some(value) = value else {
                if member.location == Location::Label {
                    let missing = || Err(self.problem.report("a value is needed for the path of the request"));
                    return self.problem.within(member.name.to_string(), missing);
                }
                continue;
            };
            self.problem.within(member.name.to_string(), || {
                let target = self.schemas.shape(member.target.target);
                let is_payload = schema.http_payload().is_some() && matches!(target.kind, Kind::Structure(_));
                match value {
                    Value::String(text) if member.location == Location::Label && text.is_empty() => {
                        Err(self.problem.report("the text is empty, and the path of the request needs one"))
                    }
                    Value::Map(_) | Value::List(_) if member.target.json_value => {
                        serializer.write_string(schema, &json::text(value))
                    }
                    value if is_payload => self.write(serializer, &self.schemas.payload(member), target.id, value),
                    value => self.write(serializer, schema, target.id, value),
                }
            })?;
        }
        Ok(())
    }
}

impl Input<'_> {
    fn check_names(&self, structure: &Structure) -> Result<(), SerdeError> {
        match self.value.0.iter().find(|(name, _)| structure.member(name).is_none()) {
            Some((name, _)) => {
                self.problem.within(name.clone(), || Err(self.problem.report("the model has no such field")))
            }
            None => Ok(()),
        }
    }

    fn write(
        &self,
        serializer: &mut dyn ShapeSerializer,
        schema: &Schema<'_>,
        id: ShapeId,
        value: &Value,
    ) -> Result<(), SerdeError> {
        let shape = self.schemas.shape(id);
        let wrong = |expected: &str| self.problem.report(format!("expected {expected}, got {}", value.kind()));
        match (&shape.kind, value) {
            (Kind::Structure(_), Value::Map(map)) => {
                let inner = Input { schemas: self.schemas, shape: Some(id), schema, value: map, problem: self.problem };
                serializer.write_struct(schema, &inner)
            }
            (Kind::Structure(_), _) => Err(wrong("table")),
            (Kind::List { item, .. }, Value::List(items)) => {
                if self.is_absent(items) {
                    return Ok(());
                }
                let item_schema = self.schemas.item(id, item, Direction::Input);
                serializer.write_list_with_length(schema, items.len(), &|serializer| {
                    items.iter().enumerate().try_for_each(|(at, value)| {
                        self.problem.within(format!("[{}]", at + 1), || match value {
                            Value::Nil => serializer.write_null(item_schema),
                            value => self.write(serializer, item_schema, item.target, value),
                        })
                    })
                })
            }
            (Kind::List { .. }, _) => Err(wrong("list")),
            (Kind::Map { value: item, .. }, Value::Map(Map(entries))) => {
                let item_schema = self.schemas.item(id, item, Direction::Input);
                serializer.write_map_with_length(schema, entries.len(), &|serializer| {
                    entries.iter().try_for_each(|(key, value)| {
                        self.problem.within(key.clone(), || {
                            serializer.write_string(&STRING, key)?;
                            match value {
                                Value::Nil => serializer.write_null(item_schema),
                                value => self.write(serializer, item_schema, item.target, value),
                            }
                        })
                    })
                })
            }
            (Kind::Map { .. }, _) => Err(wrong("table")),
            (Kind::Boolean, Value::Bool(yes)) => serializer.write_boolean(schema, *yes),
            (Kind::Boolean, _) => Err(wrong("boolean")),
            (Kind::Integer, Value::Integer(number)) => match i32::try_from(*number) {
                Ok(number) => serializer.write_integer(schema, number),
                Err(_) => Err(self.problem.report(format!("{number} does not fit into 32 bits"))),
            },
            (Kind::Long, Value::Integer(number)) => serializer.write_long(schema, *number),
            (Kind::Integer | Kind::Long, _) => Err(wrong("integer")),
            (Kind::Float, value) => match number(value) {
                Some(number) => serializer.write_float(schema, number as f32),
                None => Err(wrong("number")),
            },
            (Kind::Double, value) => match number(value) {
                Some(number) => serializer.write_double(schema, number),
                None => Err(wrong("number")),
            },
            (Kind::String { .. }, Value::String(text)) => serializer.write_string(schema, text),
            (Kind::String { .. }, Value::Secret(secret)) => match std::str::from_utf8(secret.reveal()) {
                Ok(text) => serializer.write_string(schema, text),
                Err(_) => Err(self.problem.report("expected text, got bytes that are not UTF-8")),
            },
            (Kind::String { .. }, _) => Err(wrong("string")),
            (Kind::Blob, Value::String(text)) => serializer.write_blob(schema, Blob::new(text.as_bytes())),
            (Kind::Blob, Value::Bytes(bytes)) => serializer.write_blob(schema, Blob::new(bytes.as_slice())),
            (Kind::Blob, Value::Secret(secret)) => serializer.write_blob(schema, Blob::new(secret.reveal())),
            (Kind::Blob, _) => Err(wrong("string")),
            (Kind::Timestamp(_), Value::Time(time)) => serializer.write_timestamp(schema, &date_time(*time)),
            (Kind::Timestamp(_), _) => Err(wrong("time")),
            (Kind::Document, value) => match document(value, 0) {
                Some(document) => serializer.write_document(schema, &document),
                None => Err(wrong("value that JSON can hold")),
            },
        }
    }

    /// Whether a list has no place in a request. EC2 has no form for an empty list. The serializer of the query
    /// protocols would write a list of empty structures as an empty list, which means something else.
    fn is_absent(&self, items: &[Value]) -> bool {
        match self.schemas.protocol {
            Protocol::Ec2 => items.iter().all(|item| is_void(item, true)),
            Protocol::Query => !items.is_empty() && items.iter().all(|item| is_void(item, false)),
            _ => false,
        }
    }
}

/// Whether nothing is written for a value.
fn is_void(value: &Value, lists_are_void: bool) -> bool {
    match value {
        Value::Nil => true,
        Value::Map(Map(fields)) => fields.iter().all(|(_, value)| is_void(value, lists_are_void)),
        Value::List(items) => lists_are_void && items.iter().all(|item| is_void(item, true)),
        _ => false,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

pub(crate) fn date_time(time: Timestamp) -> DateTime {
    // The parts of a time before 1970 have the same sign; those of a `DateTime` do not.
    let (seconds, nanoseconds) = (time.as_second(), time.subsec_nanosecond());
    match u32::try_from(nanoseconds) {
        Ok(nanoseconds) => DateTime::from_secs_and_nanos(seconds, nanoseconds),
        Err(_) => DateTime::from_secs_and_nanos(seconds - 1, (nanoseconds + 1_000_000_000).unsigned_abs()),
    }
}

/// Returns a value as a document; `None` if JSON has no such value, or if it is nested too deeply.
fn document(value: &Value, depth: usize) -> Option<Document> {
    if depth > MAX_DEPTH {
        return None;
    }
    Some(match value {
        Value::Nil => Document::Null,
        Value::Bool(yes) => Document::Bool(*yes),
        Value::Integer(number) => Document::Number(match u64::try_from(*number) {
            Ok(number) => Number::PosInt(number),
            Err(_) => Number::NegInt(*number),
        }),
        Value::Float(number) => Document::Number(Number::Float(*number)),
        Value::String(text) => Document::String(text.clone()),
        Value::List(items) => {
            Document::Array(items.iter().map(|item| document(item, depth + 1)).collect::<Option<_>>()?)
        }
        Value::Map(Map(entries)) => {
            let entries = entries.iter().map(|(key, value)| Some((key.clone(), document(value, depth + 1)?)));
            Document::Object(entries.collect::<Option<_>>()?)
        }
        Value::Time(time) => Document::String(time.to_string()),
        Value::Secret(secret) => Document::String(String::from_utf8(secret.reveal().to_vec()).ok()?),
        Value::Bytes(_) | Value::Planned(_) => return None,
    })
}
