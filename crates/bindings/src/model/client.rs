//! The client of a model's service, with the interface of the SDK's clients here.

use std::sync::Arc;

use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_types::SdkConfig;
use moonfleet_core::{CallFailure, CallFailureKind, Map, Shape};
use moonfleet_models::{Operation, Service};
use moonfleet_protocols::{Api, Client as ModelClient, Error, Settings};

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

/// Sends a call. A stream in the answer is read to its end. An operation that the protocols do not cover is refused
/// before anything is sent.
pub(super) fn send(
    client: &Client,
    operation: &'static Operation,
    output: &'static Shape,
    input: Map,
) -> PendingAnswer {
    let client = client.downcast::<ModelClient>();
    Box::pin(async move {
        // Such an answer may never end.
        if client.api().events(operation).is_some() {
            let error = Error::NotCovered("answers that are streams of events".to_owned());
            return Err(CallFailure::new(CallFailureKind::NotSent, error.to_string()));
        }
        let answer = client.send_and_read(operation, input.into()).await.map_err(sdk_failure)?;
        let mut fields = answer.fields.to_map();
        // A simulated answer has its stream beside the fields.
        if let (Some(member), Some(stream)) = (client.api().byte_stream(operation), answer.body) {
            body::read_into(&mut fields, &member.name, stream).await?;
        }
        Ok(data_answer::of_values(output, fields, answer.request_id))
    })
}
