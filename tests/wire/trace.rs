//! `--trace` shows each request.

use serde_json::Value;

use crate::answers::*;
use crate::support::server::Server;

#[test]
fn each_request_can_be_traced() {
    let server = Server::replies([ec2_error(503, "Unavailable", "Not now."), tags(None, &["App"])]);
    let ran = on(&server).arg("--trace").chunk("ec2.describe_tags{}").code(0).never_says("example");
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for (line, expected) in lines.iter().zip([["attempt=1", "status=503"], ["attempt=2", "status=200"]]) {
        let same = ["service=\"ec2\"", "operation=\"DescribeTags\"", "region=\"eu-central-1\"", "ms=", "request_id="];
        assert!(same.iter().chain(&expected).all(|part| line.contains(part)), "{line}");
    }
}

#[test]
fn the_trace_can_be_json() {
    let server = Server::always(tags(None, &["App"]));
    let ran = on(&server).args(["--trace", "--log-format", "json"]).chunk("ec2.describe_tags{}").code(0);
    let line: Value = serde_json::from_str(&ran.stderr).expect("one line of JSON");
    assert_eq!(line["operation"], "DescribeTags");
    assert_eq!(line["status"], 200);
    assert!(line["ms"].is_u64());
}
