//! `moonfleet types install`: writes the stubs with which editors complete and check scripts, and names their folder
//! in `.luarc.json`, which language servers read.

mod service_stubs;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use etcetera::BaseStrategy;
use moonfleet_bindings::{SERVICES, Service, nearest_service, service, service_name};
use moonfleet_core::counted;
use moonfleet_report::write_atomically;
use serde_json::{Map, Value, json};

use crate::assets;
use crate::generated_folder::{self, Files, is_generated};
use crate::listed_scripts::declared_services;

/// The settings that language servers read from their working directory.
const SETTINGS: &str = ".luarc.json";

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot find your home folder: {0}; name a folder: moonfleet types install --folder FOLDER")]
    NoHome(etcetera::HomeDirError),
    #[error("there is no service '{name}'; {}", nearest_service(name).map_or_else(
        || "aws.services() lists them, --folder chooses the folder".to_owned(),
        |near| format!("did you mean '{near}'?"),
    ))]
    NoService { name: String },
    #[error(transparent)]
    Folder(#[from] generated_folder::Error),
    #[error("cannot read {SETTINGS}: {0}")]
    Unreadable(io::Error),
    #[error("{SETTINGS} is not valid JSON: {0}; correct or remove it, and install again")]
    Broken(serde_json::Error),
    #[error("{SETTINGS}: {0}; correct or remove it, and install again")]
    Unexpected(String),
    #[error(transparent)]
    Settings(moonfleet_report::Error),
}

/// Installs the stubs into this folder, or into the folder that all of the user's projects share: those of the services
/// that every script has, of these services, of those that scripts declare, and of those that the folder has already.
/// Returns a report for the user.
pub fn install(services: &[String], folder: Option<&Path>) -> Result<String, Error> {
    let folder = match folder {
        Some(folder) => folder.to_owned(),
        None => etcetera::choose_base_strategy().map_err(Error::NoHome)?.data_dir().join("moonfleet/types"),
    };
    let services = services.iter().cloned().chain(declared_services()).chain(installed(&folder));
    let services = stubbed(services)?;
    // Checked first: if the settings are invalid, nothing is written.
    let settings = read_settings()?;
    let changed = with_library(settings.clone(), &folder)?;
    let files = files(&services);
    generated_folder::replace(&folder, "moonfleet types install", &files)?;
    let names: Vec<&str> = services.iter().map(|service| service.name).collect();
    let mut report =
        format!("{}: {}, with the services {}\n", folder.display(), counted(files.len(), "file"), names.join(", "));
    if changed == settings {
        report += &format!("{SETTINGS}: unchanged, it names this folder already\n");
    } else {
        let text = format!("{:#}\n", Value::Object(changed));
        write_atomically(Path::new(SETTINGS), |out| out.write_all(text.as_bytes())).map_err(Error::Settings)?;
        report += &format!("{SETTINGS}: added this folder\n");
    }
    Ok(report)
}

/// Returns the services that get stubs, sorted by name.
fn stubbed(names: impl Iterator<Item = String>) -> Result<Vec<&'static Service>, Error> {
    let mut services: BTreeMap<&str, &'static Service> = SERVICES.iter().map(|known| (known.name, *known)).collect();
    for name in names {
        let found = service(&name).ok_or(Error::NoService { name })?;
        services.insert(found.name, found);
    }
    Ok(services.into_values().collect())
}

/// Returns the services that have stubs in this folder, which several projects can share.
fn installed(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().filter(|_| is_generated(folder));
    let names = entries.filter(|entry| entry.path().join(service_stubs::FILE).is_file());
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    // An earlier version can have had a service that this one does not.
    names.filter(|name| service_name(name).is_some()).collect()
}

/// Returns the stubs of the services and the built-in modules, and the library's modules, which have comments.
fn files(services: &[&'static Service]) -> Files {
    let services = service_stubs::files(services).into_iter().map(|(file, text)| (file, Cow::from(text.into_bytes())));
    let built_in = assets::stubs().map(|(file, text)| (format!("moonfleet/{file}"), text));
    let library = assets::module_files().map(|(file, text)| (format!("stdlib/{file}"), text));
    services.chain(built_in).chain(library).collect()
}

/// Reads the settings. A missing file means no settings.
fn read_settings() -> Result<Map<String, Value>, Error> {
    match fs::read(SETTINGS) {
        Ok(text) => match serde_json::from_slice(&text).map_err(Error::Broken)? {
            Value::Object(settings) => Ok(settings),
            _ => Err(Error::Unexpected(
                "it must contain an object, for example {\"runtime.version\": \"Lua 5.4\"}".to_owned(),
            )),
        },
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(Map::new()),
        Err(cause) => Err(Error::Unreadable(cause)),
    }
}

/// Returns the settings with this folder among the libraries, and with the version of Lua.
fn with_library(mut settings: Map<String, Value>, folder: &Path) -> Result<Map<String, Value>, Error> {
    *setting(&mut settings, "runtime", "version")? = json!("Lua 5.4");
    let library = setting(&mut settings, "workspace", "library")?;
    if library.is_null() {
        *library = json!([]);
    }
    let Value::Array(library) = library else {
        return Err(Error::Unexpected("workspace.library must be a list of folders".to_owned()));
    };
    // Stubs of another installation would define every name twice.
    library.retain(|entry| {
        !entry.as_str().is_some_and(|entry| Path::new(entry) != folder && is_generated(Path::new(entry)))
    });
    let folder = json!(folder.to_string_lossy());
    if !library.contains(&folder) {
        library.push(folder);
    }
    Ok(settings)
}

/// Returns a setting in the form that the file uses already: `{"a": {"b": …}}`, or else `{"a.b": …}`.
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
