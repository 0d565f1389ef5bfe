//! The features of a case: each combination of a protocol, the place of a value, its type and its traits.

use std::collections::BTreeSet;

use moonfleet_models::{Kind as Type, Member, Protocol, Reference, Service};
use moonfleet_protocols::Api;
use serde_json::Value;

use crate::cases::{Kind, operation, text};

pub(crate) fn features(api: &'static Api, kind: Kind, case: &Value) -> BTreeSet<String> {
    let mut walk = Walk { service: api.service(), protocol: api.protocol(), found: BTreeSet::new() };
    if kind == Kind::Endpoints {
        let parameters = &case["parameters"];
        let is_on = |flag: &str| parameters[flag] == true;
        let refusal = text(case, "refused");
        // A service in a region of each kind, and each message.
        walk.found.insert(format!("{} {} {}", text(case, "service"), is_on("UseFIPS"), is_on("UseDualStack")));
        walk.found.insert(refusal.to_owned());
        return walk.found;
    }
    let operation = operation(api, case);
    match kind {
        Kind::Requests => {
            if let Some(input) = &operation.input {
                walk.value(input, "input", &case["input"], 0);
            }
            let has = |name, yes: bool| if yes { name } else { "" };
            walk.add(&[
                "operation",
                has("no input", operation.input.is_none()),
                has("host prefix", operation.host_prefix.is_some()),
                has("checksum", operation.checksum.as_ref().is_some_and(|checksum| checksum.required)),
                has("root name", operation.input.as_ref().is_some_and(|input| input.wire_name.is_some())),
                operation.http_method,
            ]);
        }
        Kind::Answers => {
            if let Some(output) = operation.output {
                let output =
                    Reference { target: output, wire_name: None, namespace: None, flattened: false, json_value: false };
                walk.value(&output, "output", &case["output"], 0);
            }
        }
        Kind::Errors => {
            if let Some(fields) = case["error"]["fields"].as_object() {
                walk.add(&[
                    "error",
                    &case["answer"]["status"].to_string(),
                    if fields.is_empty() { "" } else { "fields" },
                ]);
            }
            walk.add(&["error of", text(case, "service")]);
        }
        Kind::Events | Kind::Endpoints => {}
    }
    walk.found
}

struct Walk {
    service: &'static Service,
    protocol: Protocol,
    found: BTreeSet<String>,
}

impl Walk {
    fn add(&mut self, parts: &[&str]) {
        self.found.insert(format!("{:?} {}", self.protocol, parts.join(" ")));
    }

    fn value(&mut self, to: &Reference, place: &str, value: &Value, depth: usize) {
        let shape = self.service.shape(to.target);
        let kind = match &shape.kind {
            Type::Structure(structure) if structure.union => "union".to_owned(),
            Type::Structure(_) => "structure".to_owned(),
            Type::List { sparse, .. } => format!("list sparse={sparse} empty={}", value == &Value::Array(Vec::new())),
            Type::Map { sparse, .. } => format!("map sparse={sparse}"),
            Type::String { values } => format!("string enum={}", !values.is_empty()),
            other => format!("{other:?}"),
        };
        let traits = format!(
            "name={} namespace={} flat={} json={} deep={}",
            to.wire_name.is_some(),
            to.namespace.is_some(),
            to.flattened,
            to.json_value,
            depth.min(2),
        );
        self.add(&[place, &kind, &traits]);
        match (&shape.kind, value) {
            (Type::Structure(structure), Value::Object(fields)) => {
                for (at, member) in structure.members.iter().enumerate() {
                    if let Some(value) = fields.get(member.api_name) {
                        let place = place_of(member, structure.payload == Some(at));
                        self.value(&member.target, &place, value, depth + 1);
                    }
                }
            }
            (Type::List { item, .. }, Value::Array(items)) => {
                items.iter().take(1).for_each(|value| self.value(item, "item", value, depth + 1));
            }
            (Type::Map { value: item, key, .. }, Value::Object(entries)) => {
                let place = format!("value of key={}", key.wire_name.is_some());
                entries.values().take(1).for_each(|value| self.value(item, &place, value, depth + 1));
            }
            _ => {}
        }
    }
}

fn place_of(member: &Member, is_payload: bool) -> String {
    format!(
        "{:?} payload={is_payload} stream={} attribute={} query-name={} token={} host={}",
        member.location,
        member.streaming,
        member.xml_attribute,
        member.query_name.is_some(),
        member.idempotency_token,
        member.host_label,
    )
}
