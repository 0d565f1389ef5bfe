//! `help` in Lua: finds the topic of a value, and prints its page.

use mlua::{Error, Function, Lua, MultiValue, Result, Table, Value};
use moonfleet_core::error;
use moonfleet_core::error::INVALID_INPUT;

use super::stub::first_sentence;
use super::{ServiceHelp, Topic, about, operation_help, overview, render, service_help, stub};
use crate::aws::{NamedBinding, named};
use crate::output;
use crate::report::OutputStyle;

/// Wider lines are hard to read.
pub const MAX_WIDTH: u16 = 100;

pub fn global(lua: &Lua) -> Result<Function> {
    lua.create_function(|lua, arguments: MultiValue| output::print(lua, &page(lua, arguments.front())?))
}

/// Returns the page of a topic, or the overview, at most as wide as the screen.
pub fn page(lua: &Lua, subject: Option<&Value>) -> Result<String> {
    let topic = match subject {
        None => Topic::Overview(overview()),
        Some(value) => topic(lua, value)?,
    };
    let screen = lua.app_data_ref::<OutputStyle>().and_then(|output| output.style.now().width);
    let width = screen.unwrap_or(MAX_WIDTH).min(MAX_WIDTH);
    Ok(render(&topic, width.into()))
}

/// Returns a hint for a value that is not data: an example or a summary, and how to get its help.
/// None if the value has no help.
pub fn hint(lua: &Lua, value: &Value) -> Result<Option<String>> {
    let name = match named(value)? {
        Some(NamedBinding::Operation(service, operation)) => {
            let operation = operation_help(service, operation);
            return Ok(Some(format!("{}\nhelp({}) shows more", operation.example, operation.name)));
        }
        Some(NamedBinding::Service(service)) => {
            let ServiceHelp { name, title, .. } = service_help(service);
            return Ok(Some(format!("{title}\nhelp({name}) shows more")));
        }
        None => name_of(lua, value)?,
    };
    let stubs = stub::stubs();
    Ok(name.map(|name| {
        let module = stubs.module(&name).map(|module| format!("module {name}: {}\n", first_sentence(&module.prose)));
        let function = stubs.function(&name).map(|function| format!("{}\n", function.signature));
        format!("{}help({name}) shows more", module.or(function).unwrap_or_default())
    }))
}

fn topic(lua: &Lua, value: &Value) -> Result<Topic> {
    if let Value::String(name) = value {
        return about(&name.to_string_lossy()).map_err(refused);
    }
    match named(value)? {
        Some(NamedBinding::Operation(service, operation)) => {
            return Ok(Topic::Operation(operation_help(service, operation)));
        }
        Some(NamedBinding::Service(service)) => return Ok(Topic::Service(service_help(service))),
        None => {}
    }
    match name_of(lua, value)? {
        Some(name) => about(&name).map_err(refused),
        None => Err(refused(format!(
            "help: no help on a value of type {}; pass an operation, a service, a module, one of its functions, or a name in quotes",
            value.type_name()
        ))),
    }
}

fn refused(problem: impl std::fmt::Display) -> Error {
    Error::external(error::Error::new(INVALID_INPUT, problem.to_string()))
}

/// Returns the name of the stub that describes this value; none if there is none. A module that the script
/// never named is not loaded, so no value can be one of its functions.
fn name_of(lua: &Lua, value: &Value) -> Result<Option<String>> {
    let stubs = stub::stubs();
    // The modules of the library are not globals.
    let package: Option<Table> = lua.globals().raw_get("package")?;
    let loaded = package.map_or(Ok(None), |package| package.raw_get::<Option<Table>>("loaded"))?;
    let loaded = loaded.map_or_else(|| lua.create_table(), Ok)?;
    for name in stubs.modules().chain(stubs.functions()) {
        if !value.is_nil() && (is_in(lua.globals(), name, value)? || is_in(loaded.clone(), name, value)?) {
            return Ok(Some(name.to_owned()));
        }
    }
    Ok(None)
}

fn is_in(root: Table, name: &str, value: &Value) -> Result<bool> {
    let mut found = Value::Table(root);
    for step in name.split('.') {
        found = match &found {
            Value::Table(table) => table.raw_get::<Value>(step)?,
            _ => Value::Nil,
        };
    }
    Ok(is_same(&found, value))
}

fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Table(_), Value::Table(_)) | (Value::Function(_), Value::Function(_)) => {
            one.to_pointer() == other.to_pointer()
        }
        _ => false,
    }
}
