//! The interceptor that puts the sandbox below the SDK's clients.
//!
//! It looks the operation up before serialization, lets the SDK send the request to an HTTP client
//! without a network, and replaces the result of each attempt by the handler's.
//! `aws_smithy_mocks::MockResponseInterceptor` works alike but does not fit: it holds one lock over
//! all rules, panics without a match, and calls a computing rule with a dummy input on a retry.
//! The HTTP client ([`crate::http`]) reads the body of a request, which may be the stream of an input.

use std::{fmt, sync::Arc};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{
                BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
                FinalizerInterceptorContextMut, Output,
            },
            dyn_dispatch_hint,
        },
        orchestrator::{HttpRequest, Metadata, OrchestratorError},
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use bytes::Bytes;
use heck::ToSnakeCase as _;
use moonfleet_core::{Clock as _, error::NOT_SIMULATED};
use moonfleet_protocols::CalledOperation;

use crate::ApiError;
use crate::backend::Backend;
use crate::http::SentBody;
use crate::model_call::stream_of;
use crate::registry::Prepared;
use crate::state::Call;

/// The access key that signed an attempt.
#[derive(Debug)]
struct Signature {
    key: String,
}

impl Storable for Signature {
    type Storer = StoreReplace<Signature>;
}

/// The stream of an input, as the caller gave it: the request may have it in parts with checksums.
#[derive(Debug)]
struct InputStream(SdkBody);

impl Storable for InputStream {
    type Storer = StoreReplace<InputStream>;
}

/// The interceptor of one account and region. Credentials of an assumed role select the role's
/// account instead.
pub(crate) struct SandboxInterceptor {
    backend: Arc<Backend>,
    account: String,
    region: String,
}

impl SandboxInterceptor {
    pub(crate) fn new(backend: Arc<Backend>, account: &str, region: &str) -> SandboxInterceptor {
        SandboxInterceptor { backend, account: account.to_owned(), region: region.to_owned() }
    }

    fn answer(&self, prepared: &Prepared, key: Option<String>, stream: &Bytes) -> Answer {
        let now = self.backend.clock.now();
        let mut state = self.backend.state();
        let request_id = state.request_id();
        if prepared.name.starts_with("s3.") {
            state.store_command_outputs(now);
        }
        let result = match state.take_injected(&prepared.name) {
            Some(fault) => Err(fault),
            None => state
                .account_of(key.as_deref(), &self.account, now)
                .and_then(|account| prepared.run(Call::new(&mut state, now, &account, &self.region, key)?, stream)),
        };
        Answer { result, request_id }
    }
}

struct Answer {
    result: Result<Output, ApiError>,
    request_id: String,
}

impl fmt::Debug for SandboxInterceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sandbox({}, {})", self.account, self.region)
    }
}

#[dyn_dispatch_hint]
impl Intercept for SandboxInterceptor {
    fn name(&self) -> &'static str {
        "Sandbox"
    }

    fn read_before_serialization(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let name = operation_name(cfg).ok_or("the operation has no name")?;
        let prepared = match (self.backend.registry.prepare(&name, context.input()), cfg.load::<CalledOperation>()) {
            (Some(prepared), _) => prepared,
            (None, Some(called)) if self.backend.state().is_injected(&name) => Prepared::unsimulated(&name, *called),
            (None, _) => return Err(format!("{NOT_SIMULATED} {name}").into()),
        };
        cfg.interceptor_state().store_put(prepared);
        if let Some(stream) = stream_of(context.input()) {
            cfg.interceptor_state().store_put(InputStream(stream));
        }
        Ok(())
    }

    // The request is not available any more after the HTTP client took it.
    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(key) = access_key(context.request()) {
            cfg.interceptor_state().store_put(Signature { key });
        }
        if let Some(stream) = cfg.load::<InputStream>().and_then(|InputStream(stream)| stream.try_clone()) {
            *context.request_mut().body_mut() = stream;
        }
        Ok(())
    }

    fn modify_before_attempt_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let prepared = cfg.load::<Prepared>().ok_or("no call was prepared")?;
        // An attempt that timed out or could not be signed does not reach AWS.
        if context.response().is_none() {
            return Ok(());
        }
        let key = cfg.load::<Signature>().map(|signature| signature.key.clone());
        let sent = context.response().and_then(|response| response.extension::<SentBody>());
        let stream = sent.filter(|_| cfg.load::<InputStream>().is_some()).map(|SentBody(bytes)| bytes.clone());
        let answer = self.answer(prepared, key, &stream.unwrap_or_default());
        let status = answer.result.as_ref().map_or_else(|fault| fault.status, |_| 200);
        if let Some(response) = context.response_mut() {
            *response.status_mut() = StatusCode::try_from(status)?;
            response.headers_mut().try_insert("x-amzn-requestid", answer.request_id.clone())?;
        }
        let outcome =
            answer.result.map_err(|fault| OrchestratorError::operation(prepared.refuse(fault, &answer.request_id)));
        context.inner_mut().set_output_or_error(outcome);
        Ok(())
    }
}

