//! Sends calls through the orchestrator of AWS's SDK, as its generated clients do: signature, retries, timeouts,
//! interceptors, HTTP client and identity are those of an [`SdkConfig`].

use std::fmt;
use std::sync::Arc;

use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{PayloadSigningOverride, SigV4OperationSigningConfig};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::recursion_detection::RecursionDetectionInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{
    DisableClockSkewCorrection, ServiceClockSkewClassifier, ServiceClockSkewInterceptor,
};
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_runtime::client::auth::no_auth::{NO_AUTH_SCHEME_ID, NoAuthRuntimePluginV2};
use aws_smithy_runtime::client::defaults::{DefaultPluginParams, default_plugins};
use aws_smithy_runtime::client::http::connection_poisoning::ConnectionPoisoningInterceptor;
use aws_smithy_runtime::client::orchestrator::{AuthSchemeAndEndpointOrchestrationV2, invoke};
use aws_smithy_runtime::client::retries::RetryPartition;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, ModeledAsRetryableClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime::client::stalled_stream_protection::StalledStreamProtectionInterceptor;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::static_resolver::{
    StaticAuthSchemeOptionResolver, StaticAuthSchemeOptionResolverParams,
};
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::endpoint::{
    EndpointFuture, EndpointPrefix, EndpointResolverParams, ResolveEndpoint, SharedEndpointResolver,
};
use aws_smithy_runtime_api::client::interceptors::context::{self, BeforeTransmitInterceptorContextMut};
use aws_smithy_runtime_api::client::interceptors::{Intercept, SharedInterceptor, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{
    HttpRequest, HttpResponse, Metadata, OrchestratorError, SensitiveOutput,
};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_runtime_api::client::runtime_plugin::{RuntimePlugins, StaticRuntimePlugin};
use aws_smithy_runtime_api::client::ser_de::{
    DeserializeResponse, SerializeRequest, SharedRequestSerializer, SharedResponseDeserializer,
};
use aws_smithy_types::Document;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{ConfigBag, Layer, Storable, StoreReplace};
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::SigningRegion;
use aws_types::request_id::RequestId as _;
use aws_types::service_config::ServiceConfigKey;
use moonfleet_core::{Map, Value};
use moonfleet_models::{Operation, Service};

use crate::answer::Failure;
use crate::endpoint::{Settings, parameters, resolve};
use crate::{Api, Error, Record, ServiceError, SigningRules, coverage, quirks};

/// A client of a service: what its calls have in common.
#[derive(Clone, Debug)]
pub struct Client {
    api: &'static Api,
    settings: Arc<Settings>,
    plugins: RuntimePlugins,
}

/// What a call sends.
#[derive(Debug, Default)]
pub struct Input {
    pub fields: Map,
    /// The bytes of the input's stream, if they are not one of the fields.
    pub body: Option<InputStream>,
    /// Whether the answer's stream of bytes or of events is left to be read. Set by [`Client::send`].
    leaves_stream: bool,
}

/// The bytes of an input that are not in memory.
#[derive(Debug)]
pub struct InputStream {
    /// It can be cloned, so that an attempt begins with the first byte.
    pub body: SdkBody,
    /// The SHA-256 of the bytes in hexadecimal digits, for services that need it in the signature.
    pub sha256: Option<String>,
}

/// Marks a request whose answer is read while it arrives, for HTTP connectors. Its size has no limit.
#[derive(Clone, Copy, Debug)]
pub struct StreamedAnswer;

/// What a call returns.
#[derive(Debug)]
pub struct Output {
    pub fields: Record,
    /// The HTTP status.
    pub status: u16,
    pub request_id: Option<String>,
    /// The stream of bytes or of events, if the answer is one. It has not been read.
    pub body: Option<SdkBody>,
}

/// The operation of a call, for interceptors. The SDK's own metadata has the names of AWS, not those of scripts.
#[derive(Clone, Copy, Debug)]
pub struct CalledOperation {
    pub service: &'static Service,
    pub operation: &'static Operation,
}

impl Storable for CalledOperation {
    type Storer = StoreReplace<CalledOperation>;
}

impl Input {
    /// Makes an input whose stream has these bytes.
    pub fn with_stream(fields: Map, stream: InputStream) -> Self {
        Input { body: Some(stream), ..Input::from(fields) }
    }

    /// Whether the caller reads the answer's stream of bytes or of events itself.
    pub fn leaves_stream(&self) -> bool {
        self.leaves_stream
    }
}

impl From<Map> for Input {
    fn from(fields: Map) -> Self {
        Input { fields, ..Input::default() }
    }
}

impl Client {
    /// Makes a client with this configuration and with the interceptors around every call. Clients with the same budget
    /// share the quota of retries.
    pub fn new(
        api: &'static Api,
        config: &SdkConfig,
        settings: Settings,
        interceptors: &[SharedInterceptor],
        budget: &str,
    ) -> Client {
        let settings = Settings {
            region: settings.region.or_else(|| config.region().map(|region| region.as_ref().to_owned())),
            use_fips: settings.use_fips || config.use_fips().unwrap_or_default(),
            use_dual_stack: settings.use_dual_stack || config.use_dual_stack().unwrap_or_default(),
            endpoint_url: settings.endpoint_url.or_else(|| endpoint_url(api, config)),
            ..settings
        };
        let version = config.behavior_version().unwrap_or_else(BehaviorVersion::latest);
        let defaults = DefaultPluginParams::new()
            .with_retry_partition_name(budget.to_owned())
            .with_behavior_version(version)
            .with_is_aws_sdk(true);
        let own = StaticRuntimePlugin::new()
            .with_config(client_layer(api, config, budget).freeze())
            .with_runtime_components(client_components(config, interceptors));
        let plugins = RuntimePlugins::new()
            .with_client_plugins(default_plugins(defaults))
            .with_client_plugin(own)
            .with_client_plugin(NoAuthRuntimePluginV2::new());
        Client { api, settings: Arc::new(settings), plugins }
    }

    pub fn api(&self) -> &'static Api {
        self.api
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Sends a call. The input has its idempotency token, if the operation needs one. The answer's stream of bytes or of
    /// events is left to be read.
    pub async fn send(
        &self,
        operation: &'static Operation,
        input: Input,
    ) -> Result<Output, SdkError<ServiceError, HttpResponse>> {
        self.sent(operation, Input { leaves_stream: true, ..input }).await
    }

    /// Sends a call, and reads its whole answer within the retries and the timeout: a stream is one of the fields.
    pub async fn send_and_read(
        &self,
        operation: &'static Operation,
        input: Input,
    ) -> Result<Output, SdkError<ServiceError, HttpResponse>> {
        self.sent(operation, Input { leaves_stream: false, ..input }).await
    }

    async fn sent(
        &self,
        operation: &'static Operation,
        input: Input,
    ) -> Result<Output, SdkError<ServiceError, HttpResponse>> {
        let check = if self.settings.endpoint_url.is_some() { coverage::check_request } else { coverage::check };
        check(self.api.service(), operation).map_err(SdkError::construction_failure)?;
        let leaves_stream = input.leaves_stream && self.api.has_stream(operation);
        let call = Call { api: self.api, operation, settings: self.settings.clone(), leaves_stream };
        let operation_plugin = StaticRuntimePlugin::new()
            .with_config(operation_layer(&call, input.body.as_ref()).freeze())
            .with_runtime_components(operation_components(&call));
        let plugins = self.plugins.clone().with_operation_plugin(operation_plugin);
        let id = self.api.service().metadata.service_id;
        let output = invoke(id, operation.api_name, context::Input::erase(input), &plugins).await;
        let output = output.map_err(|error| {
            error.map_service_error(|error| error.downcast::<ServiceError>().expect("the deserializer makes this type"))
        })?;
        Ok(output.downcast::<Output>().expect("the deserializer makes this type"))
    }
}

/// Returns the endpoint of the service in the configuration: `AWS_ENDPOINT_URL_S3` and the `services` sections count
/// before the endpoint of all services.
fn endpoint_url(api: &Api, config: &SdkConfig) -> Option<String> {
    let all = || config.endpoint_url().map(str::to_owned);
    if config.get_origin("endpoint_url").is_client_config() {
        return all();
    }
    let key = ServiceConfigKey::builder()
        .service_id(api.service().metadata.service_id)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .expect("all fields are set");
    config.service_config().and_then(|services| services.load_config(key)).or_else(all)
}

fn client_layer(api: &Api, config: &SdkConfig, budget: &str) -> Layer {
    let metadata = &api.service().metadata;
    let mut layer = Layer::new("client");
    layer.store_or_unset(config.region().cloned());
    layer.store_or_unset(config.region().cloned().map(SigningRegion::from));
    layer.store_put(aws_types::SigningName::from(metadata.signing_name.to_owned()));
    layer.store_put(ApiMetadata::new(metadata.endpoint_prefix, metadata.api_version));
    layer.store_put(RetryPartition::new(budget.to_owned()));
    layer.store_or_unset(config.retry_config().cloned());
    layer.store_or_unset(config.timeout_config().cloned());
    layer.store_or_unset(config.app_name().cloned());
    layer.store_or_unset(config.disable_clock_skew_correction().map(DisableClockSkewCorrection::from));
    if let Some(protection) = config.stalled_stream_protection() {
        layer.store_put(protection);
    }
    layer.store_put(AuthSchemeAndEndpointOrchestrationV2);
    layer
}

fn client_components(config: &SdkConfig, interceptors: &[SharedInterceptor]) -> RuntimeComponentsBuilder {
    let mut components = RuntimeComponentsBuilder::new("client");
    components.set_http_client(config.http_client());
    components.set_sleep_impl(config.sleep_impl());
    components.set_time_source(Some(config.time_source().unwrap_or_default()));
    components.set_endpoint_resolver(Some(SharedEndpointResolver::new(Rules)));
    components.push_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()));
    if let Some(cache) = config.identity_cache() {
        components.set_identity_cache(Some(cache));
    }
    if let Some(credentials) = config.credentials_provider() {
        components.set_identity_resolver(SCHEME_ID, credentials);
    }
    components.push_retry_classifier(HttpStatusCodeClassifier::default());
    // The order is that of the generated clients.
    components.push_interceptor(SharedInterceptor::permanent(ConnectionPoisoningInterceptor::new()));
    components.push_interceptor(ServiceClockSkewInterceptor::new());
    components.push_interceptor(RequestInfoInterceptor::new());
    components.push_interceptor(UserAgentInterceptor::new());
    components.push_interceptor(InvocationIdInterceptor::new());
    components.push_interceptor(SharedInterceptor::permanent(RecursionDetectionInterceptor::new()));
    interceptors.iter().cloned().for_each(|interceptor| _ = components.push_interceptor(interceptor));
    components
}

