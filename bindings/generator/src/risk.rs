//! What an operation can do to an account, read off its verb.

use std::fmt;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Risk {
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

const DESTROY: &[&str] = &["cancel", "delete", "deprovision", "deregister", "release", "terminate"];

/// A verb that is in neither list writes: an unknown verb must never pass for harmless.
pub fn of(operation: &str) -> Risk {
    let has = |verbs: &[&str]| {
        verbs
            .iter()
            .any(|verb| operation.strip_prefix(verb).is_some_and(|rest| rest.is_empty() || rest.starts_with('_')))
    };
    if has(READ) {
        Risk::Read
    } else if has(DESTROY) {
        Risk::Destroy
    } else {
        Risk::Write
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_decide() {
        assert_eq!(of("describe_tags"), Risk::Read);
        assert_eq!(of("terminate_instances"), Risk::Destroy);
        assert_eq!(of("run_instances"), Risk::Write);
    }

    #[test]
    fn a_verb_is_a_whole_word() {
        assert_eq!(of("getaway_driver"), Risk::Write);
    }
}
