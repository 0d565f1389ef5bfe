//! Tags, whose old values are restored.

use std::collections::BTreeMap;

use moonfleet_client::by_name::{list, map, maps, text, texts};
use moonfleet_core::{Map, Value};

use super::{Aspect, ChangedFact, CurrentFacts, FactAfter, RecordedChange, UndoStep, filtered};

/// Tags in EC2. One call tags many resources.
pub(super) struct Ec2Tags;

impl Aspect for Ec2Tags {
    fn service(&self) -> &'static str {
        "ec2"
    }

    fn changes(&self) -> &[&'static str] {
        &["create_tags", "delete_tags"]
    }

    fn noun(&self) -> &'static str {
        "tag"
    }

    fn read(&self) -> (&'static str, &'static str) {
        ("describe_tags", "tags")
    }

    fn queries_before(&self, _operation: &str, input: &Map) -> Vec<Map> {
        filtered("resource-id", &resources(input))
    }

    fn queries_now(&self, _change: &RecordedChange, subjects: &[String]) -> Vec<Map> {
        filtered("resource-id", subjects)
    }

    fn read_facts(&self, _query: &Map, item: &Map) -> Vec<(String, String, String)> {
        vec![(text(item, "resource_id"), text(item, "key"), text(item, "value"))]
    }

    fn effects(&self, change: &RecordedChange) -> Vec<ChangedFact> {
        let tags = maps(change.input.get("tags").cloned().unwrap_or_default());
        let resources = resources(change.input);
        resources
            .iter()
            .flat_map(|resource| match (change.operation, tags.is_empty()) {
                ("create_tags", _) => set(resource, &tags),
                (_, true) => unset_all(resource, change),
                (_, false) => tags.iter().filter_map(|tag| unset(resource, tag, change)).collect(),
            })
            .collect()
    }

    fn restore(&self, _change: &RecordedChange, facts: &CurrentFacts) -> Vec<UndoStep> {
        grouped_steps(facts, "create_tags")
    }

    /// Deletes tags by their values, so that EC2 deletes no tag that has changed since.
    fn remove(&self, _change: &RecordedChange, facts: &CurrentFacts) -> Vec<UndoStep> {
        grouped_steps(facts, "delete_tags")
    }
}

fn resources(input: &Map) -> Vec<String> {
    texts(input.get("resources").cloned().unwrap_or_default())
}

fn set(subject: &str, tags: &[Map]) -> Vec<ChangedFact> {
    let effect = |tag: &Map| (subject.to_owned(), text(tag, "key"), FactAfter::Value(text(tag, "value")));
    tags.iter().map(effect).collect()
}

/// Returns the effect of deleting a tag; `None` if the call names another value than the tag has,
/// because EC2 keeps the tag then.
fn unset(resource: &str, tag: &Map, change: &RecordedChange) -> Option<ChangedFact> {
    let key = text(tag, "key");
    let had = change.before.get(resource).and_then(|names| names.get(&key)).and_then(Option::as_ref);
    let is_another = matches!((tag.get("value"), had), (Some(Value::String(value)), Some(had)) if value != had);
    (!is_another).then(|| (resource.to_owned(), key, FactAfter::Nothing))
}

/// Returns the effect of deleting all tags. EC2 keeps the tags that AWS has made.
fn unset_all(resource: &str, change: &RecordedChange) -> Vec<ChangedFact> {
    let names = change.before.get(resource).into_iter().flat_map(BTreeMap::keys);
    let names = names.filter(|name| !name.starts_with("aws:"));
    names.map(|name| (resource.to_owned(), name.clone(), FactAfter::Nothing)).collect()
}

/// Returns one call for all resources with the same tags.
fn grouped_steps(facts: &CurrentFacts, operation: &'static str) -> Vec<UndoStep> {
    let mut groups: BTreeMap<&BTreeMap<String, String>, Vec<String>> = BTreeMap::new();
    for (resource, tags) in facts {
        groups.entry(tags).or_default().push(resource.clone());
    }
    let step = |(tags, resources): (&BTreeMap<String, String>, Vec<String>)| UndoStep {
        operation,
        input: map([("resources", list(&resources)), ("tags", pairs(tags))]),
    };
    groups.into_iter().map(step).collect()
}

fn pairs(tags: &BTreeMap<String, String>) -> Value {
    let pair = |(key, value): (&String, &String)| {
        Value::Map(map([("key", key.as_str().into()), ("value", value.as_str().into())]))
    };
    Value::List(tags.iter().map(pair).collect())
}

