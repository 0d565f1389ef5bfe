//! The formats of reports.

use std::path::Path;

use crate::error::Error;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
pub enum Format {
    /// Columns for reading.
    #[default]
    Table,
    /// The exact values, for programs.
    Json,
    /// JSON Lines: one record per line.
    Jsonl,
    /// Rows for spreadsheets.
    Csv,
    /// A Markdown table, for pages and messages.
    #[value(alias = "markdown")]
    Md,
    /// A page for browsers, in one file.
    Html,
}

impl Format {
    pub fn from_path(path: &Path) -> Result<Self, Error> {
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        match extension.parse() {
            Ok(format) if format != Format::Table => Ok(format),
            _ => Err(Error::UnknownExtension { path: path.to_owned() }),
        }
    }

    pub fn name(self) -> String {
        self.to_possible_value().map(|v| v.get_name().to_owned()).unwrap_or_default()
    }
}

impl std::str::FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        <Self as ValueEnum>::from_str(name, true)
            .map_err(|_| Error::UnknownFormat { name: moonfleet_core::sanitize::line(name).into_owned() })
    }
}

pub(crate) fn formats() -> String {
    let names: Vec<_> = Format::value_variants().iter().map(|f| f.name()).collect();
    names.join(", ")
}

pub(crate) fn extensions() -> String {
    let names: Vec<_> =
        Format::value_variants().iter().filter(|f| **f != Format::Table).map(|f| format!(".{}", f.name())).collect();
    names.join(", ")
}
