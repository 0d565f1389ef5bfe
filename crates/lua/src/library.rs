//! The library in a machine: its modules, which are globals at the prompt, the functions that it
//! adds to built-in modules, and the functions of the program for it (`require "moonfleet.host"`).

use mlua::{Function, Lua, Result, Table, Value};
use moonfleet_core::suggest;

use super::require::loader;
use crate::host::host;
use crate::library_files::files;

/// The name of the module with the program's functions for the library.
pub const HOST_MODULE: &str = "moonfleet.host";
/// The key of that module in the registry of Lua. The internal functions of the program are under another key, which
/// scripts cannot reach.
const REGISTRY_KEY: &str = "moonfleet.library";

/// Installs the functions for the library. Must come before the prelude's functions are called.
pub fn install(lua: &Lua, host: &Table) -> Result<()> {
    let host_module = lua.create_table()?;
    host_module.raw_set("nearest", lua.create_function(nearest)?)?;
    lua.set_named_registry_value(REGISTRY_KEY, host_module)?;
    host.raw_set("is_in_library", lua.create_function(|_, name: String| Ok(is_module(&name)))?)
}

/// Returns the module with the program's functions for the library.
pub fn host_module(lua: &Lua) -> Result<Table> {
    lua.named_registry_value(REGISTRY_KEY)
}

fn nearest(_: &Lua, (name, known): (String, Vec<String>)) -> Result<Option<String>> {
    Ok(suggest::nearest(&name, known.iter().map(String::as_str)).map(str::to_owned))
}

/// Returns whether the library has a module of this name.
pub fn is_module(name: &str) -> bool {
    source(name).is_some()
}

/// Returns the text of a module of the library; none for its tests.
fn source(name: &str) -> Option<std::borrow::Cow<'static, [u8]>> {
    let is_module = !name.ends_with("_test") && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_module { files().stdlib(&format!("{name}.lua")) } else { None }
}

/// Extends a built-in module with the functions of the library's module of the same name, which are loaded when a
/// script names a function that the built-in module lacks.
pub fn extended(lua: &Lua, name: &str, module: Table) -> Result<Table> {
    if !is_module(name) {
        return Ok(module);
    }
    let file = name.to_owned();
    let load = lua.create_function(move |lua, ()| match source(&file) {
        Some(source) => loader(lua, &source, &format!("@stdlib/{file}.lua")).map(Value::Function),
        None => Ok(Value::Nil),
    })?;
    let extends: Function = host(lua, "extends")?;
    extends.call((module, name, load))
}
