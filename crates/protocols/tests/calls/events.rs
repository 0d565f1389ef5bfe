//! Streams of events that arrive in parts.

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use moonfleet_core::Value;
use moonfleet_protocols::{Event, EventDecoder, EventStream, Failure};

use crate::{at, call};

fn frame(headers: &[(&'static str, &str)], payload: &'static str) -> Vec<u8> {
    let headers =
        headers.iter().map(|(name, value)| Header::new(*name, HeaderValue::String((*value).to_owned().into())));
    let message = headers.fold(Message::new(payload), Message::add_header);
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).expect("a frame");
    bytes
}

fn decoder() -> EventDecoder {
    let (api, operation) = call("logs.start_live_tail");
    EventDecoder::new(api, operation).expect("the answer is a stream of events")
}

#[test]
fn events_are_read_as_they_arrive() {
    let mut decoder = decoder();
    let update = [(":message-type", "event"), (":event-type", "sessionUpdate")];
    let bytes = [
        frame(&[(":message-type", "event"), (":event-type", "initial-response")], "{}"),
        frame(&update, r#"{"sessionResults":[{"message":"a"}]}"#),
        frame(&update, r#"{"sessionResults":[]}"#),
    ]
    .concat();
    let mut events: Vec<Event> = Vec::new();
    for byte in &bytes {
        decoder.push(&[*byte]);
        events.extend(decoder.next_event().expect("no error"));
    }
    assert_eq!(events.len(), 2);
    assert_eq!(events[0].name, "session_update");
    assert_eq!(at(&events[0].fields.to_map(), "session_results.0.message"), Some(&Value::from("a")));
    assert!(decoder.finish().is_ok());
}

#[tokio::test]
async fn events_of_a_body_come_one_after_the_other() {
    let (api, operation) = call("logs.start_live_tail");
    let update = [(":message-type", "event"), (":event-type", "sessionUpdate")];
    let mut bytes = [frame(&update, r#"{"sessionResults":[]}"#), frame(&update, "{}")].concat();
    let mut events = EventStream::new(api, operation, bytes.clone().into()).expect("a stream of events");
    assert!(events.next().await.expect("no error").is_some());
    assert!(events.next().await.expect("no error").is_some());
    assert_eq!(events.next().await.expect("no error"), None);
    bytes.pop();
    let mut events = EventStream::new(api, operation, bytes.into()).expect("a stream of events");
    assert!(events.next().await.expect("no error").is_some());
    events.next().await.expect_err("the last event is cut");
}

#[test]
fn a_stream_that_ends_within_an_event_is_an_error() {
    let mut decoder = decoder();
    let bytes = frame(&[(":message-type", "event"), (":event-type", "sessionUpdate")], "{}");
    decoder.push(&bytes[..bytes.len() - 1]);
    assert_eq!(decoder.next_event().expect("no error"), None);
    let error = decoder.finish().expect_err("it is cut");
    assert_eq!(error.to_string(), "the answer ends in the middle of an event; call again");
}

#[test]
fn an_exception_in_a_stream_is_an_error_of_the_service() {
    let mut decoder = decoder();
    let exception = [(":message-type", "exception"), (":exception-type", "SessionTimeoutException")];
    decoder.push(&frame(&exception, r#"{"message":"too long"}"#));
    let Err(Failure::Service(error)) = decoder.next_event() else { panic!("no error") };
    assert_eq!((error.code.as_deref(), error.message.as_deref()), (Some("SessionTimeoutException"), Some("too long")));
}
