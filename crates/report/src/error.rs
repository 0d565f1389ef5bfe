//! Why a report was not written.

use std::io;
use std::path::{Path, PathBuf};

use crate::format::{extensions, formats};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no report format `{name}`; known are {}", formats())]
    UnknownFormat { name: String },
    #[error("cannot tell the format of {} from its name; let it end in {}", display_path(path), extensions())]
    UnknownExtension { path: PathBuf },
    #[error("cannot write {}: it is a folder; name a file in it", display_path(path))]
    IsFolder { path: PathBuf },
    #[error("cannot write {}: it is not a regular file; choose another name", display_path(path))]
    NotRegular { path: PathBuf },
    #[error("cannot write {}: it is marked read-only; remove it or choose another name", display_path(path))]
    ReadOnly { path: PathBuf },
    #[error("cannot write {}: there is no folder {}; create it first", display_path(path), display_path(folder))]
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
    #[error("the template {} is wrong: {}", display_path(path), moonfleet_core::sanitize::line(problem))]
    Template { path: PathBuf, problem: String },
}

fn display_path(path: &Path) -> String {
    moonfleet_core::sanitize::line(&path.to_string_lossy()).into_owned()
}
