//! Where `require` looks: the built-in modules, the script's own folder, the folders that
//! `--path` names, the library.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use mlua::{Function, Lua, Result, Table, Value};

use super::library;
use crate::containment::{Bounds, refused};
use crate::library_files::files;

/// The folder of the script that runs; none at the prompt.
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
    // C libraries have no place here, and the stock search paths are not looked at.
    package.raw_set("path", Value::Nil)?;
    package.raw_set("cpath", Value::Nil)?;
    package.raw_set("loadlib", Value::Nil)
}

/// Modules that are globals can be required as well.
fn built_in(lua: &Lua, name: String) -> Result<Value> {
    let found = match &*name {
        library::HOST_MODULE => library::host_module(lua).map(Value::Table)?,
        name => lua.globals().get(name)?,
    };
    match found {
        Value::Table(module) => {
            lua.create_function(move |_, _: mlua::MultiValue| Ok(module.clone())).map(Value::Function)
        }
        _ => not_here(lua, &format!("\n\tno built-in module '{name}'")),
    }
}

/// Beside the script, then in the named folders.
fn search_folders(lua: &Lua, name: String) -> Result<Value> {
    let folders = folders(lua);
    if folders.is_empty() {
        return not_here(lua, "");
    }
    let Some(relative) = relative(&name) else { return not_here(lua, "\n\ta module's name is words with dots") };
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
    not_here(lua, &tried)
}

fn folders(lua: &Lua) -> Vec<PathBuf> {
    let beside = lua.app_data_ref::<ScriptFolder>().map(|folder| folder.0.clone());
    let named = lua.app_data_ref::<Bounds>().map(|bounds| bounds.paths.clone());
    beside.into_iter().chain(named.unwrap_or_default()).collect()
}

/// By a link, since a module's name cannot.
fn leads_out(folder: &Path, path: &Path) -> bool {
    let is_inside = |real: PathBuf| fs::canonicalize(folder).is_ok_and(|folder| real.starts_with(folder));
    !fs::canonicalize(path).map_or(true, is_inside)
}

fn search_library(lua: &Lua, name: String) -> Result<Value> {
    let Some(relative) = relative(&name) else { return not_here(lua, "") };
    let file = relative.with_extension("lua");
    match files().stdlib(&file.to_string_lossy()) {
        Some(source) => loader(lua, &source, &format!("@stdlib/{}", file.display())).map(Value::Function),
        None => not_here(lua, &format!("\n\tno '{}' in the library", file.display())),
    }
}

pub fn loader(lua: &Lua, source: &[u8], name: &str) -> Result<Function> {
    lua.load(source).set_name(name).set_mode(mlua::chunk::ChunkMode::Text).into_function()
}

fn not_here(lua: &Lua, tried: &str) -> Result<Value> {
    lua.create_string(tried).map(Value::String)
}

/// `a.b` to `a/b`; a name cannot lead out of its folder.
fn relative(name: &str) -> Option<PathBuf> {
    let word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    name.split('.').all(word).then(|| Path::new(&name.replace('.', "/")).to_path_buf())
}
