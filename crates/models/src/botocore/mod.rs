//! Reads botocore's models and writes them in the text form, without a sentence of documentation.
//!
//! A key that this code does not know is an error: a trait that is silently left out could make a wrong request.

mod endpoint_rules;
mod json;
mod metadata;
mod operation;
mod pages;
mod partitions;
mod shape;
mod waiter;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

use crate::archive;
use crate::service::Service;
use crate::text::Malformed;
use json::Json;
use shape::Shapes;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read {}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{} is not valid JSON: {source}", path.display())]
    Json { path: PathBuf, source: serde_json::Error },
    #[error("{service} has no model in {}", folder.display())]
    NoModel { service: String, folder: PathBuf },
    #[error("this version of Moonfleet knows no endpoints of {service}; use a newer one")]
    NoEndpointRules { service: String },
    #[error("the model of {service} has an unknown part: {problem}")]
    Unknown { service: String, problem: String },
    #[error("the model of {service}: {source}")]
    Malformed { service: String, source: Malformed },
}

/// The folder `data` of botocore or of the AWS CLI (`awscli/botocore/data`).
#[derive(Clone, Debug)]
pub struct DataFolder(PathBuf);

impl DataFolder {
    pub fn new(path: impl Into<PathBuf>) -> DataFolder {
        DataFolder(path.into())
    }

    /// Returns the names of the services that have a model, sorted, as botocore writes them: `resource-groups`.
    pub fn services(&self) -> Result<Vec<String>, Error> {
        let mut services = Vec::new();
        for name in entries(&self.0)? {
            if self.0.join(&name).is_dir() && self.latest_version(&name, "service-2")?.is_some() {
                services.push(name);
            }
        }
        Ok(services)
    }

    /// Reads the newest model of a service. Its text stays in memory for the rest of the process.
    ///
    /// The endpoint rules are those of this program: a folder of the user's machine does not decide where requests go.
    pub fn service(&self, name: &str) -> Result<Service, Error> {
        let Some(known) = archive::built_in(&name.replace('-', "_")) else {
            return Err(Error::NoEndpointRules { service: name.to_owned() });
        };
        let text = self.model_text(name)? + known.endpoint_rules_text();
        let malformed = |source| Error::Malformed { service: name.to_owned(), source };
        let service = Service::read(text.leak()).map_err(malformed)?;
        service.read_all().map_err(malformed)?;
        Ok(service)
    }

