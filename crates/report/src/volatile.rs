//! Volatile cells: those that differ from run to run although the resource is the same, such as its age. A
//! comparison leaves them out.

use std::borrow::Cow;

use moonfleet_core::{Map, Value};

/// The volatile cells of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Volatile {
    /// Names of fields; a dotted name is a nested field.
    fields: Vec<String>,
    /// Whether the library's own volatile cells are left out too.
    of_library: bool,
}

/// The time since an event, in seconds, in the library's rows.
const AGE: &str = "age";
/// The age in whole days, which `rows.with_days` adds.
const DAYS: &str = "days";
const FINDING: &str = "finding";
/// The sentence of a finding. It can have an age.
const DETAIL: &str = "detail";

impl Default for Volatile {
    fn default() -> Self {
        Volatile::declared(Vec::new())
    }
}

impl Volatile {
    /// Returns the fields that a script declares, and the volatile cells of the library's rows.
    pub fn declared(fields: Vec<String>) -> Self {
        Volatile { fields, of_library: true }
    }

    /// Returns these fields and no others.
    pub fn only(fields: Vec<String>) -> Self {
        Volatile { fields, of_library: false }
    }

    /// Whether a field of a row is volatile.
    pub(crate) fn contains(&self, row: &Map, field: &str) -> bool {
        let is_age = field == AGE || field == DAYS && row.get(AGE).is_some();
        self.names(field) || self.of_library && is_age
    }

    /// Whether the script declares a field of this name, in any row.
    pub fn names(&self, field: &str) -> bool {
        self.fields.iter().any(|name| name == field)
    }

    /// Returns the part of a cell that is not volatile.
    pub(crate) fn stable<'a>(&self, row: &Map, field: &str, value: &'a Value) -> Cow<'a, Value> {
        match value {
            Value::String(text) if self.of_library && field == DETAIL && row.get(FINDING).is_some() => {
                Cow::Owned(Value::String(without_ages(text)))
            }
            other => Cow::Borrowed(other),
        }
    }
}

/// Removes the ages in a sentence, which end with "ago" or "old": `12 days ago`, `3h ago`, `400 days old`. Other
/// durations are settings, such as `expires after 90 days`.
fn without_ages(text: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    for word in text.split(' ') {
        if matches!(word.trim_end_matches(|c: char| c.is_ascii_punctuation()), "ago" | "old") {
            match words[..] {
                [.., age] if is_short_age(age) => words.truncate(words.len() - 1),
                [.., number, unit] if is_number(number) && is_unit(unit) => words.truncate(words.len() - 2),
                _ => {}
            }
        }
        words.push(word);
    }
    words.join(" ")
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_unit(word: &str) -> bool {
    const UNITS: [&str; 7] = ["second", "minute", "hour", "day", "week", "month", "year"];
    UNITS.contains(&word.strip_suffix('s').unwrap_or(word))
}

/// Whether the word is an age as `time.ago` writes it, such as `3h`.
fn is_short_age(word: &str) -> bool {
    word.strip_suffix(['y', 'd', 'h', 'm', 's']).is_some_and(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_in_sentences_are_removed_and_settings_are_not() {
        for (text, stable) in [
            ("Image is 400 days old; build a newer one.", "Image is old; build a newer one."),
            ("Key was last used 1 day ago; delete it.", "Key was last used ago; delete it."),
            ("Agent was last online 3h ago", "Agent was last online ago"),
            ("Snapshot is 9 years old.", "Snapshot is old."),
        ] {
            assert_eq!(without_ages(text), stable);
        }
        for text in
            ["Passwords expire after 90 days.", "Port 22 is open, 2 rules old", "ago", "5 days of old logs", "-h ago"]
        {
            assert_eq!(without_ages(text), text);
        }
    }
}