/// Tags in the other services. A call tags one resource, named by one or two parameters.
pub(super) struct Tagging {
    service: &'static str,
    /// The operation that sets tags, and the one that removes them.
    changes: [&'static str; 2],
    read: (&'static str, &'static str),
    /// The parameters of all three operations that name the resource.
    named: &'static [&'static str],
    /// The parameter with the keys of the tags to remove.
    keys: &'static str,
}

const fn iam(set: &'static str, unset: &'static str, read: &'static str, named: &'static [&'static str]) -> Tagging {
    Tagging { service: "iam", changes: [set, unset], read: (read, "tags"), named, keys: "tag_keys" }
}

pub(super) static ALL: &[Tagging] = &[
    iam("tag_instance_profile", "untag_instance_profile", "list_instance_profile_tags", &["instance_profile_name"]),
    iam("tag_mfa_device", "untag_mfa_device", "list_mfa_device_tags", &["serial_number"]),
    iam(
        "tag_open_id_connect_provider",
        "untag_open_id_connect_provider",
        "list_open_id_connect_provider_tags",
        &["open_id_connect_provider_arn"],
    ),
    iam("tag_policy", "untag_policy", "list_policy_tags", &["policy_arn"]),
    iam("tag_role", "untag_role", "list_role_tags", &["role_name"]),
    iam("tag_saml_provider", "untag_saml_provider", "list_saml_provider_tags", &["saml_provider_arn"]),
    iam(
        "tag_server_certificate",
        "untag_server_certificate",
        "list_server_certificate_tags",
        &["server_certificate_name"],
    ),
    iam("tag_user", "untag_user", "list_user_tags", &["user_name"]),
    Tagging {
        service: "resource_groups",
        changes: ["tag", "untag"],
        read: ("get_tags", "tags"),
        named: &["arn"],
        keys: "keys",
    },
    Tagging {
        service: "ssm",
        changes: ["add_tags_to_resource", "remove_tags_from_resource"],
        read: ("list_tags_for_resource", "tag_list"),
        named: &["resource_id", "resource_type"],
        keys: "tag_keys",
    },
];

impl Tagging {
    /// Returns the parameters that name the resource.
    fn name(&self, input: &Map) -> Map {
        self.named.iter().filter_map(|name| Some(((*name).to_owned(), input.get(name)?.clone()))).collect()
    }

    /// Returns the tags of an input, which has them as pairs or as a map.
    fn tags(&self, input: &Map) -> Vec<Map> {
        super::items(input.get("tags").cloned().unwrap_or_default())
    }

    fn takes_map(&self) -> bool {
        self.service == "resource_groups"
    }
}

impl Aspect for Tagging {
    fn service(&self) -> &'static str {
        self.service
    }

    fn changes(&self) -> &[&'static str] {
        &self.changes
    }

    fn noun(&self) -> &'static str {
        "tag"
    }

    fn read(&self) -> (&'static str, &'static str) {
        self.read
    }

    fn queries_before(&self, _operation: &str, input: &Map) -> Vec<Map> {
        vec![self.name(input)]
    }

    fn queries_now(&self, change: &RecordedChange, _subjects: &[String]) -> Vec<Map> {
        vec![self.name(change.input)]
    }

    fn read_facts(&self, query: &Map, item: &Map) -> Vec<(String, String, String)> {
        vec![(text(query, self.named[0]), text(item, "key"), text(item, "value"))]
    }

    fn effects(&self, change: &RecordedChange) -> Vec<ChangedFact> {
        let subject = text(change.input, self.named[0]);
        if change.operation == self.changes[0] {
            return set(&subject, &self.tags(change.input));
        }
        let keys = texts(change.input.get(self.keys).cloned().unwrap_or_default());
        keys.into_iter().map(|key| (subject.clone(), key, FactAfter::Nothing)).collect()
    }

    fn restore(&self, change: &RecordedChange, facts: &CurrentFacts) -> Vec<UndoStep> {
        let step = |tags: &BTreeMap<String, String>| {
            let mut input = self.name(change.input);
            let as_map = |tags: &BTreeMap<String, String>| {
                Value::Map(tags.iter().map(|(key, value)| (key.clone(), value.as_str().into())).collect())
            };
            input.set("tags", if self.takes_map() { as_map(tags) } else { pairs(tags) });
            UndoStep { operation: self.changes[0], input }
        };
        facts.values().map(step).collect()
    }

    fn remove(&self, change: &RecordedChange, facts: &CurrentFacts) -> Vec<UndoStep> {
        let step = |tags: &BTreeMap<String, String>| {
            let mut input = self.name(change.input);
            input.set(self.keys, list(&tags.keys().cloned().collect::<Vec<_>>()));
            UndoStep { operation: self.changes[1], input }
        };
        facts.values().map(step).collect()
    }
}
