//! Attachments: resources that are attached to one other resource at a time, which are volumes,
//! network interfaces, internet gateways, addresses and instance profiles.

use moonfleet_client::by_name::{map, maps, text};
use moonfleet_core::{Map, Value};

use super::{Aspect, ChangedFact, CurrentFacts, FactAfter, Facts, RecordedChange, UndoStep, each, filtered, structure};

pub(super) struct Attachment {
    noun: &'static str,
    /// The operation that attaches, and the one that detaches.
    changes: [&'static str; 2],
    read: (&'static str, &'static str),
    /// The filter that lists subjects by their ids.
    filter: &'static str,
    /// Parameters of a change with the filters that find the subject by them before the change;
    /// none if the change's answer contains the old facts.
    before: &'static [(&'static str, &'static str)],
    /// Returns the facts in an element of the list.
    facts: fn(&Map) -> Vec<(String, String, String)>,
    /// Returns the fact that the change made; `None` if the answer lacks its id.
    attached: fn(&RecordedChange) -> Option<ChangedFact>,
    /// Returns the fact that the change removed, if the answer contains it.
    detached: fn(&RecordedChange) -> Option<(String, String, String)>,
    /// Returns the input that attaches: from a subject, a name and a value.
    attach_input: fn(&str, &str, &str) -> Map,
    /// Returns the input that detaches: from the change, a subject and a name.
    detach_input: fn(&RecordedChange, &str, &str) -> Map,
}

pub(super) static ALL: &[Attachment] = &[
    Attachment {
        noun: "volume on",
        changes: ["attach_volume", "detach_volume"],
        read: ("describe_volumes", "volumes"),
        filter: "volume-id",
        before: &[],
        facts: |volume| {
            let attachments = maps(volume.get("attachments").cloned().unwrap_or_default());
            let attachments = attachments.into_iter().filter(|at| is_present(&text(at, "state")));
            attachments.map(|at| (text(volume, "volume_id"), text(&at, "instance_id"), text(&at, "device"))).collect()
        },
        attached: |change| {
            let [volume, instance, device] =
                ["volume_id", "instance_id", "device"].map(|name| text(change.input, name));
            Some((volume, instance, FactAfter::Value(device)))
        },
        detached: |change| {
            let named = |name| Some(text(change.answer, name)).filter(|text| !text.is_empty());
            Some((text(change.input, "volume_id"), named("instance_id")?, named("device")?))
        },
        attach_input: |volume, instance, device| {
            map([("volume_id", volume.into()), ("instance_id", instance.into()), ("device", device.into())])
        },
        detach_input: |_, volume, instance| map([("volume_id", volume.into()), ("instance_id", instance.into())]),
    },
    Attachment {
        noun: "network interface on",
        changes: ["attach_network_interface", "detach_network_interface"],
        read: ("describe_network_interfaces", "network_interfaces"),
        filter: "network-interface-id",
        before: &[("attachment_id", "attachment.attachment-id")],
        facts: |interface| {
            let at = structure(interface, "attachment");
            let index = number(&at, "device_index");
            let found = (text(interface, "network_interface_id"), text(&at, "instance_id"), index);
            if is_present(&text(&at, "status")) { vec![found] } else { Vec::new() }
        },
        attached: |change| {
            let index = number(change.input, "device_index");
            let is_known = !text(change.answer, "attachment_id").is_empty();
            is_known.then(|| {
                (text(change.input, "network_interface_id"), text(change.input, "instance_id"), FactAfter::Value(index))
            })
        },
        detached: |_| None,
        attach_input: |interface, instance, index| {
            map([
                ("network_interface_id", interface.into()),
                ("instance_id", instance.into()),
                ("device_index", Value::Integer(index.parse().unwrap_or_default())),
            ])
        },
        detach_input: |change, _, _| map([("attachment_id", text(change.answer, "attachment_id").into())]),
    },
    Attachment {
        noun: "internet gateway on",
        changes: ["attach_internet_gateway", "detach_internet_gateway"],
        read: ("describe_internet_gateways", "internet_gateways"),
        filter: "internet-gateway-id",
        before: &[("internet_gateway_id", "internet-gateway-id")],
        facts: |gateway| {
            let attachments = maps(gateway.get("attachments").cloned().unwrap_or_default());
            let attachments = attachments.into_iter().filter(|at| is_present(&text(at, "state")));
            let found = |at: Map| (text(gateway, "internet_gateway_id"), text(&at, "vpc_id"), ATTACHED.to_owned());
            attachments.map(found).collect()
        },
        attached: |change| {
            let [gateway, vpc] = ["internet_gateway_id", "vpc_id"].map(|name| text(change.input, name));
            Some((gateway, vpc, FactAfter::Value(ATTACHED.to_owned())))
        },
        detached: |_| None,
        attach_input: |gateway, vpc, _| map([("internet_gateway_id", gateway.into()), ("vpc_id", vpc.into())]),
        detach_input: |_, gateway, vpc| map([("internet_gateway_id", gateway.into()), ("vpc_id", vpc.into())]),
    },
    Attachment {
        noun: "address as",
        changes: ["associate_address", "disassociate_address"],
        read: ("describe_addresses", "addresses"),
        filter: "allocation-id",
        before: &[("allocation_id", "allocation-id"), ("association_id", "association-id"), ("public_ip", "public-ip")],
        facts: |address| {
            let association = text(address, "association_id");
            let place = format!("{} {}", text(address, "network_interface_id"), text(address, "private_ip_address"));
            let is_present = !association.is_empty();
            if is_present { vec![(text(address, "allocation_id"), association, place)] } else { Vec::new() }
        },
        attached: |change| {
            let allocation = text(change.input, "allocation_id");
            let association = text(change.answer, "association_id");
            let is_known = !allocation.is_empty() && !association.is_empty();
            is_known.then_some((allocation, association, FactAfter::Any))
        },
        detached: |_| None,
        attach_input: |allocation, _, place| {
            let (interface, ip) = place.split_once(' ').unwrap_or((place, ""));
            let mut input = map([("allocation_id", allocation.into()), ("network_interface_id", interface.into())]);
            if !ip.is_empty() {
                input.set("private_ip_address", ip.into());
            }
            input
        },
        detach_input: |_, _, association| map([("association_id", association.into())]),
    },
    Attachment {
        noun: "instance profile as",
        changes: ["associate_iam_instance_profile", "disassociate_iam_instance_profile"],
        read: ("describe_iam_instance_profile_associations", "iam_instance_profile_associations"),
        filter: "instance-id",
        before: &[],
        facts: |at| {
            let arn = text(&structure(at, "iam_instance_profile"), "arn");
            let found = (text(at, "instance_id"), text(at, "association_id"), arn);
            if is_present(&text(at, "state")) { vec![found] } else { Vec::new() }
        },
        attached: |change| {
            let at = structure(change.answer, "iam_instance_profile_association");
            let association = text(&at, "association_id");
            (!association.is_empty()).then(|| (text(&at, "instance_id"), association, FactAfter::Any))
        },
        detached: |change| {
            let at = structure(change.answer, "iam_instance_profile_association");
            let arn = text(&structure(&at, "iam_instance_profile"), "arn");
            (!arn.is_empty()).then(|| (text(&at, "instance_id"), text(&at, "association_id"), arn))
        },
        attach_input: |instance, _, arn| {
            let profile = Value::Map(map([("arn", arn.into())]));
            map([("iam_instance_profile", profile), ("instance_id", instance.into())])
        },
        detach_input: |_, _, association| map([("association_id", association.into())]),
    },
];

const ATTACHED: &str = "attached";

/// Whether an attachment exists or is being made. `available` is the state of an internet
/// gateway's attachment.
fn is_present(state: &str) -> bool {
    ["attached", "attaching", "available", "associated", "associating", "busy"].contains(&state)
}

fn number(map: &Map, name: &str) -> String {
    match map.get(name) {
        Some(Value::Integer(number)) => number.to_string(),
        _ => String::new(),
    }
}

impl Attachment {
    fn attaches(&self, change: &RecordedChange) -> bool {
        change.operation == self.changes[0]
    }
}

impl Aspect for Attachment {
    fn service(&self) -> &'static str {
        "ec2"
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

