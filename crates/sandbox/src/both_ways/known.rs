//! The known differences: `known_differences.txt` has a reason for each, and the number of operations that have it.

use std::collections::{BTreeMap, BTreeSet};

/// The operations that have each difference.
#[derive(Default)]
pub(crate) struct Differences(BTreeMap<String, BTreeSet<&'static str>>);

impl Differences {
    pub(crate) fn add(&mut self, operation: &'static str, part: &str, difference: &str) {
        // The number of an item is not a part of a difference.
        let is_number = |step: &str| !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit());
        let steps = difference.split('.').map(|step| if is_number(step) { "N" } else { step });
        let difference = format!("{part}\t{}", steps.collect::<Vec<_>>().join("."));
        self.0.entry(difference).or_default().insert(operation);
    }

    /// Panics if there are other differences, or if a known one has another number of operations.
    pub(crate) fn must_be_the_known_ones(&self) {
        let mut wrong = self.unknown();
        for (difference, count) in known() {
            match self.0.get(difference) {
                None => wrong.push(format!("{difference} is no difference any more; remove it")),
                Some(operations) if operations.len() != count => {
                    wrong.push(format!("{difference}\t{} (known: {count})", operations.len()));
                }
                Some(_) => {}
            }
        }
        assert!(wrong.is_empty(), "these differences are not the known ones:\n{}", wrong.join("\n"));
    }

    /// Panics if there are other differences.
    pub(crate) fn must_be_known(&self) {
        let unknown = self.unknown();
        assert!(unknown.is_empty(), "these differences are not known:\n{}", unknown.join("\n"));
    }

    fn unknown(&self) -> Vec<String> {
        let known = known();
        let unknown = self.0.iter().filter(|(difference, _)| !known.contains_key(difference.as_str()));
        unknown.map(|(name, operations)| format!("{name}\t{} {operations:?}", operations.len())).collect()
    }
}

/// Returns the number of operations by difference.
fn known() -> BTreeMap<&'static str, usize> {
    let lines = include_str!("known_differences.txt").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.rsplit_once('\t').unwrap()).map(|(name, count)| (name, count.parse().unwrap())).collect()
}
