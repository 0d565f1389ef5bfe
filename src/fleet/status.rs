//! What Systems Manager says of an invocation, in one word. What it does not document is
//! unknown, and never a success.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Ok,
    /// The machine ran it, and it failed there.
    Failed,
    /// It never ran there.
    Unreached,
    Cancelled,
    /// It may have run.
    Unknown,
}

const VERDICTS: [Verdict; 5] = [Verdict::Ok, Verdict::Failed, Verdict::Unreached, Verdict::Cancelled, Verdict::Unknown];

/// How many there are of each, also of those that there are none of.
pub fn counted(verdicts: impl Iterator<Item = Verdict> + Clone) -> [(Verdict, usize); 5] {
    VERDICTS.map(|verdict| (verdict, verdicts.clone().filter(|other| *other == verdict).count()))
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Ok => "ok",
            Verdict::Failed => "failed",
            Verdict::Unreached => "unreached",
            Verdict::Cancelled => "cancelled",
            Verdict::Unknown => "unknown",
        })
    }
}

/// The verdict of a status and its details; none while it goes on. Servers write the
/// details with and without spaces, and some leave them out.
pub fn verdict(status: &str, details: &str, exit_code: Option<i64>) -> Option<Verdict> {
    let word = |text: &str| text.replace([' ', '_', '-'], "").to_lowercase();
    let (status, details) = (word(status), word(details));
    let said = if details.is_empty() { &status } else { &details };
    Some(match said.as_str() {
        "pending" | "inprogress" | "delayed" | "cancelling" => return None,
        "success" => Verdict::Ok,
        "failed" | "executiontimedout" => Verdict::Failed,
        "undeliverable" | "deliverytimedout" | "accessdenied" | "invalidplatform" => Verdict::Unreached,
        "cancelled" | "terminated" => Verdict::Cancelled,
        // The word alone hides whether it was delivered; a machine that began has a code.
        "timedout" => match exit_code {
            Some(-1) => Verdict::Unreached,
            Some(_) => Verdict::Failed,
            None => Verdict::Unknown,
        },
        _ if matches!(status.as_str(), "pending" | "inprogress" | "delayed" | "cancelling") => return None,
        _ => Verdict::Unknown,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_pair_has_one_verdict() {
        use Verdict::{Cancelled, Failed, Ok, Unknown, Unreached};
        // The strings of "Understanding command statuses" in the user guide, and of the API.
        let table: &[(&str, &str, Option<i64>, Option<Verdict>)] = &[
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
            // Servers that give no details.
            ("Success", "", Some(0), Some(Ok)),
            ("Failed", "", Some(1), Some(Failed)),
            ("InProgress", "", None, None),
            ("TimedOut", "", Some(-1), Some(Unreached)),
            ("TimedOut", "TimedOut", Some(1), Some(Failed)),
            ("TimedOut", "", None, Some(Unknown)),
            // What nobody has documented.
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
