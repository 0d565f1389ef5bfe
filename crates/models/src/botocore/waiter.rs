//! Waiters.

use std::fmt::Write;

use super::json::Json;
use super::{Unknown, check_keys, missing};

pub(super) fn write(name: &str, json: &Json, out: &mut String) -> Result<(), Unknown> {
    // `description` is a text.
    check_keys(json, name, &["acceptors", "delay", "description", "maxAttempts", "operation"])?;
    let part = |key: &str| json.get(key).ok_or_else(|| missing(name, key));
    let operation = json.text("operation").ok_or_else(|| missing(name, "operation"))?;
    let _ = writeln!(out, "waiter {name} {operation} {} {}", part("delay")?, part("maxAttempts")?);
    for acceptor in part("acceptors")?.items() {
        check_keys(acceptor, name, &["argument", "expected", "matcher", "state"])?;
        let text = |key: &str| acceptor.text(key).ok_or_else(|| missing(name, key));
        let expected = acceptor.get("expected").ok_or_else(|| missing(name, "expected"))?;
        let _ = write!(out, " {} {} {expected}", text("state")?, text("matcher")?);
        if let Some(path) = acceptor.get("argument") {
            let _ = write!(out, " {path}");
        }
        out.push('\n');
    }
    Ok(())
}
