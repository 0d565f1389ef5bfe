//! Answers that arrive while they are used: a stream of bytes or of events, and the fields that come before it.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use moonfleet_core::{CallFailure, CallFailureKind, Map, Shape, Value};
use moonfleet_protocols::{EventStream, Failure, ServiceError};

use crate::failure::sdk_failure;
use crate::operation::{Means, Operation};
use crate::reflect::{Answer, Structure, View};
use crate::{data_answer, secrets};

/// The fields of an answer whose stream has not been read.
pub(crate) struct StreamedAnswer {
    pub(crate) fields: Answer,
    stream: Mutex<Option<Stream>>,
}

enum Stream {
    Bytes(SdkBody),
    Events(Events),
}

/// The events of an answer, in the order in which they arrive.
pub struct Events {
    stream: EventStream,
    /// The union of all events.
    shape: &'static Shape,
    /// The event that a complete stream ends with, of services that send one.
    last: Option<&'static str>,
    latest: Option<String>,
}

impl StreamedAnswer {
    pub(super) fn of_bytes(fields: Answer, body: SdkBody) -> Answer {
        Arc::new(StreamedAnswer { fields, stream: Mutex::new(Some(Stream::Bytes(body))) })
    }

    pub(super) fn of_events(fields: Answer, events: Events) -> Answer {
        Arc::new(StreamedAnswer { fields, stream: Mutex::new(Some(Stream::Events(events))) })
    }
}

impl Structure for StreamedAnswer {
    fn shape(&self) -> &'static Shape {
        self.fields.shape()
    }

    fn get(&self, index: usize) -> View<'_> {
        self.fields.get(index)
    }
}

/// Whether the answers of an operation are streams of events.
pub fn gives_events(operation: &Operation) -> bool {
    let Means::Model(model) = &operation.means else { return false };
    model.gives_events()
}

/// Returns the bytes of an answer that have not been read; `None` the second time, and for answers without a stream.
pub fn take_bytes(answer: &Answer) -> Option<ByteStream> {
    match take(answer, |stream| matches!(stream, Stream::Bytes(_)))? {
        Stream::Bytes(body) => Some(ByteStream::new(body)),
        Stream::Events(_) => None,
    }
}

/// Returns the events of an answer; `None` the second time, and for answers without events.
pub fn take_events(answer: &Answer) -> Option<Events> {
    match take(answer, |stream| matches!(stream, Stream::Events(_)))? {
        Stream::Events(events) => Some(events),
        Stream::Bytes(_) => None,
    }
}

fn take(answer: &Answer, is_wanted: impl Fn(&Stream) -> bool) -> Option<Stream> {
    let answer = (&**answer as &dyn Any).downcast_ref::<StreamedAnswer>()?;
    answer.stream.lock().unwrap_or_else(PoisonError::into_inner).take_if(|stream| is_wanted(stream))
}

impl Events {
    pub(super) fn new(stream: EventStream, shape: &'static Shape) -> Self {
        let last = stream.last_event();
        Events { stream, shape, last, latest: None }
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
        let fields = Map::from_iter([(event.name.clone(), Value::Map(event.fields.to_map()))]);
        self.latest = Some(event.name);
        let event = data_answer::of_values(self.shape, fields, None);
        secrets::remember_event(&*event);
        Ok(Some(event))
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
