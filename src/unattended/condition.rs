//! `--fail-on`: the findings that make a run end with an exit code of its own.

use moonfleet_core::sanitize;
use moonfleet_core::{Value, suggest};
use moonfleet_report::{Severity, cell};
use wildmatch::WildMatch;

use crate::assets;

/// The field of a row that says what was found.
pub(super) const FINDING: &str = "finding";
const SEVERITY: &str = "severity";

pub(super) struct FailCondition {
    text: String,
    kind: ConditionKind,
}

enum ConditionKind {
    /// This or a worse one.
    Severity(Severity),
    Finding(WildMatch),
}

impl FailCondition {
    /// A severity is one of a few words. Findings have names that every script can choose, but a
    /// name that is nearly a known one is a slip, and a check that never fails.
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
                    return Err(format!("nothing is found that is called '{text}'; did you mean '{nearest}'?"));
                }
                ConditionKind::Finding(pattern)
            }
        };
        Ok(FailCondition { text: text.to_owned(), kind })
    }

    fn holds(&self, row: &Value) -> bool {
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

    /// What there is to say where it holds for some of the rows.
    pub(super) fn describe_match<'a>(&self, rows: impl Iterator<Item = &'a Value>) -> Option<String> {
        const NAMED: usize = 5;
        let found: Vec<&Value> = rows.filter(|row| self.holds(row)).collect();
        let what = match &self.kind {
            ConditionKind::Severity(Severity::Critical) => "critical".to_owned(),
            ConditionKind::Severity(severity) => format!("{} or worse", severity.name()),
            ConditionKind::Finding(_) => self.text.clone(),
        };
        let named: Vec<String> = found.iter().take(NAMED).map(|row| named(row)).collect();
        let more = if found.len() > NAMED { format!(" and {} more", found.len() - NAMED) } else { String::new() };
        let findings = if found.len() == 1 { "finding is" } else { "findings are" };
        let told = format!("{} {findings} {what}: {}{more}", found.len(), named.join(", "));
        (!found.is_empty()).then_some(told)
    }
}

/// A finding in a few words: what it is, and of what.
pub(super) fn named(row: &Value) -> String {
    let Value::Map(row) = row else { return cell::plain(row).into_owned() };
    let text = |value: &Value| sanitize::line(&cell::plain(value)).into_owned();
    let finding = row.get(FINDING).map(text);
    let name = row.get("name").map(text).filter(|name| !name.is_empty());
    let id = row.0.iter().find(|(name, value)| name.ends_with("_id") && !value.is_nil()).map(|(_, value)| text(value));
    let id = id.filter(|id| name.as_ref() != Some(id));
    [finding, name, id].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The names of findings that the library and the script write.
fn known_findings(source: &[u8]) -> Vec<String> {
    let files = assets::modules().into_iter().map(|name| format!("{}.lua", name.replace('.', "/")));
    let library = files.filter_map(|file| assets::stdlib(&file)).map(|source| findings_in_source(&source));
    let mut names: Vec<String> = library.chain([findings_in_source(source)]).flatten().collect();
    names.sort();
    names.dedup();
    names
}

/// `finding = "open-port"`
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
    fn severities_take_the_worse_ones_along() {
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
    fn slips_are_told_before_the_run() {
        let wrong = |text: &str, source: &str| FailCondition::parse(text, source.as_bytes()).err().unwrap_or_default();
        assert!(wrong("hihg", "").contains("did you mean 'high'?"));
        assert!(wrong("opne-prt", "x = { finding = \"open-prt\" }").contains("did you mean 'open-prt'?"));
        assert_eq!(wrong("own-finding-of-mine", ""), "");
        assert!(wrong("", "").contains("name a severity"));
    }
}
