//! Times at the ends of the calendar, in every protocol, as values and in every format.

use serde_json::json;

use crate::answers::*;
use crate::support::server::{Reply, Server};

/// The first and the last second of the years with four digits, in the formats of the protocols.
const FIRST: (&str, &str) = ("0001-01-01T00:00:00Z", "-62135596800");
const LAST: (&str, &str) = ("9999-12-31T23:59:59Z", "253402300799");

fn snapshots() -> Reply {
    let item =
        |id: &str, time: &str| format!("<item><snapshotId>{id}</snapshotId><startTime>{time}</startTime></item>");
    let items = [item("late", LAST.0), item("early", FIRST.0), item("now", "2026-01-31T07:00:00Z")].concat();
    Reply::xml(format!("<DescribeSnapshotsResponse><snapshotSet>{items}</snapshotSet></DescribeSnapshotsResponse>"))
}

#[test]
fn times_of_every_protocol_can_be_compared() {
    let users = |time: &str| {
        Reply::xml(format!(
            "<GetUserResponse><GetUserResult><User><Path>/</Path><UserName>x</UserName><UserId>u</UserId><Arn>a</Arn>\
             <CreateDate>{time}</CreateDate></User></GetUserResult></GetUserResponse>"
        ))
    };
    let parameter = |time: &str| Reply::json(format!(r#"{{"Parameter":{{"LastModifiedDate":{time}}}}}"#));
    for (call, first, last) in [
        ("iam.get_user{user_name='x'}.user.create_date", users(FIRST.0), users(LAST.0)),
        ("ssm.get_parameter{name='x'}.parameter.last_modified_date", parameter(FIRST.1), parameter(LAST.1)),
    ] {
        let server = Server::replies([first, last]);
        let seen = on(&server).returned(&format!(
            "local first, last, now = {call}, {call}, time.now()
             return {{first < now, now < last, first:format('%Y'), last:format('%Y'), last - first > time.days(3e6)}}"
        ));
        assert_eq!(seen, json!([true, true, "0001", "9999", true]), "{call}");
    }
}

#[test]
fn times_at_the_ends_are_sorted_and_written_in_every_format() {
    let server = Server::always(snapshots());
    let sorted = "list.sort_by(ec2.describe_snapshots{}.snapshots, 'start_time')";
    let ids = on(&server).returned(&format!("local all = {sorted} return {{all[1].snapshot_id, all[3].snapshot_id}}"));
    assert_eq!(ids, json!(["early", "late"]));
    for format in ["table", "json", "jsonl", "csv", "md", "html"] {
        on(&server).args(["--output", format, "-p", sorted]).run().code(0).prints("0001-01-01").prints("9999-12-3");
    }
}

#[test]
fn the_last_second_of_9999_is_an_input() {
    let server = Server::always(Reply::xml("<RequestSpotInstancesResponse/>"));
    let call =
        "ec2.request_spot_instances{instance_count=1, valid_until='9999-12-31T23:59:59Z', launch_specification={}}";
    changing(&server).chunk(call).code(0);
    let sent = server.requests()[0].parameter("ValidUntil").expect("the parameter");
    assert!(sent.starts_with("9999-12-3"), "{sent}");
    assert_eq!(on(&server).eval("time.parse('9999-12-31T23:59:59Z') > time.now()"), true);
}
