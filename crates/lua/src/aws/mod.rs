//! How AWS looks in Lua: services as globals, operations as functions, answers as
//! tables. What the operations are is data in the bindings; here is only their face.

mod answer;
mod caller;
mod operation;
mod options;
mod placeholder;
mod service;
pub mod session;
pub mod sweep;
mod waiter;

use mlua::{Lua, LuaSerdeExt, Result, Table, Value};
use moonfleet_bindings::{SERVICES, Service};
use moonfleet_core::Error;
use moonfleet_core::error::INVALID_INPUT;
use moonfleet_core::{Map, Value as Data};

use crate::convert::{ConvertError, to_value};

pub use answer::{read as row_field, row_names, whole};
pub use caller::Caller;
pub use moonfleet_engine::dispatch::{Dispatched, dispatch};
pub use operation::forms;
pub use placeholder::PlannedValue;
pub use service::{NamedBinding, named, resolve, service_table, speaks_for};

/// Services that people know under a shorter name as well.
pub const ALIASES: &[(&str, &str)] = &[("rg", "resource_groups")];

/// What answers need of a machine, before the first one comes.
pub fn prepare(lua: &Lua) -> Result<()> {
    answer::prepare(lua)?;
    operation::prepare(lua)
}

/// What a script gives an operation; what is no data is told as any other bad input is.
fn input(lua: &Lua, service: &Service, operation: &str, given: &Value) -> Result<Data> {
    let is_self = matches!(named(given)?, Some(NamedBinding::Service(given)) if given.name == service.name);
    // A sweep hands its session to its function, which may be an operation.
    if let Some(table) = given.as_table()
        && session::held(table)?.is_some()
    {
        return Ok(Data::Map(Map::default()));
    }
    let problem = match to_value(lua, given) {
        _ if is_self => {
            let name = service.name;
            format!("it is given {name} itself; write {name}.{operation}{{…}} with a dot, not a colon")
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

/// The metatable of rows, for those functions of Lua's that look at tables without reading them.
pub fn rows(lua: &Lua) -> Result<Table> {
    lua.named_registry_value(answer::ROWS)
}

/// The `aws` module: the default session, and what there is besides it.
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
    let switch = move |lua: &Lua, to: Value| session::switch(lua, &origin, to);
    module.raw_set("use", lua.create_function(switch)?)?;
    Ok(module)
}

/// `aws.operations()`: how many operations each service has.
fn operations(lua: &Lua, (): ()) -> Result<Value> {
    let mut counts = serde_json::Map::new();
    for service in SERVICES {
        counts.insert(service.name.to_owned(), service.operations().len().into());
        let left_out = if service.left_out.is_empty() { "nothing".to_owned() } else { service.left_out.join(", ") };
        tracing::info!("{}: {} operations, left out: {left_out}", service.name, service.operations().len());
    }
    lua.to_value(&counts)
}
