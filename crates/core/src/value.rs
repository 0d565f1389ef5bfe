//! Values outside of Lua: inputs of operations, rows of reports, parsed JSON. A value owns its data
//! and may cross threads; it contains no references to a Lua state or to the SDK.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bounded_depth;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Value {
    #[default]
    Nil,
    Bool(bool),
    Integer(i64),
    Float(f64),
    String(String),
    /// Bytes that are not UTF-8: a blob, or the output of a machine.
    Bytes(Vec<u8>),
    Secret(Secret),
    Time(Timestamp),
    List(#[serde(deserialize_with = "bounded_depth::deserialize")] Vec<Value>),
    Map(Map),
    /// A part of the answer to a planned change, which is not known yet.
    Planned(Planned),
}

/// A part of the answer to a planned change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// The change's number in its plan, counted from 1.
    pub change: usize,
    /// Names of fields, and numbers of items counted from 1.
    pub path: Vec<String>,
}

impl std::fmt::Display for Planned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", Self::MARK, self.change)?;
        match self.path[..] {
            [] => f.write_str(")"),
            _ => write!(f, ": {})", self.path.join(".")),
        }
    }
}

impl Planned {
    /// The beginning of the placeholder text, by which concatenated texts are recognized.
    pub const MARK: &str = "(known after change ";
}

/// A secret text. All output shows the placeholder [`Secret::SHOWN`] instead. The text is read only
/// to send it to AWS, and by scripts that call `reveal`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Secret(Vec<u8>);

impl Secret {
    pub const SHOWN: &str = "<secret>";

    pub fn new(text: impl Into<Vec<u8>>) -> Self {
        Secret(text.into())
    }

    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Secret::SHOWN)
    }
}

/// Named values, in the order in which they are shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Map(#[serde(deserialize_with = "bounded_depth::deserialize")] pub Vec<(String, Value)>);

impl Map {
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v)
    }

    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.0.iter_mut().find(|(n, _)| n == name).map(|(_, v)| v)
    }

    pub fn set(&mut self, name: &str, value: Value) {
        match self.get_mut(name) {
            Some(slot) => *slot = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// Removes and returns a value; `Nil` if the map has no such name.
    pub fn take(&mut self, name: &str) -> Value {
        match self.0.iter().position(|(n, _)| n == name) {
            Some(at) => self.0.swap_remove(at).1,
            None => Value::Nil,
        }
    }
}

impl FromIterator<(String, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(entries: I) -> Self {
        Map(entries.into_iter().collect())
    }
}

impl Value {
    /// Returns the name of the value's type for messages; Lua's name if Lua has the type.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Nil => "nil",
            Value::Bool(_) => "boolean",
            Value::Integer(_) => "integer",
            Value::Float(_) => "number",
            Value::String(_) => "string",
            Value::Bytes(_) => "string that is not valid UTF-8",
            Value::Secret(_) => "secret",
            Value::Time(_) => "time",
            Value::List(_) => "list",
            Value::Map(_) => "table",
            Value::Planned(_) => "planned value",
        }
    }

    /// Returns a string if the bytes are UTF-8, else bytes.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        String::from_utf8(bytes).map_or_else(|e| Value::Bytes(e.into_bytes()), Value::String)
    }

    pub fn is_nil(&self) -> bool {
        matches!(self, Value::Nil)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::String(text)
    }
}
