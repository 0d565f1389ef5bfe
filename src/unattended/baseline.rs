//! The baseline: the previous report of a run, from which the next report's added, removed and changed rows are
//! computed. Like all state, only its user can read it.

use std::path::PathBuf;
use std::{fs, io};

use jiff::Timestamp;
use moonfleet_core::Value;
use moonfleet_core::json::Json as AsJson;
use moonfleet_core::json::Parsed;
use moonfleet_core::state_folder;
use moonfleet_report::diff::{Comparison, Diff, compare};
use moonfleet_report::volatile::Volatile;
use moonfleet_report::{Document, write_private};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::job::Job;

/// The version of the file's format.
const VERSION: u32 = 2;

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
        let written = KeptReport::of(document, now).map_err(|e| e.to_string()).and_then(|kept| {
            write_private(&self.path, |out| serde_json::to_writer(out, &kept).map_err(io::Error::from))
                .map_err(|e| e.to_string())
        });
        written.map_err(|problem| format!("cannot keep the report for the next comparison: {problem}"))
    }
}

impl KeptReport {
    fn of(document: &Document, now: Timestamp) -> Result<Self, serde_json::Error> {
        let tables = document.compared_tables().into_iter().map(|(name, listing)| {
            let rows = listing.rows().iter().map(|row| serde_json::to_value(AsJson(row)));
            Ok(KeptTable { name, rows: rows.collect::<Result<_, _>>()? })
        });
        let tables = tables.collect::<Result<_, serde_json::Error>>()?;
        Ok(KeptReport { moonfleet_report: VERSION, time: now.strftime("%FT%TZ").to_string(), tables })
    }

    /// Returns the differences by table. A table without differences is left out. The compared cells are those of the
    /// columns that the report now shows, without those that its script declares volatile. Returns `None` if neither
    /// report has a table or a key figure.
    pub(super) fn compared(&self, document: &Document, volatile: &[String]) -> Option<Vec<(String, Diff)>> {
        let tables = document.compared_tables();
        if tables.is_empty() && self.tables.is_empty() {
            return None;
        }
        let now = |name: &str| tables.iter().find(|(known, _)| known == name).map(|(_, listing)| listing);
        let mut names: Vec<&str> = tables.iter().map(|(name, _)| name.as_str()).collect();
        names.extend(self.tables.iter().map(|table| table.name.as_str()).filter(|name| now(name).is_none()));
        let diffs = names.into_iter().map(|name| {
            let before = self.tables.iter().find(|table| table.name == name);
            let before: Vec<Value> = before.map(|table| table.rows.iter().map(value).collect()).unwrap_or_default();
            let after = now(name);
            let columns = after.and_then(|listing| listing.layout.columns.clone());
            let comparison = Comparison { key: None, columns, volatile: Volatile::declared(volatile.to_vec()) };
            (name.to_owned(), compare(&before, after.map_or(&[], |listing| listing.rows()), &comparison))
        });
        Some(diffs.filter(|(_, diff)| !diff.is_empty()).collect())
    }
}

