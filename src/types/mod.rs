//! `moonfleet types install`: what editors need to complete and check scripts, written into
//! a folder, and a `.luarc.json` that tells their language servers of it.

mod service_stubs;

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::Path;

use etcetera::BaseStrategy;
use moonfleet_report::write_atomically;
use serde_json::{Map, Value, json};

use crate::assets;
use crate::generated_folder::{self, Files, is_ours};

/// What language servers read in the folder where they start.
const SETTINGS: &str = ".luarc.json";

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot tell where your own files are kept: {0}; name a folder, as in moonfleet types install FOLDER")]
    NoHome(etcetera::HomeDirError),
    #[error(transparent)]
    Folder(#[from] generated_folder::Error),
    #[error("cannot read {SETTINGS}: {0}")]
    Unreadable(io::Error),
    #[error("{SETTINGS} is not valid JSON: {0}; mend it, or remove it, and install again")]
    Broken(serde_json::Error),
    #[error("{SETTINGS}: {0}; mend it, or remove it, and install again")]
    Unexpected(String),
    #[error(transparent)]
    Settings(moonfleet_report::Error),
}

/// Installs into this folder, or into the one that all of a person's projects share. Gives
/// what there is to tell.
pub fn install(folder: Option<&Path>) -> Result<String, Error> {
    let folder = match folder {
        Some(folder) => folder.to_owned(),
        None => etcetera::choose_base_strategy().map_err(Error::NoHome)?.data_dir().join("moonfleet/types"),
    };
    // What cannot be added to must be known before anything is written.
    let settings = read_settings()?;
    let changed = with_library(settings.clone(), &folder)?;
    let files = files();
    generated_folder::replace(&folder, "moonfleet types install", &files)?;
    let mut told = format!("{}: {} files\n", folder.display(), files.len());
    if changed == settings {
        told += &format!("{SETTINGS}: names it already\n");
    } else {
        let text = format!("{:#}\n", Value::Object(changed));
        write_atomically(Path::new(SETTINGS), |out| out.write_all(text.as_bytes())).map_err(Error::Settings)?;
        told += &format!("{SETTINGS}: names it now\n");
    }
    Ok(told)
}

/// The stubs of the services and of the built-in modules, and the library's own modules, which are commented.
fn files() -> Files {
    let services = service_stubs::files().into_iter().map(|(file, text)| (file, Cow::from(text.into_bytes())));
    let built_in = assets::stubs().map(|(file, text)| (format!("moonfleet/{file}"), text));
    let library = assets::module_files().map(|(file, text)| (format!("stdlib/{file}"), text));
    services.chain(built_in).chain(library).collect()
}

/// What is there already; no file is no settings.
fn read_settings() -> Result<Map<String, Value>, Error> {
    match fs::read(SETTINGS) {
        Ok(text) => match serde_json::from_slice(&text).map_err(Error::Broken)? {
            Value::Object(settings) => Ok(settings),
            _ => Err(Error::Unexpected("it must hold an object, as in {\"runtime.version\": \"Lua 5.4\"}".to_owned())),
        },
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(Map::new()),
        Err(cause) => Err(Error::Unreadable(cause)),
    }
}

/// The settings with this folder among the libraries, and with the right Lua.
fn with_library(mut settings: Map<String, Value>, folder: &Path) -> Result<Map<String, Value>, Error> {
    *setting(&mut settings, "runtime", "version")? = json!("Lua 5.4");
    let library = setting(&mut settings, "workspace", "library")?;
    if library.is_null() {
        *library = json!([]);
    }
    let Value::Array(library) = library else {
        return Err(Error::Unexpected("workspace.library must be a list of folders".to_owned()));
    };
    // Another installation would say everything twice.
    library
        .retain(|entry| !entry.as_str().is_some_and(|entry| Path::new(entry) != folder && is_ours(Path::new(entry))));
    let folder = json!(folder.to_string_lossy());
    if !library.contains(&folder) {
        library.push(folder);
    }
    Ok(settings)
}

/// A setting, spelled as it is there already: `{"a": {"b": …}}`, or else `{"a.b": …}`.
fn setting<'a>(settings: &'a mut Map<String, Value>, group: &str, name: &str) -> Result<&'a mut Value, Error> {
    let path = format!("{group}.{name}");
    if settings.contains_key(&path) || !settings.contains_key(group) {
        return Ok(settings.entry(path).or_insert(Value::Null));
    }
    match settings.get_mut(group) {
        Some(Value::Object(group)) => Ok(group.entry(name).or_insert(Value::Null)),
        _ => Err(Error::Unexpected(format!("{group} must be an object"))),
    }
}
