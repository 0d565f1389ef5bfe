//! The requests of all operations, compared with those that botocore makes of the same inputs, parameter by parameter.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use moonfleet_bindings::{Operation, Service};
use moonfleet_core::Field;
use serde_json::{Value, json};

use crate::inputs::{Choice, Required, input, operations};
use crate::sent_once::answer;
use crate::support::Shell;
use crate::support::moto::{python_with_botocore, run_python};
use crate::support::server::{Request, Server};

/// Differences from botocore's requests, each with its reason. A row that no longer applies fails the test.
const DIFFERENCES: &[Difference] = &[
    Difference {
        operation: ("ec2", ""),
        parameter: "ClientToken",
        reason: "the model does not mark these tokens, so botocore leaves them empty; a request that is sent again \
                 would be executed again (corrections/tokens.rs)",
    },
    Difference { operation: ("ssm", ""), parameter: "ClientToken", reason: "as for EC2" },
    Difference {
        operation: ("ec2", "copy_snapshot"),
        parameter: "DestinationRegion",
        reason: "the test gives each call a region of its own",
    },
    Difference {
        operation: ("ec2", "copy_snapshot"),
        parameter: "PresignedUrl",
        reason: "the URL has the region, the time and a signature; presigned_urls_are_those_of_botocore compares it",
    },
];

struct Difference {
    /// The service and the operation; an empty operation is each of them.
    operation: (&'static str, &'static str),
    /// The beginning of the parameter's name.
    parameter: &'static str,
    #[allow(dead_code, reason = "the reason is for the reader")]
    reason: &'static str,
}

/// The part of the calls that this botocore may be too old for.
const MOST_UNKNOWN: f64 = 0.05;

/// All fields.
struct Everything;

impl Choice for Everything {
    fn has(&self, _: &Field) -> bool {
        true
    }

    fn text(&self, field: &Field, path: &str) -> String {
        Required.text(field, path)
    }
}

/// All fields, with the last alternative wherever there are several.
struct LastAlternatives;

impl Choice for LastAlternatives {
    fn has(&self, _: &Field) -> bool {
        true
    }

    fn text(&self, field: &Field, path: &str) -> String {
        Required.text(field, path)
    }

    fn one_of(&self, count: usize) -> usize {
        count - 1
    }
}

#[derive(Clone)]
struct Call {
    /// The region, by which the server tells the requests apart.
    region: String,
    service: &'static Service,
    operation: &'static Operation,
    input: Value,
}

/// A request as its path and its parameters, whose names are paths of members.
type Sent = (String, BTreeMap<String, String>);

