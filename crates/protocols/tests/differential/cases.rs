//! A case: a call or an answer, and what botocore makes of it. `botocore/` generates them.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use moonfleet_models::{Operation, Protocol, service};
use moonfleet_protocols::Api;
use serde_json::{Value, json};

use crate::outcome;
use crate::paths::differences;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Requests,
    Answers,
    Errors,
    Events,
    Endpoints,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Requests => "requests",
            Kind::Answers => "answers",
            Kind::Errors => "errors",
            Kind::Events => "events",
            Kind::Endpoints => "endpoints",
        }
    }
}

/// Both sides of a case in one form. Equal results are equal JSON.
pub(crate) struct Compared {
    pub(crate) theirs: Value,
    pub(crate) ours: Value,
}

/// The services in each protocol, made once.
#[derive(Default)]
pub(crate) struct Apis(HashMap<(String, String), &'static Api>);

impl Apis {
    pub(crate) fn api(&mut self, case: &Value) -> &'static Api {
        let [name, protocol] = ["service", "protocol"].map(|field| text(case, field).to_owned());
        self.0.entry((name.clone(), protocol.clone())).or_insert_with(|| {
            let service = service(&name.replace('-', "_")).unwrap_or_else(|| panic!("there is no model of {name}"));
            match protocol.is_empty() {
                true => Api::of(service),
                false => Api::with_protocol(service, protocol_named(&protocol)),
            }
        })
    }
}

fn protocol_named(name: &str) -> Protocol {
    match name {
        "json" => Protocol::Json,
        "rest-json" => Protocol::RestJson,
        "rest-xml" => Protocol::RestXml,
        "smithy-rpc-v2-cbor" => Protocol::Cbor,
        "query" => Protocol::Query,
        "ec2" => Protocol::Ec2,
        other => panic!("the protocol {other} is unknown"),
    }
}

pub(crate) fn operation<'s>(api: &'s Api, case: &Value) -> &'s Operation {
    let name = text(case, "operation");
    let found = api.service().operation(&moonfleet_models::snake(name));
    found.unwrap_or_else(|| panic!("{} has no operation {name}", api.service().name))
}

pub(crate) fn text<'c>(case: &'c Value, field: &str) -> &'c str {
    case[field].as_str().unwrap_or_default()
}

/// Runs a case. A panic is a result of its own.
pub(crate) fn compare(apis: &mut Apis, kind: Kind, case: &Value) -> Compared {
    let api = apis.api(case);
    let run = AssertUnwindSafe(|| match kind {
        Kind::Requests => outcome::request(api, case),
        Kind::Answers => outcome::answer(api, case),
        Kind::Errors => outcome::error(api, case),
        Kind::Events => outcome::events(api, case),
        Kind::Endpoints => outcome::endpoint(api, case),
    });
    catch_unwind(run).unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().cloned();
        let message = message.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Compared { theirs: Value::Null, ours: json!({"panic": message}) }
    })
}

impl Compared {
    /// Returns the paths at which the two sides differ.
    pub(crate) fn differences(&self) -> Vec<String> {
        differences(&self.theirs, &self.ours)
    }

    pub(crate) fn is_panic(&self) -> bool {
        self.ours.get("panic").is_some()
    }

    /// Changes one value of our side, as a wrong implementation would. `number` chooses it.
    pub(crate) fn damage(&mut self, number: usize) {
        let count = leaves(&self.ours);
        if count == 0 {
            self.ours = json!({"damaged": self.ours});
        } else {
            change_leaf(&mut self.ours, &mut (number % count));
        }
    }
}

fn leaves(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(leaves).sum(),
        Value::Object(fields) => fields.values().map(leaves).sum(),
        _ => 1,
    }
}

fn change_leaf(value: &mut Value, left: &mut usize) -> bool {
    match value {
        Value::Array(items) => items.iter_mut().any(|item| change_leaf(item, left)),
        Value::Object(fields) => fields.values_mut().any(|field| change_leaf(field, left)),
        leaf if *left == 0 => {
            *leaf = match leaf {
                Value::Bool(yes) => Value::Bool(!*yes),
                Value::Number(number) => json!(number.as_f64().unwrap_or_default() + 1.5),
                Value::String(text) => {
                    let mut letters: Vec<char> = text.chars().collect();
                    let at = letters.len() / 2;
                    match letters.get_mut(at) {
                        Some(letter) => *letter = if *letter == 'x' { 'y' } else { 'x' },
                        None => letters.push('x'),
                    }
                    Value::String(letters.into_iter().collect())
                }
                _ => json!("damaged"),
            };
            true
        }
        _ => {
            *left -= 1;
            false
        }
    }
}
