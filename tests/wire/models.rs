//! Services that come from models, against moto: every read call as boto3 makes it, and resources from their creation
//! to their end.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::boto3::{Comparison, Difference, PROGRAM, is_absent, text};
use crate::moto::{Moto, moto};
use crate::support::moto::{python_with_botocore, run_python};

/// Services that have no calls here: those of the SDK's crates, which [`crate::boto3`] compares, and SimpleDB, whose
/// signature is not covered.
const LEFT_OUT: &str = "ec2 iam resource_groups sdb ssm sts";

const READS: &str = concat!(include_str!("boto3_common.py"), include_str!("reads.py"));

const DIFFERENCES: &[Difference] = &[
    ("appmesh.list_meshes", "result", "moto sends times as 31/01/2026, 07:00:00"),
    ("mediastore.list_containers", "result", "moto sends times as 01/31/2026, 07:00:00"),
    ("shield.describe_subscription", "result", "moto sends times as 31/01/2026, 07:00:00"),
];

#[test]
fn read_calls_of_all_services_answer_as_boto3_does() {
    let (Some(moto), Some(python)) = (moto(), python_with_botocore()) else { return };
    let expected = run_python(&python, READS, &[moto.url(), LEFT_OUT], "");
    let expected: Vec<Value> = serde_json::from_str(&expected).expect("JSON");
    let mut again = Vec::new();
    let (mut services, mut equal, mut refused) = (BTreeSet::new(), 0, 0);
    for (ours, theirs) in answers(&moto, &expected).iter().zip(&expected) {
        let result = |of: &Value| json!([of["answer"], of["error"], of["message"]]);
        let is_equal = Comparison::with(&[]).add(name(theirs), &result(ours), &result(theirs));
        refused += usize::from(theirs.get("error").is_some());
        let has_content = theirs["answer"].as_object().is_some_and(|answer| !answer.values().all(is_absent));
        if !is_equal {
            again
                .push(json!({"name": "", "service": theirs["service"], "operation": theirs["operation"], "input": {}}));
        } else if has_content {
            equal += 1;
            services.insert(text(&theirs["service"]));
        }
    }
    // moto changes some states with time, such as those of certificates after a minute. Two calls that follow each other
    // have the same answer.
    let theirs = run_python(&python, PROGRAM, &[], &json!({"endpoint": moto.url(), "calls": again}).to_string());
    let theirs: Vec<Value> = serde_json::from_str(&theirs).expect("JSON");
    let mut comparison = Comparison::with(DIFFERENCES);
    for ((call, ours), theirs) in again.iter().zip(answers(&moto, &again)).zip(theirs) {
        let result = |of: &Value| json!({"result": [of["answer"], of["error"]]});
        comparison.add(name(call), &result(&ours), &result(&theirs));
    }
    comparison.finish();
    println!("{} calls: {equal} answers of {} services with content, {refused} errors", expected.len(), services.len());
    assert!(equal >= 250 && services.len() >= 100, "{equal} answers of {} services with content", services.len());
    assert!(refused >= 10, "only {refused} errors");
}

fn name(call: &Value) -> String {
    format!("{}.{}", text(&call["service"]), text(&call["operation"]))
}

/// Makes calls without input.
fn answers(moto: &Moto, calls: &[Value]) -> Vec<Value> {
    let names: Vec<_> = calls.iter().map(|call| json!([call["service"], call["operation"]])).collect();
    let ran = moto.shell().stdin(&Value::Array(names).to_string()).chunk(
        r#"local results = json.list()
        for at, call in ipairs(json.decode(io.read "a")) do
          local ok, answer = pcall(aws.service(call[1])[call[2]], {}, { retries = 0 })
          results[at] = ok and { answer = answer } or { error = answer.code, message = answer.message }
        end
        print(json.encode(results))"#,
    );
    serde_json::from_str(&ran.code(0).stdout).expect("JSON")
}

#[test]
fn resources_are_created_read_and_deleted() {
    let Some(moto) = moto() else { return };
    let shell = moto.shell().file(".config/moonfleet/settings.toml", "protect_tag = ''").arg("--yes");
    shell.script(include_str!("lifecycles.lua")).code(0).printed("15\n");
}