#[test]
fn all_requests_have_the_parameters_of_botocore() {
    let Some(python) = python_with_botocore() else { return };
    let calls = calls();
    let theirs = of_botocore(&python, &calls);
    let (ours, refused) = of_moonfleet(&calls);
    assert_eq!(refused, Vec::<String>::new(), "inputs that were not sent");
    let (mut wrong, mut used, mut compared) = (Vec::new(), BTreeSet::new(), 0);
    for (call, theirs) in calls.iter().zip(&theirs) {
        let Some(theirs) = theirs else { continue };
        let name = format!("{}.{}", call.service.name, call.operation.name);
        let Some(ours) = ours.get(&call.region) else {
            wrong.push(format!("{name}: not sent"));
            continue;
        };
        compared += 1;
        if ours.0 != theirs.0 {
            wrong.push(format!("{name}: the path is {}, botocore's is {}", ours.0, theirs.0));
        }
        let names: BTreeSet<_> = ours.1.keys().chain(theirs.1.keys()).collect();
        for parameter in names {
            let (mine, other) = (ours.1.get(parameter), theirs.1.get(parameter));
            if same(mine, other) {
                continue;
            }
            let declared = DIFFERENCES.iter().position(|row| row.covers(call, parameter));
            match declared {
                Some(row) => drop(used.insert(row)),
                None => wrong.push(format!("{name}: {parameter} is {mine:?}, botocore's is {other:?}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    let unknown = calls.len() - compared;
    assert!((unknown as f64) < MOST_UNKNOWN * calls.len() as f64, "botocore does not know {unknown} calls");
    let unused: Vec<_> = (0..DIFFERENCES.len()).filter(|row| !used.contains(row)).collect();
    assert_eq!(unused, Vec::<usize>::new(), "differences that are gone; remove their rows");
    eprintln!("{compared} requests compared, {unknown} unknown to botocore, {} declared differences", used.len());
}

impl Difference {
    fn covers(&self, call: &Call, parameter: &str) -> bool {
        let (service, operation) = self.operation;
        service == call.service.name
            && (operation.is_empty() || operation == call.operation.name)
            && parameter.starts_with(self.parameter)
    }
}

/// Each operation with its required parameters only, and with all in two ways.
fn calls() -> Vec<Call> {
    let mut calls = Vec::new();
    for (service, operation) in operations(|_| true) {
        let mut inputs: Vec<Value> =
            [&Required as &dyn Choice, &Everything, &LastAlternatives].map(|choice| input(operation, choice)).to_vec();
        inputs.dedup();
        for input in inputs {
            calls.push(Call { region: format!("case-{}", calls.len()), service, operation, input });
        }
    }
    calls
}

/// Compares values: numbers by their value, tokens that each side has made by their presence.
fn same(mine: Option<&String>, other: Option<&String>) -> bool {
    let (Some(mine), Some(other)) = (mine, other) else { return mine == other };
    let is_token = |text: &str| text.len() == 36 && text.matches('-').count() == 4;
    let number = |text: &str| text.parse::<f64>().ok();
    mine == other || is_token(mine) && is_token(other) || number(mine).is_some_and(|one| number(other) == Some(one))
}

fn of_botocore(python: &Path, calls: &[Call]) -> Vec<Option<Sent>> {
    let calls: Vec<_> =
        calls.iter().map(|call| json!([call.service.name, call.operation.api_name, call.input])).collect();
    let requests = run_python(python, include_str!("requests.py"), &[], &Value::Array(calls).to_string());
    let requests: Vec<Value> = serde_json::from_str(&requests).expect("JSON");
    let sent = |request: &Value| {
        let mut parameters = BTreeMap::new();
        flatten("", &request["parameters"], &mut parameters);
        (request["path"].as_str().unwrap_or_default().to_owned(), parameters)
    };
    requests.iter().map(|request| (!request.is_null()).then(|| sent(request))).collect()
}

/// Makes all calls in one process. Returns the requests by region, and the calls that were not sent.
fn of_moonfleet(calls: &[Call]) -> (BTreeMap<String, Sent>, Vec<String>) {
    let all = calls.to_vec();
    let seen: Arc<Mutex<BTreeMap<String, Sent>>> = Arc::default();
    let log = seen.clone();
    let server = Server::start(move |request| {
        if let Some(call) = all.iter().find(|call| call.is(request)) {
            let mut log = log.lock().expect("no test panics while it holds this");
            log.insert(call.region.clone(), parameters(request));
        }
        answer(request)
    });
    let calls: Vec<Value> = calls
        .iter()
        .map(|call| {
            let (service, operation) = (call.service.name, call.operation.name);
            json!({"region": call.region, "service": service, "operation": operation, "input": call.input})
        })
        .collect();
    let refused = Shell::new()
        .file(".config/moonfleet/settings.toml", "protect_tag = ''")
        .endpoint(&server.url)
        .arg("--yes")
        .args(["--output", "json"])
        .stdin(&Value::Array(calls).to_string())
        .chunk(
            r#"local calls = json.decode(io.read("a"))
            local refused = task.map(calls, function(call)
              local session = aws.session { region = call.region }
              local ok, e = pcall(session[call.service][call.operation], call.input)
              local is_input = not ok and (e.code == "InvalidInput" or e.code == "Refused" or e.code == "NotSent")
              return is_input and tostring(e) or ""
            end, { limit = 100 })
            local texts = json.list()
            for _, text in ipairs(refused) do if text ~= "" then texts[#texts + 1] = text end end
            print(json.encode(texts))"#,
        )
        .code(0);
    let refused = serde_json::from_str(&refused.stdout).expect("JSON");
    let seen = seen.lock().expect("no test panics while it holds this");
    (seen.clone(), refused)
}

impl Call {
    /// Whether this is the request of the call, and not one of the guard's. REST requests name no operation, and the
    /// guard makes none of them. Calls that are not signed have no region, but the values of their inputs.
    fn is(&self, request: &Request) -> bool {
        let region = request.region();
        if !region.is_empty() && region != self.region {
            return false;
        }
        let is_of_operation = request.operation() == self.operation.api_name || request.operation().starts_with('/');
        is_of_operation && (!region.is_empty() || self.has_values_of(request))
    }

    fn has_values_of(&self, request: &Request) -> bool {
        let mut given = BTreeMap::new();
        flatten("", &self.input, &mut given);
        let mut sent: Vec<_> = request.parameters().into_iter().map(|(_, value)| value).collect();
        let mut given: Vec<_> = given.into_values().collect();
        given.sort();
        sent.sort();
        given == sent
    }
}

fn parameters(request: &Request) -> Sent {
    let url = url::Url::parse("http://localhost").and_then(|base| base.join(request.path())).expect("a path");
    let mut parameters: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
    if request.body.starts_with('{') {
        flatten("", &request.json(), &mut parameters);
    } else {
        parameters.extend(url::form_urlencoded::parse(request.body.as_bytes()).into_owned());
    }
    (url.path().to_owned(), parameters)
}

/// Adds the scalars in a value with their paths.
fn flatten(path: &str, value: &Value, to: &mut BTreeMap<String, String>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.iter().for_each(|(name, value)| flatten(&below(name), value, to))
        }
        Value::Object(_) if path.is_empty() => {}
        Value::Array(items) => (1..).zip(items).for_each(|(at, item)| flatten(&below(&at.to_string()), item, to)),
        Value::String(text) => drop(to.insert(path.to_owned(), text.clone())),
        other => drop(to.insert(path.to_owned(), other.to_string())),
    }
}
