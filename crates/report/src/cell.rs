//! The text of one value in a table.

use std::borrow::Cow;

use jiff::Timestamp;
use moonfleet_core::{Map, Secret, Value, counted};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::json;

/// The field with an age in seconds, in all records of the library.
const AGE: &str = "age";

/// Returns the complete text of a scalar, or compact JSON for a nested value.
pub fn plain(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Nil => Cow::Borrowed(""),
        Value::Bool(yes) => Cow::Borrowed(if *yes { "true" } else { "false" }),
        Value::Integer(number) => Cow::Owned(number.to_string()),
        Value::Float(number) => Cow::Owned(format!("{number:?}")),
        Value::String(text) => Cow::Borrowed(text),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes),
        Value::Secret(_) => Cow::Borrowed(Secret::SHOWN),
        Value::Time(time) => Cow::Owned(time.to_string()),
        Value::Planned(planned) => Cow::Owned(planned.to_string()),
        Value::List(_) | Value::Map(_) => Cow::Owned(json::compact(value)),
    }
}

/// Returns a value for readers: numbers as Lua prints them, and summaries of nested values.
pub fn brief(value: &Value) -> Cow<'_, str> {
    summary(value, scalar)
}

/// Returns a value for readers, like [`brief`], but times without fractions of a second.
pub fn render(value: &Value) -> Cow<'_, str> {
    summary(value, |value| match value {
        Value::Time(time) => match Timestamp::from_second(time.as_second()) {
            Ok(second) => Cow::Owned(second.to_string()),
            Err(_) => scalar(value),
        },
        _ => scalar(value),
    })
}

fn scalar(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Float(number) => Cow::Owned(format!("{:?}", rounded(*number))),
        _ => plain(value),
    }
}

fn summary(value: &Value, text: fn(&Value) -> Cow<'_, str>) -> Cow<'_, str> {
    match value {
        Value::List(items) if items.iter().all(is_scalar) => {
            Cow::Owned(items.iter().map(text).collect::<Vec<_>>().join(", "))
        }
        Value::List(items) => Cow::Owned(format!("[{}]", counted(items.len(), "item"))),
        // The lists that an answer lacks are empty.
        Value::Map(Map(fields)) if fields.iter().all(|(_, v)| is_scalar(v) || is_empty(v)) => {
            let fields = fields.iter().filter(|(_, v)| !is_empty(v));
            let fields = fields.map(|(name, v)| format!("{name}={}", text(v)));
            Cow::Owned(fields.collect::<Vec<_>>().join(" "))
        }
        Value::Map(Map(fields)) => Cow::Owned(format!("{{{}}}", counted(fields.len(), "field"))),
        _ => text(value),
    }
}

/// Returns a value for a cell on a screen: a structure is shown by its name or its state.
pub fn short<'a>(field: &str, value: &'a Value) -> Cow<'a, str> {
    const SHOWN: [&str; 3] = ["name", "state", "availability_zone"];
    match value {
        // The names of tags are arbitrary.
        Value::Map(map) if !field.ends_with("tags") => {
            let shown = SHOWN.iter().find_map(|name| map.get(name).filter(|value| is_scalar(value)));
            render(shown.unwrap_or(value))
        }
        _ => render(value),
    }
}

/// Returns the value of a column for readers: an age in its largest whole unit, every other value as `text` returns
/// it. Programs get the seconds.
pub fn in_column<'a>(name: &str, value: &'a Value, text: impl FnOnce(&'a Value) -> Cow<'a, str>) -> Cow<'a, str> {
    let seconds = match value {
        Value::Integer(seconds) if name == AGE => *seconds,
        Value::Float(seconds) if name == AGE && seconds.is_finite() => seconds.floor() as i64,
        _ => return text(value),
    };
    const UNITS: [(i64, &str); 3] = [(86_400, "d"), (3_600, "h"), (60, "min")];
    match UNITS.into_iter().find(|(length, _)| seconds >= *length) {
        Some((length, unit)) => Cow::Owned(format!("{} {unit}", seconds / length)),
        None => Cow::Owned(format!("{seconds} s")),
    }
}

/// Truncates a text to a width in columns, and appends the number of characters that are left out: `two words …+12`.
/// A text of several words ends after a word, so that no id and no number is broken.
pub fn truncate(text: &str, width: usize) -> Cow<'_, str> {
    if text.width() <= width {
        return Cow::Borrowed(text);
    }
    let all = text.chars().count();
    let mut used = 0;
    let mut ends: Vec<usize> = vec![0];
    for (at, letter) in text.char_indices() {
        used += letter.width().unwrap_or(0);
        if used > width {
            break;
        }
        ends.push(at + letter.len_utf8());
    }
    let one_word = !text.trim().contains(char::is_whitespace);
    // The mark needs space too.
    while let Some(end) = ends.pop() {
        let shown = &text[..end];
        if !one_word && !shown.is_empty() && !shown.ends_with(char::is_whitespace) {
            continue;
        }
        let mark = format!("…+{}", all - ends.len());
        if shown.width() + mark.width() <= width {
            return Cow::Owned(format!("{shown}{mark}"));
        }
    }
    Cow::Borrowed(if width > 0 { "…" } else { "" })
}

