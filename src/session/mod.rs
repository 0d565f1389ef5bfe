//! The only seam to AWS: who calls, where, and with which clients. Everything is made
//! when it is first needed; a run that calls nothing makes no client, reads no
//! certificate and looks for no credentials.

mod profile;
mod runtime;
mod whole;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::{BehaviorVersion, Region};
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use moonfleet_bindings::{Client, Service};
use tokio::sync::OnceCell;

use crate::error::Error;
use crate::guard::Guard;
use crate::sandbox::Sandbox;

pub use runtime::{Task, spawn};

/// Without these a call can hang for ever: the SDK has none of its own beyond connecting.
const CONNECT: Duration = Duration::from_secs(5);
const READ: Duration = Duration::from_secs(60);
const ATTEMPT: Duration = Duration::from_secs(90);
const OPERATION: Duration = Duration::from_secs(300);

/// What the command line or a script asks for; all else comes from AWS's own settings.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub profile: Option<String>,
    pub region: Option<String>,
    pub endpoint_url: Option<String>,
}

/// Whether the SDK may send a request again when its answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Repeat {
    Safe,
    /// The service may have done it, and would do it again.
    Never,
}

pub struct Session {
    settings: Settings,
    sandbox: Option<Sandbox>,
    pub guard: Arc<Guard>,
    config: OnceCell<SdkConfig>,
    /// The session that this one is a copy of but for its region.
    origin: Option<Arc<Session>>,
    clients: Mutex<HashMap<(&'static str, Repeat), Client>>,
    siblings: Mutex<HashMap<String, Arc<Session>>>,
}

impl Session {
    pub fn new(settings: Settings, sandbox: Option<Sandbox>, guard: Arc<Guard>) -> Arc<Self> {
        Arc::new(Session {
            settings,
            sandbox,
            guard,
            config: OnceCell::new(),
            origin: None,
            clients: Mutex::default(),
            siblings: Mutex::default(),
        })
    }

    /// The same caller in another region, with the same credentials and connections.
    pub fn in_region(self: &Arc<Self>, region: &str) -> Arc<Session> {
        let origin = self.origin.as_ref().unwrap_or(self);
        let mut siblings = origin.siblings.lock().unwrap_or_else(PoisonError::into_inner);
        let sibling = siblings.entry(region.to_owned()).or_insert_with(|| {
            Arc::new(Session {
                settings: Settings { region: Some(region.to_owned()), ..origin.settings.clone() },
                sandbox: origin.sandbox.clone(),
                guard: origin.guard.clone(),
                config: OnceCell::new(),
                origin: Some(origin.clone()),
                clients: Mutex::default(),
                siblings: Mutex::default(),
            })
        });
        sibling.clone()
    }

    /// Another profile or region, under the same guard and in the same world.
    pub fn other(&self, settings: Settings) -> Arc<Session> {
        let settings = Settings {
            profile: settings.profile.or_else(|| self.settings.profile.clone()),
            region: settings.region.or_else(|| self.settings.region.clone()),
            endpoint_url: settings.endpoint_url.or_else(|| self.settings.endpoint_url.clone()),
        };
        Session::new(settings, self.sandbox.clone(), self.guard.clone())
    }

    /// The region that calls go to; none before it is known or where there is none.
    pub fn region(&self) -> Option<String> {
        let known = self.config.get().and_then(|config| config.region()).map(|region| region.to_string());
        known
            .or_else(|| self.settings.region.clone())
            .or_else(|| self.sandbox.as_ref().map(|_| Sandbox::REGION.to_owned()))
    }

    pub fn is_sandbox(&self) -> bool {
        self.sandbox.is_some()
    }

    /// The client of a service, made on first use.
    pub async fn client(&self, service: &'static Service, repeat: Repeat) -> Result<Client, Error> {
        let config = self.config().await?;
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let client = clients.entry((service.name, repeat)).or_insert_with(|| {
            let whole = SharedInterceptor::new(whole::WholeAnswers);
            let interceptors = [self.sandbox_interceptor().unwrap_or(whole)];
            match repeat {
                Repeat::Safe => service.connect(config, &interceptors),
                Repeat::Never => {
                    let once = config.to_builder().retry_config(RetryConfig::disabled()).build();
                    service.connect(&once, &interceptors)
                }
            }
        });
        Ok(client.clone())
    }

    fn sandbox_interceptor(&self) -> Option<SharedInterceptor> {
        Some(self.sandbox.as_ref()?.interceptor(Sandbox::ACCOUNT, &self.region()?))
    }

    async fn config(&self) -> Result<&SdkConfig, Error> {
        self.config.get_or_try_init(|| self.load()).await
    }

    async fn load(&self) -> Result<SdkConfig, Error> {
        let region = self.settings.region.clone().map(Region::new);
        if let Some(origin) = &self.origin {
            let shared = Box::pin(origin.config()).await?;
            return Ok(shared.to_builder().region(region).build());
        }
        if self.is_sandbox() {
            return Ok(sandbox_config(region));
        }
        let endpoint = self.endpoint_url()?;
        let chosen = self.settings.profile.clone();
        spawn(async move { profile::check(chosen.as_deref()).await }).await.map_err(unreadable)??;
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts());
        if let Some(profile) = &self.settings.profile {
            // A profile that was asked for comes before the environment's keys, as in AWS's own CLI.
            let credentials = ProfileFileCredentialsProvider::builder().profile_name(profile).build();
            loader = loader.profile_name(profile).credentials_provider(credentials);
        }
        if let Some(region) = region {
            loader = loader.region(region);
        }
        if let Some(url) = endpoint {
            loader = loader.endpoint_url(url);
        }
        // On a thread of the runtime's, so that what panics there ends as an error here.
        let config = spawn(async move { loader.load().await }).await.map_err(unreadable)?;
        if config.region().is_none() {
            return Err(Error::new("NoRegion", "no region is set: name one with --region, AWS_REGION or the profile"));
        }
        Ok(config)
    }

    /// A URL that cannot be used must not fall through to AWS itself.
    fn endpoint_url(&self) -> Result<Option<String>, Error> {
        let given = self.settings.endpoint_url.clone().map(|url| ("--endpoint-url".to_owned(), url));
        let from_environment = std::env::vars_os().filter_map(|(name, url)| {
            let name = name.into_string().ok()?;
            name.starts_with("AWS_ENDPOINT_URL").then(|| (name, url.to_string_lossy().into_owned()))
        });
        for (source, url) in given.iter().cloned().chain(from_environment) {
            if !usable_url(&url) {
                let problem = format!("{source} is {url:?}, which is no URL such as http://127.0.0.1:4566");
                return Err(Error::new("BadConfiguration", problem));
            }
        }
        Ok(given.map(|(_, url)| url))
    }
}

fn unreadable(panic: runtime::Panicked) -> Error {
    Error::new("BadConfiguration", format!("AWS's settings cannot be read: {panic}"))
}

fn usable_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .read_timeout(READ)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION)
        .build()
}

fn sandbox_config(region: Option<Region>) -> SdkConfig {
    static HTTP: OnceLock<aws_smithy_runtime_api::client::http::SharedHttpClient> = OnceLock::new();
    let credentials = aws_sdk_sts::config::Credentials::new("sandbox", "sandbox", None, None, "sandbox");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region.unwrap_or_else(|| Region::from_static(Sandbox::REGION)))
        .credentials_provider(aws_sdk_sts::config::SharedCredentialsProvider::new(credentials))
        .http_client(HTTP.get_or_init(Sandbox::http_client).clone())
        .timeout_config(timeouts())
        .build()
}
