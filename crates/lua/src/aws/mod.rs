//! AWS in Lua: services as globals, operations as functions, answers as tables. The operations
//! themselves are data in the bindings crate.

mod answer;
mod caller;
mod dynamodb;
mod operation;
mod options;
mod placeholder;
mod service;
mod service_functions;
pub mod session;
pub mod sweep;
pub mod swept;
mod waiter;

use mlua::{Lua, LuaSerdeExt, Result, Table, Value};
use moonfleet_bindings::{SERVICES, Service};
use moonfleet_core::Error;
use moonfleet_core::counted;
use moonfleet_core::error::INVALID_INPUT;
use moonfleet_core::{Map, Shape, Value as Data};

use crate::convert::{ConvertError, from_value, to_value};

pub use answer::{first_page_advice, read as row_field, row_names};
pub use caller::Caller;
pub use moonfleet_engine::dispatch::{Dispatched, dispatch};
pub use operation::forms;
pub use placeholder::PlannedValue;
pub use service::{NamedBinding, any_service, named, resolve, service_table, session_used_by};
pub use service_functions::functions;

/// Shorter names of services: (alias, name).
pub const ALIASES: &[(&str, &str)] = &[("rg", "resource_groups")];

/// Prepares a machine for answers.
pub fn prepare(lua: &Lua) -> Result<()> {
    answer::prepare(lua)?;
    operation::prepare(lua)
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
    module.raw_set("operations", lua.create_function(operations)?)?;
    let origin = default.clone();
    let profiles = move |lua, ()| session::profiles(lua, origin.session());
    module.raw_set("profiles", lua.create_async_function(profiles)?)?;
    let origin = default.clone();
    let open = move |lua: &Lua, options: Value| session::open(lua, &origin, options);
    module.raw_set("session", lua.create_function(open)?)?;
    let origin = default.clone();
    let service = move |lua: &Lua, name: String| service_table(lua, &origin, service::demand("aws.service", &name)?);
    module.raw_set("service", lua.create_function(service)?)?;
    let origin = default.clone();
    let switch = move |lua: &Lua, to: Value| session::switch(lua, &origin, to);
    module.raw_set("use", lua.create_function(switch)?)?;
    Ok(module)
}

/// `aws.operations()`: returns the number of operations of each service.
fn operations(lua: &Lua, (): ()) -> Result<Value> {
    let mut counts = serde_json::Map::new();
    for service in SERVICES {
        let left_out = if service.left_out.is_empty() { "nothing".to_owned() } else { service.left_out.join(", ") };
        let count = counted(service.operations().len(), "operation");
        tracing::info!("{}: {count}, left out: {left_out}", service.name);
    }
    for (name, count) in moonfleet_bindings::operation_counts() {
        counts.insert(name.to_owned(), count.into());
    }
    lua.to_value(&counts)
}