/// Joins as many names as fit in a width in columns, with `…` for the others.
pub fn join_names(names: &[impl AsRef<str>], width: usize) -> String {
    let mut text = String::new();
    for (at, name) in names.iter().map(AsRef::as_ref).enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        let rest = if at + 1 == names.len() { 0 } else { ", …".width() };
        if text.width() + comma.len() + name.width() + rest > width {
            return if at == 0 { text } else { text + ", …" };
        }
        text = text + comma + name;
    }
    text
}

/// Returns whether the text of a value is empty.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Nil => true,
        Value::String(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(Map(fields)) => fields.is_empty(),
        _ => false,
    }
}

pub fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::List(_) | Value::Map(_))
}

/// Rounds to 14 digits, as Lua does: readers see 0.1 + 0.2 as 0.3.
fn rounded(number: f64) -> f64 {
    format!("{number:.13e}").parse().unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(fields: &[(&str, Value)]) -> Value {
        Value::Map(fields.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect())
    }

    #[test]
    fn numbers_are_rounded_only_for_readers() {
        assert_eq!(plain(&Value::Float(3.0)), "3.0");
        assert_eq!(plain(&Value::Float(0.1 + 0.2)), "0.30000000000000004");
        assert_eq!(brief(&Value::Float(0.1 + 0.2)), "0.3");
        assert_eq!(brief(&Value::Integer(-3)), "-3");
        assert_eq!(brief(&Value::Float(f64::INFINITY)), "inf");
    }

    #[test]
    fn nested_values_are_summarized_only_for_readers() {
        let state = map(&[("code", Value::Integer(16)), ("name", "running".into())]);
        assert_eq!(brief(&state), "code=16 name=running");
        assert_eq!(plain(&state), r#"{"code":16,"name":"running"}"#);
        let list = Value::List(vec!["a".into(), "b".into()]);
        assert_eq!(brief(&list), "a, b");
        assert_eq!(brief(&Value::List(vec![state.clone(), list.clone()])), "[2 items]");
        assert_eq!(brief(&map(&[("state", state)])), "{1 field}");
        assert_eq!(brief(&Value::List(Vec::new())), "");
    }

    #[test]
    fn structures_are_shown_by_name_and_tags_completely() {
        let state = map(&[("code", Value::Integer(16)), ("name", "running".into())]);
        assert_eq!(short("state", &state), "running");
        assert_eq!(short("tags", &map(&[("App", "App20".into()), ("name", "web".into())])), "App=App20 name=web");
        let time = Value::Time("2026-01-31T07:00:00.568Z".parse().expect("a time"));
        assert_eq!(
            (short("x", &time), brief(&time)),
            ("2026-01-31T07:00:00Z".into(), "2026-01-31T07:00:00.568Z".into())
        );
        assert_eq!(short("x", &map(&[("a", Value::Integer(1)), ("b", Value::Integer(2))])), "a=1 b=2");
    }

    #[test]
    fn ages_are_in_their_largest_unit() {
        for (seconds, text) in
            [(0, "0 s"), (59, "59 s"), (60, "1 min"), (7199, "1 h"), (86_400, "1 d"), (40_000_000, "462 d")]
        {
            assert_eq!(in_column("age", &Value::Integer(seconds), plain), text);
        }
        assert_eq!(in_column("age", &Value::Float(61.9), plain), "1 min");
        assert_eq!(in_column("age", &"old".into(), plain), "old");
        assert_eq!(in_column("max_password_age", &Value::Integer(90), plain), "90");
    }

    #[test]
    fn only_names_that_fit_are_joined() {
        assert_eq!(join_names(&["one", "two", "three"], 15), "one, two, three");
        assert_eq!(join_names(&["one", "two", "three"], 14), "one, two, …");
        assert_eq!(join_names(&["one", "two"], 2), "");
    }

    #[test]
    fn truncated_texts_count_the_rest() {
        assert_eq!(truncate("exactly", 7), "exactly");
        assert_eq!(truncate("a longer text", 8), "a …+11");
        assert_eq!(truncate("sg-1, sg-23456", 12), "sg-1, …+8");
        assert_eq!(truncate("vol-0164a993984f18ac7 x", 12), "…+23");
        assert_eq!(truncate("東京東京東京", 7), "東京…+4");
        assert_eq!(truncate("abc", 2), "…");
        assert_eq!(truncate("abc", 0), "");
        for width in 0..40 {
            assert!(truncate(&"wörd 東京 ".repeat(9), width).width() <= width);
        }
    }
}
