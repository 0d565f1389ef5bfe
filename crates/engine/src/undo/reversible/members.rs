//! Memberships: policies of users, groups and roles, users in groups, resources in groups.

use moonfleet_client::by_name::{list, map, text, texts};
use moonfleet_core::Map;

use super::{Aspect, ChangedFact, CurrentFacts, FactAfter, RecordedChange, UndoStep, each};

pub(super) struct Membership {
    service: &'static str,
    noun: &'static str,
    /// The operation that adds a member, and the one that removes it.
    changes: [&'static str; 2],
    read: (&'static str, &'static str),
    /// The parameter of all three operations that names the owner of the list.
    subject: &'static str,
    /// The parameter that names the member, and the field in the list.
    member: (&'static str, &'static str),
}

const fn policy(attach: &'static str, detach: &'static str, read: &'static str, subject: &'static str) -> Membership {
    Membership {
        service: "iam",
        noun: "policy",
        changes: [attach, detach],
        read: (read, "attached_policies"),
        subject,
        member: ("policy_arn", "policy_arn"),
    }
}

pub(super) static ALL: &[Membership] = &[
    policy("attach_group_policy", "detach_group_policy", "list_attached_group_policies", "group_name"),
    policy("attach_role_policy", "detach_role_policy", "list_attached_role_policies", "role_name"),
    policy("attach_user_policy", "detach_user_policy", "list_attached_user_policies", "user_name"),
    Membership {
        service: "iam",
        noun: "group",
        changes: ["add_user_to_group", "remove_user_from_group"],
        read: ("list_groups_for_user", "groups"),
        subject: "user_name",
        member: ("group_name", "group_name"),
    },
    Membership {
        service: "iam",
        noun: "instance profile",
        changes: ["add_role_to_instance_profile", "remove_role_from_instance_profile"],
        read: ("list_instance_profiles_for_role", "instance_profiles"),
        subject: "role_name",
        member: ("instance_profile_name", "instance_profile_name"),
    },
    Membership {
        service: "resource_groups",
        noun: "resource",
        changes: ["group_resources", "ungroup_resources"],
        read: ("list_group_resources", "resource_identifiers"),
        subject: "group",
        member: ("resource_arns", "resource_arn"),
    },
];

const MEMBER: &str = "member";

impl Membership {
    fn takes_many(&self) -> bool {
        self.member.0 == "resource_arns"
    }

    fn steps(&self, operation: &'static str, facts: &CurrentFacts) -> Vec<UndoStep> {
        let step = |subject: &str, member| UndoStep {
            operation,
            input: map([(self.subject, subject.into()), (self.member.0, member)]),
        };
        if self.takes_many() {
            let members =
                |names: &std::collections::BTreeMap<String, String>| names.keys().cloned().collect::<Vec<_>>();
            return facts.iter().map(|(subject, names)| step(subject, list(&members(names)))).collect();
        }
        each(facts).map(|(subject, member, _)| step(subject, member.into())).collect()
    }
}

impl Aspect for Membership {
    fn service(&self) -> &'static str {
        self.service
    }

    fn changes(&self) -> &[&'static str] {
        &self.changes
    }

    fn noun(&self) -> &'static str {
        self.noun
    }

    fn read(&self) -> (&'static str, &'static str) {
        self.read
    }

    /// The membership is read before, because AWS adds an existing member without an error.
    fn queries_before(&self, _operation: &str, input: &Map) -> Vec<Map> {
        vec![map([(self.subject, text(input, self.subject).into())])]
    }

    fn queries_now(&self, change: &RecordedChange, _subjects: &[String]) -> Vec<Map> {
        self.queries_before(change.operation, change.input)
    }

    fn read_facts(&self, query: &Map, item: &Map) -> Vec<(String, String, String)> {
        vec![(text(query, self.subject), text(item, self.member.1), MEMBER.to_owned())]
    }

    fn effects(&self, change: &RecordedChange) -> Vec<ChangedFact> {
        let is_added = change.operation == self.changes[0];
        let after = if is_added { FactAfter::Value(MEMBER.to_owned()) } else { FactAfter::Nothing };
        let members = if self.takes_many() {
            texts(change.input.get(self.member.0).cloned().unwrap_or_default())
        } else {
            vec![text(change.input, self.member.0)]
        };
        let subject = text(change.input, self.subject);
        members.into_iter().map(|member| (subject.clone(), member, after.clone())).collect()
    }

    fn restore(&self, _change: &RecordedChange, facts: &CurrentFacts) -> Vec<UndoStep> {
        self.steps(self.changes[0], facts)
    }

    fn remove(&self, _change: &RecordedChange, facts: &CurrentFacts) -> Vec<UndoStep> {
        self.steps(self.changes[1], facts)
    }
}
