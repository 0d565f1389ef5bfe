//! Servers that send too much, or ask to wait for too long.

use std::time::Duration;

use wait4::Wait4 as _;

use crate::answers::*;
use crate::support::Shell;
use crate::support::server::{Reply, Server};

/// The most memory that a run may take which reads no more than it should of an endless error, in bytes. A run
/// without calls takes some 40 MB in a debug build.
const ENOUGH: u64 = 400 * 1024 * 1024;

#[track_caller]
fn takes_little_memory(shell: Shell) {
    let (child, _home) = shell.spawn();
    let ended = child.wait4().expect("the program was started");
    assert!(ended.rusage.maxrss < ENOUGH, "it took {} bytes", ended.rusage.maxrss);
}

#[test]
fn an_error_without_an_end_is_cut_and_not_asked_for_again() {
    let server = Server::always(Reply::Endless(400));
    let error = caught(on(&server), "ec2.describe_tags{}");
    assert_eq!((&error["code"], &error["retryable"]), (&"AnswerTooLarge".into(), &false.into()), "{error}");
    assert_eq!(error["status"], 400);
    has(&error["text"], "larger than 16 MiB, which is the limit");
    assert_eq!(server.requests().len(), 1);
    takes_little_memory(on(&server).arg("-e").arg("ec2.describe_tags{}"));
}

#[test]
fn an_answer_without_an_end_is_cut_and_not_asked_for_again() {
    let server = Server::always(Reply::Endless(200));
    for call in ["ec2.describe_instances.all{}", "ssm.describe_parameters{}", "iam.list_users{}"] {
        let error = caught(on(&server), call);
        assert_eq!(error["code"], "AnswerTooLarge", "{call}: {error}");
        has(&error["text"], "larger than 256 MiB, which is the limit");
    }
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn instance_metadata_without_an_end_is_cut() {
    let server = Server::start(|request| match request.path() {
        "/latest/api/token" => Reply::Answer {
            status: 200,
            headers: vec![("x-aws-ec2-metadata-token-ttl-seconds", "21600".to_owned())],
            body: "token".to_owned(),
        },
        "/latest/ami-id" => Reply::xml("ami-1"),
        _ => Reply::Endless(200),
    });
    let shell = Shell::new().env("AWS_EC2_METADATA_DISABLED", "false");
    let error = caught(
        shell.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &server.url),
        // The first answer must come within milliseconds, which the endless one does not on a busy machine.
        "(function() imds.get('ami-id') return imds.get('instance-id') end)()",
    );
    has(&error["text"], "larger than 256 MiB, which is the limit");
}

#[test]
fn a_service_that_asks_to_wait_for_an_hour_is_waited_for_some_seconds() {
    let busy = Reply::xml("busy").status(503).header("x-amz-retry-after", "3600000");
    let server = Server::replies([busy, tags(None, &["App"])]);
    assert_eq!(on(&server).eval("#ec2.describe_tags.all{}"), 1);
    let requests = server.requests();
    let pause = requests[1].at - requests[0].at;
    assert!(pause < Duration::from_secs(15), "it waited for {pause:?}");
}
