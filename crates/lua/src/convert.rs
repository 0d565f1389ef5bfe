//! Converts values between scripts and the rest of the program.
//!
//! A list is a table that has the list mark (mlua's array metatable) or contains only the items
//! 1 to n; any other table is a map. An empty table without the mark is an empty map. Every list
//! that comes from the program has the mark, so that an empty list stays a list.
//!
//! Two metafields take part. If the metatable of a table has `__force`, that function fills the
//! table before it is read. If a userdata has `__tovalue`, the result of that function is converted
//! instead.

use std::ffi::c_void;
use std::fmt;

use mlua::{AnyUserData, Function, Lua, LuaSerdeExt, Table, Value as LuaValue};
use moonfleet_core::{Map, Value};

use super::secret::{self, LuaSecret};
use super::time::Time;
use crate::aws::{self, PlannedValue};
use crate::containment::MemoryShare;
use crate::error_value;

/// The maximum depth: more than any answer of AWS has, and small enough for every stack.
const MAX_DEPTH: usize = 100;

#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    #[error("{at} has the type {kind}, which is not data; leave it out or convert it to text with tostring")]
    NotData { at: ValuePath, kind: String },
    #[error("{at} has both items and the name `{name}`; use either items or names")]
    Mixed { at: ValuePath, name: String },
    #[error("{at} has an item {key} but no item {missing}; fill the gap, or convert the keys with tostring")]
    Sparse { at: ValuePath, key: i64, missing: i64 },
    #[error("{at} has a key of type {kind}; keys must be text or numbers")]
    Key { at: ValuePath, kind: &'static str },
    #[error("{at} has the key `{name}` twice, as a number and as text; keep one of them")]
    Twice { at: ValuePath, name: String },
    #[error("{at} is a table that contains itself; remove the cycle")]
    Cycle { at: ValuePath },
    #[error("{at} has more than {MAX_DEPTH} levels of nesting; pass a smaller part of it")]
    Deep { at: ValuePath },
    /// A value that DynamoDB does not have.
    #[error("{0}")]
    Attribute(String),
    #[error(transparent)]
    Lua(#[from] mlua::Error),
}

impl From<ConvertError> for mlua::Error {
    fn from(error: ConvertError) -> Self {
        match error {
            ConvertError::Lua(error) => error,
            other => mlua::Error::external(other),
        }
    }
}

/// Converts a Lua value into data.
pub fn to_value(lua: &Lua, value: &LuaValue) -> Result<Value, ConvertError> {
    let mut reader = Reader {
        mark: lua.array_metatable(),
        at: ValuePath::default(),
        open: Vec::new(),
        share: MemoryShare::new(lua),
    };
    reader.value(value)
}

/// Converts data into a Lua value. Nil inside a list or a map becomes `json.null`, since Lua's nil would
/// be a gap in a list and would be missing from a map. Nil alone is Lua's nil.
pub fn from_value(lua: &Lua, value: &Value) -> mlua::Result<LuaValue> {
    match value {
        Value::Nil => Ok(LuaValue::Nil),
        other => inner(lua, &lua.array_metatable(), other),
    }
}

fn inner(lua: &Lua, mark: &Table, value: &Value) -> mlua::Result<LuaValue> {
    Ok(match value {
        Value::Nil => LuaValue::NULL,
        Value::Bool(yes) => LuaValue::Boolean(*yes),
        Value::Integer(number) => LuaValue::Integer(*number),
        Value::Float(number) => LuaValue::Number(*number),
        Value::String(text) => LuaValue::String(lua.create_string(text)?),
        Value::Bytes(bytes) => LuaValue::String(lua.create_string(bytes)?),
        Value::Secret(secret) => secret::hidden(lua, secret.reveal())?,
        Value::Time(time) => LuaValue::UserData(lua.create_userdata(Time(*time))?),
        // Only its text is returned: the placeholder itself belongs to a session.
        Value::Planned(planned) => LuaValue::String(lua.create_string(planned.to_string())?),
        Value::List(items) => {
            let list = lua.create_table_with_capacity(items.len(), 0)?;
            for item in items {
                list.raw_push(inner(lua, mark, item)?)?;
            }
            list.set_metatable(Some(mark.clone()))?;
            LuaValue::Table(list)
        }
        Value::Map(Map(fields)) => {
            let map = lua.create_table_with_capacity(0, fields.len())?;
            for (name, value) in fields {
                map.raw_set(name.as_str(), inner(lua, mark, value)?)?;
            }
            LuaValue::Table(map)
        }
    })
}

/// Fills a table that is filled on demand. Returns its metatable afterwards.
pub fn force(table: &Table) -> mlua::Result<Option<Table>> {
    let Some(metatable) = table.metatable() else {
        return Ok(None);
    };
    match metatable.raw_get::<Option<Function>>("__force")? {
        Some(fill) => {
            fill.call::<()>(table)?;
            Ok(table.metatable())
        }
        None => Ok(Some(metatable)),
    }
}

/// The path of a part of a value, as a script would write it: `.a.b[3]`.
#[derive(Clone, Debug, Default)]
pub struct ValuePath(Vec<PathStep>);

#[derive(Clone, Debug)]
enum PathStep {
    Name(String),
    Item(i64),
}

impl ValuePath {
    pub(super) fn name(&mut self, name: &str) {
        self.0.push(PathStep::Name(name.to_owned()));
    }

    pub(super) fn item(&mut self, number: usize) {
        self.0.push(PathStep::Item(i64::try_from(number).unwrap_or(i64::MAX)));
    }

    pub(super) fn up(&mut self) {
        self.0.pop();
    }
}

impl fmt::Display for ValuePath {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return to.write_str("the value");
        }
        self.0.iter().try_for_each(|step| match step {
            PathStep::Item(number) => write!(to, "[{number}]"),
            PathStep::Name(name) if is_identifier(name) => write!(to, ".{name}"),
            PathStep::Name(name) => write!(to, "[{name:?}]"),
        })
    }
}

fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

struct Reader {
    mark: Table,
    at: ValuePath,
    /// The tables and userdata that are being read, the outermost first.
    open: Vec<*const c_void>,
    share: MemoryShare,
}

impl Reader {
    fn value(&mut self, value: &LuaValue) -> Result<Value, ConvertError> {
        let text = value.as_string().map_or(0, |text| text.as_bytes().len());
        self.share.take(size_of::<Value>() + text)?;
        match value {
            LuaValue::Nil => Ok(Value::Nil),
            null if null.is_null() => Ok(Value::Nil),
            LuaValue::Boolean(yes) => Ok(Value::Bool(*yes)),
            LuaValue::Integer(number) => Ok(Value::Integer(*number)),
            LuaValue::Number(number) => Ok(Value::Float(*number)),
            LuaValue::String(text) => Ok(Value::from_bytes(text.as_bytes().to_vec())),
            LuaValue::Table(table) => self.enter(value, |reader| reader.table(table)),
            LuaValue::UserData(object) => self.enter(value, |reader| reader.object(object)),
            LuaValue::Error(error) => Ok(error_value::value(error)),
            other => Err(self.not_data(other.type_name())),
        }
    }

    fn enter(
        &mut self,
        value: &LuaValue,
        read: impl FnOnce(&mut Self) -> Result<Value, ConvertError>,
    ) -> Result<Value, ConvertError> {
        let identity = value.to_pointer();
        if self.open.contains(&identity) {
            return Err(ConvertError::Cycle { at: self.at.clone() });
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(ConvertError::Deep { at: self.at.clone() });
        }
        self.open.push(identity);
        let read = read(self);
        self.open.pop();
        read
    }

    fn object(&mut self, object: &AnyUserData) -> Result<Value, ConvertError> {
        if let Ok(time) = object.borrow::<Time>() {
            return Ok(Value::Time(time.0));
        }
        if let Ok(planned) = object.borrow::<PlannedValue>() {
            return Ok(Value::Planned(planned.part.clone()));
        }
        if let Ok(hidden) = object.borrow::<LuaSecret>() {
            return Ok(Value::Secret(hidden.0.clone()));
        }
        let convert = object.metatable().and_then(|m| m.get::<Option<Function>>("__tovalue"));
        match convert {
            Ok(Some(convert)) => self.value(&convert.call(object)?),
            _ => {
                let kind = object.type_name().map(|name| name.to_string_lossy());
                Err(self.not_data(kind.as_deref().unwrap_or("userdata")))
            }
        }
    }

