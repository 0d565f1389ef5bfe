//! The seam between the SDK's clients and the sandbox.
//!
//! An interceptor looks the operation up before it is serialised, lets the SDK
//! run its course against an HTTP client without a network, and replaces the
//! outcome of each attempt by the handler's. It is of the same kind as
//! `aws_smithy_mocks::MockResponseInterceptor`, which does not fit: that one
//! holds one lock over all rules, panics without a match, and on a retry calls a
//! computing rule with a dummy input.
//!
//! Handlers are found by name, since the SDK's type-erased input does not tell
//! its type; the registration ties the name to the types.

use std::{collections::BTreeMap, fmt, sync::Arc};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{
                BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef, Error,
                FinalizerInterceptorContextMut, Input, Output,
            },
            dyn_dispatch_hint,
        },
        orchestrator::{HttpRequest, HttpResponse, Metadata, OrchestratorError},
        result::{CreateUnhandledError, SdkError},
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use heck::ToSnakeCase as _;
use moonfleet_core::Clock as _;
use moonfleet_core::error::NOT_SIMULATED;

use super::{ApiError, Sandbox};
use crate::state::Call;

/// Fills a [`Registry`] from a list that reads like a table of contents. The
/// client's method of the same name supplies the input, output and error types.
macro_rules! simulate {
    ($registry:expr, $service:literal, $sdk:ident, { $($operation:ident => $handler:path,)* }) => {
        $($registry.add(
            concat!($service, ".", stringify!($operation)),
            |client: $sdk::Client| async move { client.$operation().send().await },
            $handler,
        );)*
    };
}
pub(super) use simulate;

/// The simulated operations by name, `ec2.describe_tags`.
#[derive(Default)]
pub(super) struct Registry {
    handlers: BTreeMap<&'static str, Handler>,
}

struct Handler {
    prepare: Prepare,
    refuse: Refuse,
}

