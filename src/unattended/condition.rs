//! `--fail-on`: the findings with which a run exits with code 1.

use moonfleet_core::sanitize;
use moonfleet_core::{Value, counted, suggest};
use moonfleet_report::{Severity, cell};
use wildmatch::WildMatch;

use crate::assets;

/// The field with the name of a finding.
pub(super) const FINDING: &str = "finding";
const SEVERITY: &str = "severity";

pub(super) struct FailCondition {
    text: String,
    kind: ConditionKind,
}

enum ConditionKind {
    /// This severity or a worse one.
    Severity(Severity),
    Finding(WildMatch),
}

impl FailCondition {
    /// Parses a severity or a name of findings. Scripts choose the names freely, but a name that is similar to a
    /// known one is probably a typing error, and would make a check that never fails.
    pub(super) fn parse(text: &str, source: &[u8]) -> Result<Self, String> {
        let severities: Vec<&str> =
            Severity::ALL.map(Severity::name).into_iter().filter(|name| *name != "ok").collect();
        let kind = match text.parse() {
            Ok(severity) if severity != Severity::Ok => ConditionKind::Severity(severity),
            _ if text.is_empty() => return Err("name a severity or a finding".to_owned()),
            _ => {
                let known = known_findings(source);
                let names = severities.into_iter().chain(known.iter().map(String::as_str));
                let pattern = WildMatch::new(text);
                if !known.iter().any(|name| pattern.matches(name))
                    && let Some(nearest) = suggest::nearest(text, names)
                {
                    return Err(format!("there is no finding '{text}'; did you mean '{nearest}'?"));
                }
                ConditionKind::Finding(pattern)
            }
        };
        Ok(FailCondition { text: text.to_owned(), kind })
    }

    fn matches(&self, row: &Value) -> bool {
        let Value::Map(row) = row else { return false };
        match &self.kind {
            ConditionKind::Severity(least) => {
                row.get(SEVERITY).and_then(Severity::from_value).is_some_and(|found| found <= *least)
            }
            ConditionKind::Finding(name) => {
                matches!(row.get(FINDING), Some(Value::String(found)) if name.matches(found))
            }
        }
    }

    /// Describes the rows that match; `None` if there are none.
    pub(super) fn describe_match<'a>(&self, rows: impl Iterator<Item = &'a Value>) -> Option<String> {
        const NAMED: usize = 5;
        let found: Vec<&Value> = rows.filter(|row| self.matches(row)).collect();
        let condition = match &self.kind {
            ConditionKind::Severity(Severity::Critical) => "critical".to_owned(),
            ConditionKind::Severity(severity) => format!("{} or worse", severity.name()),
            ConditionKind::Finding(_) => self.text.clone(),
        };
        let named: Vec<String> = found.iter().take(NAMED).map(|row| name_finding(row)).collect();
        let more = if found.len() > NAMED { format!(" and {} more", found.len() - NAMED) } else { String::new() };
        let are = if found.len() == 1 { "is" } else { "are" };
        let text = format!("{} {are} {condition}: {}{more}", counted(found.len(), "finding"), named.join(", "));
        (!found.is_empty()).then_some(text)
    }
}

/// Returns a finding in a few words: its name, and the name and id of its resource.
pub(super) fn name_finding(row: &Value) -> String {
    let Value::Map(row) = row else { return cell::plain(row).into_owned() };
    let text = |value: &Value| sanitize::line(&cell::plain(value)).into_owned();
    let finding = row.get(FINDING).map(text);
    let name = row.get("name").map(text).filter(|name| !name.is_empty());
    let id = row.0.iter().find(|(name, value)| name.ends_with("_id") && !value.is_nil()).map(|(_, value)| text(value));
    let id = id.filter(|id| name.as_ref() != Some(id));
    [finding, name, id].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Returns the names of findings in the sources of the library and the script.
fn known_findings(source: &[u8]) -> Vec<String> {
    let files = assets::modules().into_iter().map(|name| format!("{}.lua", name.replace('.', "/")));
    let library = files.filter_map(|file| assets::stdlib(&file)).map(|source| findings_in_source(&source));
    let mut names: Vec<String> = library.chain([findings_in_source(source)]).flatten().collect();
    names.sort();
    names.dedup();
    names
}

/// Returns the names in assignments such as `finding = "open-port"`.
fn findings_in_source(source: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(source);
    let values = text.split(FINDING).skip(1).filter_map(|rest| {
        let value = rest.trim_start().strip_prefix('=')?.trim_start().strip_prefix('"')?;
        value.split_once('"').map(|(name, _)| name.to_owned())
    });
    values.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(severity: &str, finding: &str, name: &str) -> Value {
        let fields = [("severity", severity), ("finding", finding), ("name", name), ("group_id", "sg-1")];
        Value::Map(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect())
    }

    fn describe(text: &str, rows: &[Value]) -> Option<String> {
        FailCondition::parse(text, b"").unwrap().describe_match(rows.iter())
    }

    #[test]
    fn a_severity_includes_the_worse_ones() {
        let rows = [row("critical", "open-port", "web"), row("medium", "old-key", ""), row("info", "x-y", "a")];
        assert_eq!(describe("critical", &rows).unwrap(), "1 finding is critical: open-port web sg-1");
        assert_eq!(
            describe("medium", &rows).unwrap(),
            "2 findings are medium or worse: open-port web sg-1, old-key sg-1"
        );
        assert_eq!(describe("high", &rows[1..]), None);
        assert_eq!(describe("open-*", &rows).unwrap(), "1 finding is open-*: open-port web sg-1");
        assert_eq!(describe("no-mfa", &rows), None);
        let many: Vec<Value> = (0..7).map(|_| row("high", "open-port", "web")).collect();
        assert!(describe("high", &many).unwrap().ends_with(" and 2 more"));
    }

    #[test]
    fn typing_errors_are_found_before_the_run() {
        let problem =
            |text: &str, source: &str| FailCondition::parse(text, source.as_bytes()).err().unwrap_or_default();
        assert!(problem("hihg", "").contains("did you mean 'high'?"));
        assert!(problem("opne-prt", "x = { finding = \"open-prt\" }").contains("did you mean 'open-prt'?"));
        assert_eq!(problem("own-finding-of-mine", ""), "");
        assert!(problem("", "").contains("name a severity"));
    }
}
