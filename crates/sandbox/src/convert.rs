//! Conversions between the values of a call and the types of the SDK crates, for the handlers that are typed. The
//! generated files in `typed/` list the types and their fields; these macros expand them.

use std::collections::HashMap;
use std::hash::Hash;

use aws_smithy_types::error::operation::BuildError;
use aws_smithy_types::{Blob, DateTime};
pub(crate) use moonfleet_core::Value;
use moonfleet_core::{Map, calendar};

/// A value that has no place in the type.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Mismatch {
    /// The SDK crate is older than the model.
    #[error("the parameter '{0}'")]
    UnknownField(String),
    #[error("{0}")]
    WrongValue(String),
}

pub(crate) trait FromValue: Sized {
    fn from_value(value: Value) -> Result<Self, Mismatch>;
}

pub(crate) trait IntoValue {
    fn into_value(self) -> Value;
}

/// A structure of the SDK. The path is one of the crate's.
macro_rules! structure {
    ($($name:ident)::+, in out $fields:tt) => {
        structure!($($name)::+, in $fields);
        structure!($($name)::+, out $fields);
    };
    ($($name:ident)::+, in { $($field:ident),* $(,)? }) => { pastey::paste! {
        impl FromValue for $($name)::+ {
            fn from_value(value: Value) -> Result<Self, Mismatch> {
                #[allow(unused_mut, reason = "some structures are empty")]
                let mut fields = Fields::of(value)?;
                let builder = Self::builder()$(.[<set_ $field>](fields.take(stringify!($field))?))*;
                fields.end()?;
                Finish::<Self>::finish(builder.build())
            }
        }
    } };
    ($($name:ident)::+, out { $($field:ident),* $(,)? }) => {
        impl IntoValue for $($name)::+ {
            fn into_value(self) -> Value {
                structure_of([$((stringify!($field), self.$field.into_value())),*])
            }
        }
    };
}

/// A union: a tagged enum of the SDK, and a map with exactly one key.
macro_rules! union {
    ($($name:ident)::+, in out $fields:tt) => {
        union!($($name)::+, in $fields);
        union!($($name)::+, out $fields);
    };
    ($($name:ident)::+, in { $($field:ident = $variant:ident),* $(,)? }) => {
        impl FromValue for $($name)::+ {
            fn from_value(value: Value) -> Result<Self, Mismatch> {
                let mut fields = Fields::of(value)?;
                $(if let Some(value) = fields.take(stringify!($field))? {
                    fields.end()?;
                    return Ok(Self::$variant(value));
                })*
                fields.end()?;
                Err(Mismatch::WrongValue("a union needs one of its fields".to_owned()))
            }
        }
    };
    ($($name:ident)::+, out { $($field:ident = $variant:ident),* $(,)? }) => {
        impl IntoValue for $($name)::+ {
            fn into_value(self) -> Value {
                match self {
                    $(Self::$variant(value) => structure_of([(stringify!($field), value.into_value())]),)*
                    _ => Value::Nil,
                }
            }
        }
    };
}

/// A text with known values.
macro_rules! enumeration {
    ($($name:ident)::+, in out) => {
        enumeration!($($name)::+, in);
        enumeration!($($name)::+, out);
    };
    ($($name:ident)::+, in) => {
        impl FromValue for $($name)::+ {
            fn from_value(value: Value) -> Result<Self, Mismatch> {
                String::from_value(value).map(|text| Self::from(text.as_str()))
            }
        }
    };
    ($($name:ident)::+, out) => {
        impl IntoValue for $($name)::+ {
            fn into_value(self) -> Value {
                Value::from(self.as_str())
            }
        }
    };
}

pub(crate) use {enumeration, structure, union};

/// The fields of a structure under construction. Absent fields stay absent.
pub(crate) struct Fields(Map);

impl Fields {
    pub(crate) fn of(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Map(map) => Ok(Fields(map)),
            other => Err(wrong("table", &other)),
        }
    }

    pub(crate) fn take<T: FromValue>(&mut self, name: &str) -> Result<Option<T>, Mismatch> {
        match self.0.take(plain(name)) {
            Value::Nil => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }

    /// Fails if a field is left.
    pub(crate) fn end(self) -> Result<(), Mismatch> {
        match self.0.0.into_iter().find(|(_, value)| !value.is_nil()) {
            Some((name, _)) => Err(Mismatch::UnknownField(name)),
            None => Ok(()),
        }
    }
}