/// Returns the operation's name in scripts, in the form `ec2.describe_tags`.
fn operation_name(cfg: &ConfigBag) -> Option<String> {
    if let Some(called) = cfg.load::<CalledOperation>() {
        return Some(format!("{}.{}", called.service.name, called.operation.name));
    }
    let metadata = cfg.load::<Metadata>()?;
    let service = metadata.service().to_lowercase().replace(' ', "_");
    Some(format!("{service}.{}", metadata.name().to_snake_case()))
}

/// Returns the key id from a SigV4 header: `… Credential=AKIA…/20261123/eu-central-1/…`.
fn access_key(request: &HttpRequest) -> Option<String> {
    let header = request.headers().get("authorization")?;
    let (_, credential) = header.split_once("Credential=")?;
    credential.split('/').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::error::{DisplayErrorContext, ProvideErrorMetadata};
    use aws_types::request_id::RequestId;

    use super::*;
    use crate::testing::{Account, code};

    #[tokio::test]
    async fn unsimulated_operation_is_named() {
        let account = Account::new();
        let error = account.ec2().describe_hosts().send().await.unwrap_err();
        let text = DisplayErrorContext(error).to_string();
        assert!(text.contains("the sandbox does not simulate ec2.describe_hosts"), "{text}");
        let error = account.iam().list_server_certificates().send().await.unwrap_err();
        let text = DisplayErrorContext(error).to_string();
        assert!(text.contains("iam.list_server_certificates"), "{text}");
    }

    #[tokio::test]
    async fn retry_runs_the_handler_with_its_input_again() {
        let account = Account::new();
        let throttled = ApiError::new("RequestLimitExceeded", "Request limit exceeded.").with_status(503);
        account.sandbox.inject("ec2.describe_instances", throttled.clone(), 1);
        let id = "i-0123456789abcdef0";
        let answer = account.ec2().describe_instances().instance_ids(id).send().await;
        assert_eq!(code(answer), "InvalidInstanceID.NotFound");
        account.sandbox.inject("ec2.describe_instances", throttled, 9);
        assert_eq!(code(account.ec2().describe_instances().send().await), "RequestLimitExceeded");
    }

    #[tokio::test]
    async fn errors_carry_request_id_and_status() {
        let account = Account::new();
        let error = account.ec2().describe_vpcs().dry_run(true).send().await.unwrap_err();
        assert_eq!(error.code(), Some("DryRunOperation"));
        assert_eq!(error.request_id().map(str::len), Some(36));
        assert_eq!(error.raw_response().map(|response| response.status().as_u16()), Some(412));
    }

    #[tokio::test]
    async fn disabled_regions_refuse_calls() {
        let account = Account::new();
        assert_eq!(code(account.at("eu-south-1").ec2().describe_vpcs().send().await), "AuthFailure");
        let vpcs = account.at("eu-north-1").ec2().describe_vpcs().send().await.unwrap();
        assert_eq!(vpcs.vpcs().len(), 1);
    }
}
