//! The message that delivers a report: a subject, a short text, and a summary as JSON.

use std::io;

use moonfleet_core::known_secrets::{redact, redact_value};
use moonfleet_core::sanitize;
use moonfleet_core::{Value, counted};
use moonfleet_report::{Block, Document, Format, Severity, cell};
use serde_json::json;

use super::condition::{FINDING, name_finding};
use super::job::Job;
use super::summary::Summary;
use crate::deliver::Message;

/// The number of findings that a message names.
const NAMED: usize = 10;

/// Returns the report with known secrets redacted.
pub(super) fn redacted(document: &Document) -> Document {
    let mut document = document.clone();
    let text = |text: &mut String| *text = redact(text).into_owned();
    document.title.iter_mut().chain(&mut document.subtitle).for_each(text);
    for block in &mut document.blocks {
        match block {
            Block::Section(title) => text(title),
            Block::Text(words) => text(words),
            Block::Summary(figures) => {
                for figure in figures {
                    text(&mut figure.label);
                    figure.value = redact_value(std::mem::take(&mut figure.value));
                }
            }
            Block::Table(listing) => {
                listing.records = redact_value(std::mem::take(&mut listing.records));
                listing.whole = listing.whole.take().map(redact_value);
            }
            Block::Chart(_) => {}
        }
    }
    document
}

/// Returns the message for a report.
pub(super) fn for_report<'a>(
    job: &Job,
    document: &Document,
    missing: &[String],
    code: u8,
    summary: &Summary,
    render: &'a dyn Fn(Format) -> io::Result<Vec<u8>>,
) -> Message<'a> {
    let mut facts = Vec::new();
    let (mut rows, mut changes) = (0, None);
    summary.numbers(|numbers| (rows, changes) = (numbers.rows.unwrap_or_default(), numbers.changes.clone()));
    let mut found: Vec<&Value> = document.rows().filter(|row| super::is_finding(row)).collect();
    // The worst first; findings without a severity last.
    found.sort_by_key(|row| severity(row).map_or(u8::MAX, |severity| severity as u8));
    facts.push(if found.is_empty() { counted(rows, "row") } else { findings(&found) });
    facts.extend(changes.clone());
    if !missing.is_empty() {
        facts.push("incomplete".to_owned());
    }
    let table_title = || document.alone().and_then(|listing| listing.layout.title.clone());
    let title = document.title.clone().or_else(table_title).unwrap_or_else(|| job.name.clone());
    let account = document.about.account().map(|account| format!(" ({account})")).unwrap_or_default();
    let subject = format!("{}{account}: {}", sanitize::line(&title), facts.join(", "));
    let mut lines = vec![subject.clone()];
    lines.extend(found.iter().take(NAMED).map(|row| format!("- {}", line(row))));
    if found.len() > NAMED {
        lines.push(format!("- and {} more", found.len() - NAMED));
    }
    lines.extend(missing.iter().map(|source| format!("missing: {source}")));
    let summary = json!({
        "script": job.name, "exit": code, "title": title, "account": document.about.account(),
        "region": document.about.region(), "rows": rows, "findings": found.len(), "changes": changes,
        "missing": missing, "text": lines.join("\n"),
    });
    let (text, subject) = (lines.join("\n"), subject);
    message(job, subject, text, summary, Some(render))
}

/// Returns the message for a run that failed and has no report.
pub(super) fn for_failure<'a>(job: &Job, error: &str) -> Message<'a> {
    let subject = format!("{}: failed", job.name);
    let text = format!("{subject}\n{error}");
    let summary = json!({ "script": job.name, "exit": super::FAILED, "error": redact(error), "text": redact(&text) });
    message(job, subject, text, summary, None)
}

fn message<'a>(
    job: &Job,
    subject: String,
    text: String,
    summary: serde_json::Value,
    report: Option<&'a dyn Fn(Format) -> io::Result<Vec<u8>>>,
) -> Message<'a> {
    let redacted = |text: String| redact(&text).into_owned();
    let name = job.name.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
    Message { subject: redacted(subject), text: redacted(text), summary, name, report }
}

fn severity(row: &Value) -> Option<Severity> {
    let Value::Map(row) = row else { return None };
    row.get("severity").and_then(Severity::from_value)
}

/// `3 findings (1 critical, 2 high)`
fn findings(found: &[&Value]) -> String {
    let count = |severity| found.iter().filter(|row| self::severity(row) == Some(severity)).count();
    let counts = Severity::ALL.into_iter().map(|severity| (severity, count(severity))).filter(|(_, count)| *count > 0);
    let counts: Vec<String> = counts.map(|(severity, count)| format!("{count} {}", severity.name())).collect();
    let counts = if counts.is_empty() { String::new() } else { format!(" ({})", counts.join(", ")) };
    format!("{}{counts}", counted(found.len(), FINDING))
}

fn line(row: &Value) -> String {
    let Value::Map(fields) = row else { return name_finding(row) };
    let detail = fields.get("detail").map(|detail| sanitize::line(&cell::plain(detail)).into_owned());
    let severity = severity(row).map(|severity| format!("{} ", severity.name())).unwrap_or_default();
    let detail = detail.filter(|detail| !detail.is_empty()).map(|detail| format!(": {detail}")).unwrap_or_default();
    format!("{severity}{}{detail}", name_finding(row))
}
