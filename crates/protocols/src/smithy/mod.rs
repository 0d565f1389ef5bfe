//! The adapter to the protocol crates of AWS's SDK, `aws-smithy-json` and others. Their versions begin with 0 and change
//! with the SDK; no other module names them. The version of `aws-smithy-schema` begins with 1.
//!
//! [`Wire`] adds ec2Query. CBOR has a codec here, because `aws-smithy-cbor` changes features of crates below the SDK, and
//! refuses doubles where the model has floats. Answers in XML have a reader of their own, because `aws-smithy-xml` reads
//! each level of a document again for the level above it.

mod cbor;

use aws_smithy_checksums::ChecksumAlgorithm;
use aws_smithy_checksums::http::HttpChecksum;
pub(crate) use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder};
use aws_smithy_json::codec::{JsonCodec, JsonCodecSettings};
use aws_smithy_query::codec::QueryShapeSerializer;
use aws_smithy_runtime_api::http::{Request, Response};
use aws_smithy_schema::codec::{Codec, FinishSerializer};
use aws_smithy_schema::http_protocol::{HttpBindingProtocol, http_error_deserializer};
use aws_smithy_schema::protocol::ClientProtocolInner;
use aws_smithy_schema::serde::{SerdeError, SerializableStruct, ShapeDeserializer, ShapeSerializer};
use aws_smithy_schema::{Schema, ShapeId, shape_id};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::Format;
use aws_smithy_xml::codec::{XmlCodec, XmlCodecSettings};
use moonfleet_models::{Metadata, Protocol};

use self::cbor::CborCodec;
pub(crate) use self::cbor::error_fields as cbor_error;

static REST_JSON: ShapeId<'static> = shape_id!("aws.protocols", "restJson1");
static REST_XML: ShapeId<'static> = shape_id!("aws.protocols", "restXml");

