//! Answers that arrive while they are used: a stream of bytes or of events, and the fields that come before it.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use moonfleet_core::{CallFailure, CallFailureKind};
use moonfleet_protocols::{Api, EventStream, Failure, ServiceError};

use crate::answer::Answer;
use crate::failure::sdk_failure;
use crate::operation::Operation;
use crate::secrets;

/// A stream that has not been read.
pub(crate) enum Stream {
    Bytes(SdkBody),
    Events(Box<Events>),
}

/// The events of an answer, in the order in which they arrive.
pub struct Events {
    stream: EventStream,
    operation: &'static Operation,
    /// The event that a complete stream ends with, of services that send one.
    last: Option<&'static str>,
    latest: Option<String>,
}

/// Whether the answers of an operation are streams of events.
pub fn gives_events(operation: &Operation) -> bool {
    Api::of(operation.shapes.service).events(operation.model).is_some()
}

/// Returns the bytes of an answer that have not been read; `None` the second time, and for answers without a stream.
pub fn take_bytes(answer: &Answer) -> Option<ByteStream> {
    match answer.take_stream(|stream| matches!(stream, Stream::Bytes(_)))? {
        Stream::Bytes(body) => Some(ByteStream::new(body)),
        Stream::Events(_) => None,
    }
}

/// Returns the events of an answer; `None` the second time, and for answers without events.
pub fn take_events(answer: &Answer) -> Option<Events> {
    match answer.take_stream(|stream| matches!(stream, Stream::Events(_)))? {
        Stream::Events(events) => Some(*events),
        Stream::Bytes(_) => None,
    }
}

impl Events {
    pub(super) fn new(stream: EventStream, operation: &'static Operation) -> Self {
        let last = stream.last_event();
        Events { stream, operation, last, latest: None }
    }

    /// Waits for the next event, a structure with one field that has the event's name. Returns `None` at the end of the
    /// stream. Fails if the service reports an error, or if the stream is cut.
    pub async fn next(&mut self) -> Result<Option<Answer>, CallFailure> {
        let Some(event) = self.stream.next().await.map_err(failure)? else {
            return match self.last.filter(|last| self.latest.as_deref() != Some(last)) {
                Some(last) => {
                    let message = format!("the stream of events ended before its last event, '{last}'; call again");
                    Err(CallFailure::new(CallFailureKind::Connection, message))
                }
                None => Ok(None),
            };
        };
        let answer = Answer::of_event(self.operation, &event);
        self.latest = Some(event.name);
        secrets::remember_event(&answer);
        Ok(Some(answer))
    }
}

/// Describes the end of a stream of events that was not its last event.
fn failure(failure: Failure) -> CallFailure {
    let answer = || HttpResponse::new(StatusCode::try_from(200).expect("a status"), SdkBody::empty());
    sdk_failure::<ServiceError>(match failure {
        Failure::Service(error) => SdkError::service_error(*error, answer()),
        Failure::Call(error) => SdkError::response_error(error, answer()),
    })
}
