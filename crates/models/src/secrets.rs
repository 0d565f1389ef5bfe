//! The members of inputs and answers that are secret: passwords, keys, tokens, and URLs that work without a login.
//!
//! The models mark sensitive texts, but not all secrets; and their marks include personal data, such as the names and
//! addresses of accounts. In inputs, every marked member is secret, so that the record and the log have none of them.
//! Answers show personal data, because people list accounts for their names. `secrets/decisions.txt` has the decisions:
//! `marked address shown` and `unmarked password secret` by the name of a member, `member ssm.Parameter.value secret` for one.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::service::Service;
use crate::shape::{Kind, Member, Reference};

/// A line of `secrets/decisions.txt`.
#[derive(Clone, Copy, Debug)]
pub struct SecretDecision {
    /// `marked`, `unmarked` or `member`
    pub of: &'static str,
    pub name: &'static str,
    pub is_secret: bool,
}

pub fn decisions() -> impl Iterator<Item = SecretDecision> {
    include_str!("../secrets/decisions.txt").lines().map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        let ["marked" | "unmarked" | "member", name, "secret" | "shown"] = words[..] else {
            panic!(
                "crates/models/secrets/decisions.txt: {line:?} is no decision; write for example `marked address shown`"
            )
        };
        SecretDecision { of: words[0], name, is_secret: words[2] == "secret" }
    })
}

/// Whether the texts in a member of a structure are secret, in an answer or in an input.
pub fn is_secret(service: &Service, structure: &str, member: &Member, in_answer: bool) -> bool {
    if let Some(decided) = decided("member", &format!("{}.{structure}.{}", service.name, member.name)) {
        return decided;
    }
    if !is_marked(service, &member.target) {
        return holds_text(service, &member.target) && decided("unmarked", &member.name) == Some(true);
    }
    // A mark without a decision means a secret.
    if in_answer && decided("marked", &member.name) == Some(false) {
        return false;
    }
    !has_secrets(service, &member.target, in_answer)
}

/// Whether the model marks a value, or the items of a list or a map, as sensitive.
pub fn is_marked(service: &Service, to: &Reference) -> bool {
    let shape = service.shape(to.target);
    let items_are = match &shape.kind {
        Kind::List { item, .. } => is_marked(service, item),
        Kind::Map { key, value, .. } => is_marked(service, key) || is_marked(service, value),
        _ => false,
    };
    shape.sensitive || items_are
}

/// Whether a value is a text or bytes, or a list or map of them.
pub fn holds_text(service: &Service, to: &Reference) -> bool {
    match &service.shape(to.target).kind {
        Kind::String { .. } | Kind::Blob => true,
        Kind::List { item, .. } => holds_text(service, item),
        Kind::Map { value, .. } => holds_text(service, value),
        _ => false,
    }
}

/// Whether the mark is on a structure that has secret members: they are secret, the rest of it is not.
fn has_secrets(service: &Service, to: &Reference, in_answer: bool) -> bool {
    let shape = service.shape(to.target);
    match &shape.kind {
        Kind::Structure(structure) => structure
            .members
            .iter()
            .filter(|member| holds_text(service, &member.target))
            .any(|member| is_secret(service, shape.name, member, in_answer)),
        Kind::List { item, .. } => has_secrets(service, item, in_answer),
        Kind::Map { value, .. } => has_secrets(service, value, in_answer),
        _ => false,
    }
}

fn decided(of: &'static str, name: &str) -> Option<bool> {
    static DECISIONS: LazyLock<HashMap<(&str, &str), bool>> =
        LazyLock::new(|| decisions().map(|decision| ((decision.of, decision.name), decision.is_secret)).collect());
    DECISIONS.get(&(of, name)).copied()
}