/// The wire format of a service.
#[derive(Debug)]
pub(crate) enum Wire {
    JsonRpc { codec: JsonCodec, content_type: &'static str, target: &'static str },
    Cbor { codec: CborCodec, service: &'static str },
    RestJson(HttpBindingProtocol<JsonCodec>),
    RestXml(HttpBindingProtocol<XmlCodec>),
    Query { version: &'static str },
    Ec2 { version: &'static str },
}

impl Wire {
    pub(crate) fn new(protocol: Protocol, metadata: &Metadata) -> Self {
        let json = |use_json_name| {
            let settings = JsonCodecSettings::builder().use_json_name(use_json_name);
            JsonCodec::new(settings.default_timestamp_format(Format::EpochSeconds).build())
        };
        let target = metadata.target_prefix.unwrap_or_default();
        match protocol {
            Protocol::Json => Wire::JsonRpc {
                codec: json(false),
                content_type: match metadata.json_version {
                    Some("1.1") => "application/x-amz-json-1.1",
                    _ => "application/x-amz-json-1.0",
                },
                target,
            },
            Protocol::Cbor => Wire::Cbor { codec: CborCodec, service: target },
            Protocol::RestJson => {
                Wire::RestJson(HttpBindingProtocol::new(REST_JSON.clone(), json(true), "application/json"))
            }
            Protocol::RestXml => {
                Wire::RestXml(HttpBindingProtocol::new(REST_XML.clone(), xml_codec(), "application/xml"))
            }
            Protocol::Query => Wire::Query { version: metadata.api_version },
            Protocol::Ec2 => Wire::Ec2 { version: metadata.api_version },
        }
    }

    pub(crate) fn serialize(
        &self,
        operation: &str,
        input: &dyn SerializableStruct,
        schema: &Schema<'_>,
    ) -> Result<Request, SerdeError> {
        match self {
            Wire::JsonRpc { codec, content_type, target } => {
                let mut request = posted("/", content_type, finished(codec.create_serializer(), input, schema)?)?;
                request.headers_mut().insert("x-amz-target", format!("{target}.{operation}"));
                Ok(request)
            }
            Wire::Cbor { codec, service } => {
                let path = format!("/service/{service}/operation/{operation}");
                let mut request =
                    posted(&path, "application/cbor", finished(codec.create_serializer(), input, schema)?)?;
                request.headers_mut().insert("smithy-protocol", "rpc-v2-cbor");
                Ok(request)
            }
            Wire::RestJson(protocol) => protocol.serialize_request(input, schema, "/", &ConfigBag::base()),
            Wire::RestXml(protocol) => protocol.serialize_request(input, schema, "/", &ConfigBag::base()),
            Wire::Query { version } | Wire::Ec2 { version } => {
                let serializer = QueryShapeSerializer::new(operation, version);
                posted("/", "application/x-www-form-urlencoded; charset=utf-8", finished(serializer, input, schema)?)
            }
        }
    }

    /// Reads the answer of a call that succeeded; `None` if it is XML.
    pub(crate) fn deserializer<'a>(
        &self,
        response: &'a Response,
        schema: &Schema<'_>,
        config: &'a ConfigBag,
    ) -> Result<Option<Box<dyn ShapeDeserializer + 'a>>, SerdeError> {
        let body = response.body().bytes().unwrap_or(&[]);
        match self {
            Wire::JsonRpc { codec, .. } => Ok(Some(Box::new(codec.create_deserializer(body)))),
            Wire::Cbor { codec, .. } => Ok(Some(Box::new(codec.create_deserializer(body)))),
            Wire::RestJson(protocol) => protocol.deserialize_response(response, schema, config).map(Some),
            Wire::RestXml(_) | Wire::Query { .. } | Wire::Ec2 { .. } => Ok(None),
        }
    }

    /// Reads the headers and the status of an answer without a body; `None` if the protocol has no fields there.
    pub(crate) fn header_deserializer<'a>(
        &self,
        response: &'a Response,
        config: &'a ConfigBag,
    ) -> Option<Box<dyn ShapeDeserializer + 'a>> {
        // Of answers that succeeded, a body is demanded.
        match self {
            Wire::RestJson(protocol) => {
                Some(http_error_deserializer(protocol.codec().create_deserializer(&[]), response, config))
            }
            Wire::RestXml(protocol) => {
                Some(http_error_deserializer(protocol.codec().create_deserializer(&[]), response, config))
            }
            Wire::JsonRpc { .. } | Wire::Cbor { .. } | Wire::Query { .. } | Wire::Ec2 { .. } => None,
        }
    }

    /// Reads the fields of a modelled error; `None` if it is XML.
    pub(crate) fn error_deserializer<'a>(
        &self,
        response: &'a Response,
        config: &'a ConfigBag,
    ) -> Option<Box<dyn ShapeDeserializer + 'a>> {
        let body = response.body().bytes().unwrap_or(&[]);
        match self {
            Wire::JsonRpc { codec, .. } => Some(Box::new(codec.create_deserializer(body))),
            Wire::Cbor { codec, .. } => Some(Box::new(codec.create_deserializer(body))),
            Wire::RestJson(protocol) => {
                Some(http_error_deserializer(protocol.codec().create_deserializer(body), response, config))
            }
            Wire::RestXml(_) | Wire::Query { .. } | Wire::Ec2 { .. } => None,
        }
    }

    /// Returns the codec of the payloads of events; `None` if they are XML.
    pub(crate) fn event_codec(&self) -> Option<&dyn aws_smithy_schema::codec::DynCodec> {
        match self {
            Wire::JsonRpc { codec, .. } => Some(codec),
            Wire::Cbor { codec, .. } => Some(codec),
            Wire::RestJson(protocol) => Some(protocol.codec()),
            Wire::RestXml(_) | Wire::Query { .. } | Wire::Ec2 { .. } => None,
        }
    }
}

/// A checksum of bytes that arrive one after the other.
pub struct RunningChecksum(Box<dyn HttpChecksum>);

impl RunningChecksum {
    /// Begins a checksum, for example `CRC32`; `None` for an algorithm that is not known.
    pub fn new(algorithm: &str) -> Option<Self> {
        Some(RunningChecksum(algorithm.parse::<ChecksumAlgorithm>().ok()?.into_impl()))
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Returns the checksum in base64, as headers have it.
    pub fn in_base64(self) -> String {
        self.0.header_value().to_str().map(str::to_owned).unwrap_or_default()
    }

    /// Returns the checksum in lowercase hexadecimal digits.
    pub fn in_hex(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl std::fmt::Debug for RunningChecksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.header_name())
    }
}

fn finished(
    mut serializer: impl ShapeSerializer + FinishSerializer,
    input: &dyn SerializableStruct,
    schema: &Schema<'_>,
) -> Result<Vec<u8>, SerdeError> {
    serializer.write_struct(schema, input)?;
    Ok(serializer.finish())
}

fn posted(path: &str, content_type: &'static str, body: Vec<u8>) -> Result<Request, SerdeError> {
    let mut request = Request::new(SdkBody::from(body));
    request.set_method("POST").map_err(|error| SerdeError::custom(error.to_string()))?;
    request.set_uri(path).map_err(|error| SerdeError::custom(error.to_string()))?;
    request.headers_mut().insert("content-type", content_type);
    Ok(request)
}

/// Returns the codec of requests.
fn xml_codec() -> XmlCodec {
    XmlCodec::new(XmlCodecSettings::builder().default_timestamp_format(Format::DateTime).build())
}
