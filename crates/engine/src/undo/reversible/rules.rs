//! Rules of security groups. A restored rule gets another id, so the name of a rule here is the
//! traffic that it allows.

use std::collections::BTreeMap;

use moonfleet_client::by_name::{map, maps, text};
use moonfleet_core::{Map, Value};

use super::{Aspect, ChangedFact, CurrentFacts, FactAfter, Facts, RecordedChange, UndoStep, filtered, structure};

pub(super) struct SecurityGroupRules {
    is_egress: bool,
    /// The operation that allows traffic, and the one that revokes the permission.
    changes: [&'static str; 2],
}

pub(super) static ALL: &[SecurityGroupRules] = &[
    SecurityGroupRules {
        is_egress: false,
        changes: ["authorize_security_group_ingress", "revoke_security_group_ingress"],
    },
    SecurityGroupRules {
        is_egress: true,
        changes: ["authorize_security_group_egress", "revoke_security_group_egress"],
    },
];

impl Aspect for SecurityGroupRules {
    fn service(&self) -> &'static str {
        "ec2"
    }

    fn changes(&self) -> &[&'static str] {
        &self.changes
    }

    fn noun(&self) -> &'static str {
        if self.is_egress { "rule out" } else { "rule in" }
    }

    fn read(&self) -> (&'static str, &'static str) {
        ("describe_security_group_rules", "security_group_rules")
    }

    /// The rules are not read before, because EC2 refuses to add an existing rule.
    fn queries_before(&self, _operation: &str, _input: &Map) -> Vec<Map> {
        Vec::new()
    }

    fn queries_now(&self, _change: &RecordedChange, subjects: &[String]) -> Vec<Map> {
        filtered("group-id", subjects)
    }

    fn read_facts(&self, _query: &Map, item: &Map) -> Vec<(String, String, String)> {
        let is_ours = item.get("is_egress") == Some(&Value::Bool(self.is_egress));
        let rule = rule(item).filter(|_| is_ours);
        rule.map(|(name, description)| (text(item, "group_id"), name, description)).into_iter().collect()
    }

    fn answer_fields(&self) -> &'static [&'static str] {
        &["security_group_rules", "revoked_security_group_rules"]
    }

    fn before(&self, change: &RecordedChange) -> Facts {
        let mut facts = Facts::new();
        if change.operation == self.changes[1] {
            for (group, name, description) in self.changed(change) {
                facts.entry(group).or_default().insert(name, Some(description));
            }
        }
        facts
    }

    fn effects(&self, change: &RecordedChange) -> Vec<ChangedFact> {
        let is_added = change.operation == self.changes[0];
        let after = |description| if is_added { FactAfter::Value(description) } else { FactAfter::Nothing };
        self.changed(change).into_iter().map(|(group, name, description)| (group, name, after(description))).collect()
    }

    fn restore(&self, _change: &RecordedChange, facts: &CurrentFacts) -> Vec<UndoStep> {
        steps(self.changes[0], facts)
    }

    fn remove(&self, _change: &RecordedChange, facts: &CurrentFacts) -> Vec<UndoStep> {
        steps(self.changes[1], facts)
    }
}

impl SecurityGroupRules {
    /// Returns the rules that were added or revoked: from the answer, or else from the input.
    fn changed(&self, change: &RecordedChange) -> Vec<(String, String, String)> {
        let items =
            self.answer_fields().iter().flat_map(|list| maps(change.answer.get(list).cloned().unwrap_or_default()));
        let group = text(change.input, "group_id");
        let answered: Vec<_> = items
            .filter_map(|item| rule(&item).map(|(name, description)| (text(&item, "group_id"), name, description)))
            .map(|(id, name, description)| (if id.is_empty() { group.clone() } else { id }, name, description))
            .collect();
        if !answered.is_empty() || group.is_empty() {
            return answered;
        }
        let mut permissions = maps(change.input.get("ip_permissions").cloned().unwrap_or_default());
        if !text(change.input, "cidr_ip").is_empty() {
            permissions.push(single(change.input));
        }
        let requested = permissions.iter().flat_map(permitted);
        requested.map(|(name, description)| (group.clone(), name, description)).collect()
    }
}

