//! `moonfleet models`: the models of AWS's services in the program, and newer ones from a botocore or an AWS CLI on this
//! machine.

mod import;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use moonfleet_core::counted;
use moonfleet_models::newer::{self, BUILT_IN_VERSION, Source};
use moonfleet_models::{Service, built_in};

use crate::cli::ModelsCommand;
use crate::generated_folder;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("cannot find your home folder: {0}; set HOME")]
    NoHome(etcetera::HomeDirError),
    #[error(transparent)]
    Folder(#[from] generated_folder::Error),
    #[error(transparent)]
    Models(#[from] moonfleet_models::botocore::Error),
    #[error(
        "{} has no models; name the folder of a botocore, of an AWS CLI (/usr/local/aws-cli/v2/current) or of a Python \
         environment",
        .0.display()
    )]
    NoModels(PathBuf),
    #[error("{} has botocore {version}; this program has the models of {BUILT_IN_VERSION}, so nothing was changed", path.display())]
    Older { path: PathBuf, version: String },
    #[error("cannot remove {}: {cause}", path.display())]
    Remove { path: PathBuf, cause: io::Error },
}

/// Makes services prefer newer models, if the user has some. Nothing is read before a service is named.
pub(crate) fn use_newer() {
    if let Ok(folder) = folder() {
        newer::use_newer(folder);
    }
}

/// Returns the folder of newer models. Only [`import`] creates it.
fn folder() -> Result<PathBuf, Error> {
    Ok(etcetera::choose_base_strategy().map_err(Error::NoHome)?.data_dir().join("moonfleet/models"))
}

/// Runs the command. Returns a report for the user.
pub(crate) fn run(command: Option<&ModelsCommand>) -> Result<String, Error> {
    let folder = folder()?;
    match command {
        None => Ok(describe(&folder)),
        Some(ModelsCommand::From { path }) => Ok(import::import(path, &folder)? + &describe(&folder)),
        Some(ModelsCommand::Remove) => remove(&folder),
    }
}

fn describe(folder: &Path) -> String {
    let count = counted(moonfleet_models::service_names().len(), "service");
    let mut text = format!("{count} of botocore {BUILT_IN_VERSION}, in the program\n");
    if !generated_folder::is_generated(folder) {
        return text;
    }
    let Some(source) = Source::read(folder) else {
        text += &format!(
            "{}: not used, because another version of the program wrote it; run moonfleet models from PATH again\n",
            folder.display()
        );
        return text;
    };
    let stored: Vec<_> = moonfleet_models::service_names()
        .filter_map(|name| {
            let known = built_in(name)?;
            Some((known, newer::read(folder, known)?))
        })
        .collect();
    let version = source.version.map_or_else(String::new, |version| format!(" (botocore {version})"));
    text += &format!(
        "{}: {} from {}{version}\n",
        folder.display(),
        counted(stored.len(), "newer model"),
        source.data.display()
    );
    for (known, model) in stored {
        text += &match model {
            Ok(model) => format!("  {}: {}\n", known.name, difference(known, &model)),
            Err(problem) => {
                format!("  {}: not used: {problem}; run moonfleet models from PATH again\n", known.name)
            }
        };
    }
    text
}

/// Returns the operations that the program's own model lacks, or says that there are none.
fn difference(known: &Service, newer: &Service) -> String {
    let added: Vec<&str> = newer.operation_names().filter(|name| known.operation(name).is_none()).collect();
    match added.as_slice() {
        [] => "no new operation, other fields".to_owned(),
        added => format!("{}: {}", counted(added.len(), "new operation"), added.join(", ")),
    }
}

fn remove(folder: &Path) -> Result<String, Error> {
    if !generated_folder::is_generated(folder) {
        return Ok("There are no newer models.\n".to_owned());
    }
    fs::remove_dir_all(folder).map_err(|cause| Error::Remove { path: folder.to_owned(), cause })?;
    Ok(format!("{}: removed\n", folder.display()))
}
