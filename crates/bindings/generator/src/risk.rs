//! The risk of an operation, determined by its verb. A verb that is in none of the lists stops the generator,
//! because an unknown operation must not be treated as harmless.

use std::fmt;

use anyhow::{Result, bail, ensure};

use crate::model::Service;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Risk {
    /// Changes nothing.
    Read,
    /// Changes something that can be changed back.
    Write,
    /// Ends or removes something for good, or removes access.
    Destroy,
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

const READ: &[&str] = &["decode", "describe", "get", "list", "search", "simulate", "validate"];

/// Verbs of changes. Many have a counterpart, which undoes the change: attach and detach, stop and start,
/// revoke and authorize. A stopped instance loses the data in its instance store, as a failing one does;
/// that storage is not for data that must be kept.
const WRITE: &[&str] = &[
    "accept",
    "acquire",
    "add",
    "advertise",
    "allocate",
    "apply",
    "assign",
    "associate",
    "assume",
    "attach",
    "authorize",
    "batch",
    "bundle",
    "change",
    "confirm",
    "copy",
    "create",
    "detach",
    "disable",
    "disassociate",
    "enable",
    "export",
    "generate",
    "group",
    "import",
    "label",
    "lock",
    "modify",
    "monitor",
    "move",
    "provision",
    "put",
    "reboot",
    "register",
    "remove",
    "replace",
    "report",
    "request",
    "restore",
    "resume",
    "resync",
    "revoke",
    "run",
    "send",
    "set",
    "start",
    "stop",
    "tag",
    "unassign",
    "ungroup",
    "unlabel",
    "unlock",
    "unmonitor",
    "untag",
    "update",
    "upload",
    "withdraw",
];

/// Verbs of destructive changes: a cancelled or rejected request must be made again, a purchase is paid, and a
/// reset value is gone.
const DESTROY: &[&str] = &[
    "cancel",
    "deactivate",
    "delete",
    "deprovision",
    "deregister",
    "purchase",
    "reject",
    "release",
    "reset",
    "terminate",
];

const LISTS: [(&[&str], Risk); 3] = [(READ, Risk::Read), (WRITE, Risk::Write), (DESTROY, Risk::Destroy)];

pub(crate) fn classify(operation: &str) -> Result<Risk> {
    let verb = verb(operation);
    match LISTS.iter().find(|(verbs, _)| verbs.contains(&verb)) {
        Some((_, risk)) => Ok(*risk),
        None => bail!(
            "{operation}: unknown verb `{verb}`; add it to READ, WRITE or DESTROY in \
             crates/bindings/generator/src/risk.rs"
        ),
    }
}

/// Checks that all verbs are used: an unused one could return with another meaning.
pub(crate) fn assert_all_used(services: &[Service]) -> Result<()> {
    let operations = || services.iter().flat_map(|service| &service.operations);
    for known in LISTS.iter().flat_map(|(verbs, _)| *verbs) {
        let is_used = operations().any(|operation| verb(&operation.name) == *known);
        ensure!(
            is_used,
            "no operation begins with `{known}`; remove the verb from crates/bindings/generator/src/risk.rs"
        );
    }
    Ok(())
}

fn verb(operation: &str) -> &str {
    operation.split('_').next().unwrap_or(operation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_determine_the_risk() {
        assert_eq!(classify("describe_tags").unwrap(), Risk::Read);
        assert_eq!(classify("terminate_instances").unwrap(), Risk::Destroy);
        assert_eq!(classify("run_instances").unwrap(), Risk::Write);
        assert_eq!(classify("tag").unwrap(), Risk::Write);
    }

    #[test]
    fn unknown_verbs_are_errors() {
        let error = classify("getaway_driver").unwrap_err().to_string();
        assert!(error.contains("unknown verb `getaway`"), "{error}");
    }

    #[test]
    fn verbs_are_in_one_list_only() {
        for (at, (verbs, _)) in LISTS.iter().enumerate() {
            for verb in *verbs {
                let is_elsewhere = LISTS.iter().skip(at + 1).any(|(others, _)| others.contains(verb));
                assert!(!is_elsewhere, "{verb}");
            }
        }
    }
}
