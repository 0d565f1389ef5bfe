//! Converts checked values to the SDK's inputs. `check` has accepted the values, so a mismatch here is a bug
//! of Moonfleet, and its message says so.

use std::collections::HashMap;
use std::hash::Hash;

use aws_smithy_types::error::operation::BuildError;
use aws_smithy_types::{Blob, DateTime};
use moonfleet_core::{Map, Value};

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Mismatch(pub String);

impl Mismatch {
    pub(crate) fn new(wanted: &str, got: &Value) -> Self {
        Mismatch(format!("expected {wanted}, got {}", got.kind()))
    }
}

pub(crate) trait FromValue: Sized {
    fn from_value(value: Value) -> Result<Self, Mismatch>;
}

/// The fields of a structure under construction. Absent fields stay absent.
pub(crate) struct Fields(Map);

impl Fields {
    pub(crate) fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Map(map) => Ok(Fields(map)),
            other => Err(Mismatch::new("table", &other)),
        }
    }

    pub(crate) fn take<T: FromValue>(&mut self, spelling: &str) -> Result<Option<T>, Mismatch> {
        match self.0.take(spelling.strip_prefix("r#").unwrap_or(spelling)) {
            Value::Nil => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }
}

/// Unifies the SDK's builders: some return a result, some a value.
pub(crate) trait Finish<T> {
    fn finish(self) -> Result<T, Mismatch>;
}

impl<T> Finish<T> for T {
    fn finish(self) -> Result<T, Mismatch> {
        Ok(self)
    }
}

impl<T> Finish<T> for Result<T, BuildError> {
    fn finish(self) -> Result<T, Mismatch> {
        self.map_err(|e| Mismatch(e.to_string()))
    }
}

macro_rules! from_value {
    ($ty:ty, $wanted:literal, $($pattern:pat => $value:expr),+) => {
        impl FromValue for $ty {
            fn from_value(value: Value) -> Result<Self, Mismatch> {
                match value {
                    $($pattern => $value,)+
                    other => Err(Mismatch::new($wanted, &other)),
                }
            }
        }
    };
}

from_value!(bool, "boolean", Value::Bool(b) => Ok(b));
from_value!(i64, "integer", Value::Integer(i) => Ok(i));
from_value!(i32, "integer",
    Value::Integer(i) => i.try_into().map_err(|_| Mismatch(format!("{i} does not fit into 32 bits"))));
from_value!(f64, "number", Value::Float(f) => Ok(f), Value::Integer(i) => Ok(i as f64));
from_value!(f32, "number", Value::Float(f) => Ok(f as f32), Value::Integer(i) => Ok(i as f32));
from_value!(String, "string", Value::String(s) => Ok(s));
from_value!(Blob, "binary string",
    Value::String(s) => Ok(Blob::new(s)),
    Value::Bytes(b) => Ok(Blob::new(b)));
from_value!(DateTime, "time",
    Value::Time(t) => DateTime::from_nanos(t.as_nanosecond()).map_err(|e| Mismatch(e.to_string())));

impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::List(items) => items.into_iter().map(T::from_value).collect(),
            other => Err(Mismatch::new("list", &other)),
        }
    }
}

impl<K: for<'a> From<&'a str> + Eq + Hash, V: FromValue> FromValue for HashMap<K, V> {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Map(Map(entries)) => {
                entries.into_iter().map(|(k, v)| Ok((K::from(&k), V::from_value(v)?))).collect()
            }
            other => Err(Mismatch::new("table", &other)),
        }
    }
}
