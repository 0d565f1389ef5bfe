//! The search order of `require`: the built-in modules, the folder of the script, the folders of
//! `--path`, the library.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use mlua::{Function, Lua, Result, Table, Value};

use super::library;
use crate::containment::{Bounds, refused};
use crate::host::without_preamble;
use crate::library_files::files;

/// The folder of the running script; not set at the prompt.
pub struct ScriptFolder(pub PathBuf);

pub fn install(lua: &Lua) -> Result<()> {
    let package: Table = lua.globals().get("package")?;
    let preload: Table = package.get("preload")?;
    let searchers = lua.create_table()?;
    searchers.raw_push(lua.create_function(move |_, name: String| preload.get::<Value>(name))?)?;
    searchers.raw_push(lua.create_function(built_in)?)?;
    searchers.raw_push(lua.create_function(search_folders)?)?;
    searchers.raw_push(lua.create_function(search_library)?)?;
    package.raw_set("searchers", searchers)?;
    // C libraries are not supported, and the default search paths are not used.
    package.raw_set("path", Value::Nil)?;
    package.raw_set("cpath", Value::Nil)?;
    package.raw_set("loadlib", Value::Nil)
}

/// Finds built-in modules, which are also globals.
fn built_in(lua: &Lua, name: String) -> Result<Value> {
    let found = match &*name {
        library::HOST_MODULE => library::host_module(lua).map(Value::Table)?,
        name => lua.globals().get(name)?,
    };
    match found {
        Value::Table(module) => {
            lua.create_function(move |_, _: mlua::MultiValue| Ok(module.clone())).map(Value::Function)
        }
        _ => not_found(lua, &format!("\n\tno built-in module '{name}'")),
    }
}

/// Searches the folder of the script, then the folders of `--path`.
fn search_folders(lua: &Lua, name: String) -> Result<Value> {
    let folders = folders(lua);
    if folders.is_empty() {
        return not_found(lua, "");
    }
    let Some(relative) = relative(&name) else { return not_found(lua, "\n\ta module name is words separated by dots") };
    let contained = lua.app_data_ref::<Bounds>().is_some_and(|bounds| bounds.contained);
    let mut tried = String::new();
    for folder in &folders {
        for path in [folder.join(&relative).with_extension("lua"), folder.join(&relative).join("init.lua")] {
            if contained && leads_out(folder, &path) {
                return Err(refused(
                    &format!("require '{name}'"),
                    &format!("'{}' leads out of the folder", path.display()),
                ));
            }
            match fs::read(&path) {
                Ok(source) => return loader(lua, &source, &format!("@{}", path.display())).map(Value::Function),
                Err(e) if e.kind() == io::ErrorKind::NotFound => tried += &format!("\n\tno file '{}'", path.display()),
                Err(e) => tried += &format!("\n\tcannot read '{}': {e}", path.display()),
            }
        }
    }
    not_found(lua, &tried)
}

fn folders(lua: &Lua) -> Vec<PathBuf> {
    let beside = lua.app_data_ref::<ScriptFolder>().map(|folder| folder.0.clone());
    let named = lua.app_data_ref::<Bounds>().map(|bounds| bounds.paths.clone());
    beside.into_iter().chain(named.unwrap_or_default()).collect()
}

/// Returns whether a path leads out of the folder. Only a link can: module names cannot.
fn leads_out(folder: &Path, path: &Path) -> bool {
    let is_inside = |real: PathBuf| fs::canonicalize(folder).is_ok_and(|folder| real.starts_with(folder));
    !fs::canonicalize(path).map_or(true, is_inside)
}

fn search_library(lua: &Lua, name: String) -> Result<Value> {
    let Some(relative) = relative(&name) else { return not_found(lua, "") };
    let file = relative.with_extension("lua");
    match files().stdlib(&file.to_string_lossy()) {
        Some(source) => loader(lua, &source, &format!("@stdlib/{}", file.display())).map(Value::Function),
        None => not_found(lua, &format!("\n\tno '{}' in the library", file.display())),
    }
}

pub fn loader(lua: &Lua, source: &[u8], name: &str) -> Result<Function> {
    lua.load(without_preamble(source)).set_name(name).set_mode(mlua::chunk::ChunkMode::Text).into_function()
}

fn not_found(lua: &Lua, tried: &str) -> Result<Value> {
    lua.create_string(tried).map(Value::String)
}

/// Converts `a.b` to `a/b`; none if the name has a part that could lead out of the folder.
fn relative(name: &str) -> Option<PathBuf> {
    let word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    name.split('.').all(word).then(|| Path::new(&name.replace('.', "/")).to_path_buf())
}
