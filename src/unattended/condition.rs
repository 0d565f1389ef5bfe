//! `--fail-on`: the findings with which a run exits with code 1.

use moonfleet_core::sanitize;
use moonfleet_core::{Value, counted};
use moonfleet_report::{Severity, cell};
use wildmatch::WildMatch;

use super::known_findings::Examined;

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
    /// Parses a severity or a name of findings. Returns an error if no finding of the run can match.
    pub(super) fn parse(text: &str, script: Examined<'_>) -> Result<Self, String> {
        let kind = match text.parse() {
            _ if text.is_empty() => return Err("name a severity or a finding".to_owned()),
            Ok(severity) if severity != Severity::Ok => {
                script.check_has_findings()?;
                ConditionKind::Severity(severity)
            }
            _ => {
                script.check_name(text)?;
                ConditionKind::Finding(WildMatch::new(text))
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

/// Returns the names of the severities that a finding can have.
pub(super) fn severity_names() -> Vec<&'static str> {
    Severity::ALL.into_iter().filter(|severity| *severity != Severity::Ok).map(Severity::name).collect()
}

#[cfg(test)]
mod tests {
    use moonfleet_lua::script::{HeaderFacts, read_header};

    use super::*;

    fn row(severity: &str, finding: &str, name: &str) -> Value {
        let fields = [("severity", severity), ("finding", finding), ("name", name), ("group_id", "sg-1")];
        Value::Map(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect())
    }

    fn describe(text: &str, rows: &[Value]) -> Option<String> {
        let script = Examined { source: b"'open-port'", header: None };
        FailCondition::parse(text, script).unwrap().describe_match(rows.iter())
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

    fn header(findings: &[&str]) -> HeaderFacts {
        let findings = findings.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
        let source = format!(
            "return script {{ summary = 'X.', risk = 'read', findings = {{ {findings} }}, run = function() end }}"
        );
        read_header(source.as_bytes(), None).unwrap().unwrap()
    }

    #[test]
    fn a_condition_that_no_declared_finding_can_meet_is_an_error() {
        let header = header(&["open-port", "not-visible"]);
        let problem = |text: &str| {
            FailCondition::parse(text, Examined { source: b"'closed-port'", header: Some(&header) })
                .err()
                .unwrap_or_default()
        };
        assert_eq!(problem("opne-port"), "there is no finding 'opne-port'; did you mean 'open-port'?");
        assert_eq!(problem("hihg"), "there is no finding 'hihg'; did you mean 'high'?");
        assert_eq!(
            problem("closed-*"),
            "there is no finding 'closed-*'; use a severity or one of not-visible, open-port"
        );
        for right in ["open-port", "open-*", "high"] {
            assert_eq!(problem(right), "");
        }
        assert!(problem("").contains("name a severity"));
    }

    #[test]
    fn a_script_that_declares_no_findings_has_no_conditions() {
        let header = header(&[]);
        for text in ["high", "open-port"] {
            let problem = FailCondition::parse(text, Examined { source: b"", header: Some(&header) }).err().unwrap();
            assert!(problem.contains("declares no findings"), "{problem}");
        }
    }

    #[test]
    fn a_chunk_can_have_findings_of_the_library_and_of_its_own() {
        let problem = |text: &str, source: &[u8]| {
            FailCondition::parse(text, Examined { source, header: None }).err().unwrap_or_default()
        };
        assert_eq!(problem("public-snapshot", b""), "");
        assert_eq!(problem("my-finding", b"x = { finding = 'my-finding' }"), "");
        assert!(problem("my-findnig", b"x = { finding = [[my-finding]] }").contains("did you mean 'my-finding'?"));
        assert!(problem("something-else", b"").contains("neither the library nor the chunk has this name"));
    }
}
