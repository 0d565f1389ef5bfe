//! Rules of security groups. A rule has an id, but comes back with another one: what it is
//! called here is what it lets through.

use std::collections::BTreeMap;

use moonfleet_client::by_name::{map, maps, text};
use moonfleet_core::{Map, Value};

use super::{Aspect, ChangedFact, CurrentFacts, FactAfter, Facts, RecordedChange, UndoStep, filtered, structure};

pub(super) struct SecurityGroupRules {
    is_egress: bool,
    /// What lets through, and what does no longer.
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

    /// A rule that is there already is an error.
    fn asked_before(&self, _operation: &str, _input: &Map) -> Vec<Map> {
        Vec::new()
    }

    fn asked_now(&self, _change: &RecordedChange, subjects: &[String]) -> Vec<Map> {
        filtered("group-id", subjects)
    }

    fn read_facts(&self, _asked: &Map, item: &Map) -> Vec<(String, String, String)> {
        let is_ours = item.get("is_egress") == Some(&Value::Bool(self.is_egress));
        let rule = rule(item).filter(|_| is_ours);
        rule.map(|(name, description)| (text(item, "group_id"), name, description)).into_iter().collect()
    }

    fn kept(&self) -> &'static [&'static str] {
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

    fn left(&self, change: &RecordedChange) -> Vec<ChangedFact> {
        let is_let = change.operation == self.changes[0];
        let left = |description| if is_let { FactAfter::Value(description) } else { FactAfter::Nothing };
        self.changed(change).into_iter().map(|(group, name, description)| (group, name, left(description))).collect()
    }

    fn put(&self, _change: &RecordedChange, facts: &CurrentFacts) -> Vec<UndoStep> {
        steps(self.changes[0], facts)
    }

    fn take(&self, _change: &RecordedChange, facts: &CurrentFacts) -> Vec<UndoStep> {
        steps(self.changes[1], facts)
    }
}

impl SecurityGroupRules {
    /// The rules that came or went: from the answer, or else as they were asked for.
    fn changed(&self, change: &RecordedChange) -> Vec<(String, String, String)> {
        let told = self.kept().iter().flat_map(|list| maps(change.answer.get(list).cloned().unwrap_or_default()));
        let group = text(change.input, "group_id");
        let told: Vec<_> = told
            .filter_map(|item| rule(&item).map(|(name, description)| (text(&item, "group_id"), name, description)))
            .map(|(of, name, description)| (if of.is_empty() { group.clone() } else { of }, name, description))
            .collect();
        if !told.is_empty() || group.is_empty() {
            return told;
        }
        let mut permissions = maps(change.input.get("ip_permissions").cloned().unwrap_or_default());
        if !text(change.input, "cidr_ip").is_empty() {
            permissions.push(single(change.input));
        }
        let asked = permissions.iter().flat_map(permitted);
        asked.map(|(name, description)| (group.clone(), name, description)).collect()
    }
}

/// The one rule that an input may have without a list.
fn single(input: &Map) -> Map {
    let range = map([("cidr_ip", text(input, "cidr_ip").into())]);
    let mut permission = map([("ip_ranges", Value::List(vec![Value::Map(range)]))]);
    for name in ["ip_protocol", "from_port", "to_port"] {
        permission.set(name, input.get(name).cloned().unwrap_or_default());
    }
    permission
}

/// Where a peer stands in a list of permissions: the list, its field, and how a rule calls it.
const PEERS: [(&str, &str, &str); 4] = [
    ("ip_ranges", "cidr_ip", "cidr_ipv4"),
    ("ipv6_ranges", "cidr_ipv6", "cidr_ipv6"),
    ("prefix_list_ids", "prefix_list_id", "prefix_list_id"),
    ("user_id_group_pairs", "group_id", "referenced_group_id"),
];

/// `tcp 22 22 10.0.0.0/8`, and the description.
fn rule(item: &Map) -> Option<(String, String)> {
    let referenced = text(&structure(item, "referenced_group_info"), "group_id");
    let peers = PEERS.iter().map(|(_, _, field)| text(item, field)).chain([referenced]);
    let peer = peers.into_iter().find(|peer| !peer.is_empty())?;
    Some((name(item, &peer), text(item, "description")))
}

/// The same of each peer of a permission.
fn permitted(permission: &Map) -> Vec<(String, String)> {
    let of = |(list, field, _): &(&str, &str, &str)| {
        let peers = maps(permission.get(list).cloned().unwrap_or_default());
        peers.into_iter().map(|peer| (text(&peer, field), text(&peer, "description"))).collect::<Vec<_>>()
    };
    let peers = PEERS.iter().flat_map(of).filter(|(peer, _)| !peer.is_empty());
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

/// A name, turned back into what it is the name of.
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
    // All protocols have all ports.
    if protocol != "-1" {
        permission.set("from_port", Value::Integer(from.parse().ok()?));
        permission.set("to_port", Value::Integer(to.parse().ok()?));
    }
    Some(Value::Map(permission))
}
