//! AWS in Lua: services as globals, operations as functions, answers as tables. The operations
//! themselves are data in the bindings crate.

mod answer;
mod caller;
pub(crate) mod dynamodb;
mod events;
mod listings;
mod operation;
mod options;
mod placeholder;
mod prompt_services;
mod region_visit;
mod service;
mod service_functions;
pub mod session;
pub mod sweep;
pub mod swept;
mod waiter;

use mlua::{Function, Lua, Result, Table, Value};
use moonfleet_bindings::Service;
use moonfleet_core::Error;
use moonfleet_core::error::INVALID_INPUT;
use moonfleet_core::{Map, Shape, Value as Data};

use crate::convert::{ConvertError, from_value, to_value};

pub use answer::{first_page_advice, read as row_field, row_names};
pub use caller::Caller;
pub use moonfleet_engine::dispatch::{Dispatched, dispatch};
pub use operation::forms;
pub use placeholder::PlannedValue;
pub use prompt_services::prompt_services;
pub use service::{NamedBinding, any_service, named, resolve, service_table, service_type, session_used_by};
pub use service_functions::functions;

/// Prepares a machine for answers.
pub fn prepare(lua: &Lua) -> Result<()> {
    answer::prepare(lua)?;
    operation::prepare(lua)
}

/// Whether a field of the argument is a file that Lua's `io` has opened.
fn holds_open_file(lua: &Lua, argument: &Value) -> bool {
    let io_type = lua.globals().get::<Table>("io").and_then(|io| io.get::<Function>("type"));
    let (Ok(io_type), Some(fields)) = (io_type, argument.as_table()) else { return false };
    let is_file = |field: Value| field.is_userdata() && io_type.call::<Value>(field).is_ok_and(|kind| !kind.is_nil());
    fields.pairs::<Value, Value>().flatten().any(|(_, field)| is_file(field))
}

/// Converts the argument of an operation. A value that is not data is reported in the same way as other wrong input.
fn input(lua: &Lua, service: &'static Service, operation: &str, argument: &Value) -> Result<Data> {
    let is_self = matches!(named(argument)?, Some(NamedBinding::Service(given)) if given.name == service.name);
    // A sweep passes its session to its function, which can be an operation.
    if let Some(table) = argument.as_table()
        && session::session_of(table)?.is_some()
    {
        return Ok(Data::Map(Map::default()));
    }
    let data = match service.operation(operation) {
        Some(operation) => to_data(lua, service, operation.input(), argument),
        // A waiter, whose input has no values of DynamoDB.
        None => to_value(lua, argument),
    };
    let problem = match data {
        _ if is_self => {
            let name = service.name;
            format!("the argument is {name} itself; write {name}.{operation}{{…}} with a dot, not a colon")
        }
        Ok(data) => return Ok(data),
        Err(ConvertError::Lua(error)) => return Err(error),
        Err(ConvertError::NotData { at, .. }) if holds_open_file(lua, argument) => {
            format!(
                "{at} is an open file; pass its path, and the file is read while it is sent: {{file = \"backup.tar\"}}"
            )
        }
        Err(other) => other.to_string(),
    };
    Err(mlua::Error::external(Error {
        service: Some(service.name.to_owned()),
        operation: Some(operation.to_owned()),
        ..Error::new(INVALID_INPUT, problem)
    }))
}

/// Converts a Lua value that has the shape of an input or an output of the service.
pub fn to_data(
    lua: &Lua,
    service: &Service,
    shape: &'static Shape,
    value: &Value,
) -> std::result::Result<Data, ConvertError> {
    if dynamodb::is_used_by(service) { dynamodb::data(lua, shape, value) } else { to_value(lua, value) }
}

/// Converts a checked input of the service to Lua.
pub fn from_data(lua: &Lua, service: &Service, shape: &'static Shape, fields: Map) -> Result<Value> {
    match dynamodb::is_used_by(service) {
        true => dynamodb::structure(lua, shape, &fields).map(Value::Table),
        false => from_value(lua, &Data::Map(fields)),
    }
}

/// Returns the metatable of rows, for the replacements of Lua's functions that bypass metamethods.
pub fn rows(lua: &Lua) -> Result<Table> {
    lua.named_registry_value(answer::ROWS)
}

/// Returns the `aws` module: the default session with further functions.
pub fn module(lua: &Lua, default: &Caller) -> Result<Table> {
    let module = session::table(lua, default)?;
    module.raw_set("services", lua.create_function(listings::services)?)?;
    module.raw_set("operations", lua.create_function(listings::operations)?)?;
    let origin = default.clone();
    let profiles = move |lua, ()| session::profiles(lua, origin.session());
    module.raw_set("profiles", lua.create_async_function(profiles)?)?;
    let origin = default.clone();
    let open = move |lua: &Lua, options: Value| session::open(lua, &origin, options);
    module.raw_set("session", lua.create_function(open)?)?;
    let origin = default.clone();
    let switch = move |lua: &Lua, to: Value| session::switch(lua, &origin, to);
    module.raw_set("use", lua.create_function(switch)?)?;
    Ok(module)
}
