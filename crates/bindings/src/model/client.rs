//! The client of a model's service, with the interface of the SDK's clients here.

use std::sync::Arc;

use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_types::SdkConfig;
use moonfleet_core::{Map, Shape};
use moonfleet_models::{Operation, Service};
use moonfleet_protocols::{Api, Client as ModelClient, Settings};

use super::body;
use crate::data_answer;
use crate::failure::sdk_failure;
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

/// Sends a call. An operation that the protocols do not cover is refused before anything is sent.
pub(super) fn send(
    client: &Client,
    operation: &'static Operation,
    output: &'static Shape,
    input: Map,
) -> PendingAnswer {
    let client = client.downcast::<ModelClient>();
    Box::pin(async move {
        let answer = client.send(operation, input.into()).await.map_err(sdk_failure)?;
        let mut fields = answer.fields.to_map();
        if let (Some(member), Some(stream)) = (client.api().byte_stream(operation), answer.body) {
            body::read_into(&mut fields, &member.name, stream).await?;
        }
        Ok(data_answer::of_values(output, fields, answer.request_id))
    })
}