fn operation_layer(call: &Call, stream: Option<&InputStream>) -> Layer {
    let service = call.api.service();
    let rules = SigningRules::of(service);
    let mut signing = SigV4OperationSigningConfig::default();
    signing.signing_options.double_uri_encode = rules.double_encoding;
    signing.signing_options.normalize_uri_path = rules.normalize_path;
    signing.signing_options.content_sha256_header = rules.content_hash_header;
    if call.operation.unsigned_payload {
        signing.signing_options.payload_override = Some(PayloadSigningOverride::UnsignedPayload.to_signable_body());
    }
    let mut layer = Layer::new("call");
    if let Some(stream) = stream {
        if let Some(hash) = stream.sha256.clone().filter(|_| !call.operation.unsigned_payload) {
            signing.signing_options.payload_override =
                Some(PayloadSigningOverride::Precomputed(hash).to_signable_body());
        }
        layer.store_put(upload_timeouts());
    }
    layer.store_put(Metadata::new(call.operation.api_name, service.metadata.service_id));
    layer.store_put(CalledOperation { service, operation: call.operation });
    layer.store_put(SharedRequestSerializer::new(call.clone()));
    layer.store_put(SharedResponseDeserializer::new(call.clone()));
    layer.store_put(AuthSchemeOptionResolverParams::new(StaticAuthSchemeOptionResolverParams::new()));
    layer.store_put(signing);
    // The orchestrator logs answers otherwise.
    layer.store_put(SensitiveOutput);
    layer
}

