//! Handlers of services that come from models: they take the values of a call and return those of its answer, which
//! must be what the model declares.

use std::sync::Arc;

use aws_smithy_runtime_api::client::interceptors::context::{Error, Input, Output};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use jiff::Timestamp;
use moonfleet_core::{Map, Value, error::NOT_SIMULATED};
use moonfleet_models::{Operation, Service};
use moonfleet_protocols::{Input as ProtocolInput, Output as ProtocolOutput, Record, ServiceError};

use crate::ApiError;
use crate::registry::Attempt;
use crate::state::Call;

/// A simulated operation of a service that comes from a model.
#[derive(Clone, Copy)]
pub(crate) struct ModelHandler {
    pub operation: &'static str,
    /// The parameters that the handler reads. A call with another one is refused.
    pub parameters: &'static [&'static str],
    pub run: Run,
}

type Run = fn(&mut Call<'_>, &ModelInput) -> Result<Map, ApiError>;

/// The input of a call.
pub(crate) struct ModelInput {
    fields: Map,
    stream: Bytes,
}

impl ModelHandler {
    /// Returns the call with this input; `None` if the input is not that of a model's client.
    pub(crate) fn prepare(self, service: &'static str, input: &Input) -> Option<Attempt> {
        let input = input.downcast_ref::<ProtocolInput>()?;
        let (fields, leaves_stream) = (input.fields.clone(), input.leaves_stream());
        let service = moonfleet_models::service(service)?;
        let operation = service.operation(self.operation)?;
        Some(Arc::new(move |call, stream| {
            refuse_others(service, self, &fields)?;
            let input = ModelInput { fields: fields.clone(), stream: stream.clone() };
            let answer = (self.run)(call, &input)?;
            output(service, operation, answer, leaves_stream).map(Output::erase)
        }))
    }
}

/// Refuses parameters that the handler does not read.
fn refuse_others(service: &Service, handler: ModelHandler, fields: &Map) -> Result<(), ApiError> {
    let mut given = fields.0.iter().filter(|(_, value)| !value.is_nil());
    match given.find(|(name, _)| !handler.parameters.contains(&name.as_str())) {
        None => Ok(()),
        Some((name, _)) => Err(not_simulated(&format!("{}.{} with {name}", service.name, handler.operation))),
    }
}

/// The error for what the sandbox lacks.
pub(crate) fn not_simulated(lacks: &str) -> ApiError {
    ApiError::new("NotImplemented", format!("{NOT_SIMULATED} {lacks}")).with_status(501)
}

/// Returns the body of a call whose input has a stream.
pub(crate) fn stream_of(input: &Input) -> Option<SdkBody> {
    input.downcast_ref::<ProtocolInput>()?.body.as_ref()?.body.try_clone()
}

/// Makes the output that a client gets. A stream of bytes is a field, or beside the fields if the client reads it itself.
pub(crate) fn output(
    service: &'static Service,
    operation: &Operation,
    mut answer: Map,
    leaves_stream: bool,
) -> Result<ProtocolOutput, ApiError> {
    let bug = |problem: String| {
        let message = format!("the answer of {}.{} is wrong: {problem}", service.name, operation.name);
        ApiError::new("InternalFailure", message).with_status(500)
    };
    let Some(shape) = operation.output else {
        return match answer.0.first() {
            Some((name, _)) => Err(bug(format!("it has the field '{name}', but the operation returns nothing"))),
            None => Ok(ProtocolOutput { fields: Record::empty(service), request_id: None, status: 200, body: None }),
        };
    };
    let payload = service.shape(shape).as_structure().and_then(|output| output.members.get(output.payload?));
    let stream = payload.filter(|member| leaves_stream && member.streaming).map(|member| answer.take(&member.name));
    let body = stream.map(|stream| match stream {
        Value::Bytes(bytes) => SdkBody::from(bytes),
        Value::String(text) => SdkBody::from(text),
        _ => SdkBody::empty(),
    });
    let fields = Record::checked(service, shape, &answer).map_err(|mismatch| bug(mismatch.to_string()))?;
    Ok(ProtocolOutput { fields, request_id: None, status: 200, body })
}

/// Returns a fault as the client of the operation reads it.
pub(crate) fn refuse(service: &Service, operation: &Operation, fault: &ApiError, request_id: &str) -> Error {
    let error = ServiceError::answered(service, operation, fault.status, &fault.code, &fault.message, request_id);
    Error::erase(error)
}

impl ModelInput {
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|value| !value.is_nil())
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        text(self.value(name)?)
    }

    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        match self.value(name)? {
            Value::Integer(number) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn time(&self, name: &str) -> Option<Timestamp> {
        match self.value(name)? {
            Value::Time(time) => Some(*time),
            _ => None,
        }
    }

    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.value(name) == Some(&Value::Bool(true))
    }

    pub(crate) fn map(&self, name: &str) -> Option<&Map> {
        match self.value(name)? {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Returns the bytes of the stream, which is a field of this name or was sent beside the fields.
    pub(crate) fn bytes(&self, name: &str) -> Bytes {
        match self.value(name) {
            Some(Value::String(text)) => Bytes::copy_from_slice(text.as_bytes()),
            Some(Value::Bytes(bytes)) => Bytes::copy_from_slice(bytes),
            Some(Value::Secret(secret)) => Bytes::copy_from_slice(secret.reveal()),
            _ => self.stream.clone(),
        }
    }
}

/// Returns a text; `None` for other values.
pub(crate) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// Returns the fields of an answer. Absent values are left out.
pub(crate) fn answer<const N: usize>(fields: [(&str, Value); N]) -> Map {
    fields.into_iter().filter(|(_, value)| !value.is_nil()).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Returns a text of an answer, or an absent value.
pub(crate) fn optional(text: Option<impl Into<String>>) -> Value {
    text.map_or(Value::Nil, |text| Value::String(text.into()))
}