/// Returns the fields that are set.
pub(crate) fn structure_of<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let set = fields.into_iter().filter(|(_, value)| !value.is_nil());
    Value::Map(set.map(|(name, value)| (plain(name).to_owned(), value)).collect())
}

/// Returns the name of a field without the mark of Rust's keywords.
fn plain(name: &str) -> &str {
    name.strip_prefix("r#").unwrap_or(name)
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
        self.map_err(|error| Mismatch::WrongValue(error.to_string()))
    }
}

fn wrong(wanted: &str, got: &Value) -> Mismatch {
    Mismatch::WrongValue(format!("expected {wanted}, got {}", got.kind()))
}

macro_rules! from_value {
    ($ty:ty, $wanted:literal, $($pattern:pat => $value:expr),+) => {
        impl FromValue for $ty {
            fn from_value(value: Value) -> Result<Self, Mismatch> {
                match value {
                    $($pattern => $value,)+
                    other => Err(wrong($wanted, &other)),
                }
            }
        }
    };
}

from_value!(bool, "boolean", Value::Bool(b) => Ok(b));
from_value!(i64, "integer", Value::Integer(i) => Ok(i));
from_value!(i32, "integer",
    Value::Integer(i) => i.try_into().map_err(|_| Mismatch::WrongValue(format!("{i} does not fit into 32 bits"))));
from_value!(f64, "number", Value::Float(f) => Ok(f), Value::Integer(i) => Ok(i as f64));
from_value!(f32, "number", Value::Float(f) => Ok(f as f32), Value::Integer(i) => Ok(i as f32));
from_value!(String, "string", Value::String(s) => Ok(s));
from_value!(Blob, "binary string",
    Value::String(s) => Ok(Blob::new(s)),
    Value::Bytes(b) => Ok(Blob::new(b)));
from_value!(DateTime, "time",
    Value::Time(t) => DateTime::from_nanos(t.as_nanosecond()).map_err(|e| Mismatch::WrongValue(e.to_string())));

impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::List(items) => items.into_iter().map(T::from_value).collect(),
            other => Err(wrong("list", &other)),
        }
    }
}

impl<K: for<'a> From<&'a str> + Eq + Hash, V: FromValue> FromValue for HashMap<K, V> {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Map(Map(entries)) => {
                entries.into_iter().map(|(key, value)| Ok((K::from(&key), V::from_value(value)?))).collect()
            }
            other => Err(wrong("table", &other)),
        }
    }
}

macro_rules! into_value {
    ($ty:ty, $given:ident => $value:expr) => {
        impl IntoValue for $ty {
            fn into_value(self) -> Value {
                let $given = self;
                $value
            }
        }
    };
}

into_value!(bool, yes => Value::Bool(yes));
into_value!(i32, number => Value::Integer(number.into()));
into_value!(i64, number => Value::Integer(number));
into_value!(f64, number => Value::Float(number));
// A handler that writes 0.05 means 0.05, and not the nearest number of 32 bits in 64.
into_value!(f32, number => Value::Float(number.to_string().parse().unwrap_or_else(|_| f64::from(number))));
into_value!(String, text => Value::String(text));
into_value!(Blob, bytes => Value::Bytes(bytes.into_inner()));
into_value!(DateTime, time => {
    let nanoseconds = i32::try_from(time.subsec_nanos()).unwrap_or_default();
    calendar::from_unix(time.secs(), nanoseconds).map_or(Value::Nil, Value::Time)
});

impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self) -> Value {
        self.map_or(Value::Nil, IntoValue::into_value)
    }
}

impl<T: IntoValue> IntoValue for Box<T> {
    fn into_value(self) -> Value {
        (*self).into_value()
    }
}

impl<T: FromValue> FromValue for Box<T> {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        T::from_value(value).map(Box::new)
    }
}

impl<T: IntoValue> IntoValue for Vec<T> {
    fn into_value(self) -> Value {
        Value::List(self.into_iter().map(IntoValue::into_value).collect())
    }
}

impl<K: AsRef<str>, V: IntoValue> IntoValue for HashMap<K, V> {
    fn into_value(self) -> Value {
        let mut entries: Vec<_> = self.into_iter().map(|(k, v)| (k.as_ref().to_owned(), v.into_value())).collect();
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        Value::Map(Map(entries))
    }
}