fn operation_components(call: &Call) -> RuntimeComponentsBuilder {
    let scheme = if call.operation.is_signed() { SCHEME_ID } else { NO_AUTH_SCHEME_ID };
    let schemes = StaticAuthSchemeOptionResolver::new(vec![scheme]);
    let mut components = RuntimeComponentsBuilder::new("call");
    if call.leaves_stream {
        components.push_interceptor(SharedInterceptor::permanent(MarkStreamedAnswer));
    }
    components
        .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(schemes)))
        .with_interceptor(SharedInterceptor::permanent(StalledStreamProtectionInterceptor::default()))
        .with_retry_classifier(TransientErrorClassifier::<ServiceError>::new())
        .with_retry_classifier(ModeledAsRetryableClassifier::<ServiceError>::new())
        .with_retry_classifier(AwsErrorCodeClassifier::<ServiceError>::new())
        .with_retry_classifier(ServiceClockSkewClassifier::<ServiceError>::new())
}

/// Returns the timeouts of a call that sends a stream. The timeouts of one attempt and of its connection count from the
/// first byte that is sent, so that a large file would not fit into them. The timeout of the whole call stays.
fn upload_timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().disable_read_timeout().disable_operation_attempt_timeout().build()
}

/// Adds [`StreamedAnswer`] to each attempt's request.
#[derive(Debug)]
struct MarkStreamedAnswer;

