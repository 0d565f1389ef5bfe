//! Answers: values in AWS's form as plain Lua values.

use mlua::{Lua, LuaSerdeExt, Result, Table, Value};
use moonfleet_core::{Map, Shape, Type, Value as Data};

use super::from_lua::is_form_of_aws;
use super::marked::{Binary, Mark};
use super::number;
use crate::convert::from_value;

/// Converts a value of this type, with the values of DynamoDB in it.
pub(in crate::aws) fn of_type(lua: &Lua, ty: &Type, data: &Data) -> Result<Value> {
    match (ty, data) {
        (Type::Structure(shape), data) if shape.get().is_attribute_value() => value(lua, data),
        (Type::Structure(shape), Data::Map(fields)) => structure(lua, shape.get(), fields).map(Value::Table),
        (Type::List(item), Data::List(items)) => list(lua, items, |data| of_type(lua, item, data)),
        (Type::Map(item), Data::Map(Map(entries))) => {
            table(lua, entries, |data| of_type(lua, item, data)).map(Value::Table)
        }
        _ => from_value(lua, data),
    }
}

/// Converts a structure of this shape. Fields without a value are left out.
pub(in crate::aws) fn structure(lua: &Lua, shape: &Shape, Map(fields): &Map) -> Result<Table> {
    let table = lua.create_table()?;
    for (name, data) in fields.iter().filter(|(_, data)| !data.is_nil()) {
        let ty = shape.field(name).map_or(Type::Document, |field| field.ty);
        table.raw_set(name.as_str(), of_type(lua, &ty, data)?)?;
    }
    Ok(table)
}

/// Converts a field of an error. DynamoDB's errors have one kind of value in AWS's form: the item that a condition refused.
pub(crate) fn error_field(lua: &Lua, name: &str, data: &Data) -> Result<Value> {
    match data {
        Data::Map(Map(entries)) if name == "item" => table(lua, entries, |data| value(lua, data)).map(Value::Table),
        Data::Map(Map(fields)) => {
            let table = lua.create_table()?;
            for (name, data) in fields.iter().filter(|(_, data)| !data.is_nil()) {
                table.raw_set(name.as_str(), error_field(lua, name, data)?)?;
            }
            Ok(Value::Table(table))
        }
        Data::List(items) => list(lua, items, |data| error_field(lua, "", data)),
        _ => from_value(lua, data),
    }
}

/// Converts a value in AWS's form.
pub(in crate::aws) fn value(lua: &Lua, data: &Data) -> Result<Value> {
    let Data::Map(Map(members)) = data else { return from_value(lua, data) };
    let Some((member, data)) = members.iter().find(|(_, data)| !data.is_nil()) else { return Ok(Value::Nil) };
    match (member.as_str(), data) {
        ("n", Data::String(text)) => number::to_lua(lua, text),
        ("b", data) => binary(lua, data),
        ("null", _) => Ok(Value::NULL),
        ("l", Data::List(items)) => list(lua, items, |data| value(lua, data)),
        ("m", Data::Map(Map(entries))) => {
            let map = table(lua, entries, |data| value(lua, data))?;
            // Without the mark a script could not send it again.
            if is_form_of_aws(&map) {
                Mark::Map.set(lua, &map)?;
            }
            Ok(Value::Table(map))
        }
        ("ss", Data::List(items)) => set(lua, Mark::StringSet, items, |data| from_value(lua, data)),
        ("ns", Data::List(items)) => set(lua, Mark::NumberSet, items, |data| match data {
            Data::String(text) => number::to_lua(lua, text),
            other => from_value(lua, other),
        }),
        ("bs", Data::List(items)) => set(lua, Mark::BinarySet, items, |data| binary(lua, data)),
        (_, data) => from_value(lua, data),
    }
}

fn binary(lua: &Lua, data: &Data) -> Result<Value> {
    match data {
        Data::Bytes(bytes) => lua.create_userdata(Binary(bytes.clone())).map(Value::UserData),
        Data::String(text) => lua.create_userdata(Binary(text.clone().into_bytes())).map(Value::UserData),
        other => from_value(lua, other),
    }
}

fn set(lua: &Lua, mark: Mark, items: &[Data], item: impl Fn(&Data) -> Result<Value>) -> Result<Value> {
    let set = lua.create_sequence_from(items.iter().map(item).collect::<Result<Vec<_>>>()?)?;
    mark.set(lua, &set)?;
    Ok(Value::Table(set))
}

fn list(lua: &Lua, items: &[Data], item: impl Fn(&Data) -> Result<Value>) -> Result<Value> {
    let list = lua.create_sequence_from(items.iter().map(item).collect::<Result<Vec<_>>>()?)?;
    list.set_metatable(Some(lua.array_metatable()))?;
    Ok(Value::Table(list))
}

fn table(lua: &Lua, entries: &[(String, Data)], entry: impl Fn(&Data) -> Result<Value>) -> Result<Table> {
    let table = lua.create_table_with_capacity(0, entries.len())?;
    for (name, data) in entries {
        table.raw_set(name.as_str(), entry(data)?)?;
    }
    Ok(table)
}
