//! Answers as tables. A structure in a list, of which there can be thousands, becomes a row: a table
//! that creates its fields when they are read. Scripts cannot distinguish a row from another table:
//! it can be changed, iterated with `pairs` and `next`, and encoded.

use std::ffi::c_void;
use std::rc::Rc;

use mlua::{AnyUserData, LightUserData, Lua, LuaSerdeExt, Result, Table, UserData, Value};
use moonfleet_bindings::{Answer, Item, Operation, Part, Structure, View, decoded};
use moonfleet_core::{Pairs, Type};

use super::dynamodb;
use crate::convert::from_value;
use crate::field_hints;
use crate::host::host;
use crate::secret;
use crate::time::Time;

/// The keys of the source of a row and of the tables that the row has created: a script that changes
/// `row.tags` must see its change later.
const SOURCE: LightUserData = key(&KEYS[0]);
const CREATED: LightUserData = key(&KEYS[1]);
static KEYS: [u8; 2] = [0, 1];

const fn key(byte: &'static u8) -> LightUserData {
    LightUserData(std::ptr::from_ref(byte).cast_mut().cast::<c_void>())
}

pub(super) const ROWS: &str = "moonfleet.rows";

#[derive(Clone)]
struct AnswerRow {
    part: Part,
    owner: Option<(Part, &'static [&'static str])>,
    /// Additional fields of the row.
    labels: RowLabels,
}

/// Names and texts of the account and the region that a row comes from.
pub(super) type RowLabels = Rc<Vec<(&'static str, String)>>;

impl UserData for AnswerRow {}

/// Converts a whole answer: its own fields are created immediately, the structures in its lists are rows.
pub(super) fn table(lua: &Lua, answer: Answer) -> Result<Table> {
    let part = answer.into_whole();
    let table = lua.create_table()?;
    for (at, name) in part.get().shape().names().enumerate() {
        let value = field(lua, &part, at)?;
        if !value.is_nil() {
            table.raw_set(name, value)?;
        }
    }
    Ok(table)
}

const FIRST_PAGES: &str = "moonfleet.first_pages";

/// Marks a table as the first page of an answer; `advice` says how to get all pages.
pub(super) fn mark_first_page(lua: &Lua, table: &Table, advice: String) -> Result<()> {
    lua.named_registry_value::<Table>(FIRST_PAGES)?.raw_set(table, advice)
}

/// Returns how to get all pages, if the value is the first page of an answer.
pub fn first_page_advice(lua: &Lua, value: &Value) -> Result<Option<String>> {
    match value.is_table() {
        true => lua.named_registry_value::<Table>(FIRST_PAGES)?.raw_get(value),
        false => Ok(None),
    }
}

/// Returns a list that is recognized as one even when it is empty.
pub(super) fn list(lua: &Lua, capacity: usize) -> Result<Table> {
    let list = lua.create_table_with_capacity(capacity, 0)?;
    list.set_metatable(Some(lua.array_metatable()))?;
    Ok(list)
}

/// Converts an item of an operation.
pub(super) fn item(lua: &Lua, operation: &Operation, item: Item) -> Result<Value> {
    match item {
        Item::Structure { part, owner } => {
            let inherits = operation.items.as_ref().map_or(&[][..], |items| items.inherits);
            row(lua, AnswerRow { part, owner: owner.map(|owner| (owner, inherits)), labels: RowLabels::default() })
        }
        Item::Value(value) => match item_type(operation) {
            Some(ty) => dynamodb::of_type(lua, ty, &value),
            None => from_value(lua, &value),
        },
    }
}

/// Returns the type of the items of an operation.
fn item_type(operation: &Operation) -> Option<&'static Type> {
    let (list, path) = operation.items.as_ref()?.path.split_last()?;
    let parent = path.iter().try_fold(operation.output(), |shape, step| shape.field(step)?.ty.structure())?;
    match &parent.field(list)?.ty {
        Type::List(item) => Some(item),
        _ => None,
    }
}

fn row(lua: &Lua, row: AnswerRow) -> Result<Value> {
    let table = lua.create_table_with_capacity(0, 1)?;
    table.raw_set(SOURCE, lua.create_userdata(row)?)?;
    table.set_metatable(Some(lua.named_registry_value(ROWS)?))?;
    Ok(Value::Table(table))
}

