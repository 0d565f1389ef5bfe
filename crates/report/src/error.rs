//! The errors of writing reports.

use std::io;
use std::path::{Path, PathBuf};

use crate::format::{extensions, formats};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("unknown report format `{name}`; known formats: {}", formats())]
    UnknownFormat { name: String },
    #[error("cannot write {}: unknown file extension; use one of {}", display_path(path), extensions())]
    UnknownExtension { path: PathBuf },
    #[error("cannot write {}: it is a folder; name a file", display_path(path))]
    IsFolder { path: PathBuf },
    #[error("cannot write {}: not a regular file; choose another name", display_path(path))]
    NotRegular { path: PathBuf },
    #[error("cannot write {}: the file is read-only; remove it or choose another name", display_path(path))]
    ReadOnly { path: PathBuf },
    #[error("cannot write {}: the folder {} does not exist; create it first", display_path(path), display_path(folder))]
    NoFolder { path: PathBuf, folder: PathBuf },
    #[error("cannot write {} in the folder {}: {cause}", display_path(path), display_path(folder))]
    Write {
        path: PathBuf,
        folder: PathBuf,
        #[source]
        cause: io::Error,
    },
    #[error("cannot read the template {}: {cause}", display_path(path))]
    TemplateUnreadable {
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
    #[error("the template {} is invalid: {}", display_path(path), moonfleet_core::sanitize::line(problem))]
    Template { path: PathBuf, problem: String },
}

fn display_path(path: &Path) -> String {
    moonfleet_core::sanitize::line(&path.to_string_lossy()).into_owned()
}
