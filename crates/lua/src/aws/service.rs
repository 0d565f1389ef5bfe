//! Services as tables; an operation is bound when a script first names it.

use mlua::{AnyUserData, Error, Lua, Result, Table, UserData, Value};
use moonfleet_bindings::{Operation, Risk, Service, basic_service, listed_service, nearest_service, service};
use moonfleet_core::counted;
use moonfleet_core::error;
use moonfleet_core::error::INVALID_INPUT;
use moonfleet_core::suggest;
use moonfleet_engine::Context;

use super::operation::BoundOperation;
use super::waiter::waiters;
use super::{Caller, service_functions};
use crate::host::host;

/// Returns the service of this name or alias, if it is a global of scripts.
pub fn resolve(name: &str) -> Option<&'static Service> {
    basic_service(name)
}

/// Returns the service of this name or alias.
pub fn any_service(name: &str) -> Option<&'static Service> {
    service(name)
}

/// Returns the service of this name for a caller that names it. An unknown name is an error with the nearest one.
pub(super) fn demand(function: &str, name: &str) -> Result<&'static Service> {
    any_service(name).ok_or_else(|| {
        let hint = nearest_service(name)
            .map_or_else(|| "aws.services() lists them".to_owned(), |nearest| format!("did you mean '{nearest}'?"));
        Error::external(format!("{function}: there is no service '{name}'; {hint}"))
    })
}

/// How the `__name` of a service's table begins.
const NAMED: &str = "service ";

/// Returns the `__name` of a service's table.
pub(super) fn service_name(service: &Service) -> String {
    format!("{NAMED}{}", service.name)
}

/// Returns the type of a service's table, from its metatable: `service rds`; none for other tables.
pub fn service_type(metatable: &Table) -> Result<Option<String>> {
    let name: Value = metatable.raw_get("__name")?;
    let name = name.as_string().map(|name| name.to_string_lossy());
    Ok(name.filter(|name| name.starts_with(NAMED)))
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
    let name = service_type(&metatable)?;
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
    ServiceTable { caller: caller.clone(), service, unassigned: false }.create(lua)
}

/// A service whose operations are bound when a script names them.
#[derive(Clone)]
pub(super) struct ServiceTable {
    caller: Caller,
    service: &'static Service,
    /// Whether a name at the prompt means the service only because no variable has it. Names such as `config` and
    /// `account` are probably meant as variables.
    unassigned: bool,
}

impl ServiceTable {
    pub(super) fn for_unassigned_name(caller: &Caller, service: &'static Service) -> Self {
        ServiceTable { caller: caller.clone(), service, unassigned: true }
    }

    pub(super) fn create(self, lua: &Lua) -> Result<Table> {
        let table = lua.create_table()?;
        let metatable = lua.create_table()?;
        let service = self.service;
        metatable.raw_set(CALLER, lua.create_userdata(CallerHolder(self.caller.clone()))?)?;
        metatable.raw_set("__name", service_name(service))?;
        let description = format!("{}, {}", service_name(service), counted(service.operations().len(), "operation"));
        metatable.raw_set("__tostring", lua.create_function(move |_, _: Table| Ok(description.clone()))?)?;
        let this = self.clone();
        metatable.raw_set(
            "__index",
            lua.create_function(move |lua, (table, key): (Table, Value)| {
                let Value::String(name) = &key else { return Err(this.wrong_use(&part_of(&key)?)) };
                let bound = this.bind(lua, &name.to_string_lossy())?;
                table.raw_set(name, &bound)?;
                Ok(bound)
            })?,
        )?;
        let this = self.clone();
        metatable.raw_set(
            "__pairs",
            lua.create_function(move |lua, _: Table| {
                let all = lua.create_table()?;
                for operation in service.operations() {
                    all.raw_set(operation.name, this.bind(lua, operation.name)?)?;
                }
                Ok((host(lua, "next")?, all, Value::Nil))
            })?,
        )?;
        let this = self.clone();
        metatable.raw_set(
            "__len",
            lua.create_function(move |_, _: Value| -> Result<()> { Err(this.wrong_use(", its length")) })?,
        )?;
        metatable.raw_set(
            "__newindex",
            lua.create_function(move |_, (_, key, _): (Table, Value, Value)| -> Result<()> {
                Err(self.wrong_use(&part_of(&key)?))
            })?,
        )?;
        table.set_metatable(Some(metatable))?;
        Ok(table)
    }

    fn bind(&self, lua: &Lua, name: &str) -> Result<Value> {
        let ServiceTable { caller, service, .. } = self;
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
        let problem = format!("{}.{name}: no such operation; {}", service.name, self.advice(name));
        Err(Error::external(error::Error::new(INVALID_INPUT, problem)))
    }

    /// Returns the advice for the name of an operation that the service does not have.
    fn advice(&self, name: &str) -> String {
        let service = self.service.name;
        match nearest(self.service, name) {
            Some(nearest) => format!("did you mean {service}.{nearest}?"),
            None if self.unassigned => format!("{}; help({service}) shows its operations", self.meaning()),
            None => {
                let count = counted(self.service.operations().len(), "operation");
                format!("{service} has {count}, list them with for name in pairs({service})")
            }
        }
    }

    /// Returns the error of a use as a list or as a variable.
    fn wrong_use(&self, part: &str) -> Error {
        let name = self.service.name;
        let next = match self.unassigned {
            true => format!("assign it first: {name} = {{}}"),
            false => "its operations cannot be replaced".to_owned(),
        };
        Error::external(error::Error::new(INVALID_INPUT, format!("{name}{part}: {}; {next}", self.meaning())))
    }

    /// Returns what the name of the service means.
    fn meaning(&self) -> String {
        let name = self.service.name;
        let title = listed_service(name).map_or(name, |listed| listed.title);
        let because = if self.unassigned { ", because no variable has this name" } else { "" };
        format!("{name} is the service {title}{because}")
    }
}

/// Returns a key as it is written after the name of a table.
fn part_of(key: &Value) -> Result<String> {
    let text = key.to_string()?;
    Ok(if key.is_string() { format!(".{text}") } else { format!("[{text}]") })
}

/// Returns the most similar operation. For a name with a reading verb, only operations that read are suggested: one that
/// is written almost the same, or else one with another reading verb.
fn nearest(service: &'static Service, name: &str) -> Option<&'static str> {
    const READING_VERBS: [&str; 7] = ["describe", "list", "get", "show", "find", "search", "read"];
    let functions = service_functions::functions(service).iter().map(|(name, _)| *name);
    let names = || service.operations().iter().map(|operation| operation.name).chain(functions.clone());
    let (verb, noun) = name.split_once('_').unwrap_or((name, ""));
    if !READING_VERBS.contains(&verb) {
        return suggest::nearest(name, names());
    }
    let reads =
        || service.operations().iter().filter(|operation| operation.risk == Risk::Read).map(|operation| operation.name);
    let same_verb = reads().filter(|known| known.split('_').next() == Some(verb));
    let written_alike = suggest::misspelled(name, same_verb);
    let same_noun = READING_VERBS.iter().map(|verb| format!("{verb}_{noun}"));
    let same_noun = same_noun.filter_map(|name| service.operation(&name)).map(|operation| operation.name).next();
    written_alike.or(same_noun).or_else(|| suggest::nearest(name, reads()))
}