#[dyn_dispatch_hint]
impl Intercept for MarkStreamedAnswer {
    fn name(&self) -> &'static str {
        "MarkStreamedAnswer"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        context.request_mut().add_extension(StreamedAnswer);
        Ok(())
    }
}

/// A call, as the orchestrator serializes its input and deserializes its answer.
#[derive(Clone)]
struct Call {
    api: &'static Api,
    operation: &'static Operation,
    settings: Arc<Settings>,
    leaves_stream: bool,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.api.service().name, self.operation.name)
    }
}

impl SerializeRequest for Call {
    fn serialize_input(&self, input: context::Input, config: &mut ConfigBag) -> Result<HttpRequest, BoxError> {
        let input = input.downcast::<Input>().expect("the client sends this type");
        let prepared = self.api.request(self.operation, &input.fields)?;
        let mut request = prepared.request;
        if let Some(InputStream { body, .. }) = input.body {
            if let Some(length) = body.content_length() {
                request.headers_mut().insert("content-length", length.to_string());
            }
            if request.headers().get("content-type").is_none() {
                request.headers_mut().insert("content-type", "application/octet-stream");
            }
            *request.body_mut() = body;
        }
        let service = self.api.service();
        // A server on this machine has no names below its own.
        let is_local = self.settings.endpoint_url.as_deref().is_some_and(is_loopback);
        let has_prefix = !is_local && !quirks::host_prefix_is_in_endpoint(service);
        if let Some(prefix) = prepared.host_prefix.filter(|_| has_prefix) {
            config.interceptor_state().store_put(EndpointPrefix::new(prefix)?);
        }
        let parameters = Resolved {
            api: self.api,
            parameters: parameters(service, self.operation, &input.fields, &self.settings),
            local_url: self.settings.endpoint_url.clone().filter(|_| is_local),
        };
        config.interceptor_state().store_put(EndpointResolverParams::new(parameters));
        Ok(request)
    }
}

