//! The review of secrets: every mark of the models and every name that looks like a secret has a decision.

use std::collections::BTreeSet;

use moonfleet_models::secrets::{decisions, holds_text, is_marked, is_secret};
use moonfleet_models::{Kind, Member, Service, ShapeId, service, service_names};

/// Parts of names that need a decision where the model has no mark.
const SUSPICIOUS: [&str; 17] = [
    "activation_code",
    "personal_pin",
    "access_key",
    "api_key",
    "authorization",
    "bearer",
    "credential",
    "key_material",
    "passphrase",
    "password",
    "plaintext",
    "pre_shared",
    "private_key",
    "secret",
    "token",
    "user_data",
    "otp",
];

/// Returns the shapes that the messages of a service hold.
fn reachable(service: &Service, messages: impl Iterator<Item = ShapeId>) -> BTreeSet<ShapeId> {
    let mut seen = BTreeSet::new();
    let mut left: Vec<ShapeId> = messages.collect();
    while let Some(id) = left.pop() {
        if seen.insert(id) {
            match &service.shape(id).kind {
                Kind::Structure(structure) => left.extend(structure.members.iter().map(|member| member.target.target)),
                Kind::List { item, .. } => left.push(item.target),
                Kind::Map { key, value, .. } => left.extend([key.target, value.target]),
                _ => {}
            }
        }
    }
    seen
}

/// Calls `visit` with each member of each structure, and whether answers have it.
fn each_member(mut visit: impl FnMut(&'static Service, &'static str, &'static Member, bool)) {
    for service in service_names().filter_map(service) {
        let outputs = reachable(service, service.operations().filter_map(|operation| operation.output));
        let inputs = service.operations().filter_map(|operation| Some(operation.input.as_ref()?.target));
        let inputs = reachable(service, inputs);
        for id in outputs.union(&inputs) {
            let shape = service.shape(*id);
            for member in shape.as_structure().map(|structure| &*structure.members).unwrap_or_default() {
                visit(service, shape.name, member, outputs.contains(id));
            }
        }
    }
}

#[test]
fn every_mark_and_every_suspicious_name_is_decided_and_every_decision_is_needed() {
    let lines: Vec<_> = decisions().map(|decision| (decision.of, decision.name.to_owned())).collect();
    assert!(lines.is_sorted(), "crates/models/secrets/decisions.txt is not sorted");
    let decided: BTreeSet<_> = lines.into_iter().collect();
    let mut needed = BTreeSet::new();
    let mut members = BTreeSet::new();
    each_member(|service, structure, member, in_answer| {
        let name = member.name.to_string();
        members.insert(("member", format!("{}.{structure}.{name}", service.name)));
        if is_marked(service, &member.target) {
            if in_answer {
                needed.insert(("marked", name));
            }
        } else if holds_text(service, &member.target) && SUSPICIOUS.iter().any(|part| name.contains(part)) {
            needed.insert(("unmarked", name));
        }
    });
    let undecided: Vec<_> = needed.difference(&decided).collect();
    assert!(undecided.is_empty(), "add these to crates/models/secrets/decisions.txt: {undecided:#?}");
    let gone: Vec<_> = decided.iter().filter(|line| !needed.contains(*line) && !members.contains(*line)).collect();
    assert!(gone.is_empty(), "remove these from crates/models/secrets/decisions.txt: {gone:#?}");
}

#[test]
fn answers_show_personal_data_and_hide_credentials_with_or_without_a_mark() {
    let mut checked = 0;
    each_member(|service, structure, member, _| {
        let secret = |in_answer| is_secret(service, structure, member, in_answer);
        let expected = match (&*service.name, structure, &*member.name) {
            ("organizations", "Account", "name" | "email") => Some((false, true)),
            ("elasticache", "CreateUserMessage", "passwords") => Some((true, true)),
            ("mq", "CreateUserRequest", "password") => Some((true, true)),
            ("eks_auth", "Credentials", "secret_access_key") => Some((true, true)),
            ("eks_auth", "Credentials", "access_key_id") => Some((false, false)),
            ("ecr", "AuthorizationData", "authorization_token") => Some((true, true)),
            ("ssm", "Parameter", "value") => Some((true, true)),
            ("ssm", "SendCommandRequest", "parameters") => Some((false, false)),
            ("kms", "DecryptResponse", "plaintext") => Some((true, true)),
            ("kms", "KeyMetadata", "key_id") => Some((false, false)),
            ("lambda", "EnvironmentResponse", "variables") => Some((true, true)),
            ("s3", "ListObjectsV2Output", "next_continuation_token") => Some((false, false)),
            ("location", "DescribeKeyResponse", "key") => Some((true, true)),
            _ => None,
        };
        if let Some(expected) = expected {
            assert_eq!((secret(true), secret(false)), expected, "{}.{structure}.{}", service.name, member.name);
            checked += 1;
        }
    });
    assert_eq!(checked, 14);
}
