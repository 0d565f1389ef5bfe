//! Errors that a service answers with.

use std::fmt;

use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::{Builder, ProvideErrorMetadata};
use aws_smithy_types::retry::{ErrorKind, ProvideErrorKind};
use aws_types::request_id::RequestId as _;
use moonfleet_core::Map;
use moonfleet_models::{Operation, Protocol, Retry, Service, Shape, ShapeId};

use crate::record::Writer;
use crate::smithy::cbor_error;
use crate::xml::{self, Part};
use crate::{Api, Error, Record, quirks, read};

/// An error that a service answered with, or a server in front of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceError {
    pub status: u16,
    /// `None` if the body is not an error of AWS, for example one of a proxy.
    pub code: Option<String>,
    pub message: Option<String>,
    pub request_id: Option<String>,
    /// The fields of the modelled error.
    pub fields: Map,
    /// What the model says of retries.
    pub retry: Option<Retry>,
    /// The same for the SDK.
    pub(crate) metadata: ErrorMetadata,
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => f.write_str(code)?,
            None => write!(f, "HTTP {}", self.status)?,
        }
        match &self.message {
            Some(message) => write!(f, ": {message}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ServiceError {}

impl ServiceError {
    /// Returns an error as a client reads it that has got this status, code and message. Answers without a body have
    /// neither code nor message.
    pub fn answered(
        service: &Service,
        operation: &Operation,
        status: u16,
        code: &str,
        message: &str,
        request_id: &str,
    ) -> Self {
        let has_body = operation.http_method != "HEAD" && status != 304;
        let (code, message) = match has_body {
            true => (Some(code), Some(message)),
            false => (quirks::code_without_body(service, operation, status), None),
        };
        let shape = code.and_then(|code| service.error(code)).and_then(Shape::as_structure);
        ServiceError {
            status,
            code: code.map(str::to_owned),
            message: message.map(str::to_owned),
            request_id: Some(request_id.to_owned()),
            retry: shape.and_then(|shape| shape.error).and_then(|traits| traits.retry),
            ..ServiceError::default()
        }
        .with_metadata()
    }

    /// Sets the form for the SDK, after the other fields.
    pub(crate) fn with_metadata(mut self) -> Self {
        let metadata = ErrorMetadata::builder();
        let metadata = self.code.iter().fold(metadata, |metadata, code| metadata.code(code));
        let metadata = self.message.iter().fold(metadata, |metadata, message| metadata.message(message));
        let id = |metadata: Builder, id: &String| metadata.custom("aws_request_id", id.clone());
        self.metadata = self.request_id.iter().fold(metadata, id).build();
        self
    }
}

impl ProvideErrorMetadata for ServiceError {
    fn meta(&self) -> &ErrorMetadata {
        &self.metadata
    }
}

impl ProvideErrorKind for ServiceError {
    fn retryable_error_kind(&self) -> Option<ErrorKind> {
        Some(match self.retry? {
            Retry::Throttling => ErrorKind::ThrottlingError,
            Retry::Transient => ErrorKind::TransientError,
        })
    }

    fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }
}

/// What the body and the headers say of an error.
#[derive(Default)]
struct Described {
    /// The name by which the modelled error is found.
    kind: Option<String>,
    /// The code for the caller.
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
}

impl Api {
    /// Reads an error. A body that is not the protocol's leaves the status.
    pub(crate) fn service_error(&'static self, operation: &Operation, response: &Response) -> ServiceError {
        let status = response.status().as_u16();
        let described = self.described(response);
        let code =
            described.code.or_else(|| quirks::code_without_body(self.service(), operation, status).map(str::to_owned));
        let shape = described.kind.as_deref().or(code.as_deref()).and_then(|kind| self.error_shape(operation, kind));
        let fields = shape.map(|id| self.error_fields(id, response)).unwrap_or_default();
        let traits = shape.and_then(|id| self.schemas.shape(id).as_structure()?.error);
        ServiceError {
            status,
            code,
            message: described.message,
            request_id: response.request_id().map(str::to_owned).or(described.request_id),
            fields,
            retry: traits.and_then(|traits| traits.retry),
            metadata: ErrorMetadata::default(),
        }
        .with_metadata()
    }

    fn described(&self, response: &Response) -> Described {
        let body = response.body().bytes().unwrap_or(&[]);
        let header = |name: &str| response.headers().get(name).map(sanitized);
        // Services that had the query protocol keep its codes. The former name finds the shape.
        let legacy = response.headers().get("x-amzn-query-error").and_then(|value| value.split_once(';'));
        let legacy = || legacy.map(|(code, _)| code.to_owned()).filter(|_| self.service().metadata.query_compatible);
        match self.protocol() {
            Protocol::Json | Protocol::RestJson => {
                let (kind, code, message) = json_error(body);
                let is_rpc = self.protocol() == Protocol::Json;
                // In REST, the name of the error is in the header. A modelled field may be called `code`.
                let kind = match is_rpc {
                    true => kind.or_else(|| header("x-amzn-errortype")).or(code),
                    false => header("x-amzn-errortype").or(kind).or(code),
                };
                Described { code: legacy().or_else(|| kind.clone()), kind, message, request_id: None }
            }
            Protocol::Cbor => {
                let (kind, message) = cbor_error(body);
                let kind = kind.as_deref().map(sanitized).or_else(|| header("x-amzn-errortype"));
                Described { code: legacy().or_else(|| kind.clone()), kind, message, request_id: None }
            }
            Protocol::RestXml | Protocol::Query | Protocol::Ec2 => {
                let error = xml::error(body);
                Described {
                    kind: error.code.clone(),
                    code: error.code,
                    message: error.message,
                    request_id: error.request_id,
                }
            }
        }
    }

    /// Returns the modelled error: one of the operation, or else of the service.
    fn error_shape(&self, operation: &Operation, kind: &str) -> Option<ShapeId> {
        let is_it = |id: &ShapeId| {
            let shape = self.schemas.shape(*id);
            let error = shape.as_structure().and_then(|structure| structure.error);
            error.is_some_and(|error| error.code == Some(kind) || shape.name == kind)
        };
        let of_operation = operation.errors.iter().copied().find(is_it);
        of_operation.or_else(|| self.service().shape_named(kind).map(|shape| shape.id).filter(is_it))
    }

    fn error_fields(&'static self, id: ShapeId, response: &Response) -> Map {
        let config = ConfigBag::base();
        let fields = match self.wire.error_deserializer(response, &config) {
            Some(mut deserializer) => read::structure(&mut *deserializer, &self.schemas, id).ok(),
            None => self.xml_error_fields(id, response).ok(),
        };
        // An error without its fields is better than none.
        fields.map(|fields| fields.to_map()).unwrap_or_default()
    }

    fn xml_error_fields(&'static self, id: ShapeId, response: &Response) -> Result<Record, Error> {
        let mut writer = Writer::default();
        self.read_headers(id, response, &mut writer)?;
        let body = response.body().bytes().unwrap_or(&[]);
        if !body.is_empty() {
            xml::members(body, Part::Error, &self.schemas, id, &mut writer)?;
        }
        Ok(writer.finish(self.service(), id))
    }
}

/// Returns the `__type`, the `code` and the message of an error in JSON.
fn json_error(body: &[u8]) -> (Option<String>, Option<String>, Option<String>) {
    let Ok(serde_json::Value::Object(body)) = serde_json::from_slice(body) else { return (None, None, None) };
    let text = |name: &str| body.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    let message = text("message").or_else(|| text("Message")).or_else(|| text("errorMessage"));
    (text("__type").as_deref().map(sanitized), text("code").as_deref().map(sanitized), message)
}

/// Returns the name in `com.amazonaws.service#Name:http://…`.
fn sanitized(code: &str) -> String {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code).trim().to_owned()
}
