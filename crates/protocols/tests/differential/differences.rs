//! The known differences: `known_differences.txt` has a reason and an exact count for each.
//!
//! ```text
//! # The reason, on one or more lines.
//! requests s3/rest-xml PutBucketAcl .body 3
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::cases::Kind;

/// The kind, the service and its protocol, the operation and the path of a difference.
pub(crate) type Key = (&'static str, String, String, String);

#[derive(Default)]
pub(crate) struct Differences(BTreeMap<Key, usize>);

impl Differences {
    pub(crate) fn add(&mut self, kind: Kind, case: &serde_json::Value, path: String) {
        let text = |field| crate::cases::text(case, field).to_owned();
        let service = format!("{}/{}", text("service"), text("protocol"));
        *self.0.entry((kind.name(), service, text("operation"), path)).or_default() += 1;
    }

    /// Returns a line for each count that is not the known one; empty if all is as it is known.
    pub(crate) fn unexpected(&self, kind: Kind) -> String {
        let known = known();
        let mut text = String::new();
        for (key, count) in self.0.iter().filter(|(key, _)| key.0 == kind.name()) {
            let expected = known.get(key).copied().unwrap_or_default();
            if expected != *count {
                writeln!(text, "{} (known: {expected})", line(key, *count)).expect("a string");
            }
        }
        for (key, count) in known.iter().filter(|(key, _)| key.0 == kind.name() && !self.0.contains_key(*key)) {
            writeln!(text, "{} is no difference any more; remove it", line(key, *count)).expect("a string");
        }
        text
    }
}

fn line((kind, service, operation, path): &Key, count: usize) -> String {
    format!("{kind}\t{service}\t{operation}\t{path}\t{count}")
}

fn known() -> BTreeMap<Key, usize> {
    let lines = include_str!("known_differences.txt").lines();
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(read).collect()
}

fn read(line: &'static str) -> (Key, usize) {
    let [kind, service, operation, path, count] = line.split('\t').collect::<Vec<_>>()[..] else {
        panic!("{line:?} needs five columns");
    };
    let key = (kind, service.to_owned(), operation.to_owned(), path.to_owned());
    (key, count.parse().unwrap_or_else(|_| panic!("{line:?} has no count")))
}
