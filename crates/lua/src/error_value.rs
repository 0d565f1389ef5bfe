//! Errors as Lua values: the errors that `pcall` catches have fields and a one-line text, and
//! can be raised again unchanged.

use mlua::{Error, Function, Lua, Result, Table, Value};
use moonfleet_core::Value as Data;

use super::convert::from_value;
use crate::aws::dynamodb;
use crate::host::host;

/// Adds fields and text to Rust errors: mlua passes them to `pcall` as opaque userdata with one metatable.
pub(crate) fn install(lua: &Lua) -> Result<()> {
    let raise = lua.create_function(|_, ()| -> Result<()> { Err(Error::runtime("an example")) })?;
    let pcall: Function = lua.globals().get("pcall")?;
    let (_, example): (bool, Value) = pcall.call(raise)?;
    let debug: Table = lua.globals().get("debug")?;
    let metatable: Table = debug.get::<Function>("getmetatable")?.call(example)?;
    metatable.raw_set("__index", lua.create_function(index)?)?;
    metatable.raw_set("__pairs", lua.create_function(pairs)?)?;
    metatable.raw_set("__tostring", lua.create_function(|_, error: Value| Ok(text(&error)))?)?;
    metatable.raw_set("__concat", lua.create_function(|_, (a, b): (Value, Value)| Ok(text(&a) + &text(&b)))?)?;
    metatable.raw_set("__name", "error")
}

fn index(lua: &Lua, (error, name): (Value, Value)) -> Result<Value> {
    let (Value::Error(error), Value::String(name)) = (error, name) else { return Ok(Value::Nil) };
    let name = name.to_string_lossy();
    match fields(&error).into_iter().find(|(field, _)| *field == name) {
        Some((_, value)) => in_lua(lua, &error, &name, &value),
        None => Ok(Value::Nil),
    }
}

/// `pairs(e)`: iterates over the fields that are set.
fn pairs(lua: &Lua, error: Value) -> Result<(Function, Table)> {
    let table = lua.create_table()?;
    if let Value::Error(error) = &error {
        for (name, value) in fields(error).into_iter().filter(|(_, value)| !value.is_nil()) {
            table.raw_set(name, in_lua(lua, error, name, &value)?)?;
        }
    }
    Ok((host(lua, "next")?, table))
}

fn in_lua(lua: &Lua, error: &Error, name: &str, value: &Data) -> Result<Value> {
    match program_error(error).and_then(|error| error.service.as_deref()) {
        Some(service) if dynamodb::has_plain_values(service) => dynamodb::error_field(lua, name, value),
        _ => from_value(lua, value),
    }
}

/// Returns an error as data, for records and JSON: its fields, or its text if it has none.
pub(crate) fn value(error: &Error) -> Data {
    match program_error(error) {
        Some(_) => {
            let known = fields(error).into_iter().filter(|(_, value)| !value.is_nil());
            Data::Map(known.map(|(name, value)| (name.to_owned(), value)).collect())
        }
        None => Data::String(message(error)),
    }
}

/// Returns the fields of an error: those of every error, and those that the service's model gives it. Every error has a
/// message.
fn fields(error: &Error) -> Vec<(&str, Data)> {
    let optional = |text: &Option<String>| text.as_deref().map_or(Data::Nil, Data::from);
    match program_error(error) {
        Some(error) => {
            let mut all = vec![
                ("code", Data::from(error.code.as_str())),
                ("message", Data::from(error.message.as_str())),
                ("service", optional(&error.service)),
                ("operation", optional(&error.operation)),
                ("region", optional(&error.region)),
                ("account", optional(&error.account)),
                ("request_id", optional(&error.request_id)),
                ("status", error.status.map_or(Data::Nil, |status| Data::Integer(status.into()))),
                ("retryable", Data::Bool(error.retryable)),
                ("state", optional(&error.state)),
                ("states", states(&error.states)),
            ];
            let own = error.fields.0.iter().map(|(name, value)| (name.as_str(), value.clone()));
            let own: Vec<_> = own.filter(|(name, _)| !all.iter().any(|(known, _)| known == name)).collect();
            all.extend(own);
            all
        }
        None => vec![("message", Data::String(message(error)))],
    }
}

fn states(states: &[(String, String)]) -> Data {
    match states {
        [] => Data::Nil,
        _ => Data::Map(states.iter().map(|(id, state)| (id.clone(), Data::from(state.as_str()))).collect()),
    }
}

/// Returns the error of the program that mlua has wrapped; none if it is another error.
pub(crate) fn program_error(error: &Error) -> Option<&moonfleet_core::Error> {
    error.chain().find_map(|cause| cause.downcast_ref())
}

/// Returns the text of an error without the tracebacks that mlua adds.
pub fn message(error: &Error) -> String {
    match error {
        Error::CallbackError { cause, .. } => message(cause),
        Error::WithContext { context, cause } => format!("{context}: {}", message(cause)),
        Error::ExternalError(cause) => cause.to_string(),
        Error::RuntimeError(text) => without_traceback(text).to_owned(),
        Error::SyntaxError { message, .. } => message.clone(),
        Error::BadArgument { to, pos, cause, .. } => {
            let function = to.as_deref().map_or(String::new(), |to| format!(" of {to}"));
            format!("bad argument {pos}{function}: {}", message(cause))
        }
        Error::FromLuaConversionError { from: "string", message: Some(why), .. } if why.contains("utf-8") => {
            "the string is not valid UTF-8".to_owned()
        }
        Error::FromLuaConversionError { from, to, .. } => format!("expected {to}, got {from}"),
        other => other.to_string(),
    }
}

fn without_traceback(text: &str) -> &str {
    text.split_once("\nstack traceback:").map_or(text, |(text, _)| text)
}

fn text(value: &Value) -> String {
    match value {
        Value::Error(error) => message(error),
        other => other.to_string().unwrap_or_else(|_| format!("a {}", other.type_name())),
    }
}