    fn table(&mut self, table: &Table) -> Result<Value, ConvertError> {
        let metatable = force(table)?;
        if let Some(service) = metatable.as_ref().map(aws::service_type).transpose()?.flatten() {
            return Err(self.not_data(&service));
        }
        let marked = metatable.is_some_and(|metatable| metatable == self.mark);
        let mut items = Vec::new();
        let mut names = Vec::new();
        for pair in table.pairs::<LuaValue, LuaValue>() {
            let (key, value) = pair?;
            match key {
                LuaValue::Integer(number) => items.push((number, value)),
                other => names.push((self.name(&other)?, value)),
            }
        }
        // The order of Lua differs between runs; reports must not.
        items.sort_by_key(|(number, _)| *number);
        names.sort_by(|(a, _), (b, _)| a.cmp(b));
        let is_sequence = items.first().is_some_and(|(number, _)| *number == 1);
        match names.first() {
            Some((name, _)) if marked || is_sequence => {
                Err(ConvertError::Mixed { at: self.at.clone(), name: name.clone() })
            }
            None if marked => self.list(with_gaps_filled(items)),
            None if !items.is_empty() => self.list(items),
            _ => self.map(items, names),
        }
    }

    fn list(&mut self, items: Vec<(i64, LuaValue)>) -> Result<Value, ConvertError> {
        let mut list = Vec::with_capacity(items.len());
        for (missing, (key, value)) in (1..).zip(items) {
            if key != missing {
                return Err(ConvertError::Sparse { at: self.at.clone(), key, missing });
            }
            self.at.0.push(PathStep::Item(key));
            list.push(self.value(&value)?);
            self.at.up();
        }
        Ok(Value::List(list))
    }

    fn map(&mut self, items: Vec<(i64, LuaValue)>, mut names: Vec<(String, LuaValue)>) -> Result<Value, ConvertError> {
        if !items.is_empty() {
            names.extend(items.into_iter().map(|(number, value)| (number.to_string(), value)));
            names.sort_by(|(a, _), (b, _)| a.cmp(b));
        }
        let mut map: Vec<(String, Value)> = Vec::with_capacity(names.len());
        for (name, value) in names {
            if map.last().is_some_and(|(last, _)| *last == name) {
                return Err(ConvertError::Twice { at: self.at.clone(), name });
            }
            self.at.name(&name);
            let value = self.value(&value)?;
            self.at.up();
            map.push((name, value));
        }
        Ok(Value::Map(Map(map)))
    }

    fn name(&self, key: &LuaValue) -> Result<String, ConvertError> {
        let wrong = |kind| ConvertError::Key { at: self.at.clone(), kind };
        match key {
            LuaValue::String(text) => match text.to_str() {
                Ok(text) => Ok(text.to_owned()),
                Err(_) => Err(wrong("string that is not UTF-8")),
            },
            LuaValue::Number(number) => Ok(format!("{number:?}")),
            other => Err(wrong(other.type_name())),
        }
    }

    fn not_data(&self, kind: &str) -> ConvertError {
        ConvertError::NotData { at: self.at.clone(), kind: kind.to_owned() }
    }
}

/// Fills the gaps of a marked list with nil, for example after a function of the script returned nothing.
fn with_gaps_filled(items: Vec<(i64, LuaValue)>) -> Vec<(i64, LuaValue)> {
    let mut whole = Vec::with_capacity(items.len());
    for (key, value) in items {
        let next = i64::try_from(whole.len()).unwrap_or(i64::MAX) + 1;
        whole.extend((next..key).map(|missing| (missing, LuaValue::Nil)));
        whole.push((key, value));
    }
    whole
}

#[cfg(test)]
mod tests;
