//! What an operation can do to an account, read off its verb. A verb that stands in none of
//! the lists stops the generator: what is not known must never pass for harmless.

use std::fmt;

use anyhow::{Result, bail, ensure};

use crate::model::Service;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Risk {
    /// Changes nothing.
    Read,
    /// Changes something that can be changed back.
    Write,
    /// Ends, removes or takes away: what is gone stays gone, or access with it.
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

/// Among them those that have a counterpart: what was attached, stopped or revoked can be
/// detached, started or authorized, and the other way round. A stopped instance loses what it
/// kept in an instance store, as a failing one does: nobody keeps there what has to stay.
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

/// A cancelled or rejected thing has to be begun anew, a purchase commits to pay, and a reset value is gone.
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
            "{operation}: what does `{verb}` do to an account? Add the verb to READ, WRITE or DESTROY in \
             crates/bindings/generator/src/risk.rs"
        ),
    }
}

/// A verb that nothing is called any more may come back with another meaning.
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
    fn verbs_decide() {
        assert_eq!(classify("describe_tags").unwrap(), Risk::Read);
        assert_eq!(classify("terminate_instances").unwrap(), Risk::Destroy);
        assert_eq!(classify("run_instances").unwrap(), Risk::Write);
        assert_eq!(classify("tag").unwrap(), Risk::Write);
    }

    #[test]
    fn a_verb_is_a_whole_word_and_an_unknown_one_is_asked_about() {
        let asked = classify("getaway_driver").unwrap_err().to_string();
        assert!(asked.contains("what does `getaway` do to an account?"), "{asked}");
    }

    #[test]
    fn a_verb_means_one_thing() {
        for (at, (verbs, _)) in LISTS.iter().enumerate() {
            for verb in *verbs {
                let is_elsewhere = LISTS.iter().skip(at + 1).any(|(others, _)| others.contains(verb));
                assert!(!is_elsewhere, "{verb}");
            }
        }
    }
}
