//! Failures that are retried, and the errors after the last retry.

use crate::answers::*;
use crate::support::server::{Reply, Server};

#[test]
fn a_call_to_a_failing_service_is_retried_and_its_error_named() {
    let server = Server::always(ec2_error(500, "InternalError", "An internal error has occurred"));
    let error = caught(on(&server), "ec2.describe_tags{}");
    assert_eq!(error["code"], "InternalError");
    assert_eq!(error["status"], 500);
    assert_eq!(error["retryable"], true);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn an_error_page_of_another_server_is_named_by_its_status() {
    let server = Server::always(Reply::rest("<html><h1>502 Bad Gateway</h1></html>").status(502));
    for call in
        ["ec2.describe_tags{}", "iam.list_users{}", "ssm.get_parameter{name='x'}", "resource_groups.list_groups{}"]
    {
        let error = caught(on(&server), call);
        assert_eq!(error["status"], 502, "{call}: {error}");
        assert_eq!(error["retryable"], true, "{call}: {error}");
        has(&error["text"], call.split('{').next().expect("a call has a name"));
        has(&error["text"], "502");
    }
}

#[test]
fn calls_that_fail_once_or_are_throttled_are_retried() {
    let once = [
        ec2_error(503, "RequestLimitExceeded", "Request limit exceeded."),
        ec2_error(400, "Throttling", "Rate exceeded"),
        ec2_error(503, "Unavailable", "The service is unavailable. Please try again shortly."),
        Reply::Hangup,
    ];
    for reply in once {
        let server = Server::replies([reply, tags(None, &["App"])]);
        assert_eq!(on(&server).eval("#ec2.describe_tags.all{}"), 1);
        assert_eq!(server.requests().len(), 2);
    }
}

#[test]
fn throttling_after_the_last_retry_is_an_error() {
    let server =
        Server::always(Reply::json(r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#).status(400));
    let error = caught(on(&server), "ssm.get_parameter({name='x'}, {retries=1})");
    assert_eq!(error["code"], "ThrottlingException");
    assert_eq!(error["retryable"], true);
    assert_eq!(server.requests().len(), 2);
}