    /// Returns the folder in a botocore, an AWS CLI, an environment of Python, or the folder itself; `None` if there is
    /// none.
    pub fn find(path: &Path) -> Result<Option<DataFolder>, Error> {
        let mut candidates = vec![path.to_owned()];
        let tails = ["data", "botocore/data", "awscli/botocore/data", "dist/awscli/botocore/data"];
        candidates.extend(tails.map(|tail| path.join(tail)));
        for libraries in ["lib", "lib64"].map(|name| path.join(name)).into_iter().filter(|folder| folder.is_dir()) {
            let pythons = entries(&libraries)?.into_iter().filter(|name| name.starts_with("python"));
            candidates.extend(pythons.map(|python| libraries.join(python).join("site-packages/botocore/data")));
        }
        // Every botocore has this service.
        Ok(candidates.into_iter().find(|data| data.join("sts").is_dir()).map(DataFolder))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Returns the version of the botocore around the folder; `None` if its source code is not there.
    pub fn version(&self) -> Option<String> {
        let code = fs::read_to_string(self.0.parent()?.join("__init__.py")).ok()?;
        let line = code.lines().find_map(|line| line.strip_prefix("__version__ = "))?;
        Some(line.trim_matches(['\'', '"', ' ']).to_owned())
    }

    /// Returns the newest model of a service in the text form, without endpoint rules.
    pub fn model_text(&self, name: &str) -> Result<String, Error> {
        let Some(model) = self.latest(name, "service-2")? else {
            return Err(Error::NoModel { service: name.to_owned(), folder: self.0.clone() });
        };
        let paginators = self.latest(name, "paginators-1")?;
        let waiters = self.latest(name, "waiters-2")?;
        model_text(name, &model, paginators.as_ref(), waiters.as_ref()).map_err(unknown(name))
    }

    fn endpoint_rules_text(&self, name: &str) -> Result<String, Error> {
        let Some(rules) = self.latest(name, "endpoint-rule-set-1")? else {
            return Err(Error::NoEndpointRules { service: name.to_owned() });
        };
        endpoint_rules::text(&rules).map_err(unknown(name))
    }

    /// Returns all models in the text form: the files of `crates/models/data/` by their paths in it.
    pub fn all_texts(&self) -> Result<BTreeMap<PathBuf, String>, Error> {
        let mut models = BTreeMap::new();
        for service in self.services()? {
            let text = self.model_text(&service)? + &self.endpoint_rules_text(&service)?;
            models.insert(service, text);
        }
        let shared = endpoint_rules::share(&mut models);
        let mut files = BTreeMap::from([
            (PathBuf::from("partitions.txt"), self.partitions_text()?),
            (PathBuf::from("endpoint-rules.txt"), shared),
        ]);
        files.extend(models.into_iter().map(|(name, text)| (Path::new("services").join(format!("{name}.txt")), text)));
        Ok(files)
    }

    fn partitions_text(&self) -> Result<String, Error> {
        const FILE: &str = "partitions.json";
        let Some(json) = read(&self.0.join(FILE))? else {
            return Err(Error::NoModel { service: FILE.to_owned(), folder: self.0.clone() });
        };
        partitions::text(&json).map_err(unknown(FILE))
    }

    /// Reads one of a service's files in its newest version, merged with botocore's own additions.
    fn latest(&self, service: &str, file: &str) -> Result<Option<Json>, Error> {
        let Some(version) = self.latest_version(service, file)? else { return Ok(None) };
        let folder = self.0.join(service).join(version);
        let Some(mut json) = read(&folder.join(format!("{file}.json")))? else { return Ok(None) };
        if let Some(extras) = read(&folder.join(format!("{file}.sdk-extras.json")))?
            && let Some(merge) = extras.get("merge")
        {
            json.merge(merge.clone());
        }
        Ok(Some(json))
    }

    fn latest_version(&self, service: &str, file: &str) -> Result<Option<String>, Error> {
        let folder = self.0.join(service);
        let has_file = |version: &String| {
            let path = folder.join(version).join(format!("{file}.json"));
            path.exists() || gzipped(&path).exists()
        };
        Ok(entries(&folder)?.into_iter().rfind(has_file))
    }
}

/// Returns the names in a folder, sorted.
fn entries(folder: &Path) -> Result<Vec<String>, Error> {
    let failed = |source| Error::File { path: folder.to_owned(), source };
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn gzipped(path: &Path) -> PathBuf {
    path.with_added_extension("gz")
}

/// Reads a JSON file or its gzipped form; `None` if neither exists.
fn read(path: &Path) -> Result<Option<Json>, Error> {
    for (path, is_gzipped) in [(gzipped(path), true), (path.to_owned(), false)] {
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => return Err(Error::File { path, source }),
        };
        let mut bytes = Vec::new();
        let mut file = BufReader::new(file);
        let result =
            if is_gzipped { GzDecoder::new(file).read_to_end(&mut bytes) } else { file.read_to_end(&mut bytes) };
        if let Err(source) = result {
            return Err(Error::File { path, source });
        }
        let json = match serde_json::from_slice(&bytes) {
            Ok(json) => json,
            Err(source) => return Err(Error::Json { path, source }),
        };
        check_texts("", &json).map_err(unknown(&path.display().to_string()))?;
        return Ok(Some(json));
    }
    Ok(None)
}

/// A part of a model that this code does not know, with its path.
struct Unknown(String);

fn unknown(service: &str) -> impl FnOnce(Unknown) -> Error {
    move |Unknown(problem)| Error::Unknown { service: service.to_owned(), problem }
}

/// Checks that an object has only known keys.
fn check_keys(json: &Json, path: &str, known: &[&str]) -> Result<(), Unknown> {
    match json.fields().iter().find(|(key, _)| !known.contains(&&**key)) {
        Some((key, value)) => Err(Unknown(format!("{path}: {key} = {value}"))),
        None => Ok(()),
    }
}

/// Checks that no text breaks the lines and words of the text form.
fn check_texts(key: &str, json: &Json) -> Result<(), Unknown> {
    const SENTENCES: [&str; 6] =
        ["documentation", "deprecatedMessage", "deprecatedSince", "description", "clientContextParams", "examples"];
    const QUOTED: [&str; 2] = ["enum", "pattern"];
    const WORDS: [&str; 9] =
        ["code", "hostPrefix", "locationName", "method", "name", "payload", "queryName", "requestUri", "shape"];
    match json {
        Json::Object(fields) => {
            for (name, value) in fields.iter().filter(|(name, _)| !SENTENCES.contains(&&**name)) {
                if name.contains(|c: char| c.is_whitespace() || c.is_control()) {
                    return Err(Unknown(format!("the name {name:?}")));
                }
                check_texts(name, value)?;
            }
        }
        Json::List(items) => items.iter().try_for_each(|item| check_texts(key, item))?,
        Json::Text(text) if QUOTED.contains(&key) => _ = text,
        Json::Text(text) => {
            let is_word = WORDS.contains(&key);
            if text.contains(|c: char| c.is_control() || (is_word && c.is_whitespace())) {
                return Err(Unknown(format!("{key} = {text:?}")));
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
    Ok(())
}

fn missing(path: &str, key: &str) -> Unknown {
    Unknown(format!("{path}: {key} is missing"))
}

fn by_name(object: Option<&Json>) -> BTreeMap<&str, &Json> {
    object.map(Json::fields).unwrap_or_default().iter().map(|(name, value)| (&**name, value)).collect()
}

fn model_text(name: &str, model: &Json, paginators: Option<&Json>, waiters: Option<&Json>) -> Result<String, Unknown> {
    // `examples` and `documentation` are texts. `clientContextParams` repeats parameters of the endpoint rules.
    check_keys(
        model,
        name,
        &[
            "metadata",
            "operations",
            "shapes",
            "deprecated",
            "version",
            "documentation",
            "deprecatedMessage",
            "examples",
            "clientContextParams",
        ],
    )?;
    let shapes = Shapes::new(model);
    let operations = by_name(model.get("operations"));
    let common_errors = operation::common_errors(&operations);
    let mut out = String::new();
    metadata::write(name, model, &common_errors, &mut out)?;
    let declared = by_name(paginators.and_then(|p| p.get("pagination")));
    for (operation, json) in operations {
        operation::write(operation, json, &common_errors, &shapes, &mut out)?;
        match declared.get(operation) {
            Some(paginator) => pages::write(operation, paginator, &mut out)?,
            None => pages::write_derived(name, operation, json, &shapes, &mut out),
        }
    }
    for (waiter, json) in by_name(waiters.and_then(|w| w.get("waiters"))) {
        waiter::write(waiter, json, &mut out)?;
    }
    shape::write_all(&shapes, &mut out)?;
    Ok(out)
}