/// Returns a copy of a row with labels, since the row of the script can be in several lists. Fields of
/// the row with the same name are kept. A value that is not a table becomes the field `value` of a new row.
pub(super) fn labelled(lua: &Lua, value: Value, labels: &RowLabels) -> Result<Value> {
    let Value::Table(table) = value else {
        let row = lua.create_table_from(labels.iter().map(|(name, text)| (*name, text.as_str())))?;
        row.raw_set("value", value)?;
        return Ok(Value::Table(row));
    };
    if let Some(source) = table.raw_get::<Option<AnyUserData>>(SOURCE)? {
        let source = AnswerRow { labels: labels.clone(), ..source.borrow::<AnswerRow>()?.clone() };
        let labelled = row(lua, source)?;
        if let Some(row) = labelled.as_table() {
            row.raw_set(CREATED, table.raw_get::<Value>(CREATED)?)?;
        }
        return Ok(labelled);
    }
    let row = lua.create_table()?;
    table.for_each(|key: Value, value: Value| row.raw_set(key, value))?;
    for (name, text) in labels.iter() {
        if row.raw_get::<Value>(*name)?.is_nil() {
            row.raw_set(*name, text.as_str())?;
        }
    }
    row.set_metatable(table.metatable())?;
    Ok(Value::Table(row))
}

/// Creates the metatable that all rows share.
pub(super) fn prepare(lua: &Lua) -> Result<()> {
    let rows = lua.create_table()?;
    rows.raw_set("__index", lua.create_function(index)?)?;
    rows.raw_set(
        "__newindex",
        lua.create_function(|lua, (row, key, value): (Table, Value, Value)| {
            fill(lua, row.clone())?;
            row.raw_set(key, value)
        })?,
    )?;
    rows.raw_set(
        "__pairs",
        lua.create_function(|lua, row: Table| {
            fill(lua, row.clone())?;
            Ok((host(lua, "next")?, row, Value::Nil))
        })?,
    )?;
    rows.raw_set("__force", lua.create_function(fill)?)?;
    lua.set_named_registry_value(ROWS, rows)?;
    let first_pages = lua.create_table()?;
    first_pages.set_metatable(Some(lua.create_table_from([("__mode", "k")])?))?;
    lua.set_named_registry_value(FIRST_PAGES, first_pages)
}

/// Returns the names of a row's fields, whether or not they are created; none if the table is not a row.
pub fn row_names(table: &Table) -> Result<Option<Vec<&'static str>>> {
    let Some(source) = table.raw_get::<Option<AnyUserData>>(SOURCE)? else { return Ok(None) };
    let source = source.borrow::<AnswerRow>()?;
    let inherited = source.owner.as_ref().map_or(&[][..], |(_, inherits)| inherits);
    let labels = source.labels.iter().map(|(name, _)| *name);
    Ok(Some(source.part.get().shape().names().chain(inherited.iter().copied()).chain(labels).collect()))
}

/// Reads a field of a row for a script. An unknown field is nil, with a hint if it is misspelled.
fn index(lua: &Lua, (table, key): (Table, Value)) -> Result<Value> {
    let value = read(lua, (table.clone(), key.clone()))?;
    if let (Value::Nil, Value::String(name), Some(names)) = (&value, &key, row_names(&table)?)
        && let Ok(name) = name.to_str()
        && !names.contains(&&*name)
    {
        let kind = table.raw_get::<AnyUserData>(SOURCE)?.borrow::<AnswerRow>()?.part.get().shape().name;
        field_hints::hint(lua, &format!("{kind} has no field"), &name, names);
    }
    Ok(value)
}

/// Reads a field of a row, and creates it if needed.
pub fn read(lua: &Lua, (table, key): (Table, Value)) -> Result<Value> {
    let Value::String(name) = &key else { return Ok(Value::Nil) };
    let name = name.to_str()?;
    let created: Option<Table> = table.raw_get(CREATED)?;
    if let Some(created) = &created {
        let value: Value = created.raw_get(&*name)?;
        if !value.is_nil() {
            return Ok(value);
        }
    }
    let Some(source) = table.raw_get::<Option<AnyUserData>>(SOURCE)? else { return Ok(Value::Nil) };
    let value = create_field(lua, &*source.borrow::<AnswerRow>()?, &name)?;
    if value.is_table() {
        let created = match created {
            Some(created) => created,
            None => lua.create_table()?,
        };
        created.raw_set(&*name, &value)?;
        table.raw_set(CREATED, created)?;
    }
    Ok(value)
}

fn create_field(lua: &Lua, row: &AnswerRow, name: &str) -> Result<Value> {
    let own = match (row.part.get().shape().index(name), &row.owner) {
        (Some(at), _) => field(lua, &row.part, at)?,
        (None, Some((owner, inherits))) if inherits.contains(&name) => match owner.get().shape().index(name) {
            Some(at) => field(lua, owner, at)?,
            None => Value::Nil,
        },
        _ => Value::Nil,
    };
    match row.labels.iter().find(|(label, _)| own.is_nil() && *label == name) {
        Some((_, text)) => lua.create_string(text).map(Value::String),
        None => Ok(own),
    }
}

