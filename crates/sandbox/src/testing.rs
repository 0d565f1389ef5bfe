//! Real SDK clients on a sandbox whose clock stands still.

use aws_sdk_ec2::{
    config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider},
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
};
use aws_types::SdkConfig;
use jiff::{SignedDuration, Timestamp};
use moonfleet_core::Map;
use moonfleet_protocols::{Api, Client, Input, Output, Settings};

use super::{Clock, Sandbox};

#[derive(Clone)]
pub(crate) struct Account {
    pub sandbox: Sandbox,
    region: &'static str,
    key: String,
}

macro_rules! clients {
    ($($name:ident => $sdk:ident,)*) => {
        $(pub(crate) fn $name(&self) -> $sdk::Client {
            let config = $sdk::Config::builder()
                .behavior_version(BehaviorVersion::v2026_01_12())
                .credentials_provider(SharedCredentialsProvider::new(self.keys()))
                .region(Region::new(self.region))
                .http_client(Sandbox::http_client())
                .interceptor(self.sandbox.interceptor(Sandbox::ACCOUNT, self.region));
            $sdk::Client::from_conf(config.build())
        })*
    };
}

impl Account {
    pub(crate) fn new() -> Account {
        let start: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        Account {
            sandbox: Sandbox::seeded_on(Clock::standing(start)),
            region: Sandbox::REGION,
            key: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        }
    }

    pub(crate) fn at(&self, region: &'static str) -> Account {
        Account { region, ..self.clone() }
    }

    pub(crate) fn with_key(&self, key: &str) -> Account {
        Account { key: key.to_owned(), ..self.clone() }
    }

    pub(crate) fn wait(&self, seconds: i64) {
        self.wait_millis(seconds * 1000);
    }

    pub(crate) fn wait_millis(&self, millis: i64) {
        self.sandbox.clock().advance(SignedDuration::from_millis(millis));
    }

    /// Calls an operation of a service that comes from a model.
    pub(crate) async fn call(&self, operation: &str, fields: Map) -> Result<Output, (u16, String, String)> {
        self.call_with(operation, fields.into()).await
    }

    /// Returns the status, the code and the message of a call that fails.
    pub(crate) async fn call_with(&self, name: &str, input: Input) -> Result<Output, (u16, String, String)> {
        let (service, operation) = name.split_once('.').unwrap();
        let service = moonfleet_models::service(service).unwrap();
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .credentials_provider(SharedCredentialsProvider::new(self.keys()))
            .region(Region::new(self.region))
            .http_client(Sandbox::http_client())
            .build();
        let interceptors = [self.sandbox.interceptor(Sandbox::ACCOUNT, self.region)];
        let client = Client::new(Api::of(service), &config, Settings::default(), &interceptors, "test");
        let answer = client.send(service.operation(operation).unwrap(), input).await;
        answer.map_err(|error| match error {
            SdkError::ServiceError(refusal) => {
                let error = refusal.into_err();
                (error.status, error.code.unwrap_or_default(), error.message.unwrap_or_default())
            }
            other => (0, "NotSent".to_owned(), DisplayErrorContext(other).to_string()),
        })
    }

    fn keys(&self) -> Credentials {
        Credentials::new(&self.key, "secret", None, None, "sandbox")
    }

    clients! {
        ec2 => aws_sdk_ec2,
        iam => aws_sdk_iam,
        groups => aws_sdk_resourcegroups,
        ssm => aws_sdk_ssm,
        sts => aws_sdk_sts,
    }
}

/// Code and message of a call that must fail.
pub(crate) fn failure<O, E, R>(result: Result<O, SdkError<E, R>>) -> (String, String)
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug,
{
    let Err(error) = result else {
        panic!("the call succeeded");
    };
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    (text(error.code()), text(error.message()))
}

pub(crate) fn code<O, E, R>(result: Result<O, SdkError<E, R>>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug,
{
    failure(result).0
}
