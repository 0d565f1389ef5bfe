//! Values between a script and the rest of the program.
//!
//! A list is a table that carries the list mark (mlua's array metatable) or holds
//! nothing but items 1 to n; any other table is a map. An empty table without the
//! mark is an empty map. Everything that comes from the program carries the mark,
//! so that an empty list stays one.
//!
//! Two metafields take part. A table whose metatable has `__force` is filled by
//! calling that with the table, and read afterwards. A userdata with `__tovalue` is
//! what that returns.

use std::ffi::c_void;
use std::fmt;

use mlua::{AnyUserData, Function, Lua, LuaSerdeExt, Table, Value as LuaValue};
use moonfleet_core::{Map, Value};

use super::secret::{self, LuaSecret};
use super::time::Time;
use crate::aws::PlannedValue;
use crate::containment::MemoryShare;
use crate::error_value;

/// Deeper than any answer of AWS, and shallow enough for every stack.
const DEEPEST: usize = 100;

#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    #[error("{at} is a {kind}, which is no data; leave it out or make text of it with tostring")]
    NotData { at: ValuePath, kind: String },
    #[error("{at} has both items and the name `{name}`; make it a list or a table of names")]
    Mixed { at: ValuePath, name: String },
    #[error("{at} has an item {key} but no item {missing}; fill the gap, or name items with tostring")]
    Sparse { at: ValuePath, key: i64, missing: i64 },
    #[error("{at} has a {kind} as a key; keys are text or numbers")]
    Key { at: ValuePath, kind: &'static str },
    #[error("{at} has the key `{name}` twice, as a number and as text; keep one of them")]
    Twice { at: ValuePath, name: String },
    #[error("{at} is a table that contains itself; leave out the way back")]
    Cycle { at: ValuePath },
    #[error("{at} is nested more than {DEEPEST} levels deep; is it still the data you mean?")]
    Deep { at: ValuePath },
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

pub fn to_value(lua: &Lua, value: &LuaValue) -> Result<Value, ConvertError> {
    let mut reader = Reader {
        mark: lua.array_metatable(),
        at: ValuePath::default(),
        open: Vec::new(),
        share: MemoryShare::new(lua),
    };
    reader.value(value)
}

/// Nil inside a list or a map becomes `json.null`, since Lua's own nil would make a
/// hole in the one and vanish from the other. Alone it is Lua's nil.
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
        // Only the text of it comes back: what it is part of belongs to a session.
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

/// Fills a table that is filled on demand; gives it the metatable that it has then.
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

/// Where in a value something is, as a script would write it: `.a.b[3]`.
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
        if self.open.len() >= DEEPEST {
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
        let marked = force(table)?.is_some_and(|metatable| metatable == self.mark);
        let mut items = Vec::new();
        let mut names = Vec::new();
        for pair in table.pairs::<LuaValue, LuaValue>() {
            let (key, value) = pair?;
            match key {
                LuaValue::Integer(number) => items.push((number, value)),
                other => names.push((self.name(&other)?, value)),
            }
        }
        // Lua's order differs from run to run, and reports must not.
        items.sort_by_key(|(number, _)| *number);
        names.sort_by(|(a, _), (b, _)| a.cmp(b));
        let is_sequence = items.first().is_some_and(|(number, _)| *number == 1);
        match names.first() {
            Some((name, _)) if marked || is_sequence => {
                Err(ConvertError::Mixed { at: self.at.clone(), name: name.clone() })
            }
            None if marked => self.list(filled(items)),
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

/// A list of the program's own stays one where a function of the script's gave nothing.
fn filled(items: Vec<(i64, LuaValue)>) -> Vec<(i64, LuaValue)> {
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
