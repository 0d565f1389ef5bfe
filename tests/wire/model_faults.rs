//! Servers and proxies that misbehave, in each protocol of the services of models: each fault has its own error, and a
//! cut answer is never a shorter list.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::answers::on;
use crate::clock::signed_at;
use crate::support::server::{Reply, Request, Server, cbor};

/// A list of two items in a protocol, and the errors of the service.
struct Protocol {
    service: &'static str,
    operation: &'static str,
    input: fn() -> Value,
    list: fn() -> Vec<u8>,
    /// Status, header with the code, and body.
    throttled: fn() -> Reply,
    wrong_clock: fn() -> Reply,
}

const PROTOCOLS: &[Protocol] = &[
    // awsJson
    Protocol {
        service: "dynamodb",
        operation: "list_tables",
        input: || json!({}),
        list: || br#"{"TableNames":["first","second"]}"#.to_vec(),
        throttled: || error(400, r#"{"__type":"com.amazon.coral.availability#ThrottlingException","message":"slow"}"#),
        wrong_clock: || error(400, r#"{"__type":"com.amazon.coral.service#InvalidSignatureException","message":"m"}"#),
    },
    // restJson
    Protocol {
        service: "lambda",
        operation: "list_functions",
        input: || json!({}),
        list: || br#"{"Functions":[{"FunctionName":"first"},{"FunctionName":"second"}]}"#.to_vec(),
        throttled: || error(429, r#"{"Message":"slow"}"#).header("x-amzn-errortype", "TooManyRequestsException"),
        wrong_clock: || error(403, r#"{"message":"m"}"#).header("x-amzn-errortype", "InvalidSignatureException"),
    },
    // restXml
    Protocol {
        service: "route53",
        operation: "list_hosted_zones",
        input: || json!({}),
        list: || {
            let zones =
                ["first", "second"].map(|name| format!("<HostedZone><Name>{name}</Name></HostedZone>")).concat();
            let list = format!("<HostedZones>{zones}</HostedZones><IsTruncated>false</IsTruncated>");
            format!("<?xml version=\"1.0\"?>\n<ListHostedZonesResponse>{list}</ListHostedZonesResponse>").into_bytes()
        },
        throttled: || error(400, "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>"),
        wrong_clock: || error(403, "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>"),
    },
    // restXml with a list that has no element around it, and errors without one
    Protocol {
        service: "s3",
        operation: "list_objects_v2",
        input: || json!({"bucket": "b"}),
        list: || {
            let objects = "<Contents><Key>first</Key></Contents><Contents><Key>second</Key></Contents>";
            format!("<ListBucketResult><IsTruncated>false</IsTruncated>{objects}</ListBucketResult>").into_bytes()
        },
        throttled: || error(503, "<Error><Code>SlowDown</Code><Message>slow</Message></Error>"),
        wrong_clock: || error(403, "<Error><Code>RequestTimeTooSkewed</Code><Message>m</Message></Error>"),
    },
    // awsQuery
    Protocol {
        service: "sns",
        operation: "list_topics",
        input: || json!({}),
        list: || {
            let topics = ["first", "second"].map(|arn| format!("<member><TopicArn>{arn}</TopicArn></member>")).concat();
            let result = format!("<ListTopicsResult><Topics>{topics}</Topics></ListTopicsResult>");
            format!("<ListTopicsResponse>{result}</ListTopicsResponse>").into_bytes()
        },
        throttled: || error(400, "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>"),
        wrong_clock: || error(403, "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>"),
    },
    // rpcv2Cbor
    Protocol {
        service: "eventbridgev2",
        operation: "list_event_buses",
        input: || json!({}),
        list: || cbor(&json!({"EventBuses": [{"Name": "first"}, {"Name": "second"}]})),
        throttled: || Reply::cbor(&json!({"__type": "ThrottlingException", "message": "slow"})).status(400),
        wrong_clock: || Reply::cbor(&json!({"__type": "InvalidSignatureException", "message": "m"})).status(403),
    },
];

#[derive(Clone, Copy, Debug)]
enum Fault {
    /// The answer is whole for HTTP, but the list ends after this many bytes.
    Cut(usize),
    /// The connection is closed within the answer.
    Torn,
    /// A proxy answers for the service with success.
    LoginPage,
    /// A proxy refuses the request.
    ProxyRefuses,
    /// The service throttles two requests.
    ThrottledTwice,
    /// The service throttles all requests. A call is sent six times, each time with two retries of the SDK.
    Throttled,
    /// A server in front of the service is unavailable for one request.
    UnavailableOnce,
    /// The connection is closed without an answer once.
    LostOnce,
    /// The server's clock is two hours ahead.
    OtherClock,
    /// The server never answers.
    Silent,
}

const FAULTS: [Fault; 9] = [
    Fault::Torn,
    Fault::LoginPage,
    Fault::ProxyRefuses,
    Fault::ThrottledTwice,
    Fault::Throttled,
    Fault::UnavailableOnce,
    Fault::LostOnce,
    Fault::OtherClock,
    Fault::Silent,
];

impl Fault {
    /// Returns the code of the error, or the number of items; the number of requests; and whether a later call can
    /// succeed.
    fn expected(self, protocol: &Protocol) -> Value {
        match self {
            Fault::Cut(_) | Fault::LoginPage => json!(["BadResponse", 1, false]),
            Fault::Torn => json!(["ConnectionFailed", 3, true]),
            Fault::ProxyRefuses => json!(["Http403", 1, false]),
            Fault::ThrottledTwice => json!([2, 3, null]),
            Fault::Throttled => match protocol.service {
                "dynamodb" | "eventbridgev2" => json!(["ThrottlingException", 18, true]),
                "lambda" => json!(["TooManyRequestsException", 18, true]),
                "s3" => json!(["SlowDown", 18, true]),
                _ => json!(["Throttling", 18, true]),
            },
            Fault::UnavailableOnce | Fault::LostOnce | Fault::OtherClock => json!([2, 2, null]),
            Fault::Silent => json!(["Timeout", 1, true]),
        }
    }

    /// Returns the reply to a request; `number` counts those before it.
    fn reply(self, protocol: &Protocol, request: &Request, number: usize) -> Reply {
        let page = || Reply::xml("<!DOCTYPE html><html><body>Please log in<br></body></html>");
        let list = || reply(200, (protocol.list)());
        match self {
            Fault::Cut(length) => reply(200, (protocol.list)()[..length].to_vec()),
            Fault::Torn => Reply::Torn(String::from_utf8_lossy(&(protocol.list)()).into_owned()),
            Fault::LoginPage => page(),
            Fault::ProxyRefuses => page().status(403),
            Fault::ThrottledTwice if number < 2 => (protocol.throttled)(),
            Fault::Throttled => (protocol.throttled)(),
            Fault::UnavailableOnce if number == 0 => error(503, ""),
            Fault::LostOnce if number == 0 => Reply::Hangup,
            Fault::OtherClock => {
                let now = Timestamp::now() + SignedDuration::from_hours(2);
                let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&now).expect("a year with four digits");
                let is_accepted = signed_at(request).duration_until(now).abs() < SignedDuration::from_mins(5);
                if is_accepted { list() } else { (protocol.wrong_clock)() }.header("date", &date)
            }
            Fault::Silent => Reply::Silence(Arc::default()),
            _ => list(),
        }
    }
}

fn error(status: u16, body: &str) -> Reply {
    reply(status, body.as_bytes().to_vec())
}

fn reply(status: u16, body: Vec<u8>) -> Reply {
    Reply::Bytes { status, headers: vec![("smithy-protocol", "rpc-v2-cbor".to_owned())], body }
}

/// Each case has a region of its own, by which the server knows it.
fn cases() -> BTreeMap<String, (&'static Protocol, Fault)> {
    let cuts = |protocol: &Protocol| {
        let length = (protocol.list)().len();
        (0..length).step_by(5).chain([length - 2, length - 1]).map(Fault::Cut)
    };
    let of = |protocol: &'static Protocol| FAULTS.into_iter().chain(cuts(protocol)).map(move |fault| (protocol, fault));
    PROTOCOLS.iter().flat_map(of).enumerate().map(|(at, case)| (format!("case-{at:04}"), case)).collect()
}

#[test]
fn each_fault_has_its_error_in_each_protocol() {
    let cases = cases();
    let known: BTreeMap<_, _> = cases.iter().map(|(region, case)| (region.clone(), *case)).collect();
    let counts: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
    let counted = counts.clone();
    let server = Server::start(move |request| {
        let region = request.region();
        let (protocol, fault) = known[&region];
        let number = {
            let mut counted = counted.lock().expect("no test panics while it holds this");
            let count = counted.entry(region).or_default();
            *count += 1;
            *count - 1
        };
        fault.reply(protocol, request, number)
    });
    let calls: Vec<_> = cases
        .iter()
        .map(|(region, (protocol, fault))| {
            let timeout = if matches!(fault, Fault::Silent) { "1s" } else { "60s" };
            json!([region, protocol.service, protocol.operation, (protocol.input)(), timeout])
        })
        .collect();
    let started = Instant::now();
    let ran = on(&server).stdin(&Value::Array(calls).to_string()).chunk(
        r#"local results = task.map(json.decode(io.read "a"), function(call)
          local region, service, operation, input, timeout = table.unpack(call)
          local list = aws.session { region = region }[service][operation].all
          local ok, result = pcall(list, input, { timeout = timeout })
          return ok and { #result } or { result.code, result.retryable, tostring(result) }
        end, { limit = 100 })
        print(json.encode(json.list(results)))"#,
    );
    let results: Vec<Value> = serde_json::from_str(&ran.code(0).stdout).expect("JSON");
    assert_eq!(results.len(), cases.len());
    let counts = counts.lock().expect("no test panics while it holds this");
    let mut wrong = Vec::new();
    for ((region, (protocol, fault)), result) in cases.iter().zip(&results) {
        let requests = counts.get(region).copied().unwrap_or_default();
        let found = json!([result[0], requests, result[1]]);
        let expected = fault.expected(protocol);
        let name = format!("{}.{}", protocol.service, protocol.operation);
        if found != expected || result[0].is_string() && !result[2].as_str().is_some_and(|text| text.contains(&name)) {
            wrong.push(format!("{name} {fault:?}: {found} instead of {expected}: {}", result[2]));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    println!("{} cases in {:?}", cases.len(), started.elapsed());
}

#[test]
fn an_object_whose_bytes_end_early_is_an_error() {
    for (reply, timeout, expected, requests) in [
        (error(200, "0123456789"), "60s", json!([true, "0123456789"]), 1),
        (Reply::Torn("0123456789".to_owned()), "60s", json!([false, "ConnectionFailed", true]), 3),
        (Reply::Drip("0123456789".to_owned()), "1s", json!([false, "Timeout", true]), 1),
    ] {
        let server = Server::always(reply);
        let get = format!(
            "local ok, e = pcall(aws.service('s3').get_object, {{bucket='b', key='k'}}, {{timeout='{timeout}'}})
             return {{ok, ok and e.body or e.code, e.retryable}}"
        );
        assert_eq!(on(&server).returned(&get), expected);
        assert_eq!(server.requests().len(), requests, "{expected}");
    }
}