/// Creates all remaining fields; the row is a plain table afterwards.
fn fill(lua: &Lua, table: Table) -> Result<()> {
    let Some(source) = table.raw_get::<Option<AnyUserData>>(SOURCE)? else { return Ok(()) };
    let source = source.borrow::<AnswerRow>()?;
    let created: Option<Table> = table.raw_get(CREATED)?;
    table.raw_set(SOURCE, Value::Nil)?;
    table.raw_set(CREATED, Value::Nil)?;
    table.set_metatable(None)?;
    let inherited = source.owner.as_ref().map_or(&[][..], |(_, inherits)| inherits);
    let labels = source.labels.iter().map(|(name, _)| *name);
    for name in source.part.get().shape().names().chain(inherited.iter().copied()).chain(labels) {
        let known = match &created {
            Some(created) => created.raw_get(name)?,
            None => Value::Nil,
        };
        let value = if known.is_nil() { create_field(lua, &source, name)? } else { known };
        if !value.is_nil() {
            table.raw_set(name, value)?;
        }
    }
    Ok(())
}

/// Converts a field of a part: lists of structures become rows.
fn field(lua: &Lua, part: &Part, at: usize) -> Result<Value> {
    let structure = part.get();
    let ty = &structure.shape().fields[at].ty;
    let hidden = structure.hides(at);
    let rows = matches!(ty, Type::List(Type::Structure(_))) && !is_map_of_texts(ty);
    match structure.get(at) {
        View::List(_) if rows && !hidden => {
            let parts = part.elements(at);
            let list = list(lua, parts.len())?;
            for part in parts {
                list.raw_push(row(lua, AnswerRow { part, owner: None, labels: RowLabels::default() })?)?;
            }
            Ok(Value::Table(list))
        }
        View::Nil if structure.shape().is_union => Ok(Value::Nil),
        view => value(lua, ty, view, hidden),
    }
}

fn value(lua: &Lua, ty: &Type, view: View<'_>, hidden: bool) -> Result<Value> {
    Ok(match view {
        // Missing lists and maps are empty, so that scripts can always iterate over them.
        View::Nil => match ty {
            _ if is_map_of_texts(ty) => Value::Table(lua.create_table()?),
            Type::List(_) => Value::Table(list(lua, 0)?),
            _ => Value::Nil,
        },
        View::Bool(b) => Value::Boolean(b),
        View::Integer(i) => Value::Integer(i),
        View::Float(f) => Value::Number(f),
        View::String(s) if hidden => secret::hidden(lua, s)?,
        View::Blob(b) if hidden => secret::hidden(lua, b)?,
        View::Encoded(form, text) if hidden => secret::hidden(lua, decoded(form, text))?,
        View::String(s) => Value::String(lua.create_string(s)?),
        View::Encoded(form, text) => Value::String(lua.create_string(decoded(form, text))?),
        View::Blob(b) => Value::String(lua.create_string(b)?),
        View::Time(t) => Value::UserData(lua.create_userdata(Time(t))?),
        View::List(items) => match (ty.pairs(), ty) {
            (Some((_, Pairs::KeyValue { key, .. })), _) => {
                let map = lua.create_table()?;
                for item in items.iter() {
                    if let View::Structure(pair) = item
                        && let View::String(name) = pair.named(key)
                    {
                        map.raw_set(name, text_of_pair(lua, pair, key)?)?;
                    }
                }
                Value::Table(map)
            }
            (_, ty) => {
                let item = if let Type::List(item) = ty { item } else { &Type::Document };
                let list = list(lua, items.count())?;
                for view in items.iter() {
                    list.raw_push(value(lua, item, view, hidden)?)?;
                }
                Value::Table(list)
            }
        },
        View::Map(map) => {
            let inner = if let Type::Map(inner) = ty { inner } else { &Type::Document };
            let table = lua.create_table()?;
            for (key, view) in map.entries() {
                table.raw_set(key, value(lua, inner, view, hidden)?)?;
            }
            Value::Table(table)
        }
        View::Structure(structure) if structure.shape().is_attribute_value() => dynamodb::value(lua, &view.to_value())?,
        View::Structure(structure) => {
            let shape = structure.shape();
            let table = lua.create_table()?;
            for (at, field) in shape.fields.iter().enumerate() {
                let view = structure.get(at);
                if matches!(view, View::Nil) && shape.is_union {
                    continue;
                }
                let value = value(lua, &field.ty, view, hidden || structure.hides(at))?;
                if !value.is_nil() {
                    table.raw_set(field.name(), value)?;
                }
            }
            Value::Table(table)
        }
    })
}

fn is_map_of_texts(ty: &Type) -> bool {
    matches!(ty.pairs(), Some((_, Pairs::KeyValue { .. })))
}

/// Returns the value of a tag and its like. A tag without a value has an empty one.
fn text_of_pair(lua: &Lua, pair: Structure<'_>, key: &str) -> Result<Value> {
    let at = pair.shape().names().position(|name| name != key).unwrap_or_default();
    match pair.get(at) {
        View::String(text) if pair.hides(at) => secret::hidden(lua, text),
        View::String(text) => lua.create_string(text).map(Value::String),
        _ => lua.create_string("").map(Value::String),
    }
}
