//! Inspects values without running code of the user: metatables are followed only if `__index` is a table, and the
//! fields of rows come from their declaration.

use mlua::{Error, Lua, Table, Value};
use moonfleet_lua::aws::{row_field, row_names};
use moonfleet_lua::vm::Vm;

use crate::assets;
use crate::repl::Locals;

/// The most keys of a table that are read. Otherwise each Tab would walk through a table of a million records.
const MOST: usize = 10_000;
/// The depth to which inheritance between classes is followed.
const MAX_DEPTH: usize = 8;

/// Returns the tables with the variables of a line, the innermost scope first.
pub(super) fn scopes(vm: &Vm) -> Vec<Table> {
    let locals = vm.lua().app_data_ref::<Locals>().map(|locals| locals.0.clone());
    locals.into_iter().chain([vm.lua().globals()]).collect()
}

/// Returns the value of a variable of a line, or nil.
pub(super) fn named(vm: &Vm, name: &str) -> Value {
    let values = scopes(vm).into_iter().filter_map(|scope| get(vm, &scope, name));
    values.into_iter().next().unwrap_or(Value::Nil)
}

/// Returns the fields with string keys, each with the type of its value.
pub(super) fn fields(table: &Table) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    let mut next = Some(table.clone());
    for _ in 0..MAX_DEPTH {
        let Some(table) = next else { break };
        if let Ok(Some(names)) = row_names(&table) {
            found.extend(names.into_iter().map(|name| (name.to_owned(), "")));
        }
        let mut left = MOST;
        // The error only ends the loop at the limit.
        let _ = table.for_each(|key: Value, value: Value| {
            if let Value::String(key) = key
                && let Ok(key) = key.to_str()
            {
                found.push((key.to_owned(), kind(&value)));
            }
            left -= 1;
            if left > 0 { Ok(()) } else { Err(Error::runtime("limit reached")) }
        });
        next = parent(&table);
    }
    found
}

/// Returns a field, including one that a row creates only when it is read.
pub(super) fn get(vm: &Vm, table: &Table, name: &str) -> Option<Value> {
    let mut next = Some(table.clone());
    for _ in 0..MAX_DEPTH {
        let table = next?;
        let value: Value = table.raw_get(name).ok()?;
        if !value.is_nil() {
            return Some(value);
        }
        if let Ok(Some(_)) = row_names(&table) {
            return value_in_row(vm.lua(), table, name);
        }
        next = parent(&table);
    }
    None
}

fn value_in_row(lua: &Lua, row: Table, name: &str) -> Option<Value> {
    let name = lua.create_string(name).ok()?;
    row_field(lua, (row, Value::String(name))).ok()
}

/// Returns a field of a loaded module.
pub(super) fn module_field(vm: &Vm, module: &str, name: &str) -> Option<Value> {
    let global = vm.lua().globals().raw_get::<Option<Table>>(module).ok()?;
    let module: Table = global.or_else(|| loaded(vm, module))?;
    module.raw_get(name).ok().filter(|value: &Value| !value.is_nil())
}

/// Whether a table is the program's module of this name. Users often give their own lists names of modules, such as
/// `volumes`.
pub(super) fn is_module(vm: &Vm, name: &str, table: &Table) -> bool {
    assets::is_built_in(name) || loaded(vm, name).is_some_and(|module| module == *table)
}

fn loaded(vm: &Vm, module: &str) -> Option<Table> {
    let package: Option<Table> = vm.lua().globals().raw_get("package").ok()?;
    let loaded: Option<Table> = package?.raw_get("loaded").ok()?;
    loaded?.raw_get(module).ok()?
}

fn parent(table: &Table) -> Option<Table> {
    match table.metatable()?.raw_get("__index").ok()? {
        Value::Table(parent) => Some(parent),
        _ => None,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::UserData(_) | Value::LightUserData(_) | Value::Other(_) => "",
        Value::Integer(_) => "integer",
        other => other.type_name(),
    }
}
