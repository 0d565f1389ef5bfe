//! A value on its way between a script and the world: what an operation is given,
//! what a report shows, what JSON holds. It owns its data and may cross threads;
//! nothing in it belongs to a virtual machine or to the SDK.

use std::fmt;

use jiff::Timestamp;

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    #[default]
    Nil,
    Bool(bool),
    Integer(i64),
    Float(f64),
    String(String),
    /// Text that is not UTF-8: a blob, or output of a machine.
    Bytes(Vec<u8>),
    Secret(Secret),
    Time(Timestamp),
    List(Vec<Value>),
    Map(Map),
    /// Not known yet: a part of what a planned change will give.
    Planned(Planned),
}

/// A part of an answer that there is none of yet.
#[derive(Clone, Debug, PartialEq)]
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
    /// Begins the text of each, so that a text that was made of one can be told.
    pub const MARK: &str = "(known after change ";
}

/// Text that is shown to nobody. Whatever writes values writes [`Secret::SHOWN`]; only the
/// way to AWS, and whoever asks for it by name, takes the text out.
#[derive(Clone, PartialEq)]
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

/// Named values in the order in which they are to be shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map(pub Vec<(String, Value)>);

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

    /// Removes a value and gives it away; Nil where there is none.
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
    /// What a message calls a value of this kind, in Lua's words where it has one.
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

    /// Text where it is UTF-8.
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
