//! Inputs: plain Lua values along the shape of an operation, as values in AWS's form.

use mlua::{AnyUserData, Lua, LuaSerdeExt, Table, Value};
use moonfleet_bindings::Service;
use moonfleet_core::{Map, Shape, Type, Value as Data};

use super::marked::{Binary, Mark, utf8};
use super::number::{ExactNumber, of_float};
use crate::aws::PlannedValue;
use crate::convert::{ConvertError, ValuePath, force, to_value};
use crate::secret::LuaSecret;

/// More levels than DynamoDB stores, which is 32.
const MAX_DEPTH: usize = 100;

/// Whether the inputs and answers of a service have DynamoDB's values.
pub(in crate::aws) fn is_used_by(service: &Service) -> bool {
    has_plain_values(service.name)
}

pub(crate) fn has_plain_values(service: &str) -> bool {
    ["dynamodb", "dynamodbstreams"].contains(&service)
}

/// Converts the input of an operation, or the answer that a test gives.
pub(in crate::aws) fn data(lua: &Lua, shape: &'static Shape, value: &Value) -> Result<Data, ConvertError> {
    let mut reader = Reader { lua, at: ValuePath::default(), depth: 0 };
    match value {
        Value::Table(table) => reader.structure(shape, table),
        other => to_value(lua, other),
    }
}

struct Reader<'a> {
    lua: &'a Lua,
    at: ValuePath,
    depth: usize,
}

type Read = Result<Data, ConvertError>;

