//! Waiters of services that come from models.

use serde_json::json;

use crate::answers::*;
use crate::support::server::{Reply, Server};

fn databases(states: &[&str]) -> Reply {
    let databases: String = states
        .iter()
        .map(|state| format!("<DBInstance><DBInstanceStatus>{state}</DBInstanceStatus></DBInstance>"))
        .collect();
    Reply::xml(format!(
        "<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances>{databases}</DBInstances>\
         </DescribeDBInstancesResult></DescribeDBInstancesResponse>"
    ))
}

const WAIT: &str = "aws.service('rds').wait.db_instance_available{db_instance_identifier='db', delay='1ms'}";

#[test]
fn a_waiter_polls_until_every_item_has_the_state() {
    let states = [&["creating"][..], &["available", "creating"], &["available", "available"]];
    let server = Server::replies(states.map(databases));
    let answer = on(&server).eval(WAIT);
    assert_eq!(answer["db_instances"][1]["db_instance_status"], "available");
    assert_eq!(server.operations(), ["DescribeDBInstances"; 3]);
    assert_eq!(sent(&server, 2), pairs(&[("DBInstanceIdentifier", "db")]));
}

#[test]
fn a_state_that_ends_the_wait_is_an_error_with_the_state() {
    let server = Server::replies([databases(&["creating"]), databases(&["available", "failed"])]);
    let error = caught(on(&server), WAIT);
    assert_eq!(error["code"], "WaiterFailed");
    assert_eq!(error["operation"], "wait.db_instance_available");
    has(&error["message"], "the last state was available, failed");
    assert_eq!(server.operations().len(), 2);
}

#[test]
fn a_wait_ends_at_its_timeout_with_the_last_state() {
    let server = Server::always(databases(&["creating", "creating"]));
    let error = caught(on(&server), &WAIT.replace("delay=", "timeout='20ms', delay="));
    assert_eq!(error["code"], "WaiterTimeout");
    has(&error["message"], "the last state was creating (2)");
}

#[test]
fn an_expected_error_ends_the_wait_and_another_error_fails_it() {
    let call = "aws.service('rds').wait.db_instance_deleted{db_instance_identifier='db', delay='1ms'}";
    let gone = query_error(404, "DBInstanceNotFound", "DBInstance db not found.");
    let server = Server::replies([databases(&["deleting"]), gone]);
    assert_eq!(on(&server).eval(call), json!(true));
    assert_eq!(server.operations().len(), 2);

    let server = Server::always(query_error(403, "AccessDenied", "no"));
    let error = caught(on(&server), call);
    assert_eq!((&error["code"], server.operations().len()), (&json!("AccessDenied"), 1));
}

#[test]
fn the_status_of_an_answer_without_a_body_decides() {
    let server = Server::replies([Reply::xml("").status(404), Reply::xml("").status(200)]);
    on(&server).chunk("aws.service('s3').wait.bucket_exists{bucket='b', delay='1ms'}").code(0);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn an_unknown_waiter_is_an_error_with_the_nearest_one() {
    let server = Server::always(databases(&[]));
    let ran = on(&server).chunk("print(pcall(function() return aws.service('rds').wait.db_instance_availible end))");
    ran.code(0).prints("rds.wait.db_instance_availible: no such waiter; did you mean rds.wait.db_instance_available?");
    server.saw_nothing();
}
