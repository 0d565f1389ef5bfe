//! Errors of services, and of servers in front of them.

use moonfleet_core::Value;
use moonfleet_protocols::{Failure, ServiceError};

use crate::{at, call, response};

const CALLS: &[&str] =
    &["organizations.list_accounts", "lambda.list_functions", "iam.list_users", "ec2.describe_tags", "s3.list_buckets"];

fn error(name: &str, status: u16, headers: &[(&'static str, &str)], body: &str) -> ServiceError {
    let (api, operation) = call(name);
    match api.answer(operation, &response(status, headers, body)) {
        Err(Failure::Service(error)) => *error,
        other => panic!("{name}: expected an error of the service, got {other:?}"),
    }
}

#[test]
fn the_error_of_a_proxy_keeps_its_status() {
    for name in CALLS {
        for body in ["<html><body>bad gateway<br></body></html>", "", "gateway timeout", "{", "[1]"] {
            let error = error(name, 502, &[], body);
            assert_eq!((error.status, error.code, error.message), (502, None, None), "{name} {body}");
        }
    }
}

#[test]
fn a_modelled_error_has_its_fields() {
    let body = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"no","Item":{"a":{"S":"x"}}}"#;
    let error = error("dynamodb.put_item", 400, &[("x-amzn-requestid", "r-1")], body);
    assert_eq!(error.code.as_deref(), Some("ConditionalCheckFailedException"));
    assert_eq!((error.message.as_deref(), error.request_id.as_deref()), (Some("no"), Some("r-1")));
    assert_eq!(at(&error.fields, "item.a.s"), Some(&Value::from("x")));
}

#[test]
fn services_that_had_the_query_protocol_keep_its_codes() {
    let headers = [("x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender")];
    let body = r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"gone"}"#;
    let error = error("sqs.get_queue_url", 400, &headers, body);
    assert_eq!(error.code.as_deref(), Some("AWS.SimpleQueueService.NonExistentQueue"));
    assert_eq!(at(&error.fields, "message"), Some(&Value::from("gone")));
}

#[test]
fn s3_can_fail_after_its_status() {
    let body = r#"<?xml version="1.0"?><Error><Code>InternalError</Code><Message>again</Message><RequestId>r</RequestId></Error>"#;
    let late = error("s3.copy_object", 200, &[], body);
    assert_eq!(
        (late.status, late.code.as_deref(), late.request_id.as_deref()),
        (200, Some("InternalError"), Some("r"))
    );
    let missing = error("s3.head_object", 404, &[], "");
    assert_eq!((missing.status, missing.code.as_deref()), (404, Some("NotFound")));
    let moved = "<Error><Code>PermanentRedirect</Code><Message>m</Message></Error>";
    assert_eq!(error("s3.list_objects_v2", 301, &[], moved).code.as_deref(), Some("PermanentRedirect"));
}
