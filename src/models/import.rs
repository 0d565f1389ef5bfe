//! Takes models from a botocore. A model that is not newer, or that this program cannot read, is left out.

use std::path::Path;

use moonfleet_core::counted;
use moonfleet_models::botocore::DataFolder;
use moonfleet_models::newer::{BUILT_IN_VERSION, SOURCE_FILE, Source, file_name};
use moonfleet_models::{Service, built_in};

use super::Error;
use crate::generated_folder::{self, Files};

/// The models of a botocore, sorted out.
#[derive(Default)]
struct Found {
    newer: Files,
    /// The services without endpoint rules in the program.
    unknown: Vec<String>,
    /// The models that lack an operation of the program's.
    older: Vec<String>,
    unreadable: Vec<String>,
}

/// Writes the newer models into the folder, which it replaces. Returns a report of those that it left out.
pub(super) fn import(path: &Path, folder: &Path) -> Result<String, Error> {
    let no_models = || Error::NoModels(path.to_owned());
    let data = if path.is_dir() { DataFolder::find(path)? } else { None }.ok_or_else(no_models)?;
    let version = data.version();
    if let Some(version) = version.clone().filter(|version| numbers(version) < numbers(BUILT_IN_VERSION)) {
        return Err(Error::Older { path: path.to_owned(), version });
    }
    let mut found = Found::default();
    for name in data.services()? {
        found.sort_in(&data, &name);
    }
    let source = Source { data: std::path::absolute(data.path()).unwrap_or_else(|_| data.path().to_owned()), version };
    found.newer.push((SOURCE_FILE.to_owned(), source.text().into_bytes().into()));
    generated_folder::replace(folder, "moonfleet models from", &found.newer)?;
    Ok(found.left_out())
}

impl Found {
    fn sort_in(&mut self, data: &DataFolder, name: &str) {
        let Some(known) = built_in(&name.replace('-', "_")) else { return self.unknown.push(name.to_owned()) };
        let text = match data.model_text(name) {
            Ok(text) if text == known.text_without_endpoint_rules() => return,
            Ok(text) => text,
            Err(e) => return self.unreadable.push(e.to_string()),
        };
        match data.service(name) {
            Ok(model) if lacks_operation(&model, known) => self.older.push(name.to_owned()),
            Ok(_) => self.newer.push((file_name(name), text.into_bytes().into())),
            Err(e) => self.unreadable.push(e.to_string()),
        }
    }

    fn left_out(&self) -> String {
        let mut text = String::new();
        if !self.unknown.is_empty() {
            let (count, names) = (counted(self.unknown.len(), "service"), self.unknown.join(", "));
            text += &format!("Left out: {count} without known endpoints, which a newer moonfleet may have: {names}\n");
        }
        if !self.older.is_empty() {
            let (count, names) = (counted(self.older.len(), "model"), self.older.join(", "));
            text += &format!("Left out: {count} without operations that the program knows: {names}\n");
        }
        for problem in &self.unreadable {
            text += &format!("Left out: {problem}\n");
        }
        text
    }
}

fn lacks_operation(model: &Service, known: &Service) -> bool {
    known.operation_names().any(|name| model.operation(name).is_none())
}

/// Returns the numbers of a version, which have an order: 1.44.8 is before 1.44.10.
fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map_while(|number| number.parse().ok()).collect()
}
