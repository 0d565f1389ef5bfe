//! The secrets that this process knows: its credentials, and the secret fields of inputs and
//! answers.
//!
//! Logs, traces, errors and records pass [`redact`] before they are written. The output of scripts
//! is not redacted.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::sanitize;
use crate::{Secret, Value};

/// The shortest secret that is redacted, in bytes. Shorter ones occur as words in ordinary text.
const SHORTEST_REDACTED: usize = 6;
/// The shortest secret that keeps a line out of the history, in bytes. A lost line does no harm.
const SHORTEST_REMEMBERED: usize = 4;

/// The longest credential that can be a word of ordinary text, in bytes. AWS's secret keys have 40 characters; emulators
/// accept `test`, and would hide this word in all output.
const LONGEST_WORD: usize = 10;

/// All spellings of the secrets, the longest first, because one may contain another.
static KNOWN: RwLock<Vec<String>> = RwLock::new(Vec::new());
/// Whether there are secrets. A run without secrets need not lock the list.
static ANY: AtomicBool = AtomicBool::new(false);

/// Remembers a secret in all spellings in which it can be written.
pub fn remember(secret: &[u8]) {
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    for written in spellings(secret) {
        // A part of the placeholder cannot be replaced by the placeholder.
        if written.len() < SHORTEST_REMEMBERED || Secret::SHOWN.contains(&written) {
            continue;
        }
        if let Err(at) = known.binary_search_by(|other| order(other).cmp(&order(&written))) {
            known.insert(at, written);
            ANY.store(true, Ordering::Release);
        }
    }
}

/// Remembers a key or a token of AWS, unless it is only a short word in lower-case letters.
pub fn remember_credential(text: &str) {
    let is_word = text.len() <= LONGEST_WORD && text.bytes().all(|byte| byte.is_ascii_lowercase());
    if !is_word {
        remember(text.as_bytes());
    }
}

fn order(secret: &str) -> (Reverse<usize>, &str) {
    (Reverse(secret.len()), secret)
}

/// Returns the forms of a secret: as it is, and as it is written in a log, on a screen, in JSON,
/// and in Base64 on the wire.
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

/// Remembers the credentials in the environment.
pub fn remember_environment() {
    for name in ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"] {
        if let Some(value) = std::env::var_os(name) {
            remember_credential(&value.to_string_lossy());
        }
    }
}

/// Replaces the known secrets in a text by a placeholder.
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut redacted = Cow::Borrowed(text);
    if ANY.load(Ordering::Acquire) {
        let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
        for secret in known.iter().take_while(|secret| secret.len() >= SHORTEST_REDACTED) {
            if redacted.contains(secret.as_str()) {
                redacted = Cow::Owned(redacted.replace(secret.as_str(), Secret::SHOWN));
            }
        }
    }
    redacted
}

/// Replaces the known secrets in all texts of a value.
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

/// Whether a text contains a known secret, and should not be stored.
pub fn is_known_in(text: &str) -> bool {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    known.iter().any(|secret| text.contains(secret.as_str()))
}

/// A writer that redacts. Each write must be a whole line.
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
    fn secrets_are_redacted_in_every_spelling() {
        let secret = "hunter2\n\t\"\\é";
        remember(secret.as_bytes());
        remember(b"\xff\x00\x01\x02\x03");
        for text in [secret, "hunter2⏎␉\"\\é", r#"hunter2\n\t\"\\é"#, "aHVudGVyMgoJIlzDqQ==", "/wABAgM="] {
            assert_eq!(redact(&format!("a {text} b")), "a <secret> b");
            assert!(is_known_in(&format!("a {text} b")));
        }
    }

    #[test]
    fn the_longer_of_two_secrets_is_redacted_as_a_whole() {
        remember(b"correct horse");
        remember(b"correct horse battery");
        assert_eq!(redact("correct horse battery, correct horse"), "<secret>, <secret>");
    }

    #[test]
    fn short_secrets_are_not_redacted_but_recognized() {
        remember(b"4711");
        remember(b"abc");
        remember(b"");
        remember(b"secret");
        assert_eq!(redact("4711 abc <secret>"), "4711 abc <secret>");
        assert!(is_known_in("pin=4711") && !is_known_in("abc") && !is_known_in("secret"));
    }

    #[test]
    fn short_words_are_no_credentials() {
        for word in ["test", "testing", "localstack"] {
            remember_credential(word);
            assert_eq!(redact(&format!("a {word} b")), format!("a {word} b"));
            assert!(!is_known_in(word));
        }
        for credential in ["wJalrXUtnF", "longerthanaword", "testing1"] {
            remember_credential(credential);
            assert_eq!(redact(&format!("a {credential} b")), "a <secret> b");
        }
    }

    #[test]
    fn text_without_secrets_is_not_copied() {
        assert!(matches!(redact("no secret"), Cow::Borrowed(_)));
    }
}
