//! Clocks: servers that refuse signatures from another time than their own.

use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};

use crate::answers::*;
use crate::support::server::{Reply, Request, Server};

/// How far a signature may be from a server's time.
const ACCEPTED: SignedDuration = SignedDuration::from_mins(5);

/// Returns the time of a request's signature.
pub(crate) fn signed_at(request: &Request) -> Timestamp {
    let date = request.header("x-amz-date").expect("a signed request");
    let (date, time) = date.trim_end_matches('Z').split_once('T').expect("a date and a time");
    let part = |text: &str, at: usize| text[at..at + 2].to_owned();
    let date = format!("{}-{}-{}", &date[..4], part(date, 4), part(date, 6));
    format!("{date}T{}:{}:{}Z", part(time, 0), part(time, 2), part(time, 4)).parse().expect("a time")
}

fn date(time: Timestamp) -> String {
    rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&time).expect("a year with four digits")
}

/// A server whose clock is ahead by this time, and which refuses other signatures with this reply.
fn server(ahead: SignedDuration, refusal: Reply, answer: Reply) -> Server {
    Server::start(move |request| {
        let now = Timestamp::now() + ahead;
        let is_accepted = signed_at(request).duration_until(now).abs() <= ACCEPTED;
        if is_accepted { answer.clone() } else { refusal.clone() }.header("date", &date(now))
    })
}

fn refusals() -> Vec<(&'static str, Reply, Reply)> {
    let json = |code| Reply::json(format!(r#"{{"__type":"{code}","message":"Signature expired"}}"#)).status(400);
    let done = || Reply::xml("<Answer><return>true</return></Answer>");
    let change = "ec2.create_tags{resources={'i-1'}, tags={App='x'}}";
    vec![
        (change, ec2_error(400, "RequestExpired", "Request has expired."), done()),
        (change, ec2_error(401, "AuthFailure", "AWS was not able to validate the credentials"), done()),
        ("ec2.describe_tags{}", ec2_error(400, "RequestExpired", "Request has expired."), tags(None, &["App"])),
        (
            "iam.create_user{user_name='x'}",
            query_error(403, "SignatureDoesNotMatch", "Signature expired"),
            Reply::xml("<CreateUserResponse><CreateUserResult/></CreateUserResponse>"),
        ),
        ("ssm.put_parameter{name='x', value='y'}", json("InvalidSignatureException"), Reply::json("{}")),
        ("ssm.get_parameter{name='x'}", json("InvalidSignatureException"), Reply::json("{}")),
        (
            "resource_groups.delete_group{group='x'}",
            Reply::rest(r#"{"message":"Signature expired"}"#)
                .status(403)
                .header("x-amzn-errortype", "InvalidSignatureException"),
            Reply::rest("{}"),
        ),
    ]
}

#[test]
fn the_first_call_with_a_wrong_clock_succeeds() {
    for (call, refusal, answer) in refusals() {
        for hours in [2, -2] {
            let server = server(SignedDuration::from_hours(hours), refusal.clone(), answer.clone());
            changing(&server).chunk(&format!("{call} {call}")).code(0);
            assert_eq!(server.requests().len(), 3, "{call}: one refusal, and one answer for each call");
        }
    }
}

#[test]
fn the_token_of_a_call_is_kept_when_the_clock_is_corrected() {
    let answer = Reply::xml("<RunInstancesResponse><instancesSet/></RunInstancesResponse>");
    let server =
        server(SignedDuration::from_hours(2), ec2_error(400, "RequestExpired", "Request has expired."), answer);
    changing(&server)
        .chunk("ec2.run_instances{image_id='ami-1', instance_type='m6i.large', min_count=1, max_count=1}")
        .code(0);
    let tokens: Vec<_> = server.requests().iter().map(|request| request.parameter("ClientToken")).collect();
    assert!(tokens[0].is_some() && tokens[0] == tokens[1] && tokens.len() == 2, "{tokens:?}");
}

#[test]
fn a_waiter_corrects_the_clock() {
    let server = server(
        SignedDuration::from_hours(2),
        ec2_error(400, "RequestExpired", "Request has expired."),
        instances(&[&["i-1"]], None),
    );
    on(&server).chunk("ec2.wait.instance_running{instance_ids={'i-1'}, timeout='20s'}").code(0);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_clock_that_stays_wrong_is_named() {
    for (hours, expected) in [(2, "is 120 minutes behind the server's"), (-2, "is 120 minutes ahead of the server's")] {
        for (call, refusal, _) in refusals() {
            let refusal = refusal.header("date", &date(Timestamp::now() + SignedDuration::from_hours(hours)));
            let server = Server::always(refusal);
            let ran = changing(&server).chunk(&format!("local _, e = pcall(function() {call} end) print(e)"));
            let ran = ran.code(0).prints(expected).prints("set the clock");
            assert!(!ran.stdout.contains("--profile") && !ran.stdout.contains("log in"), "{}", ran.stdout);
        }
    }
}

#[test]
fn a_change_is_sent_once_if_the_clock_is_not_the_reason() {
    let change = "ec2.create_tags{resources={'i-1'}, tags={App='x'}}";
    let now = || date(Timestamp::now());
    let far = || date(Timestamp::now() + SignedDuration::from_hours(2));
    let refused = |code| ec2_error(401, code, "no");
    for reply in [
        refused("AuthFailure").header("date", &now()),
        refused("AuthFailure"),
        refused("AuthFailure").header("date", &far()).header("age", "7200"),
        refused("UnauthorizedOperation").header("date", &far()),
        refused("AccessDeniedException").header("date", &far()),
        ec2_error(500, "RequestExpired", "no").header("date", &far()),
        Reply::xml("<html>a login page</html>").status(403).header("date", &far()),
    ] {
        let server = Server::always(reply);
        changing(&server).chunk(change).code(1);
        assert_eq!(server.requests().len(), 1);
    }
}
