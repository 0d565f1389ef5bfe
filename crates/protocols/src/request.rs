//! Requests: an input, and what the protocol and the operation make of it.

use aws_smithy_runtime_api::http::Request;
use aws_smithy_types::body::SdkBody;
use moonfleet_core::{Map, Value};
use moonfleet_models::{Kind, Operation, Protocol};

use crate::write::{Input, Problem};
use crate::{Api, Error, checksum, coverage, quirks};

/// A request without endpoint, signature and the headers of the client.
#[derive(Debug)]
pub struct PreparedRequest {
    /// The URI has a path and a query.
    pub request: Request,
    /// The start of the host name. Servers at a configured endpoint have no names below their own.
    pub host_prefix: Option<String>,
}

impl Api {
    /// Makes the request of a call. The input has the idempotency token already, if the operation needs one.
    pub fn request(&'static self, operation: &Operation, input: &Map) -> Result<PreparedRequest, Error> {
        let mut prepared = self.without_checksum(operation, input)?;
        checksum::add(self.service(), operation, input, &mut prepared.request)?;
        Ok(prepared)
    }

    /// Makes the request of a call whose body is not known yet.
    pub(crate) fn without_checksum(
        &'static self,
        operation: &Operation,
        input: &Map,
    ) -> Result<PreparedRequest, Error> {
        if self.event_stream(operation.input.as_ref().map(|input| input.target)).is_some() {
            return Err(coverage::event_stream_input());
        }
        let input = &quirks::input(self.service(), operation, input);
        let input = &self.with_payload(operation, input);
        let mut request = self.serialized(operation, input)?;
        quirks::without_bucket(self.service(), operation, input, &mut request);
        if self.service().metadata.query_compatible && matches!(self.protocol(), Protocol::Json | Protocol::Cbor) {
            request.headers_mut().insert("x-amzn-query-mode", "true");
        }
        if self.protocol() == Protocol::Cbor && operation.input.is_none() {
            *request.body_mut() = SdkBody::empty();
            request.headers_mut().remove("content-type");
        }
        quirks::add_headers(self.service(), &mut request);
        Ok(PreparedRequest { request, host_prefix: self.host_prefix(operation, input)? })
    }

    fn serialized(&'static self, operation: &Operation, input: &Map) -> Result<Request, Error> {
        let schema = self.schemas.input(operation);
        let problem = Problem::default();
        let shape = operation.input.as_ref().map(|input| input.target);
        if let (None, Some((name, _))) = (shape, input.0.first()) {
            return Err(Error::input(name, "the operation takes no input"));
        }
        let value = Input { schemas: &self.schemas, shape, schema: &schema, value: input, problem: &problem };
        let serialized = self.wire.serialize(operation.api_name, &value, &schema);
        serialized.map_err(|error| problem.take(error))
    }

    /// Returns the input with an empty structure where JSON has none: the whole body may not be absent.
    fn with_payload(&self, operation: &Operation, input: &Map) -> Map {
        let mut input = input.clone();
        let structure = operation.input.as_ref().and_then(|input| self.schemas.shape(input.target).as_structure());
        let payload = structure.and_then(|structure| structure.members.get(structure.payload?));
        if let (Protocol::RestJson, Some(member)) = (self.protocol(), payload) {
            let is_structure = matches!(self.schemas.shape(member.target.target).kind, Kind::Structure(_));
            if is_structure && input.get(&member.name).is_none_or(Value::is_nil) {
                input.set(&member.name, Value::Map(Map::default()));
            }
        }
        input
    }

    /// Returns the start of the host name, with the values of the input.
    fn host_prefix(&self, operation: &Operation, input: &Map) -> Result<Option<String>, Error> {
        let Some(template) = operation.host_prefix else { return Ok(None) };
        let mut prefix = template.to_owned();
        let structure = operation.input.as_ref().and_then(|input| self.schemas.shape(input.target).as_structure());
        for member in structure.iter().flat_map(|structure| &structure.members).filter(|member| member.host_label) {
            let label = match input.get(&member.name) {
                Some(Value::String(label)) => label.as_str(),
                _ => "",
            };
            let is_label = (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-');
            if !is_label {
                return Err(Error::input(
                    &*member.name,
                    format!("{label:?} cannot be part of a host name: it needs 1 to 63 letters, digits and hyphens"),
                ));
            }
            prefix = prefix.replace(&format!("{{{}}}", member.api_name), label);
        }
        Ok(Some(prefix))
    }
}
