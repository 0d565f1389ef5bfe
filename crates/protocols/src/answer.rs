//! Answers: the fields of the output, or the error of the service.

use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use moonfleet_core::Value;
use moonfleet_models::{Kind, Location, Member, Operation, Protocol, ShapeId, Structure};

use crate::record::Writer;
use crate::xml::{self, Part};
use crate::{Api, Error, Record, ServiceError, quirks, read};

/// A call without an output.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Service(#[from] Box<ServiceError>),
    #[error(transparent)]
    Call(#[from] Error),
}

impl Api {
    /// Returns the member of the output that is a stream of bytes. Its answer may be read while it arrives.
    pub fn byte_stream(&self, operation: &Operation) -> Option<&'static Member> {
        let structure = self.schemas.shape(operation.output?).as_structure()?;
        structure.members.get(structure.payload?).filter(|member| member.streaming)
    }

    /// Returns the member of the output that is a stream of events.
    pub fn events(&self, operation: &Operation) -> Option<&'static Member> {
        self.event_stream(operation.output)
    }

    /// Whether answers of the operation are streams of bytes or of events.
    pub fn has_stream(&self, operation: &Operation) -> bool {
        self.byte_stream(operation).is_some() || self.events(operation).is_some()
    }

    /// Whether an answer tells an error.
    pub fn is_error(&self, response: &Response) -> bool {
        let status = response.status().as_u16();
        let has_late_error = || response.body().bytes().is_some_and(|body| xml::root_is(body, "Error"));
        status >= 300 || status == 200 && quirks::may_fail_with_success(self.service()) && has_late_error()
    }

    /// Reads a whole answer. A stream of bytes or of events is one of the fields.
    pub fn answer(&'static self, operation: &Operation, response: &Response) -> Result<Record, Failure> {
        check_length(operation, response)?;
        if self.is_error(response) {
            return Err(Box::new(self.service_error(operation, response)).into());
        }
        let Some(id) = operation.output else { return Ok(Record::empty(self.service())) };
        let mut writer = Writer::default();
        self.read_fields(operation, id, response, &mut writer)?;
        let body = response.body().bytes().unwrap_or(&[]);
        let index = |member: &Member| self.structure(id).members.iter().position(|other| std::ptr::eq(other, member));
        if let Some(at) = self.byte_stream(operation).and_then(index) {
            writer.field(at);
            writer.blob(body);
        }
        if let Some(at) = self.events(operation).and_then(index) {
            writer.field(at);
            self.write_events(operation, body, &mut writer)?;
        }
        Ok(writer.finish(self.service(), id))
    }

    /// Reads the fields beside a stream, whose bytes stay in the body.
    pub fn fields(&'static self, operation: &Operation, response: &Response) -> Result<Record, Error> {
        let Some(id) = operation.output else { return Ok(Record::empty(self.service())) };
        let mut writer = Writer::default();
        self.read_fields(operation, id, response, &mut writer)?;
        Ok(writer.finish(self.service(), id))
    }

    fn read_fields(
        &'static self,
        operation: &Operation,
        id: ShapeId,
        response: &Response,
        writer: &mut Writer,
    ) -> Result<(), Error> {
        let structure = self.structure(id);
        let repaired = quirks::without_wrong_expiry(self.service(), response);
        let response = repaired.as_ref().unwrap_or(response);
        if self.events(operation).is_some() {
            return self.read_headers(id, response, writer);
        }
        let body = response.body().bytes().unwrap_or(&[]);
        let payload = structure.payload.map(|at| (at, &structure.members[at]));
        let is_stream = payload.is_some_and(|(_, member)| member.streaming);
        if !is_stream {
            self.check_body(structure, response.status().as_u16(), body)?;
            if body.trim_ascii().is_empty() && !self.is_rest() {
                return Ok(());
            }
        }
        let config = ConfigBag::base();
        let deserializer = self.wire.deserializer(response, self.schemas.output(id), &config).map_err(unreadable)?;
        match deserializer {
            Some(mut deserializer) => {
                let is_wanted = |member: &Member| !member.streaming;
                read::members(&mut *deserializer, &self.schemas, id, writer, &is_wanted).map_err(unreadable)?;
            }
            None => self.read_xml(operation, id, response, writer)?,
        }
        if let Some((at, member)) = payload
            && !is_stream
            && body.is_empty()
            && self.is_text(member)
        {
            // An empty object or text has no body.
            writer.field(at);
            writer.value(&Value::from(""));
        }
        Ok(())
    }

    /// Reads the headers and the document of an answer in XML.
    fn read_xml(
        &'static self,
        operation: &Operation,
        id: ShapeId,
        response: &Response,
        writer: &mut Writer,
    ) -> Result<(), Error> {
        self.read_headers(id, response, writer)?;
        let structure = self.structure(id);
        let body = response.body().bytes().unwrap_or(&[]);
        if let Some(at) = structure.payload {
            let member = &structure.members[at];
            if member.streaming || body.is_empty() {
                return Ok(());
            }
            writer.field(at);
            match &self.schemas.shape(member.target.target).kind {
                Kind::Blob => writer.blob(body),
                Kind::String { .. } => writer.text(std::str::from_utf8(body).map_err(unreadable)?),
                _ => xml::payload(body, &self.schemas, &member.target, writer)?,
            }
            return Ok(());
        }
        let has_document = !self.is_rest() || structure.members.iter().any(|member| member.location == Location::Body);
        if !has_document {
            return Ok(());
        }
        // A page of a proxy can be XML too, and would be an answer without fields.
        let expected = if self.is_rest() { "" } else { operation.api_name };
        xml::check_root(body, expected)?;
        xml::members(body, self.result(), &self.schemas, id, writer)
    }

    /// Returns the element that holds the result of a call in XML.
    fn result(&self) -> Part {
        match self.protocol() {
            Protocol::Query => Part::Result,
            _ => Part::Root,
        }
    }

    /// Reads the members of a structure that are in the headers and in the status.
    pub(crate) fn read_headers(
        &'static self,
        id: ShapeId,
        response: &Response,
        writer: &mut Writer,
    ) -> Result<(), Error> {
        let is_wanted = |member: &Member| member.location != Location::Body;
        if !self.is_rest() || !self.structure(id).members.iter().any(is_wanted) {
            return Ok(());
        }
        let mut bare = Response::new(response.status(), SdkBody::empty());
        *bare.headers_mut() = response.headers().clone();
        let config = ConfigBag::base();
        let Some(mut deserializer) = self.wire.header_deserializer(&bare, &config) else { return Ok(()) };
        read::members(&mut *deserializer, &self.schemas, id, writer, &is_wanted).map_err(unreadable)
    }

    fn structure(&self, id: ShapeId) -> &'static Structure {
        self.schemas.shape(id).as_structure().expect("outputs are structures")
    }

    fn is_text(&self, member: &Member) -> bool {
        matches!(self.schemas.shape(member.target.target).kind, Kind::Blob | Kind::String { .. })
    }

    fn is_rest(&self) -> bool {
        matches!(self.protocol(), Protocol::RestJson | Protocol::RestXml)
    }

    /// Refuses bodies that would be read as shorter answers than the service gave.
    fn check_body(&self, structure: &Structure, status: u16, body: &[u8]) -> Result<(), Error> {
        let in_body = || structure.members.iter().filter(|member| member.location == Location::Body);
        let is_collection = |member: &Member| {
            matches!(self.schemas.shape(member.target.target).kind, Kind::List { .. } | Kind::Map { .. })
        };
        let has_result = match (self.is_rest(), structure.payload.and_then(|at| structure.members.get(at))) {
            (false, _) => in_body().next().is_some(),
            // Services of these protocols leave a body without content out.
            (true, None) => status == 200 && in_body().any(is_collection),
            (true, Some(payload)) => {
                let inner = self.schemas.shape(payload.target.target).as_structure();
                status == 200 && inner.is_some_and(|inner| inner.members.iter().any(is_collection))
            }
        };
        if has_result && body.trim_ascii().is_empty() {
            return Err(Error::Answer(
                "the answer is empty, though the call has a result; check the endpoint and proxies".into(),
            ));
        }
        Ok(())
    }
}

fn unreadable(error: impl std::fmt::Display) -> Error {
    Error::Answer(error.to_string())
}

/// Refuses a body that is shorter than the server said.
fn check_length(operation: &Operation, response: &Response) -> Result<(), Error> {
    let declared = response.headers().get("content-length").and_then(|length| length.parse::<usize>().ok());
    let (Some(declared), Some(body)) = (declared, response.body().bytes()) else { return Ok(()) };
    let is_encoded = response.headers().get("content-encoding").is_some();
    match operation.http_method != "HEAD" && !is_encoded && body.len() < declared {
        true => Err(Error::Answer(format!(
            "the answer ends in the middle, after {} of {declared} bytes; call again",
            body.len()
        ))),
        false => Ok(()),
    }
}
