//! Models that are newer than those in the program, from a botocore or an AWS CLI on the user's machine. They are files
//! in a folder, in the text form without endpoint rules: the rules are always those of the program.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::names;
use crate::service::Service;

/// The file with the [`Source`] of the models in the folder.
pub const SOURCE_FILE: &str = "source";

/// The version of botocore whose models are in the program.
pub const BUILT_IN_VERSION: &str = include_str!("../data/botocore-version").trim_ascii();

/// The origin of a folder of newer models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The folder `data` of botocore.
    pub data: PathBuf,
    /// The version of that botocore, if it is known.
    pub version: Option<String>,
}

static FOLDER: OnceLock<PathBuf> = OnceLock::new();

/// Makes [`service`](crate::service) prefer the models in this folder, which need not exist. It is not read before a
/// service is named. Only the first call counts.
pub fn use_newer(folder: PathBuf) {
    _ = FOLDER.set(folder);
}

/// Returns the file of a service's model in a folder of newer models.
pub fn file_name(cli_name: &str) -> String {
    format!("{cli_name}.txt")
}

impl Source {
    /// Returns the text of the file, which names the models that the program had when it was written.
    pub fn text(&self) -> String {
        let version = self.version.as_deref().unwrap_or_default();
        format!("{}{version}\n{}\n", Source::head(), self.data.display())
    }

    /// Reads the file in a folder; `None` if the file is missing or another version of the program wrote it.
    pub fn read(folder: &Path) -> Option<Source> {
        let text = fs::read_to_string(folder.join(SOURCE_FILE)).ok()?;
        let (version, data) = text.strip_prefix(&Source::head())?.split_once('\n')?;
        let version = (!version.is_empty()).then(|| version.to_owned());
        Some(Source { data: data.trim_end().into(), version })
    }

    fn head() -> String {
        format!("{} {BUILT_IN_VERSION}\n", env!("CARGO_PKG_VERSION"))
    }
}

/// Returns the folder, if this version of the program wrote it.
fn folder() -> Option<&'static PathBuf> {
    FOLDER.get().filter(|folder| Source::read(folder).is_some())
}

/// Returns the newer model of a service; `None` if the folder lacks it or it is damaged.
pub(crate) fn service(built_in: &Service) -> Option<Service> {
    read(folder()?, built_in)?.ok()
}

/// Returns the operations and the waiters of each newer model, sorted, by the service's name in scripts. Nothing else of
/// a model is read, so a damaged one counts too.
pub(crate) fn names() -> HashMap<String, [Vec<String>; 2]> {
    let models = folder().and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten().flatten();
    let texts = models.filter_map(|entry| {
        let file = entry.file_name().into_string().ok()?;
        let cli_name = file.strip_suffix(&file_name(""))?;
        Some((cli_name.replace('-', "_"), fs::read_to_string(entry.path()).ok()?))
    });
    texts.map(|(name, text)| (name, ["operation", "waiter"].map(|kind| names::of_entries(&text, kind)))).collect()
}

/// Reads the model of a service in a folder; `None` if the folder lacks it.
pub fn read(folder: &Path, built_in: &Service) -> Option<Result<Service, String>> {
    let text = fs::read_to_string(folder.join(file_name(built_in.cli_name))).ok()?;
    let service = Service::read((text + built_in.endpoint_rules_text()).leak()).map_err(|e| e.to_string());
    // The other functions of a service panic on damage.
    let checked = service.and_then(|service| match service.read_all() {
        Ok(()) if service.cli_name == built_in.cli_name => Ok(service),
        Ok(()) => Err(format!("it is the model of {}", service.cli_name)),
        Err(e) => Err(e.to_string()),
    });
    Some(checked)
}
