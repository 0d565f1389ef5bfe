//! The client of a model's service, with the interface of the SDK's clients here.

use std::sync::Arc;

use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use moonfleet_core::{Map, Value};
use moonfleet_models::{Operation, Service};
use moonfleet_protocols::{Api, Client as ModelClient, EventStream, Input, Settings};

use super::operation::{DOWNLOAD_TO, MessageShapes};
use super::streams::{Events, StreamedAnswer};
use crate::data_answer;
use crate::failure::sdk_failure;
use crate::file_body::FileBody;
use crate::operation::{Client, PendingAnswer};

/// Makes a client. Clients with the same budget share a quota of retries.
pub(super) fn connect(
    service: &'static Service,
    config: &SdkConfig,
    interceptors: &[SharedInterceptor],
    budget: &str,
) -> Client {
    // Servers other than AWS have no host name for each bucket.
    let settings = Settings { force_path_style: config.endpoint_url().is_some(), ..Settings::default() };
    Client(Arc::new(ModelClient::new(Api::of(service), config, settings, interceptors, budget)))
}

/// Sends a call. A stream of bytes is read to its end, unless the answer is to become a file; a stream of events is left
/// to be read. An operation that the protocols do not cover is refused before anything is sent.
pub(super) fn send(
    client: &Client,
    operation: &'static Operation,
    shapes: MessageShapes,
    mut input: Map,
) -> PendingAnswer {
    let client = client.downcast::<ModelClient>();
    Box::pin(async move {
        let api = client.api();
        let is_download = api.byte_stream(operation).is_some() && !input.take(DOWNLOAD_TO).is_nil();
        if is_download {
            ask_for_checksum(api, operation, &mut input);
        }
        let input = match FileBody::take(shapes.input.fields, &mut input) {
            Some(file) => {
                let stream = file.open(api.service(), operation, &mut input).await?;
                Input::with_stream(input, stream)
            }
            None => Input::from(input),
        };
        if !is_download && api.events(operation).is_none() {
            let answer = client.send_and_read(operation, input).await.map_err(sdk_failure)?;
            return Ok(data_answer::of_values(shapes.output, answer.fields.to_map(), answer.request_id));
        }
        let answer = client.send(operation, input).await.map_err(sdk_failure)?;
        let fields = data_answer::of_values(shapes.output, answer.fields.to_map(), answer.request_id);
        let body = answer.body.unwrap_or_else(SdkBody::empty);
        let Some(member) = api.events(operation) else { return Ok(StreamedAnswer::of_bytes(fields, body)) };
        let stream = EventStream::new(api, operation, body).expect("the operation has events");
        let shape = shapes.output.field(&member.name).and_then(|field| field.ty.structure());
        Ok(StreamedAnswer::of_events(fields, Events::new(stream, shape.expect("events are a union"))))
    })
}

/// Asks for the checksum that the service stores with the bytes, if it can have one.
fn ask_for_checksum(api: &Api, operation: &Operation, input: &mut Map) {
    let members = operation.input.as_ref().and_then(|input| api.service().shape(input.target).as_structure());
    let mode = operation.checksum.as_ref().and_then(|checksum| checksum.response_mode_member);
    let member = members.and_then(|members| members.members.iter().find(|member| Some(member.api_name) == mode));
    if let Some(member) = member.filter(|member| input.get(&member.name).is_none_or(Value::is_nil)) {
        input.set(&member.name, "ENABLED".into());
    }
}
