//! The verdict about an invocation from Systems Manager's status. A status that AWS does not
//! document is unknown, never a success.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TargetVerdict {
    Ok,
    /// The machine ran the command, which failed.
    Failed,
    /// The machine never ran the command.
    Unreached,
    Cancelled,
    /// The machine may have run the command.
    Unknown,
    /// The machine would run the command; this run only plans.
    Planned,
}

const VERDICTS: [TargetVerdict; 6] = [
    TargetVerdict::Ok,
    TargetVerdict::Failed,
    TargetVerdict::Unreached,
    TargetVerdict::Cancelled,
    TargetVerdict::Unknown,
    TargetVerdict::Planned,
];

/// Counts each verdict, including those that do not occur.
pub fn count_verdicts(verdicts: impl Iterator<Item = TargetVerdict> + Clone) -> [(TargetVerdict, usize); 6] {
    VERDICTS.map(|verdict| (verdict, verdicts.clone().filter(|other| *other == verdict).count()))
}

impl fmt::Display for TargetVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TargetVerdict::Ok => "ok",
            TargetVerdict::Failed => "failed",
            TargetVerdict::Unreached => "unreached",
            TargetVerdict::Cancelled => "cancelled",
            TargetVerdict::Unknown => "unknown",
            TargetVerdict::Planned => "planned",
        })
    }
}

/// Renders the counts above 0: `3 ok, 1 failed`.
pub fn render_counts(counts: &[(TargetVerdict, usize)]) -> String {
    let parts = counts.iter().filter(|(_, count)| *count > 0).map(|(verdict, count)| format!("{count} {verdict}"));
    parts.collect::<Vec<_>>().join(", ")
}

/// Returns the verdict for a status and its details; `None` while the command is under way.
/// Servers write the details with and without spaces, and some leave them out. Contradictory and
/// undocumented pairs are unknown.
pub fn verdict(status: &str, details: &str, exit_code: Option<i64>) -> Option<TargetVerdict> {
    let word = |text: &str| text.replace([' ', '_', '-'], "").to_lowercase().replace("canceled", "cancelled");
    let (status, details) = (word(status), word(details));
    let has_no_details = details.is_empty() || details == status;
    Some(match (status.as_str(), details.as_str()) {
        ("pending" | "inprogress" | "delayed" | "cancelling", _) => return None,
        ("success", _) if has_no_details => TargetVerdict::Ok,
        ("failed", _) if has_no_details => TargetVerdict::Failed,
        ("cancelled", _) if has_no_details => TargetVerdict::Cancelled,
        // The status alone does not tell whether the command was delivered. A machine that started
        // it has an exit code.
        ("timedout", _) if has_no_details => match exit_code {
            Some(-1) => TargetVerdict::Unreached,
            // Servers without exit codes send none, or 0.
            Some(0) | None => TargetVerdict::Unknown,
            Some(_) => TargetVerdict::Failed,
        },
        ("failed" | "timedout", "executiontimedout") => TargetVerdict::Failed,
        ("failed" | "timedout", "deliverytimedout") => TargetVerdict::Unreached,
        ("failed", "undeliverable" | "accessdenied" | "invalidplatform") => TargetVerdict::Unreached,
        ("failed" | "cancelled", "terminated") => TargetVerdict::Cancelled,
        // Servers that put the details into the status.
        ("undeliverable" | "accessdenied" | "invalidplatform" | "deliverytimedout", _) if has_no_details => {
            TargetVerdict::Unreached
        }
        ("executiontimedout", _) if has_no_details => TargetVerdict::Failed,
        ("terminated", _) if has_no_details => TargetVerdict::Cancelled,
        _ => TargetVerdict::Unknown,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_pair_has_one_verdict() {
        use TargetVerdict::{Cancelled, Failed, Ok, Unknown, Unreached};
        // The strings of "Understanding command statuses" in the user guide, and of the API.
        let table: &[(&str, &str, Option<i64>, Option<TargetVerdict>)] = &[
            ("Pending", "Pending", Some(-1), None),
            ("InProgress", "InProgress", Some(-1), None),
            ("InProgress", "In Progress", Some(-1), None),
            ("Delayed", "Delayed", Some(-1), None),
            ("Cancelling", "Cancelling", Some(-1), None),
            ("Success", "Success", Some(0), Some(Ok)),
            ("Failed", "Failed", Some(1), Some(Failed)),
            ("TimedOut", "DeliveryTimedOut", Some(-1), Some(Unreached)),
            ("TimedOut", "Delivery Timed Out", Some(-1), Some(Unreached)),
            ("TimedOut", "ExecutionTimedOut", Some(137), Some(Failed)),
            ("TimedOut", "Execution Timed Out", Some(137), Some(Failed)),
            ("Cancelled", "Cancelled", Some(-1), Some(Cancelled)),
            ("Cancelled", "Terminated", Some(-1), Some(Cancelled)),
            ("Failed", "Terminated", Some(-1), Some(Cancelled)),
            ("Failed", "Undeliverable", Some(-1), Some(Unreached)),
            ("Undeliverable", "Undeliverable", Some(-1), Some(Unreached)),
            ("Failed", "InvalidPlatform", Some(-1), Some(Unreached)),
            ("Failed", "Invalid Platform", Some(-1), Some(Unreached)),
            ("Failed", "AccessDenied", Some(-1), Some(Unreached)),
            ("Failed", "Access Denied", Some(-1), Some(Unreached)),
            // Servers without details.
            ("Success", "", Some(0), Some(Ok)),
            ("Failed", "", Some(1), Some(Failed)),
            ("InProgress", "", None, None),
            ("TimedOut", "", Some(-1), Some(Unreached)),
            ("TimedOut", "TimedOut", Some(1), Some(Failed)),
            ("TimedOut", "", None, Some(Unknown)),
            ("TimedOut", "", Some(0), Some(Unknown)),
            ("DeliveryTimedOut", "", None, Some(Unreached)),
            ("Canceled", "", None, Some(Cancelled)),
            // Contradictory pairs.
            ("Failed", "Success", Some(0), Some(Unknown)),
            ("TimedOut", "Success", Some(0), Some(Unknown)),
            ("Cancelled", "Success", Some(0), Some(Unknown)),
            ("Success", "Failed", Some(1), Some(Unknown)),
            ("Success", "InProgress", Some(-1), Some(Unknown)),
            ("Bogus", "Success", Some(0), Some(Unknown)),
            ("InProgress", "Success", Some(-1), None),
            // Undocumented pairs.
            ("Success", "PartialSuccess", Some(0), Some(Unknown)),
            ("Paused", "Paused", None, Some(Unknown)),
            ("Paused", "", None, Some(Unknown)),
            ("", "", None, Some(Unknown)),
            ("InProgress", "Warming up", None, None),
        ];
        for (status, details, code, expected) in table {
            assert_eq!(verdict(status, details, *code), *expected, "{status} {details} {code:?}");
        }
    }
}
