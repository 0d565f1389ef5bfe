//! Ranges of names: `web-1`, `web-2` and `web-3` become `web-[1-3]`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// Combines names that differ only in their last number into ranges. The result does not depend on the order of
/// the names.
pub fn fold<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut families: BTreeMap<Family, BTreeSet<u64>> = BTreeMap::new();
    let mut single = BTreeSet::new();
    for name in names {
        match Family::parse(name) {
            Some((family, number)) => families.entry(family).or_default().insert(number),
            None => single.insert(name),
        };
    }
    let numbered = families.iter().map(|(family, numbers)| family.folded(numbers));
    let mut folded: Vec<_> = single.into_iter().map(str::to_owned).chain(numbered).collect();
    folded.sort();
    folded.join(", ")
}

/// The text around the number in a name, and the number of digits if it has leading zeros: `web-01` and
/// `web-1` are in different families.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Family<'a> {
    before: &'a str,
    after: &'a str,
    padded: Option<usize>,
}

impl<'a> Family<'a> {
    fn parse(name: &'a str) -> Option<(Self, u64)> {
        let end = name.rfind(|c: char| c.is_ascii_digit())? + 1;
        let start = name[..end].trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let digits = &name[start..end];
        let number = digits.parse().ok()?;
        let padded = (digits.len() > 1 && digits.starts_with('0')).then_some(digits.len());
        Some((Self { before: &name[..start], after: &name[end..], padded }, number))
    }

    fn folded(&self, numbers: &BTreeSet<u64>) -> String {
        let width = self.padded.unwrap_or(0);
        let shown: Vec<_> = runs(numbers)
            .into_iter()
            .map(|run| match (run.start(), run.end()) {
                (first, last) if first == last => format!("{first:0width$}"),
                (first, last) => format!("{first:0width$}-{last:0width$}"),
            })
            .collect();
        let Self { before, after, .. } = self;
        match numbers.len() {
            1 => format!("{before}{}{after}", shown.join("")),
            _ => format!("{before}[{}]{after}", shown.join(",")),
        }
    }
}

fn runs(numbers: &BTreeSet<u64>) -> Vec<RangeInclusive<u64>> {
    let mut runs: Vec<RangeInclusive<u64>> = Vec::new();
    for &number in numbers {
        match runs.last_mut() {
            Some(run) if run.end().checked_add(1) == Some(number) => *run = *run.start()..=number,
            _ => runs.push(number..=number),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consecutive_numbers_become_ranges() {
        assert_eq!(fold(["web-3", "db", "web-1", "web-2", "web-7"]), "db, web-[1-3,7]");
        assert_eq!(fold(["web-01", "web-02", "web-10"]), "web-10, web-[01-02]");
        assert_eq!(fold(["a1.eu", "a2.eu", "a3.us"]), "a3.us, a[1-2].eu");
        assert_eq!(fold(["web-1", "web-1"]), "web-1");
    }

    #[test]
    fn names_without_numbers_are_kept() {
        assert_eq!(
            fold(["", "é1", "7", "i-0abcf", "99999999999999999999999"]),
            ", 7, 99999999999999999999999, i-0abcf, é1"
        );
        assert_eq!(fold([]), "");
    }

    #[test]
    fn ranges_are_unambiguous() {
        assert_eq!(fold(["n9", "n10", "n11"]), "n[9-11]");
        assert_eq!(fold(["n18446744073709551615", "n0"]), "n[0,18446744073709551615]");
    }
}