/// Returns the one rule that an input can contain outside of the list.
fn single(input: &Map) -> Map {
    let range = map([("cidr_ip", text(input, "cidr_ip").into())]);
    let mut permission = map([("ip_ranges", Value::List(vec![Value::Map(range)]))]);
    for name in ["ip_protocol", "from_port", "to_port"] {
        permission.set(name, input.get(name).cloned().unwrap_or_default());
    }
    permission
}

/// Where a list of permissions names a peer: the list, the field in it, and the field of a rule.
const PEERS: [(&str, &str, &str); 4] = [
    ("ip_ranges", "cidr_ip", "cidr_ipv4"),
    ("ipv6_ranges", "cidr_ipv6", "cidr_ipv6"),
    ("prefix_list_ids", "prefix_list_id", "prefix_list_id"),
    ("user_id_group_pairs", "group_id", "referenced_group_id"),
];

/// Returns a rule's name, such as `tcp 22 22 10.0.0.0/8`, and its description.
fn rule(item: &Map) -> Option<(String, String)> {
    let referenced = text(&structure(item, "referenced_group_info"), "group_id");
    let peers = PEERS.iter().map(|(_, _, field)| text(item, field)).chain([referenced]);
    let peer = peers.into_iter().find(|peer| !peer.is_empty())?;
    Some((name(item, &peer), text(item, "description")))
}

/// Returns the name and the description of a rule for each peer of a permission.
fn permitted(permission: &Map) -> Vec<(String, String)> {
    let peers_in = |(list, field, _): &(&str, &str, &str)| {
        let peers = maps(permission.get(list).cloned().unwrap_or_default());
        peers.into_iter().map(|peer| (text(&peer, field), text(&peer, "description"))).collect::<Vec<_>>()
    };
    let peers = PEERS.iter().flat_map(peers_in).filter(|(peer, _)| !peer.is_empty());
    peers.map(|(peer, description)| (name(permission, &peer), description)).collect()
}

fn name(rule: &Map, peer: &str) -> String {
    let port = |name| match rule.get(name) {
        Some(Value::Integer(port)) => *port,
        _ => -1,
    };
    format!("{} {} {} {peer}", text(rule, "ip_protocol"), port("from_port"), port("to_port"))
}

fn steps(operation: &'static str, facts: &CurrentFacts) -> Vec<UndoStep> {
    let permissions = |rules: &BTreeMap<String, String>| {
        Value::List(rules.iter().filter_map(|(name, description)| permission(name, description)).collect())
    };
    let step = |(group, rules): (&String, &BTreeMap<String, String>)| UndoStep {
        operation,
        input: map([("group_id", group.as_str().into()), ("ip_permissions", permissions(rules))]),
    };
    facts.iter().map(step).collect()
}

/// Returns the permission for a rule's name; `None` if the name is malformed.
fn permission(name: &str, description: &str) -> Option<Value> {
    let mut words = name.splitn(4, ' ');
    let (protocol, from, to, peer) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let (list, field) = match peer {
        _ if peer.starts_with("pl-") => ("prefix_list_ids", "prefix_list_id"),
        _ if peer.starts_with("sg-") => ("user_id_group_pairs", "group_id"),
        _ if peer.contains(':') => ("ipv6_ranges", "cidr_ipv6"),
        _ => ("ip_ranges", "cidr_ip"),
    };
    let mut peer = map([(field, peer.into())]);
    if !description.is_empty() {
        peer.set("description", description.into());
    }
    let mut permission = map([("ip_protocol", protocol.into()), (list, Value::List(vec![Value::Map(peer)]))]);
    // A rule for all protocols (-1) has no ports.
    if protocol != "-1" {
        permission.set("from_port", Value::Integer(from.parse().ok()?));
        permission.set("to_port", Value::Integer(to.parse().ok()?));
    }
    Some(Value::Map(permission))
}
