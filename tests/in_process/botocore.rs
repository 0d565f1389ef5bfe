//! The declarations against botocore's models, which come from AWS.

use std::collections::BTreeSet;
use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use moonfleet_bindings::{SERVICES, add_presigned_url};
use moonfleet_core::{Map, Shape, TextForm};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::inputs::operations;
use crate::support::moto::{python_with_botocore, run_python};

/// A token as Moonfleet makes them.
const TOKEN: &str = "0b7b3b0e-6f0e-4d0a-9c39-5ddc2ee4b1c6";

/// Reads `[[service, operation], …]` and prints what the models say of each operation's ClientToken.
const READ_MODELS: &str = r#"
import json, re, sys
from botocore.loaders import Loader
from botocore.model import ServiceModel
token, operations = sys.argv[1], json.load(sys.stdin)
models, answer = {}, []
for service, operation in operations:
    name = service.replace("resource_groups", "resource-groups")
    if name not in models:
        models[name] = ServiceModel(Loader().load_service_model(name, "service-2"))
    if operation not in models[name].operation_names:
        continue
    member = models[name].operation_model(operation).input_shape.members.get("ClientToken")
    if member is None:
        answer.append([service, operation, "has no ClientToken"])
        continue
    limits = member.metadata
    fits = limits.get("min", 0) <= len(token) <= limits.get("max", 64)
    fits = fits and re.fullmatch(limits.get("pattern", ".*"), token) is not None
    answer.append([service, operation, "fits" if fits else str(limits)])
json.dump(answer, sys.stdout)
"#;

#[test]
fn tokens_fit_the_models() {
    let Some(python) = python_with_botocore() else { return };
    let operations: Vec<Value> = SERVICES
        .iter()
        .flat_map(|service| service.operations().iter().map(|operation| (service.name, operation)))
        .filter(|(_, operation)| operation.idempotency_token().is_some())
        .map(|(service, operation)| json!([service, operation.api_name]))
        .collect();
    let answer = run_python(&python, READ_MODELS, &[TOKEN], &Value::Array(operations).to_string());
    let answer: Vec<[String; 3]> = serde_json::from_str(&answer).expect("JSON");
    assert!(answer.len() > 100, "{}", answer.len());
    let others: Vec<_> = answer.iter().filter(|[.., verdict]| verdict != "fits").collect();
    assert_eq!(others, Vec::<&[String; 3]>::new());
}

/// The facts of `models.py`.
#[derive(Deserialize)]
struct Facts {
    /// The limits of the page size; none if the operation takes none.
    page: Option<[Option<i64>; 2]>,
    required: BTreeSet<String>,
    given: BTreeSet<String>,
    read: BTreeSet<String>,
}

fn facts() -> Option<Vec<Option<Facts>>> {
    let python = python_with_botocore()?;
    let names = operations(|_| true).into_iter().map(|(service, operation)| json!([service.name, operation.api_name]));
    let answer = run_python(&python, include_str!("models.py"), &[], &names.collect::<Value>().to_string());
    Some(serde_json::from_str(&answer).expect("JSON"))
}

