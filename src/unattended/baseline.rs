//! The baseline: the previous report of a run, from which the next report's added, removed and changed rows are
//! computed. Like all state, only its user can read it.

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

/// The version of the file's format.
const VERSION: u32 = 1;

/// The file of a baseline.
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
        let name = state_folder::file_name(&job.name, &job.comparison_key(account, region));
        Ok(Baseline { path: folder.join(format!("{name}.json")) })
    }

    /// Reads the previous report. Returns `None` if there is none, or if another version wrote it.
    pub(super) fn read(&self) -> Result<Option<KeptReport>, String> {
        let failed =
            |e: &dyn std::fmt::Display| format!("cannot read the previous report in {}: {e}", self.path.display());
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(failed(&e)),
        };
        let kept: KeptReport = serde_json::from_slice(&text)
            .map_err(|e| format!("{}; remove the file to start a new comparison", failed(&e)))?;
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
        written.map_err(|problem| format!("cannot keep the report for the next comparison: {problem}"))
    }
}

impl KeptReport {
    /// Returns the differences by table. A table without differences is left out.
    pub(super) fn compared(&self, document: &Document) -> Vec<(String, Diff)> {
        let tables = document.tables();
        let now = |name: &str| tables.iter().find(|(known, _)| known == name).map(|(_, listing)| listing.rows());
        let mut names: Vec<&str> = tables.iter().map(|(name, _)| name.as_str()).collect();
        names.extend(self.tables.iter().map(|table| table.name.as_str()).filter(|name| now(name).is_none()));
        let diffs = names.into_iter().map(|name| {
            let before = self.tables.iter().find(|table| table.name == name);
            let before: Vec<Value> = before.map(|table| table.rows.iter().map(value).collect()).unwrap_or_default();
            let after = now(name).unwrap_or_default();
            let comparison = Comparison { key: None, ignore: volatile_fields(before.iter().chain(after)) };
            (name.to_owned(), compare(&before, after, &comparison))
        });
        diffs.filter(|(_, diff)| !diff.is_empty()).collect()
    }
}

/// Returns the fields that change although the resource does not: ages, and the detail of a finding, which repeats
/// other fields in a sentence.
fn volatile_fields<'a>(rows: impl Iterator<Item = &'a Value>) -> Vec<String> {
    let is_age = |name: &str| AGES.iter().any(|age| name == *age || name.ends_with(&format!("_{age}")));
    let fields = rows.filter_map(|row| match row {
        Value::Map(row) => Some(row.0.iter().map(|(name, _)| name)),
        _ => None,
    });
    let volatile: BTreeSet<&String> = fields.flatten().filter(|name| *name == DETAIL || is_age(name)).collect();
    volatile.into_iter().cloned().collect()
}

const DETAIL: &str = "detail";

fn value(row: &Json) -> Value {
    // Every JSON value is a value.
    Parsed::deserialize(row).map(|Parsed(value)| value).unwrap_or_default()
}