impl DeserializeResponse for Call {
    fn deserialize_streaming_with_config(
        &self,
        response: &mut HttpResponse,
        _: &ConfigBag,
    ) -> Option<Result<context::Output, OrchestratorError<context::Error>>> {
        if !self.leaves_stream || !response.status().is_success() {
            return None;
        }
        let status = response.status().as_u16();
        let body = response.take_body();
        let fields = self.api.fields(self.operation, response);
        let request_id = response.request_id().map(str::to_owned);
        let output =
            fields.map(|fields| context::Output::erase(Output { fields, status, request_id, body: Some(body) }));
        Some(output.map_err(OrchestratorError::other))
    }

    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        _: &ConfigBag,
    ) -> Result<context::Output, OrchestratorError<context::Error>> {
        match self.api.answer(self.operation, response) {
            Ok(fields) => {
                let request_id = response.request_id().map(str::to_owned);
                Ok(context::Output::erase(Output {
                    fields,
                    status: response.status().as_u16(),
                    request_id,
                    body: None,
                }))
            }
            Err(Failure::Service(error)) => Err(OrchestratorError::operation(context::Error::erase(*error))),
            Err(Failure::Call(error)) => Err(OrchestratorError::other(error)),
        }
    }
}

/// Finds endpoints by the rules of the service.
#[derive(Debug)]
struct Rules;

/// What the rules need of a call.
#[derive(Debug)]
struct Resolved {
    api: &'static Api,
    parameters: Map,
    /// The configured endpoint, if it is on this machine.
    local_url: Option<String>,
}

impl ResolveEndpoint for Rules {
    fn resolve_endpoint<'a>(&'a self, parameters: &'a EndpointResolverParams) -> EndpointFuture<'a> {
        let resolved = parameters.get::<Resolved>().expect("the serializer stores the parameters");
        EndpointFuture::ready(endpoint(resolved).map_err(BoxError::from))
    }
}

fn endpoint(resolved: &Resolved) -> Result<aws_smithy_types::endpoint::Endpoint, Error> {
    let found = resolve(resolved.api.service().endpoint_rules(), &resolved.parameters)?;
    found.signing()?;
    let url = match &resolved.local_url {
        Some(local) if quirks::host_prefix_is_in_endpoint(resolved.api.service()) => without_prefix(found.url, local),
        _ => found.url,
    };
    let mut endpoint = aws_smithy_types::endpoint::Endpoint::builder().url(url);
    for (name, value) in found.properties.0 {
        endpoint = endpoint.property(name, document(value));
    }
    for (name, values) in found.headers {
        endpoint = values.into_iter().fold(endpoint, |endpoint, value| endpoint.header(name.clone(), value));
    }
    Ok(endpoint.build())
}

fn document(value: Value) -> Document {
    match value {
        Value::String(text) => Document::String(text),
        Value::Bool(yes) => Document::Bool(yes),
        Value::Integer(number) => Document::Number(aws_smithy_types::Number::NegInt(number)),
        Value::List(items) => Document::Array(items.into_iter().map(document).collect()),
        Value::Map(Map(fields)) => {
            Document::Object(fields.into_iter().map(|(name, value)| (name, document(value))).collect())
        }
        // The rules have no other values.
        _ => Document::Null,
    }
}

/// Removes from a URL what the rules put before the host name of the configured endpoint.
fn without_prefix(url: String, endpoint: &str) -> String {
    match (url.split_once("://"), url.find(authority(endpoint))) {
        (Some((scheme, _)), Some(at)) => format!("{scheme}://{}", &url[at..]),
        _ => url,
    }
}

/// Returns the host name of a URL with its port.
fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default()
}

/// Whether a URL names this machine.
fn is_loopback(url: &str) -> bool {
    let authority = authority(url);
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