#[test]
fn required_parameters_are_those_of_the_models() {
    let Some(facts) = facts() else { return };
    let mut wrong = Vec::new();
    for ((service, operation), facts) in operations(|_| true).into_iter().zip(&facts) {
        let Some(facts) = facts else { continue };
        let ours = paths(operation.input(), &|field| field.required);
        // This botocore can be newer than the models.
        let known = paths(operation.input(), &|_| true);
        let theirs: BTreeSet<_> = facts.required.intersection(&known).cloned().collect();
        if ours != theirs {
            wrong.push(format!("{}.{}: {ours:?}, botocore has {theirs:?}", service.name, operation.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn policies_of_iam_are_those_of_the_models() {
    let Some(facts) = facts() else { return };
    let known = facts.iter().flatten().map(|facts| facts.read.len() + facts.given.len()).sum::<usize>();
    assert!(known > 30, "{known}");
    let mut wrong = Vec::new();
    for ((service, operation), facts) in operations(|_| true).into_iter().zip(&facts) {
        // The policies of the other services have no type of their own in the models.
        let Some(facts) = facts.as_ref().filter(|_| service.name == "iam") else { continue };
        let policies = |shape| paths(shape, &|field| field.text_form == TextForm::Policy);
        for (ours, theirs) in [(policies(operation.input()), &facts.given), (policies(operation.output()), &facts.read)]
        {
            if ours != *theirs {
                wrong.push(format!("{}: {ours:?}, botocore has {theirs:?}", operation.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn page_sizes_are_within_the_models_limits() {
    const MOST: i64 = 1000;
    let Some(facts) = facts() else { return };
    let is_paged = |operation: &moonfleet_bindings::Operation| operation.pages.is_some();
    let paged: BTreeSet<_> = operations(is_paged).into_iter().map(|(_, operation)| operation.api_name).collect();
    let mut wrong = Vec::new();
    for ((service, operation), facts) in operations(|_| true).into_iter().zip(&facts) {
        let (Some(facts), true) = (facts, paged.contains(operation.api_name)) else { continue };
        let ours = operation.pages.as_ref().and_then(|pages| pages.size.as_ref()).map(|size| size.most);
        let is_right = match (ours, &facts.page) {
            (Some(ours), Some([_, Some(most)])) => ours == (*most).min(MOST),
            (Some(ours), Some([least, None])) => (least.unwrap_or_default()..=MOST).contains(&ours),
            (None, None) => true,
            _ => false,
        };
        if !is_right {
            wrong.push(format!("{}.{}: {ours:?}, botocore has {:?}", service.name, operation.name, facts.page));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns the paths of the fields that fulfil a condition, in the form of `models.py`.
fn paths(shape: &'static Shape, condition: &dyn Fn(&moonfleet_core::Field) -> bool) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut inside = Vec::new();
    walk(shape, "", &mut inside, &mut |path, field| {
        if condition(field) {
            found.insert(path.to_owned());
        }
    });
    found
}

fn walk(
    shape: &'static Shape,
    path: &str,
    inside: &mut Vec<&'static str>,
    visit: &mut dyn FnMut(&str, &moonfleet_core::Field),
) {
    if inside.contains(&shape.name) {
        return;
    }
    inside.push(shape.name);
    for field in shape.fields {
        let name = field.name().replace('_', "");
        let below = if path.is_empty() { name } else { format!("{path}.{name}") };
        visit(&below, field);
        if let Some(structure) = field.ty.structure() {
            walk(structure, &below, inside, visit);
        }
    }
    inside.pop();
}

/// Signs a request as botocore does, at the time of the URL.
const PRESIGN: &str = r#"
import datetime, json, sys
from unittest import mock
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
url, region = json.load(sys.stdin)
now = datetime.datetime(2026, 1, 31, 7, 0, 0, tzinfo=datetime.timezone.utc)
names = [name for name in ("get_current_datetime", "datetime") if hasattr(botocore.auth, name)]
request = AWSRequest(method="GET", url=url, data={})
signer = botocore.auth.SigV4QueryAuth(Credentials("AKIAEXAMPLE", "example", "session/token+="), "ec2", region, 3600)
if "get_current_datetime" in names:
    with mock.patch.object(botocore.auth, "get_current_datetime", lambda *_, **__: now.replace(tzinfo=None)):
        signer.add_auth(request)
else:
    with mock.patch.object(botocore.auth, "datetime") as clock:
        clock.datetime.utcnow.return_value = now.replace(tzinfo=None)
        signer.add_auth(request)
print(request.url)
"#;

#[test]
fn presigned_urls_are_those_of_botocore() {
    let Some(python) = python_with_botocore() else { return };
    let given = [("source_region", "us-west-2"), ("source_snapshot_id", "snap-0123")];
    let mut input: Map = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    let keys = Credentials::new("AKIAEXAMPLE", "example", Some("session/token+=".to_owned()), None, "test");
    let now = UNIX_EPOCH + Duration::from_secs(1_769_842_800);
    add_presigned_url(&mut input, "eu-central-1", None, keys, now).expect("a URL");
    let Some(moonfleet_core::Value::String(ours)) = input.get("presigned_url") else { panic!("no URL: {input:?}") };
    let (unsigned, _) = ours.split_once("&X-Amz-").expect("a signature");
    assert!(unsigned.starts_with("https://ec2.us-west-2.amazonaws.com/?Action=CopySnapshot&"), "{ours}");
    let theirs = run_python(&python, PRESIGN, &[], &json!([unsigned, "us-west-2"]).to_string());
    let parameters = |url: &str| -> BTreeSet<(String, String)> {
        url::Url::parse(url.trim()).expect("a URL").query_pairs().into_owned().collect()
    };
    assert_eq!(parameters(ours), parameters(&theirs));
}
