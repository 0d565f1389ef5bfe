//! Answers of services from models that are streams.

use serde_json::json;

use crate::answers::*;
use crate::support::server::{Reply, Server};

const GET: &str = "aws.service('s3').get_object{bucket='b', key='k'}";

#[test]
fn the_bytes_of_an_object_are_its_body() {
    let server = Server::always(Reply::rest("hello"));
    assert_eq!(on(&server).eval(&format!("{GET}.body")), "hello");
    assert_eq!(server.requests()[0].path(), "/b/k");
}

#[test]
fn an_object_that_ends_in_the_middle_is_an_error() {
    let server = Server::always(Reply::Torn("half".into()));
    has(&caught(on(&server), GET)["message"], "error reading a body from connection");
}

#[test]
fn an_object_without_bytes_has_an_empty_body() {
    let server = Server::always(Reply::rest(""));
    assert_eq!(on(&server).eval(&format!("{GET}.body")), json!(""));
}

#[test]
fn a_stream_of_events_is_refused_before_anything_is_sent() {
    let server = Server::always(Reply::rest("{}"));
    let call = "aws.service('logs').start_live_tail{log_group_identifiers={'arn:aws:logs:eu-central-1:1:log-group:a'}}";
    has(&caught(changing(&server), call)["message"], "answers that are streams of events are not supported");
    server.saw_nothing();
}