fn value(row: &Json) -> Value {
    // Every JSON value is a value.
    Parsed::deserialize(row).map(|Parsed(value)| value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::BTreeMap;

    use moonfleet_report::{Block, Figure, Layout, Listing};
    use proptest::prelude::*;
    use proptest::test_runner::{Config, TestRunner};

    use super::*;

    /// The columns that the report shows. `hidden` is not shown, `seen` is declared volatile, and `days` is volatile
    /// beside an `age`.
    const COLUMNS: [&str; 9] =
        ["severity", "finding", "name", "group_id", "region", "ports", "tags.Owner", "detail", "days"];
    const VOLATILE: [&str; 2] = ["seen", "tags.Seen"];

    /// Returns a row of few different values, so that many rows share a key.
    fn row() -> impl Strategy<Value = BTreeMap<&'static str, u8>> {
        let fields = ["severity", "finding", "name", "group_id", "region", "ports", "owner", "detail"];
        let others = ["age", "hidden", "seen", "lacks"];
        let names: Vec<&'static str> = fields.into_iter().chain(others).collect();
        prop::collection::vec(0..3_u8, names.len()).prop_map(move |values| names.iter().copied().zip(values).collect())
    }

    /// Makes the record of a row. The age of the resource is in a column of its own and in the sentence.
    fn record(row: &BTreeMap<&str, u8>) -> Value {
        let text = |name: &str| Value::from(format!("{name}-{}", row[name]));
        let tags =
            Value::Map([("Owner".to_owned(), text("owner")), ("Seen".to_owned(), text("seen"))].into_iter().collect());
        let detail = format!("Rule {} was last used {} days ago; close it.", row["detail"], row["age"]);
        let mut fields = vec![("tags", tags), ("detail", detail.into()), ("hidden", text("hidden"))];
        fields.extend([("age", Value::Integer(row["age"].into())), ("days", Value::Integer(row["age"].into()))]);
        // A record can lack its id, its name, or both.
        let lacks = ["", "group_id", "name"][usize::from(row["lacks"])];
        let kept =
            ["severity", "finding", "name", "group_id", "region", "ports"].into_iter().filter(|name| *name != lacks);
        fields.extend(kept.map(|name| (name, text(name))));
        fields.push(("seen", text("seen")));
        Value::Map(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    fn document(rows: &[BTreeMap<&str, u8>], columns: Option<Vec<String>>) -> Document {
        let records = Value::List(rows.iter().map(|row| record(row)).collect());
        let layout = Layout { columns, ..Layout::default() };
        Document::from_listing(Listing { records, layout, whole: None })
    }

    /// Returns the facts of the rows that a comparison must notice, in any order of the rows.
    fn stable(rows: &[BTreeMap<&str, u8>], is_shown: bool) -> Vec<BTreeMap<String, u8>> {
        let mut rows: Vec<BTreeMap<String, u8>> = rows
            .iter()
            .map(|row| {
                let lacks = ["", "group_id", "name"][usize::from(row["lacks"])];
                let noticed = row.iter().filter(|(name, _)| {
                    **name != lacks && !["age", "seen", "lacks"].contains(name) && (**name != "hidden" || !is_shown)
                });
                let mut noticed: BTreeMap<String, u8> =
                    noticed.map(|(name, value)| ((*name).to_owned(), *value)).collect();
                noticed.insert("lacks".to_owned(), row["lacks"]);
                noticed
            })
            .collect();
        rows.sort();
        rows
    }

    fn compared(old: &Document, new: &Document) -> Vec<(String, Diff)> {
        let kept = KeptReport::of(old, Timestamp::UNIX_EPOCH).expect("a report is data");
        let text = serde_json::to_string(&kept).expect("a report is data");
        let read: KeptReport = serde_json::from_str(&text).expect("it reads its own file");
        read.compared(new, &VOLATILE.map(str::to_owned)).expect("it has a table")
    }

    #[test]
    fn a_report_is_unchanged_exactly_if_its_stable_cells_are() {
        const PAIRS: u32 = 10_000;
        let changed = Cell::new(0);
        // Half of the pairs are edits of one value, which a comparison overlooks most easily.
        let edit = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..3_u8);
        let rows = || prop::collection::vec(row(), 0..5);
        let pair = (rows(), rows(), edit, any::<bool>(), any::<bool>(), any::<bool>());
        let mut runner = TestRunner::new(Config { cases: PAIRS, failure_persistence: None, ..Config::default() });
        let result = runner.run(&pair, |(old, other, (at, field, value), is_edit, is_shown, is_reversed)| {
            let mut new = if is_edit { old.clone() } else { other };
            if is_edit && !new.is_empty() {
                let row = at.index(new.len());
                let name = *new[row].keys().nth(field.index(new[row].len())).expect("a field");
                new[row].insert(name, value);
            }
            if is_reversed {
                new.reverse();
            }
            let columns = is_shown.then(|| COLUMNS.map(str::to_owned).to_vec());
            let diffs = compared(&document(&old, columns.clone()), &document(&new, columns));
            let differs = stable(&old, is_shown) != stable(&new, is_shown);
            changed.set(changed.get() + u32::from(differs));
            prop_assert_eq!(!diffs.is_empty(), differs, "{:?}", diffs);
            let count = |count: fn(&Diff) -> usize| diffs.iter().map(|(_, diff)| count(diff)).sum::<usize>();
            prop_assert_eq!(old.len() + count(|diff| diff.added.len()), new.len() + count(|diff| diff.gone.len()));
            Ok(())
        });
        result.unwrap_or_else(|e| panic!("{e}"));
        let changed = changed.get();
        assert!(changed > PAIRS / 4 && changed < PAIRS * 9 / 10, "{changed} of {PAIRS} pairs differ");
    }

    #[test]
    fn key_figures_are_compared_and_a_report_without_cells_is_not() {
        let figures = |running: i64, seen: i64| {
            let figure =
                |label: &str, count| Figure { label: label.to_owned(), value: Value::Integer(count), severity: None };
            let blocks = vec![Block::Summary(vec![figure("running", running), figure("seen", seen)])];
            Document { blocks, ..Document::default() }
        };
        let diffs = compared(&figures(1, 1), &figures(2, 2));
        assert_eq!((diffs.len(), diffs[0].0.as_str(), diffs[0].1.changed.len()), (1, "Key figures", 1));
        assert!(compared(&figures(1, 1), &figures(1, 2)).is_empty(), "the figure `seen` is declared volatile");
        let text = Document { blocks: vec![Block::Text("x".to_owned())], ..Document::default() };
        let kept = KeptReport::of(&text, Timestamp::UNIX_EPOCH).expect("a report is data");
        assert!(kept.compared(&text, &[]).is_none());
    }
}
