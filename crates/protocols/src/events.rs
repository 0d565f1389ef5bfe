//! Event streams of answers, frame by frame.

use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::event_stream::{HeaderValue, Message};
use bytes::{Buf, Bytes, BytesMut};
use moonfleet_core::Value;
use moonfleet_models::{Kind, Member, Operation, ShapeId, Structure};

use crate::answer::Failure;
use crate::record::Writer;
use crate::scalars;
use crate::smithy::{DecodedFrame, MessageFrameDecoder};
use crate::xml::{self, Part};
use crate::{Api, Error, Record, ServiceError, quirks, read};

/// An event of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The name of the event in the stream, in snake case.
    pub name: String,
    pub fields: Record,
}

/// Splits the bytes of an answer into events, as they arrive.
#[derive(Debug)]
pub struct EventDecoder {
    api: &'static Api,
    stream: ShapeId,
    frames: MessageFrameDecoder,
    buffer: BytesMut,
}

impl EventDecoder {
    /// Returns a decoder; `None` if the answers of the operation are not streams of events.
    pub fn new(api: &'static Api, operation: &Operation) -> Option<Self> {
        let stream = api.events(operation)?.target.target;
        Some(EventDecoder { api, stream, frames: MessageFrameDecoder::new(), buffer: BytesMut::new() })
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Returns the next event; `None` if it has not arrived as a whole. Events that the model does not know are skipped.
    pub fn next_event(&mut self) -> Result<Option<Event>, Failure> {
        loop {
            let frame = self.frames.decode_frame(&mut self.buffer);
            match frame.map_err(|error| Error::Answer(error.to_string()))? {
                DecodedFrame::Incomplete => return Ok(None),
                DecodedFrame::Complete(message) => {
                    if let Some(event) = self.api.event(self.stream, &message)? {
                        return Ok(Some(event));
                    }
                }
            }
        }
    }

    /// Checks that the stream has not ended within a frame.
    pub fn finish(&self) -> Result<(), Error> {
        match self.buffer.has_remaining() {
            true => Err(Error::Answer("the answer ends in the middle of an event; call again".to_owned())),
            false => Ok(()),
        }
    }
}

/// The events of an answer, which arrive one after the other.
#[derive(Debug)]
pub struct EventStream {
    decoder: EventDecoder,
    last: Option<&'static str>,
    body: ByteStream,
}

impl EventStream {
    /// Returns the events in a body; `None` if the answers of the operation are not streams of events.
    pub fn new(api: &'static Api, operation: &Operation, body: SdkBody) -> Option<Self> {
        let last = quirks::last_event(api.service(), operation);
        Some(EventStream { decoder: EventDecoder::new(api, operation)?, last, body: ByteStream::new(body) })
    }

    /// Returns the event that a complete stream ends with, of services that send one.
    pub fn last_event(&self) -> Option<&'static str> {
        self.last
    }

    /// Waits for the next event. Returns `None` at the end of the stream.
    pub async fn next(&mut self) -> Result<Option<Event>, Failure> {
        loop {
            if let Some(event) = self.decoder.next_event()? {
                return Ok(Some(event));
            }
            match self.body.next().await {
                Some(bytes) => self.decoder.push(&bytes.map_err(|error| Error::Answer(error.to_string()))?),
                None => return self.decoder.finish().map(|()| None).map_err(Failure::from),
            }
        }
    }
}

impl Api {
    /// Writes the events of a stream that has ended, as a list of unions.
    pub(crate) fn write_events(
        &'static self,
        operation: &Operation,
        body: &[u8],
        writer: &mut Writer,
    ) -> Result<(), Failure> {
        let Some(mut decoder) = EventDecoder::new(self, operation) else { return Ok(()) };
        decoder.push(body);
        let list = writer.begin_list();
        while let Some(event) = decoder.next_event()? {
            let stream = self.schemas.shape(decoder.stream).as_structure();
            let (at, _) = stream.and_then(|stream| stream.member(&event.name)).expect("the decoder knows the event");
            let union = writer.begin_structure();
            writer.field(at);
            writer.record(&event.fields);
            writer.end(union);
        }
        writer.end(list);
        Ok(decoder.finish()?)
    }

