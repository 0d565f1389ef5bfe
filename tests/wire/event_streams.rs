//! Answers that are streams of events, in AWS's framing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::answers::*;
use crate::support::server::{After, Reply, Server};
use crate::support::wait_until;

/// A frame: lengths, headers, payload, and the checksums of the lengths and of all
/// (<https://smithy.io/2.0/aws/amazon-eventstream.html>).
fn frame(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let header = |(name, value): &(&str, &str)| {
        let length = u16::try_from(value.len()).expect("a short value");
        let name_length = u8::try_from(name.len()).expect("a short name");
        [&[name_length], name.as_bytes(), &[7], &length.to_be_bytes(), value.as_bytes()].concat()
    };
    let headers: Vec<u8> = headers.iter().flat_map(header).collect();
    let number = |number: usize| u32::try_from(number).expect("a short frame").to_be_bytes();
    let mut frame = [number(16 + headers.len() + payload.len()), number(headers.len())].concat();
    frame.extend(crc32(&frame).to_be_bytes());
    frame.extend(headers);
    frame.extend(payload);
    frame.extend(crc32(&frame).to_be_bytes());
    frame
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

fn event(name: &str, payload: &str) -> Vec<u8> {
    frame(
        &[(":message-type", "event"), (":event-type", name), (":content-type", "application/json")],
        payload.as_bytes(),
    )
}

/// A line of a live tail.
fn line(message: &str) -> Vec<u8> {
    let update = json!({"sessionMetadata": {"sampled": false}, "sessionResults": [{"message": message}]});
    event("sessionUpdate", &update.to_string())
}

fn streamed(pieces: Vec<Vec<u8>>, after: After) -> Server {
    Server::always(Reply::Pieces(
        vec![("content-type", "application/vnd.amazon.eventstream".to_owned())],
        pieces,
        after,
    ))
}

const TAIL: &str =
    "aws.service('logs').start_live_tail{log_group_identifiers={'arn:aws:logs:eu-central-1:123456789012:log-group:a'}}";

fn messages(loop_body: &str) -> String {
    format!(
        "local seen = {{}}
         local ok, e = pcall(function()
           for event in {TAIL} do seen[#seen + 1] = event.session_update.session_results[1].message {loop_body} end
         end)
         return {{ seen = seen, error = not ok and tostring(e) or nil, code = not ok and e.code or nil }}"
    )
}

#[test]
fn events_are_tables_in_their_order() {
    // The frames do not end where the pieces of the body end.
    let all = [line("a"), line("b"), line("c")].concat();
    let pieces = all.chunks(7).map(<[u8]>::to_vec).collect();
    let server = streamed(pieces, After::End);
    assert_eq!(on(&server).returned(&messages("")), json!({"seen": ["a", "b", "c"]}));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn an_event_arrives_while_the_stream_goes_on() {
    let left = Arc::new(AtomicUsize::new(0));
    let server = streamed(vec![line("a")], After::Silence(left.clone()));
    // Leaving the loop closes the connection, while the process goes on.
    let lua = format!("{} ", messages("break").replace("return {", "aws.profiles() return {"));
    assert_eq!(on(&server).returned(&lua)["seen"], json!(["a"]));
    wait_until("the connection stays open", || left.load(Ordering::SeqCst) == 1);
}

#[test]
fn a_stream_that_is_cut_is_an_error_after_its_events() {
    for (pieces, after) in [
        (vec![line("a")], After::Cut),
        (vec![line("a"), line("b")[..20].to_vec()], After::Cut),
        (vec![line("a"), line("b")[..20].to_vec()], After::End),
    ] {
        let seen = on(&streamed(pieces, after)).returned(&messages(""));
        assert_eq!(seen["seen"], json!(["a"]));
        assert!(seen["error"].is_string(), "{seen}");
    }
}

#[test]
fn a_damaged_frame_is_an_error() {
    let mut damaged = line("b");
    let at = damaged.len() - 10;
    damaged[at] ^= 1;
    let seen = on(&streamed(vec![line("a"), damaged], After::End)).returned(&messages(""));
    assert_eq!(seen["seen"], json!(["a"]));
    assert_eq!(seen["code"], "BadResponse", "{seen}");
}

#[test]
fn an_exception_in_the_stream_is_the_error_of_the_call() {
    let exception = frame(
        &[
            (":message-type", "exception"),
            (":exception-type", "SessionTimeoutException"),
            (":content-type", "application/json"),
        ],
        br#"{"message": "The session is over."}"#,
    );
    let seen = on(&streamed(vec![line("a"), exception], After::End)).returned(&messages(""));
    assert_eq!((&seen["seen"], &seen["code"]), (&json!(["a"]), &json!("SessionTimeoutException")));
    has(&seen["error"], "logs.start_live_tail: SessionTimeoutException: The session is over.");
    let error = frame(&[(":message-type", "error"), (":error-code", "Internal"), (":error-message", "Oops.")], b"");
    assert_eq!(on(&streamed(vec![error], After::End)).returned(&messages(""))["code"], "Internal");
}

#[test]
fn an_error_before_the_stream_is_that_of_the_call() {
    let server =
        Server::always(Reply::json(r#"{"__type":"LimitExceededException","message":"Too many."}"#).status(400));
    let seen = on(&server).returned(&messages(""));
    assert_eq!(seen["code"], "LimitExceededException");
}

#[test]
fn waiting_for_an_event_has_a_time_limit() {
    let left = Arc::new(AtomicUsize::new(0));
    let server = streamed(vec![line("a")], After::Silence(left.clone()));
    let lua = messages("").replace("'}}", "'}, }, {timeout='1s'}").replace("start_live_tail{", "start_live_tail({");
    let lua = lua.replace("{timeout='1s'}", "{timeout='1s'})");
    let seen = on(&server).returned(&lua);
    assert_eq!((&seen["seen"], &seen["code"]), (&json!(["a"]), &json!("Timeout")), "{seen}");
    has(&seen["error"], "no event has come for 1 second; to wait longer, give the call the option timeout");
    wait_until("the connection stays open", || left.load(Ordering::SeqCst) == 1);
}

#[test]
fn fields_beside_the_stream_and_bytes_in_events_are_read() {
    let chunk = |payload: &str| {
        frame(
            &[
                (":message-type", "event"),
                (":event-type", "PayloadChunk"),
                (":content-type", "application/octet-stream"),
            ],
            payload.as_bytes(),
        )
    };
    let complete = event("InvokeComplete", "{}");
    let headers = vec![("x-amz-executed-version", "7".to_owned())];
    let server = Server::always(Reply::Pieces(headers, vec![chunk("he"), chunk("llo"), complete], After::End));
    let lua = "local answer = aws.service('lambda').invoke_with_response_stream{function_name='f'}
               local text = ''
               for event in answer do text = text .. (event.payload_chunk and reveal(event.payload_chunk.payload) or '') end
               return { text = text, version = answer.executed_version, status = answer.status_code, after = answer() }";
    assert_eq!(changing(&server).returned(lua), json!({"text": "hello", "version": "7", "status": 200}));
}

#[test]
fn a_stream_without_its_last_event_is_cut() {
    let records = frame(
        &[(":message-type", "event"), (":event-type", "Records"), (":content-type", "application/octet-stream")],
        b"1,2\n",
    );
    let end = frame(&[(":message-type", "event"), (":event-type", "End")], b"");
    let lua = "local rows = {}
               local ok, e = pcall(function()
                 for event in aws.service('s3').select_object_content{
                   bucket='b', key='k', expression='select * from s3object', expression_type='SQL',
                   input_serialization={csv={}}, output_serialization={csv={}},
                 } do rows[#rows + 1] = event.records and event.records.payload end
               end)
               return { rows = rows, error = not ok and tostring(e) or nil }";
    assert_eq!(on(&streamed(vec![records.clone(), end], After::End)).returned(lua), json!({"rows": ["1,2\n"]}));
    let cut = on(&streamed(vec![records], After::End)).returned(lua);
    has(&cut["error"], "the stream of events ended before its last event, 'end'");
}

#[test]
fn a_contained_script_gets_no_stream_of_events() {
    let server = streamed(vec![line("a")], After::End);
    let seen = on(&server).arg("--contain").returned(&messages(""));
    has(&seen["error"], "refused, nothing was sent: the answer is a stream of events, and the run is --contain");
    server.saw_nothing();
}

#[test]
fn requests_that_are_streams_of_events_are_refused() {
    let server = streamed(vec![line("a")], After::End);
    let call =
        "aws.service('lexv2_runtime').start_conversation{bot_id='b', bot_alias_id='a', locale_id='en', session_id='s'}";
    let problem = caught(changing(&server), call)["message"].to_string();
    assert!(!problem.is_empty());
    server.saw_nothing();
}
