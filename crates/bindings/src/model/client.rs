//! The client of a service.

use std::sync::Arc;

use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use moonfleet_core::{CallFailure, Map, Value};
use moonfleet_models::{Operation as Model, Service};
use moonfleet_protocols::{Api, Client as ModelClient, EventStream, Input, Settings};

use super::shapes::DOWNLOAD_TO;
use super::streams::{Events, Stream};
use crate::answer::Answer;
use crate::failure::sdk_failure;
use crate::file_body::FileBody;
use crate::operation::{Client, Operation};

/// Makes a client. Clients with the same budget share a quota of retries.
pub(crate) fn connect(
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
pub(crate) async fn send(
    client: Arc<ModelClient>,
    operation: &'static Operation,
    mut input: Map,
) -> Result<Answer, CallFailure> {
    let (api, model) = (client.api(), operation.model);
    let is_download = api.byte_stream(model).is_some() && !input.take(DOWNLOAD_TO).is_nil();
    if is_download {
        ask_for_checksum(api, model, &mut input);
    }
    let input = match FileBody::take(operation.input().fields, &mut input) {
        Some(file) => {
            let stream = file.open(api.service(), model, &mut input).await?;
            Input::with_stream(input, stream)
        }
        None => Input::from(input),
    };
    if !is_download && api.events(model).is_none() {
        let answer = client.send_and_read(model, input).await.map_err(sdk_failure)?;
        return Ok(Answer::new(operation, answer.fields, answer.request_id));
    }
    let answer = client.send(model, input).await.map_err(sdk_failure)?;
    let body = answer.body.unwrap_or_else(SdkBody::empty);
    let stream = if is_download {
        Stream::Bytes(body)
    } else {
        let events = EventStream::new(api, model, body).expect("the operation has events");
        Stream::Events(Box::new(Events::new(events, operation)))
    };
    Ok(Answer::new(operation, answer.fields, answer.request_id).with_stream(stream))
}

/// Asks for the checksum that the service stores with the bytes, if it can have one.
fn ask_for_checksum(api: &Api, operation: &Model, input: &mut Map) {
    let members = operation.input.as_ref().and_then(|input| api.service().shape(input.target).as_structure());
    let mode = operation.checksum.as_ref().and_then(|checksum| checksum.response_mode_member);
    let member = members.and_then(|members| members.members.iter().find(|member| Some(member.api_name) == mode));
    if let Some(member) = member.filter(|member| input.get(&member.name).is_none_or(Value::is_nil)) {
        input.set(&member.name, "ENABLED".into());
    }
}