    fn event(&'static self, stream: ShapeId, message: &Message) -> Result<Option<Event>, Failure> {
        let header = |name: &str| {
            let header = message.headers().iter().find(|header| header.name().as_str() == name)?;
            header.value().as_string().ok().map(|text| text.as_str().to_owned())
        };
        let kind = header(":message-type").unwrap_or_default();
        let name = match kind.as_str() {
            "event" => header(":event-type"),
            "exception" => header(":exception-type"),
            "error" => {
                let (code, message) = (header(":error-code"), header(":error-message"));
                let error = ServiceError { status: 200, code, message, ..ServiceError::default() };
                return Err(Box::new(error.with_metadata()).into());
            }
            other => {
                return Err(Error::Answer(format!("the stream has a message of the unknown type {other:?}")).into());
            }
        };
        let name = name.ok_or_else(|| Error::Answer("an event has no name".to_owned()))?;
        let members = self.schemas.shape(stream).as_structure().map(|structure| &structure.members);
        let member = members.and_then(|members| members.iter().find(|member| member.wire_name == name));
        let fields = member.map(|member| self.event_fields(member.target.target, message)).transpose()?;
        if kind == "exception" {
            let fields = fields.map(|fields| fields.to_map()).unwrap_or_default();
            let text = ["message", "Message"].iter().find_map(|name| match fields.get(name) {
                Some(Value::String(text)) => Some(text.clone()),
                _ => None,
            });
            let error =
                ServiceError { status: 200, code: Some(name), message: text, fields, ..ServiceError::default() };
            return Err(Box::new(error.with_metadata()).into());
        }
        Ok(member.zip(fields).map(|(member, fields)| Event { name: member.name.to_string(), fields }))
    }

    fn event_fields(&'static self, id: ShapeId, message: &Message) -> Result<Record, Error> {
        let mut writer = Writer::default();
        let Some(structure) = self.schemas.shape(id).as_structure() else {
            return Ok(writer.finish(self.service(), id));
        };
        let payload = message.payload();
        for (at, member) in structure.members.iter().enumerate() {
            let found = message.headers().iter().find(|header| header.name().as_str() == member.wire_name);
            if let (true, Some(header)) = (member.event_header, found) {
                writer.field(at);
                writer.value(&header_value(header.value()));
            }
        }
        let in_payload = structure.members.iter().enumerate().find(|(_, member)| member.event_payload);
        if let Some((at, member)) = in_payload {
            writer.field(at);
            match &self.schemas.shape(member.target.target).kind {
                Kind::Blob => writer.blob(payload),
                Kind::String { .. } => writer.value(&Value::String(String::from_utf8_lossy(payload).into_owned())),
                _ => {
                    let inner = writer.begin_structure();
                    self.read_payload(member.target.target, payload, &mut writer)?;
                    writer.end(inner);
                }
            }
        } else if !payload.is_empty() && has_content(structure) {
            self.read_payload(id, payload, &mut writer)?;
        }
        Ok(writer.finish(self.service(), id))
    }

    fn read_payload(&'static self, id: ShapeId, payload: &Bytes, writer: &mut Writer) -> Result<(), Error> {
        let Some(codec) = self.wire.event_codec() else {
            return xml::members(payload, Part::Root, &self.schemas, id, writer);
        };
        let mut deserializer = codec.create_deserializer(payload);
        let is_wanted = |member: &Member| !member.event_header;
        let read = read::members(&mut *deserializer, &self.schemas, id, writer, &is_wanted);
        read.map_err(|error| Error::Answer(error.to_string()))
    }
}

fn has_content(structure: &Structure) -> bool {
    structure.members.iter().any(|member| !member.event_header)
}

fn header_value(value: &HeaderValue) -> Value {
    match value {
        HeaderValue::Bool(yes) => Value::Bool(*yes),
        HeaderValue::Byte(number) => Value::Integer((*number).into()),
        HeaderValue::Int16(number) => Value::Integer((*number).into()),
        HeaderValue::Int32(number) => Value::Integer((*number).into()),
        HeaderValue::Int64(number) => Value::Integer(*number),
        HeaderValue::ByteArray(bytes) => Value::from_bytes(bytes.to_vec()),
        HeaderValue::String(text) => Value::String(text.as_str().to_owned()),
        HeaderValue::Timestamp(time) => scalars::time(time.secs(), time.subsec_nanos()),
        _ => Value::Nil,
    }
}
