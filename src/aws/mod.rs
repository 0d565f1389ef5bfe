//! How AWS looks in Lua: services as globals, operations as functions, answers as
//! tables. What the operations are is data in the bindings; here is only their face.

mod answer;
mod call;
mod operation;
mod pages;
mod service;

use std::sync::Arc;

use mlua::{Lua, LuaSerdeExt, Result, Table, Value};
use moonfleet_bindings::SERVICES;

use crate::lua::options::Options;
use crate::session::{Session, Settings};

pub use call::call;
pub use service::{resolve, service_table};

/// Services that people know under a shorter name as well.
const ALIASES: &[(&str, &str)] = &[("rg", "resource_groups")];

/// What answers need of a machine, before the first one comes.
pub fn prepare(lua: &Lua) -> Result<()> {
    answer::prepare(lua)?;
    operation::prepare(lua)
}

/// The metatable of rows, for those functions of Lua's that look at tables without reading them.
pub fn rows(lua: &Lua) -> Result<Table> {
    lua.named_registry_value(answer::ROWS)
}

/// The `aws` module of a session.
pub fn module(lua: &Lua, session: &Arc<Session>) -> Result<Table> {
    let module = session_table(lua, session)?;
    module.raw_set("operations", lua.create_function(operations)?)?;
    let origin = session.clone();
    module.raw_set("session", lua.create_function(move |lua, options: Value| open(lua, &origin, options))?)?;
    Ok(module)
}

/// A session as scripts see it: a table with every service on it.
fn session_table(lua: &Lua, session: &Arc<Session>) -> Result<Table> {
    let table = lua.create_table()?;
    let metatable = lua.create_table()?;
    let session = session.clone();
    metatable.raw_set(
        "__index",
        lua.create_function(move |lua, (table, name): (Table, String)| {
            if name == "region" {
                return session.region().map_or(Ok(Value::Nil), |region| lua.create_string(region).map(Value::String));
            }
            let Some(service) = resolve(&name) else { return Ok(Value::Nil) };
            let bound = Value::Table(service_table(lua, &session, service)?);
            table.raw_set(name, &bound)?;
            Ok(bound)
        })?,
    )?;
    table.set_metatable(Some(metatable))?;
    Ok(table)
}

/// `aws.session{profile=, region=, endpoint_url=}`
fn open(lua: &Lua, origin: &Arc<Session>, options: Value) -> Result<Table> {
    let mut options = Options::read("aws.session", options)?;
    let settings = Settings {
        profile: options.string("profile")?,
        region: options.string("region")?,
        endpoint_url: options.string("endpoint_url")?,
    };
    options.finish()?;
    let session = match settings {
        Settings { profile: None, region: Some(region), endpoint_url: None } => origin.in_region(&region),
        settings => origin.other(settings),
    };
    session_table(lua, &session)
}

/// `aws.operations()`: how many operations each service has.
fn operations(lua: &Lua, (): ()) -> Result<Value> {
    let mut counts = serde_json::Map::new();
    for service in SERVICES {
        counts.insert(service.name.to_owned(), service.operations.len().into());
        let left_out = if service.left_out.is_empty() { "nothing".to_owned() } else { service.left_out.join(", ") };
        tracing::info!("{}: {} operations, left out: {left_out}", service.name, service.operations.len());
    }
    lua.to_value(&counts)
}
