//! EC2 filters: values are OR-ed, filters AND-ed, `*` and `?` are wildcards.
//!
//! The filters of a resource are one table. An unknown filter is an error, even if the list is
//! empty.

use aws_sdk_ec2::types::{Filter, Tag};

use crate::ApiError;

/// A filter's name, and the values of a resource that it compares. One match is enough; no value
/// never matches.
pub(crate) type Field<T> = (&'static str, fn(&T) -> Vec<String>);

/// The filters of one resource type.
pub(crate) struct Filters<T: 'static> {
    pub fields: &'static [Field<T>],
    /// Enables `tag:KEY`, `tag-key` and `tag-value`.
    pub tags: Option<fn(&T) -> &[Tag]>,
}

impl<T> Filters<T> {
    pub(crate) fn select(&self, items: Vec<T>, filters: &[Filter]) -> Result<Vec<T>, ApiError> {
        let tests = self.parse(filters)?;
        let matches = |item: &T| tests.iter().all(|test| test.matches(item));
        Ok(items.into_iter().filter(matches).collect())
    }

    /// Returns the names, except `tag:KEY`.
    #[cfg(test)]
    pub(crate) fn names(&self) -> Vec<&'static str> {
        let of_tags = if self.tags.is_some() { &["tag-key", "tag-value"][..] } else { &[] };
        self.fields.iter().map(|(name, _)| *name).chain(of_tags.iter().copied()).collect()
    }

    pub(crate) fn knows(&self, filter: &Filter) -> bool {
        filter.name().is_some_and(|name| self.subject(name).is_some())
    }

    fn parse<'a>(&self, filters: &'a [Filter]) -> Result<Vec<FilterTest<'a, T>>, ApiError> {
        filters.iter().map(|filter| self.parse_one(filter)).collect()
    }

    fn parse_one<'a>(&self, filter: &'a Filter) -> Result<FilterTest<'a, T>, ApiError> {
        let name = filter.name().unwrap_or("null");
        let subject = self.subject(name).ok_or_else(|| unknown(name))?;
        if filter.values().is_empty() {
            let message = format!("The filter '{name}' must have at least one value");
            return Err(ApiError::new("InvalidParameterValue", message));
        }
        if filter.values().len() > 200 {
            let message = "The maximum number of filter values specified on a single call is 200";
            return Err(ApiError::new("FilterLimitExceeded", message));
        }
        Ok(FilterTest { subject, values: filter.values() })
    }

    fn subject<'a>(&self, name: &'a str) -> Option<Subject<'a, T>> {
        if let Some((_, values)) = self.fields.iter().find(|(field, _)| *field == name) {
            return Some(Subject::Field(*values));
        }
        let tags = self.tags?;
        match name {
            "tag-key" => Some(Subject::TagKey(tags)),
            "tag-value" => Some(Subject::TagValue(tags)),
            _ => Some(Subject::Tag(name.strip_prefix("tag:")?, tags)),
        }
    }
}

fn unknown(name: &str) -> ApiError {
    ApiError::new("InvalidParameterValue", format!("The filter '{name}' is invalid"))
}

struct FilterTest<'a, T> {
    subject: Subject<'a, T>,
    values: &'a [String],
}

enum Subject<'a, T> {
    Field(fn(&T) -> Vec<String>),
    Tag(&'a str, fn(&T) -> &[Tag]),
    TagKey(fn(&T) -> &[Tag]),
    TagValue(fn(&T) -> &[Tag]),
}

impl<T> FilterTest<'_, T> {
    fn matches(&self, item: &T) -> bool {
        match self.subject {
            Subject::Field(values) => values(item).iter().any(|value| self.matches_value(value)),
            Subject::Tag(key, tags) => tags(item)
                .iter()
                .filter(|tag| tag.key() == Some(key))
                .any(|tag| self.matches_value(tag.value().unwrap_or_default())),
            Subject::TagKey(tags) => tags(item).iter().any(|tag| self.matches_value(tag.key().unwrap_or_default())),
            Subject::TagValue(tags) => tags(item).iter().any(|tag| self.matches_value(tag.value().unwrap_or_default())),
        }
    }

    fn matches_value(&self, value: &str) -> bool {
        self.values.iter().any(|pattern| wildcard(pattern, value))
    }
}

/// Matches case-sensitively. `*` matches any characters, `?` one character; `\` escapes the next one.
pub(crate) fn wildcard(pattern: &str, text: &str) -> bool {
    let pattern = parse_pattern(pattern);
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut seen) = (0, 0);
    // Backtracking position: after the last `*`, which then takes one more character.
    let mut retry: Option<(usize, usize)> = None;
    while seen < text.len() {
        match pattern.get(at) {
            Some(Piece::Any) => {
                retry = Some((at + 1, seen));
                at += 1;
            }
            Some(piece) if piece.matches_char(text[seen]) => {
                at += 1;
                seen += 1;
            }
            _ => match retry {
                Some((behind, from)) => {
                    retry = Some((behind, from + 1));
                    at = behind;
                    seen = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|piece| matches!(piece, Piece::Any))
}

enum Piece {
    Any,
    One,
    Exactly(char),
}

impl Piece {
    fn matches_char(&self, letter: char) -> bool {
        match self {
            Piece::Any => false,
            Piece::One => true,
            Piece::Exactly(wanted) => *wanted == letter,
        }
    }
}

fn parse_pattern(pattern: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        pieces.push(match letter {
            '*' => Piece::Any,
            '?' => Piece::One,
            '\\' => Piece::Exactly(letters.next().unwrap_or('\\')),
            other => Piece::Exactly(other),
        });
    }
    pieces
}

/// Returns the value of an optional field.
pub(crate) fn maybe(value: Option<impl ToString>) -> Vec<String> {
    value.iter().map(ToString::to_string).collect()
}

pub(crate) fn each<T>(items: &[T], value: impl Fn(&T) -> Option<&str>) -> Vec<String> {
    items.iter().filter_map(|item| value(item).map(str::to_owned)).collect()
}

/// Returns the time in the API's text form, so that `2026-11-*` matches.
pub(crate) fn time(at: Option<&aws_sdk_ec2::primitives::DateTime>) -> Vec<String> {
    let text = at.and_then(|at| jiff::Timestamp::from_millisecond(at.to_millis().ok()?).ok());
    maybe(text.map(|at| at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_as_ec2_does() {
        for (pattern, text, expected) in [
            ("App20", "App20", true),
            ("app20", "App20", false),
            ("App*", "App20", true),
            ("*20", "App20", true),
            ("*p*2*", "App20", true),
            ("App?0", "App20", true),
            ("App??0", "App20", false),
            ("*", "", true),
            ("?", "", false),
            ("", "", true),
            (r"a\*b", "a*b", true),
            (r"a\*b", "axb", false),
            (r"a\?", "a?", true),
            (r"a\\b", r"a\b", true),
            ("*aab", "aaaab", true),
        ] {
            assert_eq!(wildcard(pattern, text), expected, "{pattern} on {text}");
        }
    }
}