impl Reader<'_> {
    /// Converts a value whose type may have values of DynamoDB in it. A value of another type than expected is left to
    /// the checks of the input.
    fn typed(&mut self, ty: &Type, value: &Value) -> Read {
        match (ty, value) {
            (ty, value) if is_attribute(ty) => {
                self.refuse_form_of_aws(std::slice::from_ref(value))?;
                self.attribute(value)
            }
            (Type::Structure(shape), Value::Table(table)) => self.structure(shape.get(), table),
            (Type::List(item), Value::Table(table)) if holds_values(item) => self.list(item, table),
            (Type::Map(item), Value::Table(table)) if holds_values(item) => self.map(item, table),
            _ => to_value(self.lua, value),
        }
    }

    fn structure(&mut self, shape: &'static Shape, table: &Table) -> Read {
        force(table)?;
        let mut fields = Map::default();
        for pair in table.pairs::<Value, Value>() {
            let (key, value) = pair?;
            let Some(name) = text(&key) else { return to_value(self.lua, &Value::Table(table.clone())) };
            let value = self.named(&name, |reader| match shape.field(&name) {
                Some(field) => reader.typed(&field.ty, &value),
                // The checks refuse it.
                None => to_value(reader.lua, &value),
            })?;
            fields.set(&name, value);
        }
        fields.0.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(Data::Map(fields))
    }

    fn list(&mut self, item: &Type, table: &Table) -> Read {
        let items = self.items(table)?;
        if is_attribute(item) {
            self.refuse_form_of_aws(&items)?;
        }
        self.each(&items, |reader, value| match is_attribute(item) {
            true => reader.attribute(value),
            false => reader.typed(item, value),
        })
    }

    fn map(&mut self, item: &Type, table: &Table) -> Read {
        let entries = self.entries(table)?;
        if is_attribute(item) {
            let values: Vec<Value> = entries.iter().map(|(_, value)| value.clone()).collect();
            self.refuse_form_of_aws(&values)?;
        }
        self.each_named(entries, |reader, value| match is_attribute(item) {
            true => reader.attribute(value),
            false => reader.typed(item, value),
        })
    }

    /// Converts a plain value to AWS's form.
    fn attribute(&mut self, value: &Value) -> Read {
        let (member, value) = match value {
            null if null.is_null() => ("null", Data::Bool(true)),
            Value::Boolean(yes) => ("bool", Data::Bool(*yes)),
            Value::Integer(number) => ("n", Data::String(number.to_string())),
            Value::Number(number) => match of_float(*number) {
                Ok(text) => ("n", Data::String(text)),
                Err(problem) => return Err(self.wrong(&format!("is {problem}"))),
            },
            Value::String(text) => ("s", Data::String(utf8(text).map_err(|problem| self.wrong(&problem))?)),
            Value::Table(table) => self.table(table)?,
            Value::UserData(object) => self.object(object)?,
            other => {
                return Err(self.wrong(&format!("has the type {}, which is no value of an item", other.type_name())));
            }
        };
        Ok(Data::Map(Map(vec![(member.to_owned(), value)])))
    }

    fn object(&mut self, object: &AnyUserData) -> Result<(&'static str, Data), ConvertError> {
        if let Ok(number) = object.borrow::<ExactNumber>() {
            return Ok(("n", Data::String(number.0.clone())));
        }
        if let Ok(binary) = object.borrow::<Binary>() {
            return Ok(("b", Data::from_bytes(binary.0.clone())));
        }
        if let Ok(secret) = object.borrow::<LuaSecret>() {
            return Ok(("s", Data::Secret(secret.0.clone())));
        }
        // The type of such a value is not known yet; most are ids.
        if let Ok(planned) = object.borrow::<PlannedValue>() {
            return Ok(("s", Data::Planned(planned.part.clone())));
        }
        let kind = object.type_name().map_or_else(|_| "userdata".to_owned(), |name| name.to_string_lossy());
        Err(self.wrong(&format!("has the type {kind}, which is no value of an item; convert it with tostring")))
    }

    fn table(&mut self, table: &Table) -> Result<(&'static str, Data), ConvertError> {
        if self.depth >= MAX_DEPTH {
            return Err(self.wrong(&format!("has more than {MAX_DEPTH} levels of nesting, or contains itself")));
        }
        self.depth += 1;
        let read = self.nested(table)?;
        self.depth -= 1;
        Ok(read)
    }

    fn nested(&mut self, table: &Table) -> Result<(&'static str, Data), ConvertError> {
        let metatable = force(table)?;
        let mark = Mark::of(table)?;
        let is_list = metatable.is_some_and(|metatable| metatable == self.lua.array_metatable()) || table.raw_len() > 0;
        let value = match mark {
            Some(mark @ (Mark::StringSet | Mark::NumberSet | Mark::BinarySet)) => {
                let items = self.items(table)?;
                self.each(&items, |reader, item| reader.in_set(mark, item))?
            }
            None if is_list => {
                let items = self.items(table)?;
                let list = self.each(&items, Reader::attribute)?;
                return Ok(("l", list));
            }
            _ => {
                let entries = self.entries(table)?;
                self.each_named(entries, Reader::attribute)?
            }
        };
        Ok((mark.unwrap_or(Mark::Map).member(), value))
    }

    fn in_set(&mut self, set: Mark, item: &Value) -> Read {
        let expected = match set {
            Mark::StringSet => "s",
            Mark::NumberSet => "n",
            _ => "b",
        };
        // In a set of binaries a string can only be one.
        if let (Mark::BinarySet, Value::String(bytes)) = (set, item) {
            return Ok(Data::from_bytes(bytes.as_bytes().to_vec()));
        }
        match self.attribute(item)? {
            Data::Map(mut member) if member.get(expected).is_some() => Ok(member.take(expected)),
            _ => Err(self.wrong(&format!(
                "has the type {}, which does not belong into a {}",
                item.type_name(),
                set.name()
            ))),
        }
    }

    /// Returns the items of a list, which has no gaps and no names.
    fn items(&self, table: &Table) -> Result<Vec<Value>, ConvertError> {
        let length = table.raw_len();
        let count = table.pairs::<Value, Value>().count();
        if count != length {
            return Err(self.wrong("has gaps or names beside its items; write nothing as json.null"));
        }
        Ok((1..=length).map(|at| table.raw_get(at)).collect::<mlua::Result<_>>()?)
    }

    fn entries(&self, table: &Table) -> Result<Vec<(String, Value)>, ConvertError> {
        let mut entries = Vec::new();
        for pair in table.pairs::<Value, Value>() {
            let (key, value) = pair?;
            let Some(name) = text(&key) else {
                return Err(self.wrong(&format!("has a key of the type {}; names are text", key.type_name())));
            };
            entries.push((name, value));
        }
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(entries)
    }

    fn each(&mut self, items: &[Value], mut read: impl FnMut(&mut Self, &Value) -> Read) -> Read {
        let mut list = Vec::with_capacity(items.len());
        for (at, item) in (1..).zip(items) {
            self.at.item(at);
            list.push(read(self, item)?);
            self.at.up();
        }
        Ok(Data::List(list))
    }

    fn each_named(&mut self, entries: Vec<(String, Value)>, mut read: impl FnMut(&mut Self, &Value) -> Read) -> Read {
        let mut map = Vec::with_capacity(entries.len());
        for (name, value) in entries {
            let value = self.named(&name, |reader| read(reader, &value))?;
            map.push((name, value));
        }
        Ok(Data::Map(Map(map)))
    }

    fn named(&mut self, name: &str, read: impl FnOnce(&mut Self) -> Read) -> Read {
        self.at.name(name);
        let value = read(self)?;
        self.at.up();
        Ok(value)
    }

    /// Refuses values that are all in AWS's form, or one that has it with a name in capitals. An item has a key, and a
    /// key is no map: the script was written for AWS's form, at least in part, and would store maps with the names of
    /// types.
    fn refuse_form_of_aws(&self, values: &[Value]) -> Result<(), ConvertError> {
        let unmarked = |value: &&Value| {
            value
                .as_table()
                .filter(|table| Mark::of(table).is_ok_and(|mark| mark.is_none()) && is_form_of_aws(table))
                .is_some()
        };
        let in_capitals = |value: &Value| value.as_table().is_some_and(has_names_in_capitals);
        let in_form: Vec<&Value> = values.iter().filter(unmarked).collect();
        let is_refused = in_form.len() == values.len() || in_form.iter().any(|value| in_capitals(value));
        match !in_form.is_empty() && is_refused {
            true => Err(self.wrong(
                "is in AWS's form, such as {S = \"x\"}; write plain values, such as \"x\". \
                 A map that has this form is dynamodb.map{S = \"x\"}",
            )),
            false => Ok(()),
        }
    }

    fn wrong(&self, problem: &str) -> ConvertError {
        ConvertError::Attribute(format!("{} {problem}", self.at))
    }
}

