//! What this process knows to be secret, so that nothing it writes by itself repeats it: the
//! credentials that it calls with, and what calls were given and have answered.
//!
//! Whatever tells somebody something that he has not asked for by name lets it through
//! [`redact`] first: logs, traces, errors, records. What a script prints is its own.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::sanitize;
use crate::{Secret, Value};

/// What is shorter is a word that stands in every other line.
const SHORTEST_TOLD: usize = 6;
/// A line of the history is easily spared.
const SHORTEST_KEPT: usize = 4;

/// The longest first: one may hold another.
static KNOWN: RwLock<Vec<String>> = RwLock::new(Vec::new());
/// Whether there is any, so that a run without secrets does not ask what they are.
static ANY: AtomicBool = AtomicBool::new(false);

pub fn remember(secret: &[u8]) {
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    for written in spellings(secret) {
        // Nobody could tell it from what is shown in its place.
        if written.len() < SHORTEST_KEPT || Secret::SHOWN.contains(&written) {
            continue;
        }
        if let Err(at) = known.binary_search_by(|other| order(other).cmp(&order(&written))) {
            known.insert(at, written);
            ANY.store(true, Ordering::Release);
        }
    }
}

fn order(secret: &str) -> (Reverse<usize>, &str) {
    (Reverse(secret.len()), secret)
}

/// As it is, and as it stands in a log, on a screen, in JSON and, where it is a blob, on the wire.
fn spellings(secret: &[u8]) -> Vec<String> {
    let mut spellings = vec![BASE64_STANDARD.encode(secret)];
    if let Ok(text) = std::str::from_utf8(secret) {
        let text = text.trim();
        let unquoted = |quoted: String| quoted[1..quoted.len() - 1].to_owned();
        let json = serde_json::Value::from(text).to_string();
        spellings.extend([unquoted(format!("{text:?}")), unquoted(json)]);
        spellings.extend([Cow::Borrowed(text), sanitize::line(text), sanitize::block(text)].map(Cow::into_owned));
    }
    spellings
}

/// Returns how many spellings of secrets are known. It grows with each new secret.
pub fn count() -> usize {
    KNOWN.read().unwrap_or_else(PoisonError::into_inner).len()
}

/// The credentials that the process was started with.
pub fn remember_environment() {
    for name in ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"] {
        if let Some(value) = std::env::var_os(name) {
            remember(value.as_encoded_bytes());
        }
    }
}

/// The text without what is secret in it.
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut told = Cow::Borrowed(text);
    if ANY.load(Ordering::Acquire) {
        let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
        for secret in known.iter().take_while(|secret| secret.len() >= SHORTEST_TOLD) {
            if told.contains(secret.as_str()) {
                told = Cow::Owned(told.replace(secret.as_str(), Secret::SHOWN));
            }
        }
    }
    told
}

/// The same for every text in a value.
pub fn redact_value(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(redact(&text).into_owned()),
        Value::List(items) => Value::List(items.into_iter().map(redact_value).collect()),
        Value::Map(map) => Value::Map(
            map.0.into_iter().map(|(name, value)| (redact(&name).into_owned(), redact_value(value))).collect(),
        ),
        other => other,
    }
}

/// Whether the text should not be kept.
pub fn is_known_in(text: &str) -> bool {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    known.iter().any(|secret| text.contains(secret.as_str()))
}

/// A writer that is given whole lines, and writes them redacted.
pub struct Redacted<W>(pub W);

impl<W: Write> Write for Redacted<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write_all(redact(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_told_nowhere_however_it_is_written() {
        let secret = "hunter2\n\t\"\\é";
        remember(secret.as_bytes());
        remember(b"\xff\x00\x01\x02\x03");
        for text in [secret, "hunter2⏎␉\"\\é", r#"hunter2\n\t\"\\é"#, "aHVudGVyMgoJIlzDqQ==", "/wABAgM="] {
            assert_eq!(redact(&format!("a {text} b")), "a <secret> b");
            assert!(is_known_in(&format!("a {text} b")));
        }
    }

    #[test]
    fn the_longer_of_two_is_told_whole() {
        remember(b"correct horse");
        remember(b"correct horse battery");
        assert_eq!(redact("correct horse battery, correct horse"), "<secret>, <secret>");
    }

    #[test]
    fn short_words_are_told_and_not_kept() {
        remember(b"4711");
        remember(b"abc");
        remember(b"");
        remember(b"secret");
        assert_eq!(redact("4711 abc <secret>"), "4711 abc <secret>");
        assert!(is_known_in("pin=4711") && !is_known_in("abc") && !is_known_in("secret"));
    }

    #[test]
    fn other_text_is_not_copied() {
        assert!(matches!(redact("nothing of that kind"), Cow::Borrowed(_)));
    }
}
