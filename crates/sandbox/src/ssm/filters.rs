//! Filters of Systems Manager's lists: a key, values of which one must match, and a comparison. The
//! keys of a list are one table.

use crate::ApiError;

/// A filter's key, and the values of an item that it compares; none if the item lacks it.
pub(super) type SsmFilterField<T> = (&'static str, fn(&T) -> Vec<String>);

/// The filters of one list, and its error for unknown keys.
pub(super) struct SsmFilters<T: 'static> {
    pub fields: &'static [SsmFilterField<T>],
    pub unknown: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    BeginWith,
    LessThan,
    GreaterThan,
}

/// A condition on an item.
#[derive(Clone, Debug)]
pub(super) struct Condition<'a> {
    pub key: &'a str,
    pub values: &'a [String],
    pub comparison: Comparison,
}

impl<T> SsmFilters<T> {
    pub(super) fn select(&self, items: Vec<T>, conditions: &[Condition<'_>]) -> Result<Vec<T>, ApiError> {
        // An unknown key is an error, even if the list is empty.
        for condition in conditions {
            self.field(condition.key)?;
        }
        let mut selected = Vec::new();
        for item in items {
            if self.matches(&item, conditions)? {
                selected.push(item);
            }
        }
        Ok(selected)
    }

    pub(super) fn matches(&self, item: &T, conditions: &[Condition<'_>]) -> Result<bool, ApiError> {
        for condition in conditions {
            if !condition.holds(&self.field(condition.key)?(item)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn field(&self, key: &str) -> Result<fn(&T) -> Vec<String>, ApiError> {
        let known = self.fields.iter().find(|(name, _)| *name == key);
        known.map(|(_, field)| *field).ok_or_else(|| {
            let message = format!("The specified filter key {key} isn't valid.");
            ApiError::new(self.unknown, message)
        })
    }
}

impl<'a> Condition<'a> {
    pub(super) fn equal(key: &'a str, values: &'a [String]) -> Condition<'a> {
        Condition { key, values, comparison: Comparison::Equal }
    }

    /// Returns whether an item's values satisfy the condition: one value is enough, but negated
    /// comparisons must hold for all values.
    pub(super) fn holds(&self, own: &[String]) -> bool {
        let any = |test: &dyn Fn(&str, &str) -> bool| {
            own.iter().any(|value| self.values.iter().any(|wanted| test(value, wanted)))
        };
        match self.comparison {
            Comparison::Equal => any(&|value, wanted| value == wanted),
            Comparison::NotEqual => !any(&|value, wanted| value == wanted),
            Comparison::BeginWith => any(&|value, wanted| value.starts_with(wanted)),
            Comparison::LessThan => any(&|value, wanted| order(value, wanted).is_lt()),
            Comparison::GreaterThan => any(&|value, wanted| order(value, wanted).is_gt()),
        }
    }
}

// Compares numbers by value, everything else as text.
fn order(value: &str, wanted: &str) -> std::cmp::Ordering {
    match (value.parse::<f64>(), wanted.parse::<f64>()) {
        (Ok(value), Ok(wanted)) => value.total_cmp(&wanted),
        _ => value.cmp(wanted),
    }
}

/// Returns the value of an optional field.
pub(super) fn maybe(value: Option<impl ToString>) -> Vec<String> {
    value.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_alternatives_and_numbers_compare_by_value() {
        let strings = |all: &[&str]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
        for (comparison, wanted, own, expected) in [
            (Comparison::Equal, &["a", "b"][..], &["b"][..], true),
            (Comparison::Equal, &["a"], &[], false),
            (Comparison::NotEqual, &["a"], &["a", "b"], false),
            (Comparison::NotEqual, &["a"], &[], true),
            (Comparison::BeginWith, &["ap"], &["app"], true),
            (Comparison::LessThan, &["10"], &["9"], true),
            (Comparison::GreaterThan, &["10"], &["9"], false),
            (Comparison::GreaterThan, &["2026-01-01"], &["2026-02-01"], true),
        ] {
            let values = strings(wanted);
            let condition = Condition { key: "", values: &values, comparison };
            assert_eq!(condition.holds(&strings(own)), expected, "{condition:?} on {own:?}");
        }
    }
}
