//! The text form of a model: entries of lines, lines of words. `crates/models/data/README.md` describes it.

use std::borrow::Cow;

/// A line of a model that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the line {line:?} of a model cannot be read: {problem}")]
pub struct Malformed {
    line: String,
    problem: String,
}

impl Malformed {
    pub(crate) fn new(line: &str, problem: impl Into<String>) -> Self {
        Malformed { line: line.trim().to_owned(), problem: problem.into() }
    }
}

/// Returns the entries of a model: each begins with a line that is not indented.
pub(crate) fn entries(text: &'static str) -> impl Iterator<Item = &'static str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let bytes = rest.as_bytes();
        let mut end = 0;
        loop {
            end += bytes[end..].iter().position(|b| *b == b'\n').map_or(bytes.len() - end, |at| at + 1);
            if bytes.get(end) != Some(&b' ') {
                break;
            }
        }
        let entry;
        (entry, rest) = rest.split_at(end);
        Some(entry)
    })
}

/// Splits an entry into its first line and the lines below, which are indented.
pub(crate) fn head_and_body(entry: &'static str) -> (&'static str, std::str::Lines<'static>) {
    let (head, body) = entry.split_once('\n').unwrap_or((entry, ""));
    (head, body.lines())
}

/// The words of a line, separated by spaces. A word may be or contain a JSON string, which may contain spaces.
#[derive(Clone)]
pub(crate) struct Words {
    line: &'static str,
    rest: &'static str,
}

impl Words {
    pub(crate) fn new(line: &'static str) -> Self {
        Words { line, rest: line }
    }

    /// Returns the next word, which must be there.
    pub(crate) fn expect(&mut self, what: &str) -> Result<&'static str, Malformed> {
        self.next().ok_or_else(|| self.malformed(format!("{what} is missing")))
    }

    /// Returns the next word and its value, if it has one: `as=item`.
    pub(crate) fn next_pair(&mut self) -> Option<(&'static str, Option<&'static str>)> {
        let word = self.next()?;
        Some(match word.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (word, None),
        })
    }

    pub(crate) fn malformed(&self, problem: impl Into<String>) -> Malformed {
        Malformed::new(self.line, problem)
    }

    pub(crate) fn unknown(&self, word: &str) -> Malformed {
        self.malformed(format!("{word:?} is not known here"))
    }

    pub(crate) fn number<T: std::str::FromStr>(&self, word: &str) -> Result<T, Malformed> {
        word.parse().map_err(|_| self.malformed(format!("{word:?} is not a number")))
    }

    /// Returns what a word says: itself, or the content of a JSON string.
    pub(crate) fn unquote(&self, word: &'static str) -> Result<Cow<'static, str>, Malformed> {
        if !word.starts_with('"') {
            return Ok(Cow::Borrowed(word));
        }
        serde_json::from_str(word).map(Cow::Owned).map_err(|e| self.malformed(e.to_string()))
    }
}

impl Iterator for Words {
    type Item = &'static str;

    fn next(&mut self) -> Option<&'static str> {
        let rest = self.rest.trim_start_matches(' ');
        if rest.is_empty() {
            self.rest = rest;
            return None;
        }
        let mut quoted = false;
        let mut escaped = false;
        let end = rest.bytes().position(|b| {
            match b {
                b'"' if !escaped => quoted = !quoted,
                b' ' if !quoted => return true,
                _ => {}
            }
            escaped = quoted && b == b'\\' && !escaped;
            false
        });
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        self.rest = after;
        Some(word)
    }
}

/// Writes a value as [`Words::unquote`] reads it.
pub(crate) fn quote(value: &str) -> Cow<'_, str> {
    let plain = !value.is_empty() && !value.contains(|c: char| c == ' ' || c == '"' || c == '\\' || c.is_control());
    if plain { Cow::Borrowed(value) } else { Cow::Owned(serde_json::Value::from(value).to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_end_before_the_next_line_without_indent() {
        let found: Vec<_> = entries("a 1\n b\n  c\nd\n").collect();
        assert_eq!(found, ["a 1\n b\n  c\n", "d\n"]);
    }

    #[test]
    fn a_quoted_value_comes_back_as_it_was() {
        for value in ["plain", "two words", "", "a \"quoted\" one", "back\\slash", "new\nline", "=", "a=b c"] {
            let line = format!("  first key={} last", quote(value)).leak();
            let mut words = Words::new(line);
            assert_eq!(words.next(), Some("first"));
            let (key, quoted) = words.next_pair().unwrap();
            assert_eq!((key, &*words.unquote(quoted.unwrap()).unwrap()), ("key", value));
            assert_eq!(words.next(), Some("last"));
            assert_eq!(words.next(), None);
        }
    }
}
