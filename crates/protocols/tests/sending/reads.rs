//! Calls that read without parameters, of all services that moto has, compared with boto3's.
//!
//! `cargo test --test sending -- --ignored --nocapture`

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::retry::RetryConfig;
use moonfleet_core::Map;
use moonfleet_models::{service, snake};
use serde_json::{Value, json};

use crate::results::{json, normalized};
use crate::{call, config, server};

/// The ends of names whose values differ from call to call, or depend on the time.
const VOLATILE: &[&str] = &[
    "Date",
    "Time",
    "Timestamp",
    "Id",
    "Token",
    "Password",
    "Key",
    "Created",
    "Updated",
    "At",
    "Url",
    "endpointAddress",
    "Expiration",
    "registrationCode",
];

/// Service, operation, reason. A row that no longer applies fails the test.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    ("sdb", "ListDomains", "it needs Signature Version 2"),
    ("timestream-query", "DescribeAccountSettings", "its endpoints must be discovered"),
    ("timestream-query", "ListScheduledQueries", "its endpoints must be discovered"),
    ("timestream-write", "ListBatchLoadTasks", "its endpoints must be discovered"),
    ("timestream-write", "ListDatabases", "its endpoints must be discovered"),
    ("timestream-write", "ListTables", "its endpoints must be discovered"),
];

#[tokio::test]
#[ignore = "takes a minute, and needs moto with all of its services"]
async fn reads_are_those_of_boto3() {
    let Some(config) = config() else { return };
    let config = config.into_builder().retry_config(RetryConfig::disabled()).build();
    let python = server::program().expect("moto runs").with_file_name("python3");
    let output = Command::new(python)
        .args(["-c", include_str!("reads.py"), config.endpoint_url().expect("a server")])
        .stderr(Stdio::inherit())
        .output()
        .expect("Python runs");
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    let (mut kinds, mut services, mut wrong) = (BTreeMap::<_, usize>::new(), BTreeSet::new(), Vec::new());
    let mut differing = BTreeSet::new();
    for line in lines.lines() {
        let theirs: Value = serde_json::from_str(line).expect("JSON");
        let [service, operation] = ["service", "operation"].map(|field| theirs[field].as_str().expect("a name"));
        let (kind, ours) = ours(&config, service, operation).await;
        let (their_kind, theirs) = match (theirs.get("output"), theirs.get("code")) {
            (Some(output), _) => ("output", scrubbed(output.clone(), "")),
            (None, Some(code)) => ("error", json!([code, theirs["message"], theirs["status"]])),
            (None, None) => ("failed", theirs["failed"].clone()),
        };
        // Moto answers without an error of AWS for an operation that it lacks. boto3 makes of it the status or a failure.
        let is_page = theirs.to_string().to_ascii_lowercase().contains("<!doctype html>");
        if kind == "error" && ours[0].is_null() && (is_page || is_status(&theirs[0], &ours[2])) {
            *kinds.entry("not in moto").or_default() += 1;
            continue;
        }
        let is_same = kind == their_kind && (kind == "failed" || ours == theirs);
        if is_same {
            *kinds.entry(kind).or_default() += 1;
            if kind == "output" {
                services.insert(service.to_owned());
            }
        } else {
            differing.insert((service.to_owned(), operation.to_owned()));
            let short = |value: &Value| value.to_string().chars().take(300).collect::<String>();
            wrong.push(format!(
                "{service}.{operation}: boto3 {their_kind} {}\n    ours {kind} {}",
                short(&theirs),
                short(&ours)
            ));
        }
    }
    println!("{kinds:?} of {} services; {} differ", services.len(), wrong.len());
    wrong.iter().for_each(|line| println!("{line}"));
    let known: BTreeSet<_> = DIFFERENCES.iter().map(|row| (row.0.to_owned(), row.1.to_owned())).collect();
    assert_eq!(differing, known, "the differences are not the known ones");
    assert!(kinds["output"] >= 150 && services.len() >= 60, "{kinds:?} of {} services", services.len());
}

async fn ours(config: &aws_types::SdkConfig, name: &str, api_name: &str) -> (&'static str, Value) {
    let service = service(&name.replace('-', "_")).unwrap_or_else(|| panic!("there is no service {name}"));
    let operation = service.operation(&snake(api_name)).unwrap_or_else(|| panic!("{name} has no {api_name}"));
    match call(config, &format!("{}.{}", service.name, operation.name), Map::default()).await {
        Ok(output) => match operation.output {
            Some(id) => {
                let value = moonfleet_core::Value::Map(output.fields.to_map());
                let mut value = json(service, id, &value);
                if let Some(body) = output.body {
                    drop(body);
                    value["(stream)"] = json!(true);
                }
                ("output", scrubbed(value, ""))
            }
            None => ("output", json!({})),
        },
        Err(error) => match *error {
            SdkError::ServiceError(error) => {
                let error = error.into_err();
                ("error", json!([error.code, error.message, error.status]))
            }
            other => ("failed", json!(format!("{other:?}"))),
        },
    }
}

/// Whether the code of an error is only the HTTP status.
fn is_status(code: &Value, status: &Value) -> bool {
    code.as_str().and_then(|code| code.parse().ok()) == status.as_u64()
}

/// Returns a value without its volatile parts.
fn scrubbed(value: Value, name: &str) -> Value {
    match normalized(value) {
        Value::Array(items) => items.into_iter().map(|item| scrubbed(item, name)).collect(),
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(name, value)| {
                let value = scrubbed(value, &name);
                (name, value)
            });
            Value::Object(fields.collect())
        }
        _ if VOLATILE.iter().any(|end| name.ends_with(end)) => json!("volatile"),
        other => other,
    }
}
