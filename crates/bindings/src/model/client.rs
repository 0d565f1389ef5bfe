//! The client of a service.

use std::sync::Arc;

use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_types::SdkConfig;
use moonfleet_core::{CallFailure, CallFailureKind, Map};
use moonfleet_models::Service;
use moonfleet_protocols::{Api, Client as ModelClient, Error, Settings};

use super::body;
use crate::answer::Answer;
use crate::failure::sdk_failure;
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

/// Sends a call. A stream in the answer is read to its end. An operation that the protocols do not cover is refused
/// before anything is sent.
pub(crate) async fn send(
    client: Arc<ModelClient>,
    operation: &'static Operation,
    input: Map,
) -> Result<Answer, CallFailure> {
    let model = operation.model;
    // Such an answer may never end.
    if client.api().events(model).is_some() {
        let error = Error::NotCovered("answers that are streams of events".to_owned());
        return Err(CallFailure::new(CallFailureKind::NotSent, error.to_string()));
    }
    let answer = client.send_and_read(model, input.into()).await.map_err(sdk_failure)?;
    let mut fields = answer.fields;
    // A simulated answer has its stream beside the fields.
    if let (Some(member), Some(stream)) = (client.api().byte_stream(model), answer.body) {
        let mut values = fields.to_map();
        body::read_into(&mut values, &member.name, stream).await?;
        let record = operation.record(&values);
        fields = record.map_err(|error| CallFailure::new(CallFailureKind::Garbled, error.to_string()))?;
    }
    Ok(Answer::new(operation, fields, answer.request_id))
}
