//! Values of DynamoDB that need more than a plain Lua value, and the functions that make them.

use mlua::{Error, Function, Lua, LuaSerdeExt, LuaString, MetaMethod, Result, Table, UserData, UserDataMethods, Value};
use moonfleet_core::error::{self, INVALID_INPUT};

use super::number::ExactNumber;

/// A table that knows its type.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Mark {
    StringSet,
    NumberSet,
    BinarySet,
    /// A map that looks like a value in AWS's form, such as `{S = "small"}`.
    Map,
}

impl Mark {
    const ALL: [Mark; 4] = [Mark::StringSet, Mark::NumberSet, Mark::BinarySet, Mark::Map];

    /// The function that makes such a table.
    pub(super) fn name(self) -> &'static str {
        match self {
            Mark::StringSet => "string_set",
            Mark::NumberSet => "number_set",
            Mark::BinarySet => "binary_set",
            Mark::Map => "map",
        }
    }

    /// The member of AWS's union.
    pub(super) fn member(self) -> &'static str {
        match self {
            Mark::StringSet => "ss",
            Mark::NumberSet => "ns",
            Mark::BinarySet => "bs",
            Mark::Map => "m",
        }
    }

    /// Returns the mark of a table.
    pub(super) fn of(table: &Table) -> Result<Option<Mark>> {
        let Some(metatable) = table.metatable() else { return Ok(None) };
        let kind: Option<String> = metatable.raw_get::<Option<String>>(KIND).ok().flatten();
        Ok(kind.and_then(|kind| Mark::ALL.into_iter().find(|mark| mark.name() == kind)))
    }

    /// Marks a table.
    pub(super) fn set(self, lua: &Lua, table: &Table) -> Result<()> {
        let name = format!("moonfleet.dynamodb.{}", self.name());
        if let Some(known) = lua.named_registry_value::<Option<Table>>(&name)? {
            return table.set_metatable(Some(known));
        }
        let metatable = lua.create_table()?;
        metatable.raw_set(KIND, self.name())?;
        if self != Mark::Map {
            // A set has the methods of a list.
            metatable.raw_set("__index", lua.array_metatable().raw_get::<Value>("__index")?)?;
        }
        lua.set_named_registry_value(&name, &metatable)?;
        table.set_metatable(Some(metatable))
    }
}

const KIND: &str = "__dynamodb";

/// Bytes. A string of Lua is a string of DynamoDB.
pub(super) struct Binary(pub(super) Vec<u8>);

impl UserData for Binary {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(MetaMethod::ToString, |lua, this, ()| lua.create_string(&this.0));
        methods.add_meta_method("__tovalue", |lua, this, ()| lua.create_string(&this.0));
        methods.add_meta_method(MetaMethod::Len, |_, this, ()| Ok(this.0.len()));
        methods.add_meta_function(MetaMethod::Concat, |lua, (a, b): (Value, Value)| {
            lua.create_string([bytes(&a)?, bytes(&b)?].concat())
        });
        methods.add_meta_function(MetaMethod::Eq, |_, (a, b): (Value, Value)| {
            let is_binary = |value: &Value| value.as_userdata().is_some_and(|data| data.is::<Binary>());
            Ok(is_binary(&a) && is_binary(&b) && bytes(&a)? == bytes(&b)?)
        });
    }
}

fn bytes(value: &Value) -> Result<Vec<u8>> {
    match value.as_userdata().and_then(|data| data.borrow::<Binary>().ok()) {
        Some(binary) => Ok(binary.0.clone()),
        None => Ok(value.to_string()?.into_bytes()),
    }
}

/// Returns a function that makes values: `dynamodb.string_set` and its like; `None` for other names.
pub(crate) fn function(lua: &Lua, name: &str) -> Result<Option<Function>> {
    if let Some(mark) = Mark::ALL.into_iter().find(|mark| mark.name() == name) {
        return lua.create_function(move |lua, given: Value| marked(lua, mark, &given)).map(Some);
    }
    match name {
        "binary" => lua.create_function(|lua, bytes: Value| match bytes {
            Value::String(bytes) => lua.create_userdata(Binary(bytes.as_bytes().to_vec())),
            other => Err(wrong("binary", "a string", &other)),
        }),
        "number" => lua.create_function(|lua, number: Value| match number {
            Value::String(text) => {
                let number = ExactNumber::parse(&text.to_string_lossy());
                lua.create_userdata(number.map_err(|problem| invalid(format!("dynamodb.number: {problem}")))?)
            }
            other => Err(wrong("number", "the text of a number; write other numbers as they are", &other)),
        }),
        _ => return Ok(None),
    }
    .map(Some)
}

/// Returns a copy of the table with the mark.
fn marked(lua: &Lua, mark: Mark, given: &Value) -> Result<Table> {
    let Value::Table(table) = given else {
        let expected = if mark == Mark::Map { "a table" } else { "a list" };
        return Err(wrong(mark.name(), expected, given));
    };
    let copy = lua.create_table()?;
    for pair in table.pairs::<Value, Value>() {
        let (key, value) = pair?;
        copy.raw_set(key, value)?;
    }
    mark.set(lua, &copy)?;
    Ok(copy)
}

fn wrong(name: &str, expected: &str, got: &Value) -> Error {
    invalid(format!("dynamodb.{name}: expected {expected}, got {}", got.type_name()))
}

fn invalid(problem: String) -> Error {
    Error::external(error::Error::new(INVALID_INPUT, problem))
}

/// Returns the text of a Lua string; the error says what to write for bytes.
pub(super) fn utf8(text: &LuaString) -> std::result::Result<String, String> {
    let text = text.to_str().map(|text| text.to_owned());
    text.map_err(|_| {
        "has bytes that are not UTF-8, which a string of DynamoDB needs; use dynamodb.binary(bytes)".into()
    })
}