/// None if the input is not of the handler's type.
type Prepare = Box<dyn Fn(&Input) -> Option<Attempt> + Send + Sync>;
type Attempt = Arc<dyn Fn(&mut Call<'_>) -> Result<Output, ApiError> + Send + Sync>;
type Refuse = fn(ApiError, &str) -> Error;

impl Registry {
    /// `_types` is never called; it ties the operation's types together.
    pub fn add<C, F, I, O, E>(
        &mut self,
        name: &'static str,
        _types: impl FnOnce(C) -> F,
        handler: fn(&mut Call<'_>, &I) -> Result<O, ApiError>,
    ) where
        F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
        I: Clone + fmt::Debug + Send + Sync + 'static,
        O: fmt::Debug + Send + Sync + 'static,
        E: std::error::Error + CreateUnhandledError + Send + Sync + 'static,
    {
        let prepare = move |input: &Input| {
            let input = input.downcast_ref::<I>()?.clone();
            let attempt: Attempt = Arc::new(move |call| handler(call, &input).map(Output::erase));
            Some(attempt)
        };
        let entry = Handler { prepare: Box::new(prepare), refuse: refuse::<E> };
        self.handlers.insert(name, entry);
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.handlers.keys().copied()
    }

    fn prepare(&self, name: &str, input: &Input) -> Option<Prepared> {
        let (&name, handler) = self.handlers.get_key_value(name)?;
        Some(Prepared { name, attempt: (handler.prepare)(input)?, refuse: handler.refuse })
    }
}

fn refuse<E>(fault: ApiError, request_id: &str) -> Error
where
    E: std::error::Error + CreateUnhandledError + Send + Sync + 'static,
{
    let metadata = fault.metadata(request_id);
    Error::erase(E::create_unhandled_error(Box::new(fault), Some(metadata)))
}

/// A call with its input, kept for as many attempts as the SDK makes.
#[derive(Clone)]
struct Prepared {
    name: &'static str,
    attempt: Attempt,
    refuse: Refuse,
}

impl Prepared {
    fn run(&self, mut call: Call<'_>) -> Result<Output, ApiError> {
        (self.attempt)(&mut call)
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prepared({})", self.name)
    }
}

impl Storable for Prepared {
    type Storer = StoreReplace<Prepared>;
}

/// Whose key an attempt was signed with.
#[derive(Debug)]
struct Signature {
    key: String,
}

impl Storable for Signature {
    type Storer = StoreReplace<Signature>;
}

/// The interceptor of one account and region. Credentials that the sandbox's STS
/// gave out for a role lead to the role's account instead.
pub(super) struct SandboxInterceptor {
    sandbox: Sandbox,
    account: String,
    region: String,
}

impl SandboxInterceptor {
    pub fn new(sandbox: Sandbox, account: &str, region: &str) -> SandboxInterceptor {
        SandboxInterceptor { sandbox, account: account.to_owned(), region: region.to_owned() }
    }

    fn answer(&self, prepared: &Prepared, key: Option<String>) -> Answer {
        let now = self.sandbox.clock().now();
        let mut state = self.sandbox.state();
        let request_id = state.request_id();
        let result = match state.take_injected(prepared.name) {
            Some(fault) => Err(fault),
            None => state
                .account_of(key.as_deref(), &self.account, now)
                .and_then(|account| prepared.run(Call::new(&mut state, now, &account, &self.region, key)?)),
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
        let name = operation_name(cfg).ok_or("the operation does not tell its name")?;
        let prepared = self
            .sandbox
            .shared
            .registry
            .prepare(&name, context.input())
            .ok_or_else(|| format!("{NOT_SIMULATED} {name}"))?;
        cfg.interceptor_state().store_put(prepared);
        Ok(())
    }

    // The request is gone once it has been handed to the HTTP client.
    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(key) = access_key(context.request()) {
            cfg.interceptor_state().store_put(Signature { key });
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
        // An attempt that timed out or could not be signed never reached AWS.
        if context.response().is_none() {
            return Ok(());
        }
        let answer = self.answer(prepared, cfg.load::<Signature>().map(|signature| signature.key.clone()));
        let status = answer.result.as_ref().map_or_else(|fault| fault.status, |_| 200);
        if let Some(response) = context.response_mut() {
            *response.status_mut() = StatusCode::try_from(status)?;
            response.headers_mut().try_insert("x-amzn-requestid", answer.request_id.clone())?;
        }
        let outcome =
            answer.result.map_err(|fault| OrchestratorError::operation((prepared.refuse)(fault, &answer.request_id)));
        context.inner_mut().set_output_or_error(outcome);
        Ok(())
    }
}

/// `ec2.describe_tags`, as the Rust SDK names things.
fn operation_name(cfg: &ConfigBag) -> Option<String> {
    let metadata = cfg.load::<Metadata>()?;
    let service = metadata.service().to_lowercase().replace(' ', "_");
    Some(format!("{service}.{}", metadata.name().to_snake_case()))
}

/// The key id of a SigV4 header: `… Credential=AKIA…/20261123/eu-central-1/…`.
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
    async fn what_is_not_simulated_names_itself() {
        let account = Account::new();
        let error = account.ec2().describe_fleets().send().await.unwrap_err();
        let text = DisplayErrorContext(error).to_string();
        assert!(text.contains("the sandbox does not simulate ec2.describe_fleets"), "{text}");
        let error = account.iam().list_server_certificates().send().await.unwrap_err();
        let text = DisplayErrorContext(error).to_string();
        assert!(text.contains("iam.list_server_certificates"), "{text}");
    }

    #[tokio::test]
    async fn a_retry_runs_the_handler_anew_with_its_input() {
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
    async fn regions_that_are_not_enabled_refuse() {
        let account = Account::new();
        assert_eq!(code(account.at("eu-south-1").ec2().describe_vpcs().send().await), "AuthFailure");
        let vpcs = account.at("eu-north-1").ec2().describe_vpcs().send().await.unwrap();
        assert_eq!(vpcs.vpcs().len(), 1);
    }
}
