//! The library beside the machine: its modules as the prompt's globals, the functions that it
//! adds to built-in modules, and what the program does for it (`require "moonfleet.host"`).

use mlua::{Function, Lua, Result, Table, Value};
use moonfleet_core::suggest;

use super::require::loader;
use crate::host::host;
use crate::library_files::files;

/// The name by which the library's own modules find what the program does for them.
pub const HOST_MODULE: &str = "moonfleet.host";
/// Where a machine keeps it. The program's own functions are elsewhere, and nobody's to take.
const KEPT: &str = "moonfleet.library";

/// Comes before scripts run, and before the prelude's functions are called.
pub fn install(lua: &Lua, host: &Table) -> Result<()> {
    let host_module = lua.create_table()?;
    host_module.raw_set("nearest", lua.create_function(nearest)?)?;
    lua.set_named_registry_value(KEPT, host_module)?;
    host.raw_set("is_in_library", lua.create_function(|_, name: String| Ok(is_module(&name)))?)
}

/// What the program does for the library.
pub fn host_module(lua: &Lua) -> Result<Table> {
    lua.named_registry_value(KEPT)
}

fn nearest(_: &Lua, (name, known): (String, Vec<String>)) -> Result<Option<String>> {
    Ok(suggest::nearest(&name, known.iter().map(String::as_str)).map(str::to_owned))
}

/// Whether the library has a module of this name.
pub fn is_module(name: &str) -> bool {
    source(name).is_some()
}

/// A module of the library's by its name; what tests it is none.
fn source(name: &str) -> Option<std::borrow::Cow<'static, [u8]>> {
    let is_module = !name.ends_with("_test") && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_module { files().stdlib(&format!("{name}.lua")) } else { None }
}

/// A built-in module that the library has a file of the same name for: what that returns is
/// added to it, once a name is asked for that it lacks.
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