/// Whether a table looks like a value in AWS's form: one name of a type, and a value that the type can have.
pub(super) fn is_form_of_aws(table: &Table) -> bool {
    let mut entries = table.pairs::<Value, Value>();
    let (Some(Ok((key, value))), None) = (entries.next(), entries.next()) else { return false };
    let Some(name) = text(&key) else { return false };
    let name = name.to_ascii_lowercase();
    match (&*name, &value) {
        ("s" | "n" | "b", Value::String(_)) | ("bool" | "null", Value::Boolean(_)) => true,
        ("ss" | "ns" | "bs" | "l" | "m", Value::Table(_)) => true,
        ("b", Value::UserData(object)) => object.is::<Binary>(),
        _ => false,
    }
}

fn has_names_in_capitals(table: &Table) -> bool {
    let is_upper = |key: Value| text(&key).is_some_and(|name| name.bytes().all(|b| b.is_ascii_uppercase()));
    table.pairs::<Value, Value>().filter_map(Result::ok).any(|(key, _)| is_upper(key))
}

fn text(key: &Value) -> Option<String> {
    Some(key.as_string()?.to_str().ok()?.to_owned())
}

fn is_attribute(ty: &Type) -> bool {
    matches!(ty, Type::Structure(shape) if shape.get().is_attribute_value())
}

/// Whether a type has values of DynamoDB in it. DynamoDB's structures do not contain themselves.
fn holds_values(ty: &Type) -> bool {
    match ty.structure() {
        Some(shape) => shape.is_attribute_value() || shape.fields.iter().any(|field| holds_values(&field.ty)),
        None => false,
    }
}
