//! Calls that are sent: to moto, a server for AWS's protocols that others have written, and to prepared answers. `.ci/run`
//! installs moto.

mod faults;
mod prepared;
mod reads;
#[path = "../differential/results.rs"]
mod results;
mod sent_once;
mod server;
mod services;
mod signatures;
#[path = "../differential/values.rs"]
mod values;

use std::sync::OnceLock;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use moonfleet_core::json::Parsed;
use moonfleet_core::{Map, Value};
use moonfleet_models::service;
use moonfleet_protocols::{Api, Client, Input, Output, ServiceError, Settings, needs_token, new_token};

type Answered = Result<Output, Box<SdkError<ServiceError, HttpResponse>>>;

/// Returns the configuration for calls to the server; `None` without moto.
fn config() -> Option<SdkConfig> {
    static SERVER: OnceLock<Option<server::Server>> = OnceLock::new();
    let server = SERVER.get_or_init(server::Server::start).as_ref()?;
    Some(config_for(&server.url))
}

/// Returns the configuration for calls to this server.
fn config_for(url: &str) -> SdkConfig {
    let client = aws_smithy_http_client::Builder::new().build_http();
    config_with(client).endpoint_url(url).build()
}

fn config_with(client: SharedHttpClient) -> aws_types::sdk_config::Builder {
    let keys = Credentials::new("AKIAEXAMPLE", "example", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(SharedTimeSource::new(SystemTimeSource::new()))
        .retry_config(RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(1)))
        .timeout_config(TimeoutConfig::builder().operation_timeout(Duration::from_secs(60)).build())
        .http_client(client)
}

/// Calls an operation by its name in scripts.
async fn call(config: &SdkConfig, name: &str, input: impl Into<Input>) -> Answered {
    let (service_name, operation) = name.split_once('.').expect("a service and an operation");
    let service = service(service_name).unwrap_or_else(|| panic!("there is no service {service_name}"));
    let operation = service.operation(operation).unwrap_or_else(|| panic!("there is no operation {name}"));
    // Moto has no host names for buckets.
    let settings = Settings { force_path_style: config.endpoint_url().is_some(), ..Settings::default() };
    let client = Client::new(Api::of(service), config, settings, &[], service_name);
    let mut input = input.into();
    if let Some(member) = needs_token(service, operation)
        && input.fields.get(&member.name).is_none()
    {
        let token = new_token(service, member, "0b7b3b0e-6f0e-4d0a-9c39-5ddc2ee4b1c6");
        input.fields.set(&member.name, token.into());
    }
    client.send(operation, input).await.map_err(Box::new)
}

/// Calls an operation that must succeed, with an input in JSON.
async fn done(config: &SdkConfig, name: &str, input: &str) -> Map {
    match call(config, name, map(input)).await {
        Ok(output) => output.fields.to_map(),
        Err(error) => panic!("{name} {input}: {error:?}"),
    }
}

fn map(json: &str) -> Map {
    match serde_json::from_str(json) {
        Ok(Parsed(Value::Map(map))) => map,
        _ => panic!("{json} is no object"),
    }
}

/// Returns a value by its path: `buckets.0.name`.
fn at<'v>(fields: &'v Map, path: &str) -> &'v Value {
    let mut steps = path.split('.');
    let first = steps.next().unwrap_or_default();
    let start = fields.get(first).unwrap_or_else(|| panic!("there is no {path} in {fields:?}"));
    steps.fold(start, |value, step| match value {
        Value::Map(map) => map.get(step).unwrap_or_else(|| panic!("there is no {path} in {fields:?}")),
        Value::List(items) => {
            let item = step.parse::<usize>().ok().and_then(|step| items.get(step));
            item.unwrap_or_else(|| panic!("there is no {path} in {fields:?}"))
        }
        _ => panic!("there is no {path} in {fields:?}"),
    })
}

fn text<'v>(fields: &'v Map, path: &str) -> &'v str {
    match at(fields, path) {
        Value::String(text) => text,
        other => panic!("{path} is {other:?}"),
    }
}

fn length(fields: &Map, path: &str) -> usize {
    match at(fields, path) {
        Value::List(items) => items.len(),
        other => panic!("{path} is {other:?}"),
    }
}
