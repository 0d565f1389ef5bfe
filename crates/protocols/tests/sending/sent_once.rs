//! Changes are executed at most once: a call whose answer is lost is not sent again without retries, and has the same
//! idempotency token in all attempts with them. The calls are the recorded ones of the differential test, in all
//! protocols.

use std::collections::BTreeSet;
use std::io::Read as _;

use aws_smithy_types::retry::RetryConfig;
use flate2::read::DeflateDecoder;
use moonfleet_core::{Map, Value};
use moonfleet_models::{Operation, Protocol, service, snake};
use moonfleet_protocols::{Api, Client, Input, Settings, check_coverage, needs_token, new_token};

use crate::prepared::{Recorded, Recorder};
use crate::values::value;

/// A recorded call.
struct Call {
    api: &'static Api,
    operation: &'static Operation,
    input: Map,
}

fn calls() -> Vec<Call> {
    let packed = include_bytes!("../differential/corpus/requests.deflate");
    let mut lines = String::new();
    DeflateDecoder::new(packed.as_slice()).read_to_string(&mut lines).expect("the corpus is text");
    lines.lines().map(|line| call(&serde_json::from_str(line).expect("a case is JSON"))).collect()
}

fn call(case: &serde_json::Value) -> Call {
    let text = |field: &str| case[field].as_str().expect("a text");
    let service = service(&text("service").replace('-', "_")).expect("a service");
    let operation = service.operation(&snake(text("operation"))).expect("an operation");
    let input = operation.input.as_ref().map(|input| value(service, input.target, &case["input"]));
    let Some(Value::Map(input)) = input.or(Some(Value::Map(Map::default()))) else { panic!("{case} has no input") };
    let protocols: BTreeSet<Protocol> = service.metadata.protocols.iter().copied().collect();
    let protocol =
        protocols.into_iter().find(|protocol| format!("{protocol:?}").eq_ignore_ascii_case(&dense(text("protocol"))));
    Call { api: Api::with_protocol(service, protocol.unwrap_or_else(|| service.protocol())), operation, input }
}

/// Returns botocore's name of a protocol in the form of ours.
fn dense(name: &str) -> String {
    name.trim_start_matches("smithy-rpc-v2-").replace('-', "")
}

/// Sends a call whose answer is lost, and returns its attempts.
async fn attempts(call: &Call, input: Map, retries: RetryConfig) -> Vec<Recorded> {
    let (recorder, config) = Recorder::with([None]);
    let config = config.into_builder().retry_config(retries).build();
    // Calls with one budget share a quota of retries.
    let budget = format!("{}.{} {}", call.api.service().name, call.operation.name, fastrand::u64(..));
    let client = Client::new(call.api, &config, Settings::default(), &[], &budget);
    let answered = client.send(call.operation, Input::from(input)).await;
    assert!(answered.is_err(), "{}: the connection broke", call.operation.name);
    recorder.requests()
}

#[tokio::test]
async fn calls_are_sent_once_without_retries() {
    let (mut sent, mut protocols) = (0, BTreeSet::new());
    for call in calls() {
        let service = call.api.service();
        let attempts = attempts(&call, call.input.clone(), RetryConfig::disabled()).await;
        let is_sent = !attempts.is_empty();
        // Some generated inputs name another signature or no valid endpoint. Most calls must be sent.
        assert!(attempts.len() <= 1, "{}.{} was sent {} times", service.name, call.operation.name, attempts.len());
        if check_coverage(service, call.operation).is_ok() && is_sent {
            sent += 1;
            protocols.insert(call.api.protocol());
        }
    }
    assert!(sent > 2400, "only {sent} calls were sent");
    assert_eq!(protocols.len(), 6, "{protocols:?}");
}

#[tokio::test]
async fn attempts_have_the_same_token() {
    let mut count = 0;
    for call in calls() {
        let Some(member) = needs_token(call.api.service(), call.operation) else { continue };
        let mut input = call.input.clone();
        let token = new_token(call.api.service(), member, "0b7b3b0e-6f0e-4d0a-9c39-5ddc2ee4b1c6");
        input.set(&member.name, Value::String(token.clone()));
        let retries =
            RetryConfig::standard().with_max_attempts(3).with_initial_backoff(std::time::Duration::from_millis(1));
        let attempts = attempts(&call, input, retries).await;
        if attempts.is_empty() {
            continue;
        }
        assert_eq!(attempts.len(), 3, "{}", call.operation.name);
        let has_token = |sent: &Recorded| {
            let body = String::from_utf8_lossy(&sent.body).into_owned();
            body.contains(&token) || sent.uri.contains(&token) || sent.headers.iter().any(|(_, value)| *value == token)
        };
        assert!(attempts.iter().all(has_token), "{}: {attempts:?}", call.operation.name);
        count += 1;
    }
    assert!(count > 50, "{count}");
}
