//! The declarations against botocore's models, which come from AWS.

use std::process::Command;

use moonfleet_bindings::SERVICES;
use serde_json::{Value, json};

use crate::support::moto::python_with_botocore;

/// A token as Moonfleet makes them.
const TOKEN: &str = "0b7b3b0e-6f0e-4d0a-9c39-5ddc2ee4b1c6";

/// Reads `[[service, operation], …]` and prints what the models say of each operation's ClientToken.
const READ_MODELS: &str = r#"
import json, re, sys
from botocore.loaders import Loader
from botocore.model import ServiceModel
token, operations = sys.argv[1], json.loads(sys.argv[2])
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
    let output = Command::new(&python)
        .args(["-c", READ_MODELS, TOKEN, &Value::Array(operations).to_string()])
        .output()
        .unwrap_or_else(|e| panic!("{}: {e}", python.display()));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer: Vec<[String; 3]> = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(answer.len() > 100, "{}", answer.len());
    let others: Vec<_> = answer.iter().filter(|[.., verdict]| verdict != "fits").collect();
    assert_eq!(others, Vec::<&[String; 3]>::new());
}
