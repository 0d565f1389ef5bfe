//! The last report of a run, kept so that the next one can say what was added, is gone and has
//! changed. It is for its user alone, as all state is.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::{fs, io};

use jiff::Timestamp;
use moonfleet_core::Value;
use moonfleet_core::json::Json as AsJson;
use moonfleet_core::json::Parsed;
use moonfleet_core::state_folder;
use moonfleet_report::diff::{AGES, Comparison, Diff, compare};
use moonfleet_report::{Document, write_private};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::job::Job;

/// Of the file's form.
const VERSION: u32 = 1;

/// Where it is kept.
pub(super) struct Baseline {
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
pub(super) struct KeptReport {
    moonfleet_report: u32,
    pub time: String,
    tables: Vec<KeptTable>,
}

#[derive(Serialize, Deserialize)]
struct KeptTable {
    name: String,
    rows: Vec<Json>,
}

impl Baseline {
    pub(super) fn for_job(job: &Job, account: &str, region: &str) -> Result<Self, String> {
        let folder = state_folder::folder_of("reports").map_err(|e| e.to_string())?;
        let name = state_folder::file_name(&job.name, &job.words(account, region));
        Ok(Baseline { path: folder.join(format!("{name}.json")) })
    }

    /// None where there was none, or none that this version understands.
    pub(super) fn read(&self) -> Result<Option<KeptReport>, String> {
        let failed =
            |e: &dyn std::fmt::Display| format!("the last report cannot be read from {}: {e}", self.path.display());
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(failed(&e)),
        };
        let kept: KeptReport =
            serde_json::from_slice(&text).map_err(|e| format!("{}; remove the file to begin anew", failed(&e)))?;
        Ok(Some(kept).filter(|kept| kept.moonfleet_report == VERSION))
    }

    pub(super) fn write(&self, document: &Document, now: Timestamp) -> Result<(), String> {
        let tables = document.tables().into_iter().map(|(name, listing)| {
            let rows = listing.rows().iter().map(|row| serde_json::to_value(AsJson(row)));
            Ok(KeptTable { name, rows: rows.collect::<Result<_, _>>()? })
        });
        let tables = tables.collect::<Result<_, serde_json::Error>>();
        let written = tables.map_err(|e| e.to_string()).and_then(|tables| {
            let time = now.strftime("%FT%TZ").to_string();
            let kept = KeptReport { moonfleet_report: VERSION, time, tables };
            write_private(&self.path, |out| serde_json::to_writer(out, &kept).map_err(io::Error::from))
                .map_err(|e| e.to_string())
        });
        written.map_err(|problem| format!("the report is not kept for the next comparison: {problem}"))
    }
}

impl KeptReport {
    /// What is different now, table by table; those of which nothing is, left out.
    pub(super) fn compared(&self, document: &Document) -> Vec<(String, Diff)> {
        let tables = document.tables();
        let now = |name: &str| tables.iter().find(|(known, _)| known == name).map(|(_, listing)| listing.rows());
        let mut names: Vec<&str> = tables.iter().map(|(name, _)| name.as_str()).collect();
        names.extend(self.tables.iter().map(|table| table.name.as_str()).filter(|name| now(name).is_none()));
        let diffs = names.into_iter().map(|name| {
            let before = self.tables.iter().find(|table| table.name == name);
            let before: Vec<Value> = before.map(|table| table.rows.iter().map(value).collect()).unwrap_or_default();
            let after = now(name).unwrap_or_default();
            let comparison = Comparison { key: None, ignore: passing(before.iter().chain(after)) };
            (name.to_owned(), compare(&before, after, &comparison))
        });
        diffs.filter(|(_, diff)| !diff.is_empty()).collect()
    }
}

/// The fields that say something else each day though nothing is: ages, and the sentence of a
/// finding, which tells again what other fields say.
fn passing<'a>(rows: impl Iterator<Item = &'a Value>) -> Vec<String> {
    let is_age = |name: &str| AGES.iter().any(|age| name == *age || name.ends_with(&format!("_{age}")));
    let fields = rows.filter_map(|row| match row {
        Value::Map(row) => Some(row.0.iter().map(|(name, _)| name)),
        _ => None,
    });
    let passing: BTreeSet<&String> = fields.flatten().filter(|name| *name == DETAIL || is_age(name)).collect();
    passing.into_iter().cloned().collect()
}

const DETAIL: &str = "detail";

fn value(row: &Json) -> Value {
    // What JSON has is always a value.
    Parsed::deserialize(row).map(|Parsed(value)| value).unwrap_or_default()
}
