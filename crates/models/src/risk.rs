//! The risk of each operation: what a call can do to an account.
//!
//! An operation has the risk of its verb (`risks/verbs.txt`), unless `risks/decisions.txt` has a line about it. A decision is
//! needed where the evidence disagrees: the verb, the trait `readonly`, the HTTP method of a REST protocol, and the access
//! level in AWS's Service Authorization Reference. `tests/risks.rs` compares them and keeps `risks/review.txt`.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// What an operation can do to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Risk {
    /// Changes nothing.
    Read,
    /// Changes something that can be changed back.
    Write,
    /// Ends or removes something for good, gives it to others, or commits to pay.
    Destroy,
}

/// The risk of an operation after the review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    pub risk: Risk,
    /// A read whose answer holds credentials that open something: keys of a role, the password of an instance.
    pub issues_credentials: bool,
}

/// A line of `risks/decisions.txt`.
#[derive(Clone, Copy, Debug)]
pub struct Decision {
    /// `rds.describe_db_instances`
    pub operation: &'static str,
    pub judgement: Judgement,
    pub reason: &'static str,
}

/// Words before the verb that say how the verb is done.
const ADVERBS: [&str; 3] = ["admin", "batch", "bulk"];

/// Returns the risk of an operation; `None` if its verb is not reviewed.
pub fn judge(service: &str, operation: &str) -> Option<Judgement> {
    static DECISIONS: LazyLock<HashMap<&str, Judgement>> =
        LazyLock::new(|| decisions().map(|decision| (decision.operation, decision.judgement)).collect());
    DECISIONS.get(format!("{service}.{operation}").as_str()).copied().or_else(|| by_verb(operation))
}

/// Returns the risk of an operation by its name alone; `None` if its verb is unknown.
pub fn by_verb(operation: &str) -> Option<Judgement> {
    static VERBS: LazyLock<HashMap<&str, Judgement>> = LazyLock::new(|| verbs().collect());
    VERBS.get(verb(operation)).copied()
}

/// Returns the verb in the name of an operation.
pub fn verb(operation: &str) -> &str {
    let mut words = operation.split('_');
    let first = words.next().unwrap_or_default();
    words.next().filter(|_| ADVERBS.contains(&first)).unwrap_or(first)
}

/// Returns the verbs with their risks, sorted.
pub fn verbs() -> impl Iterator<Item = (&'static str, Judgement)> {
    include_str!("../risks/verbs.txt").lines().map(|line| {
        let (verb, risk) = line.split_once(' ').unwrap_or((line, ""));
        (verb, judgement(risk, line))
    })
}

/// Returns the decisions, sorted by operation.
pub fn decisions() -> impl Iterator<Item = Decision> {
    include_str!("../risks/decisions.txt").lines().map(|line| {
        let mut words = line.splitn(3, ' ');
        let mut word = || words.next().unwrap_or_default();
        let (operation, risk, reason) = (word(), word(), word());
        Decision { operation, judgement: judgement(risk, line), reason }
    })
}

fn judgement(word: &str, line: &str) -> Judgement {
    let risk = match word {
        "read" | "credentials" => Risk::Read,
        "write" => Risk::Write,
        "destroy" => Risk::Destroy,
        _ => panic!("crates/models/risks/: {line:?} has no risk; write read, credentials, write or destroy"),
    };
    Judgement { risk, issues_credentials: word == "credentials" }
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Risk::Read => "read",
            Risk::Write => "write",
            Risk::Destroy => "destroy",
        })
    }
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.issues_credentials { f.write_str("credentials") } else { self.risk.fmt(f) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adverbs_come_before_the_verb() {
        assert_eq!(verb("describe_tags"), "describe");
        assert_eq!(verb("batch_get_item"), "get");
        assert_eq!(verb("admin_delete_user"), "delete");
        assert_eq!(verb("batch"), "batch");
    }

    #[test]
    fn decisions_go_before_verbs() {
        let risk = |service, operation| judge(service, operation).map(|judgement| judgement.to_string());
        assert_eq!(risk("rds", "describe_db_instances").as_deref(), Some("read"));
        assert_eq!(risk("rds", "start_db_instance").as_deref(), Some("write"));
        assert_eq!(risk("sqs", "purge_queue").as_deref(), Some("destroy"));
        assert_eq!(risk("kms", "schedule_key_deletion").as_deref(), Some("destroy"));
        assert_eq!(risk("sts", "assume_role").as_deref(), Some("credentials"));
        assert_eq!(risk("ec2", "getaway_driver"), None);
    }
}
