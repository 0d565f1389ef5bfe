//! A call through the model's client and through the SDK's, to an HTTP client with a prepared answer.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use aws_sdk_ec2::config::retry::RetryConfig;
use aws_sdk_ec2::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_sdk_ec2::error::DisplayErrorContext;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::interceptors::context::{BeforeSerializationInterceptorContextMut, Input};
use aws_smithy_runtime_api::client::interceptors::{Intercept, SharedInterceptor};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::SdkConfig;
use moonfleet_core::{Map, Value};
use moonfleet_models::{Operation, Service};
use moonfleet_protocols::{Api, Client, Settings};
use percent_encoding::percent_decode_str;
use serde_json::{Map as Fields, Value as Json, json};

use crate::convert::{FromValue, IntoValue, Mismatch};

/// An answer with the status 200.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub(crate) fn new(content_type: &str, body: String) -> Answer {
        Answer { headers: vec![("content-type".to_owned(), content_type.to_owned())], body: body.into_bytes() }
    }
}

/// The request of a call, as JSON, and its result.
pub(crate) struct Exchange {
    pub request: Json,
    pub result: Result<Map, String>,
}

/// Sends calls of one operation through the client of its SDK crate.
pub(crate) struct SdkCall(Box<Start>);

type Start = dyn Fn(Map, &SdkConfig) -> Result<Pending, Mismatch> + Send + Sync;
type Pending = Pin<Box<dyn Future<Output = Result<Map, String>> + Send>>;

impl SdkCall {
    /// `send` sends an empty input, which the interceptor replaces.
    pub(crate) fn new<I, F, O, E>(send: impl Fn(&SdkConfig, SharedInterceptor) -> F + Send + Sync + 'static) -> SdkCall
    where
        F: Future<Output = Result<O, SdkError<E, HttpResponse>>> + Send + 'static,
        I: FromValue + fmt::Debug + Send + Sync + 'static,
        O: IntoValue,
        E: std::error::Error + Send + Sync + 'static,
    {
        SdkCall(Box::new(move |fields, config| {
            let input = Input::erase(I::from_value(Value::Map(fields))?);
            let sent = send(config, SharedInterceptor::new(ReplaceInput(Mutex::new(Some(input)))));
            Ok(Box::pin(async {
                match sent.await.map(O::into_value) {
                    Ok(Value::Map(answer)) => Ok(answer),
                    Ok(other) => Err(format!("the answer is a {}", other.kind())),
                    Err(error) => Err(DisplayErrorContext(error).to_string()),
                }
            }))
        }))
    }

    /// Sends a call. Fails if the SDK has no place for an input.
    pub(crate) async fn send(&self, fields: Map, answer: &Answer) -> Result<Exchange, Mismatch> {
        let (http, config) = Http::answering(answer);
        let result = self.0(fields, &config)?.await;
        Ok(Exchange { request: http.request(), result })
    }
}

/// Sends a call through the model's client.
pub(crate) async fn send(
    service: &'static Service,
    operation: &'static Operation,
    fields: Map,
    answer: &Answer,
) -> Exchange {
    let (http, config) = Http::answering(answer);
    let client = Client::new(Api::of(service), &config, Settings::default(), &[], "test");
    let result = client.send_and_read(operation, fields.into()).await;
    let result = result.map(|output| output.fields.to_map());
    Exchange { request: http.request(), result: result.map_err(|error| DisplayErrorContext(error).to_string()) }
}

#[derive(Debug)]
struct ReplaceInput(Mutex<Option<Input>>);

impl Intercept for ReplaceInput {
    fn name(&self) -> &'static str {
        "ReplaceInput"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        *context.input_mut() = self.0.lock().unwrap().take().ok_or("the input is sent only once")?;
        Ok(())
    }
}

/// Keeps the request, and gives the prepared answer.
#[derive(Clone, Debug)]
struct Http {
    answer: Answer,
    request: Arc<Mutex<Json>>,
}

impl Http {
    fn answering(answer: &Answer) -> (Http, SdkConfig) {
        let http = Http { answer: answer.clone(), request: Arc::default() };
        let connector = SharedHttpConnector::new(http.clone());
        let keys = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret", None, None, "test");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .region(Region::new("eu-central-1"))
            .retry_config(RetryConfig::disabled())
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        (http, config)
    }

    fn request(&self) -> Json {
        self.request.lock().unwrap().take()
    }
}

impl HttpConnector for Http {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        *self.request.lock().unwrap() = as_json(&request);
        let body = SdkBody::from(self.answer.body.as_slice());
        let mut response = HttpResponse::new(200.try_into().unwrap(), body);
        for (name, value) in self.answer.headers.clone() {
            response.headers_mut().insert(name, value);
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

/// Returns what makes a request. The order of parameters has no meaning.
fn as_json(request: &HttpRequest) -> Json {
    let (url, query) = request.uri().split_once('?').unwrap_or((request.uri(), ""));
    let body = std::str::from_utf8(request.body().bytes().unwrap_or_default()).unwrap();
    let header = |name: &str| request.headers().get(name);
    let body = if header("content-type").is_some_and(|kind| kind.contains("form")) {
        parameters(body)
    } else {
        serde_json::from_str(body).unwrap_or_else(|_| body.into())
    };
    json!({
        "method": request.method(),
        "url": url,
        "query": parameters(query),
        // Only one of the clients says that the text is UTF-8.
        "content-type": header("content-type").and_then(|kind| kind.split(';').next()),
        "x-amz-target": header("x-amz-target"),
        "body": body,
    })
}

fn parameters(text: &str) -> Json {
    let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8().unwrap().into_owned();
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    Json::Object(pairs.map(|(name, value)| (decoded(name), decoded(value).into())).collect::<Fields<_, _>>())
}
