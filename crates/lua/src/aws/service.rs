//! Services as tables; an operation is bound when a script first names it.

use mlua::{AnyUserData, Error, Lua, Result, Table, UserData, Value};
use moonfleet_bindings::{Operation, Risk, SERVICES, Service};
use moonfleet_core::counted;
use moonfleet_core::error;
use moonfleet_core::error::INVALID_INPUT;
use moonfleet_core::suggest;
use moonfleet_engine::Context;

use super::operation::BoundOperation;
use super::waiter::waiters;
use super::{ALIASES, Caller, service_functions};
use crate::host::host;

/// Returns the service of this name or alias, if it is a global of scripts.
pub fn resolve(name: &str) -> Option<&'static Service> {
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, name)| name);
    SERVICES.iter().copied().find(|service| service.name == name)
}

/// Returns the service of this name or alias. Services without an SDK crate are read from their model.
pub fn any_service(name: &str) -> Option<&'static Service> {
    resolve(name).or_else(|| moonfleet_bindings::service(name))
}

/// Returns the service of this name for a caller that names it. An unknown name is an error with the nearest one.
pub(super) fn demand(function: &str, name: &str) -> Result<&'static Service> {
    any_service(name).ok_or_else(|| {
        let nearest = suggest::nearest(name, moonfleet_bindings::service_names());
        let hint = nearest
            .map_or_else(|| "aws.operations() lists them".to_owned(), |nearest| format!("did you mean '{nearest}'?"));
        Error::external(format!("{function}: there is no service '{name}'; {hint}"))
    })
}

/// How the `__name` of a service's table begins.
const NAMED: &str = "service ";

/// Returns the `__name` of a service's table.
pub(super) fn service_name(service: &Service) -> String {
    format!("{NAMED}{}", service.name)
}

/// The operation or the service that a Lua value is.
pub enum NamedBinding {
    Operation(&'static Service, &'static Operation),
    Service(&'static Service),
}

/// Returns the operation or the service that a Lua value is; none for other values.
pub fn named(value: &Value) -> Result<Option<NamedBinding>> {
    if let Some(userdata) = value.as_userdata().filter(|userdata| userdata.is::<BoundOperation>()) {
        let bound = userdata.borrow::<BoundOperation>()?;
        return Ok(Some(NamedBinding::Operation(bound.service, bound.operation)));
    }
    let Some(metatable) = value.as_table().and_then(Table::metatable) else { return Ok(None) };
    let name: Option<String> = metatable.raw_get::<Option<String>>("__name").ok().flatten();
    let name = name.as_deref().and_then(|name| name.strip_prefix(NAMED));
    Ok(name.and_then(any_service).map(NamedBinding::Service))
}

/// The key of the caller in the metatable of a service's table.
const CALLER: &str = "__caller";

struct CallerHolder(Caller);

impl UserData for CallerHolder {}

/// Returns the session that an operation or a service uses; none for other values.
pub fn session_used_by(value: &Value) -> Result<Option<Context>> {
    if let Some(userdata) = value.as_userdata().filter(|userdata| userdata.is::<BoundOperation>()) {
        return Ok(Some(userdata.borrow::<BoundOperation>()?.caller.session()));
    }
    let Some(metatable) = value.as_table().and_then(Table::metatable) else { return Ok(None) };
    let holder: Option<AnyUserData> = metatable.raw_get(CALLER)?;
    holder.map(|holder| holder.borrow::<CallerHolder>().map(|holder| holder.0.session())).transpose()
}

pub fn service_table(lua: &Lua, caller: &Caller, service: &'static Service) -> Result<Table> {
    let table = lua.create_table()?;
    let metatable = lua.create_table()?;
    let bound_to = caller.clone();
    metatable.raw_set(
        "__index",
        lua.create_function(move |lua, (table, name): (Table, String)| {
            let bound = bind(lua, &bound_to, service, &name)?;
            table.raw_set(name, &bound)?;
            Ok(bound)
        })?,
    )?;
    let bound_to = caller.clone();
    metatable.raw_set(
        "__pairs",
        lua.create_function(move |lua, _: Table| {
            let all = lua.create_table()?;
            for operation in service.operations() {
                all.raw_set(operation.name, bind(lua, &bound_to, service, operation.name)?)?;
            }
            Ok((host(lua, "next")?, all, Value::Nil))
        })?,
    )?;
    metatable.raw_set(CALLER, lua.create_userdata(CallerHolder(caller.clone()))?)?;
    metatable.raw_set("__name", service_name(service))?;
    let description = format!("{}, {}", service_name(service), counted(service.operations().len(), "operation"));
    metatable.raw_set("__tostring", lua.create_function(move |_, _: Table| Ok(description.clone()))?)?;
    metatable.raw_set(
        "__newindex",
        lua.create_function(move |_, _: (Table, Value, Value)| -> Result<()> {
            Err(Error::runtime(format!("{} is a service; its operations cannot be replaced", service.name)))
        })?,
    )?;
    table.set_metatable(Some(metatable))?;
    Ok(table)
}

fn bind(lua: &Lua, caller: &Caller, service: &'static Service, name: &str) -> Result<Value> {
    if let Some(operation) = service.operation(name) {
        let bound = BoundOperation { caller: caller.clone(), service, operation };
        return Ok(Value::UserData(lua.create_userdata(bound)?));
    }
    if name == "wait" {
        return waiters(lua, caller, service).map(Value::Table);
    }
    if let Some(function) = service_functions::function(lua, caller, service, name)? {
        return Ok(Value::Function(function));
    }
    Err(Error::external(error::Error::new(INVALID_INPUT, unknown(service, name))))
}

/// Returns the most similar operation. For a name with a reading verb, only operations that read are suggested.
fn nearest(service: &'static Service, name: &str) -> Option<&'static str> {
    const READING_VERBS: [&str; 7] = ["describe", "list", "get", "show", "find", "search", "read"];
    let functions = service_functions::functions(service).iter().map(|(name, _)| *name);
    let names = || service.operations().iter().map(|operation| operation.name).chain(functions.clone());
    let (verb, noun) = name.split_once('_').unwrap_or((name, ""));
    if !READING_VERBS.contains(&verb) {
        return suggest::nearest(name, names());
    }
    let same_noun = READING_VERBS.iter().map(|verb| format!("{verb}_{noun}"));
    let same_noun = same_noun.filter_map(|name| service.operation(&name)).map(|operation| operation.name).next();
    let reads = service.operations().iter().filter(|operation| operation.risk == Risk::Read);
    same_noun.or_else(|| suggest::nearest(name, reads.map(|operation| operation.name)))
}

fn unknown(service: &'static Service, name: &str) -> String {
    match nearest(service, name) {
        Some(nearest) => {
            format!("{}.{name}: no such operation; did you mean {}.{nearest}?", service.name, service.name)
        }
        None => format!(
            "{}.{name}: no such operation; {} has {}, list them with for name in pairs({})",
            service.name,
            service.name,
            counted(service.operations().len(), "operation"),
            service.name
        ),
    }
}