    fn queries_before(&self, _operation: &str, input: &Map) -> Vec<Map> {
        let mut filters = self.before.iter().map(|(parameter, filter)| (text(input, parameter), filter));
        let set = filters.find(|(value, _)| !value.is_empty());
        set.map(|(value, filter)| filtered(filter, &[value])).unwrap_or_default()
    }

    fn queries_now(&self, _change: &RecordedChange, subjects: &[String]) -> Vec<Map> {
        filtered(self.filter, subjects)
    }

    fn read_facts(&self, _query: &Map, item: &Map) -> Vec<(String, String, String)> {
        (self.facts)(item)
    }

    fn answer_fields(&self) -> &'static [&'static str] {
        &["association_id", "attachment_id", "device", "iam_instance_profile_association", "instance_id"]
    }

    fn before(&self, change: &RecordedChange) -> Facts {
        let mut facts = change.before.clone();
        if let Some((subject, name, value)) = (self.detached)(change).filter(|_| !self.attaches(change)) {
            facts.entry(subject).or_default().insert(name, Some(value));
        }
        facts
    }

    /// A new attachment replaces the old one.
    fn effects(&self, change: &RecordedChange) -> Vec<ChangedFact> {
        let attached = (self.attached)(change).filter(|_| self.attaches(change));
        let gone = self.before(change).into_iter().flat_map(|(subject, names)| {
            names.into_keys().map(move |name| (subject.clone(), name, FactAfter::Nothing))
        });
        let is_new =
            |effect: &ChangedFact| attached.as_ref().is_none_or(|new| (&new.0, &new.1) != (&effect.0, &effect.1));
        let gone: Vec<ChangedFact> = gone.filter(is_new).collect();
        attached.into_iter().chain(gone).collect()
    }

    fn restore(&self, _change: &RecordedChange, facts: &CurrentFacts) -> Vec<UndoStep> {
        let step = |(subject, name, value): (&str, &str, &str)| UndoStep {
            operation: self.changes[0],
            input: (self.attach_input)(subject, name, value),
        };
        each(facts).map(step).collect()
    }

    fn remove(&self, change: &RecordedChange, facts: &CurrentFacts) -> Vec<UndoStep> {
        let step = |(subject, name, _): (&str, &str, &str)| UndoStep {
            operation: self.changes[1],
            input: (self.detach_input)(change, subject, name),
        };
        each(facts).map(step).collect()
    }

    fn is_exclusive(&self) -> bool {
        true
    }
}
