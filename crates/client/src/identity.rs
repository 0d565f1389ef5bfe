//! The caller: a profile or the environment's credentials, and the roles that it assumes. The
//! credentials are loaded once for all regions and services, and renewed once for all when they
//! expire.

use std::fmt;
use std::sync::{Arc, OnceLock};

use aws_config::BehaviorVersion;
use aws_config::identity::IdentityCache;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::SdkConfig;
use moonfleet_bindings::sdk_failure;
use moonfleet_bindings::service;
use moonfleet_core::Error;
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

use super::known_credentials::known_credentials;
use super::profile::Source;
use super::remote::{RemoteReply, RemoteRequest, unexpected};
use super::role::{Role, RoleProvider, TokenProvider};
use super::{CallOptions, Repeat, Session, SessionSettings, Simulation, http, profile, runtime, spawn};
use crate::session::Shared;

/// The caller of a session, as the command line or a script names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Principal {
    pub profile: Option<String>,
    pub endpoint_url: Option<String>,
    /// The roles of the caller; each is assumed by the one before it.
    pub roles: Vec<Role>,
}

/// STS's answer about the caller's credentials.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CallerIdentity {
    pub account: String,
    pub arn: String,
    pub id: String,
}

pub(crate) struct Identity {
    principal: Principal,
    config: OnceCell<SdkConfig>,
    caller: OnceCell<CallerIdentity>,
    /// The region of the environment or the profile.
    configured_region: OnceLock<Option<String>>,
}

impl Identity {
    pub(crate) fn new(principal: Principal) -> Arc<Self> {
        let (config, caller, configured_region) = Default::default();
        Arc::new(Identity { principal, config, caller, configured_region })
    }

    /// Returns the region of the loaded configuration, or of the environment or the profile if it is
    /// not loaded yet. Makes no request.
    pub(crate) fn region(&self) -> Option<String> {
        let loaded = self.config.get().and_then(|config| config.region().map(ToString::to_string));
        let configured =
            || self.configured_region.get_or_init(|| profile::region(self.principal.profile.as_deref())).clone();
        loaded.filter(|region| !region.is_empty()).or_else(configured)
    }

    /// Returns the account from the role's ARN or from STS's answer, if it is already there.
    pub(crate) fn account(&self) -> Option<String> {
        let from_role = self.principal.roles.last().and_then(Role::account);
        from_role.map(str::to_owned).or_else(|| self.caller.get().map(|caller| caller.account.clone()))
    }

    /// Returns the account of a call that is not signed with one of the simulation's keys.
    pub(crate) fn simulated_account(&self, simulation: &dyn Simulation) -> &'static str {
        let profile = self.principal.profile.as_deref().unwrap_or_default();
        let profiles = simulation.profiles();
        let named = profiles.iter().find(|(name, _)| *name == profile).or(profiles.first());
        named.map_or("", |(_, account)| account)
    }

    pub(crate) async fn caller(&self, session: &Session) -> Result<&CallerIdentity, Error> {
        self.caller
            .get_or_try_init(|| async {
                if let Some(remote) = session.remote() {
                    return match remote.ask(RemoteRequest::Caller(session.settings().clone())).await? {
                        RemoteReply::Caller(caller) => Ok(caller),
                        other => Err(unexpected(&other)),
                    };
                }
                let config = session.config().await?;
                let config = session.call_config(config, &session.budget("sts"), Repeat::Safe, &CallOptions::default());
                let sts = sts(&config, session);
                let answer =
                    spawn(async move { sts.get_caller_identity().send().await }).await.map_err(|panic| panic.bug())?;
                let identity = answer.map_err(|e| {
                    let service = service("sts").expect("STS is bound");
                    let operation = service.operation("get_caller_identity").expect("STS has the operation");
                    session.call_error(service, operation, sdk_failure(e))
                })?;
                let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
                Ok(CallerIdentity {
                    account: text(identity.account()),
                    arn: text(identity.arn()),
                    id: text(identity.user_id()),
                })
            })
            .await
    }

    /// Returns the configuration of the caller, without the settings of a session.
    pub(crate) async fn config(&self, shared: &Arc<Shared>) -> Result<&SdkConfig, Error> {
        self.config
            .get_or_try_init(|| async {
                let config = match self.principal.roles.split_last() {
                    Some((role, before)) => {
                        role.check()?;
                        let base = Principal { roles: before.to_vec(), ..self.principal.clone() };
                        self.in_role(shared, role.clone(), base).await
                    }
                    None => match &shared.hooks.simulation {
                        Some(simulation) => return self.simulated(&**simulation),
                        None => self.load(shared).await,
                    },
                };
                config.map(|config| with_known_credentials(&config))
            })
            .await
    }

    /// Returns the configuration of the base caller, with the credentials of the role.
    async fn in_role(&self, shared: &Arc<Shared>, role: Role, base: Principal) -> Result<SdkConfig, Error> {
        let base = shared.clone().session(SessionSettings { principal: base, ..SessionSettings::default() });
        let config = Box::pin(base.identity.config(shared)).await?;
        Ok(in_role(config, role, &base))
    }

    fn simulated(&self, simulation: &dyn Simulation) -> Result<SdkConfig, Error> {
        let profiles = simulation.profiles();
        if let Some(profile) = &self.principal.profile
            && !profiles.iter().any(|(name, _)| name == profile)
        {
            return Err(profile::unknown(profile, profiles.iter().map(|(name, _)| *name)));
        }
        let credentials = Credentials::new("sandbox", "sandbox", None, None, "sandbox");
        Ok(SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(aws_config::Region::from_static(simulation.region()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .identity_cache(IdentityCache::lazy().build())
            .http_client(simulation.http_client())
            .build())
    }

    async fn load(&self, shared: &Arc<Shared>) -> Result<SdkConfig, Error> {
        profile::check_endpoints(self.principal.endpoint_url.as_deref())?;
        profile::check_environment()?;
        let chosen = self.principal.profile.clone();
        let role = spawn(async move { profile::check(chosen.as_deref()).await }).await.map_err(unreadable)??;
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .timeout_config(http::timeouts(None))
            .stalled_stream_protection(http::stalled_streams())
            .identity_cache(IdentityCache::lazy().load_timeout(CREDENTIALS_TIMEOUT).build())
            .http_client(http::client());
        if let Some(profile) = &self.principal.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(url) = &self.principal.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        // A thread of the runtime turns a panic of the SDK into an error.
        let config = spawn(async move { loader.load().await }).await.map_err(unreadable)?;
        // A profile that is named explicitly goes before the environment's keys, like in AWS CLI.
        let Some(profile) = &self.principal.profile else {
            let has_keys = std::env::var_os("AWS_ACCESS_KEY_ID").is_some();
            return match role.filter(|_| !has_keys) {
                Some((role, source)) => self.with_source(shared, config, role, source).await,
                None => Ok(config),
            };
        };
        match role {
            Some((role, source)) => self.with_source(shared, config, role, source).await,
            None => {
                let provider = ProviderConfig::without_region().with_region(config.region().cloned());
                let provider = provider.with_http_client(http::client());
                let keys = ProfileFileCredentialsProvider::builder().profile_name(profile).configure(&provider).build();
                Ok(config.to_builder().credentials_provider(SharedCredentialsProvider::new(keys)).build())
            }
        }
    }

    /// Returns the configuration of a profile with a `role_arn`.
    async fn with_source(
        &self,
        shared: &Arc<Shared>,
        config: SdkConfig,
        role: Role,
        source: Source,
    ) -> Result<SdkConfig, Error> {
        role.check()?;
        let this =
            shared.clone().session(SessionSettings { principal: self.principal.clone(), ..SessionSettings::default() });
        let credentials = match source {
            Source::Token(file) => {
                let provider = TokenProvider { sts: sts(&config, &this), role, file };
                return Ok(config.to_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build());
            }
            Source::Credentials(credentials) => Some(credentials),
            Source::Profile(name) => {
                let base = shared.clone().session(SessionSettings {
                    principal: Principal { profile: Some(name), roles: Vec::new(), ..self.principal.clone() },
                    ..SessionSettings::default()
                });
                Box::pin(base.identity.config(shared)).await?.credentials_provider()
            }
        };
        let mut base = config.to_builder();
        base.set_credentials_provider(credentials.map(known_credentials));
        Ok(in_role(&base.build(), role, &this))
    }
}

/// The timeout for loading credentials: long enough for a `credential_process` that asks a person,
/// short enough to report one that hangs.
const CREDENTIALS_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(60);

/// Returns the configuration with the credentials of the role, which its own credentials assume.
fn in_role(config: &SdkConfig, role: Role, base: &Session) -> SdkConfig {
    let provider = RoleProvider { sts: sts(config, base), role, ask: base.ask().clone() };
    config.to_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build()
}

/// Returns the configuration with credentials that are redacted in all output.
fn with_known_credentials(config: &SdkConfig) -> SdkConfig {
    let mut known = config.to_builder();
    known.set_credentials_provider(config.credentials_provider().map(known_credentials));
    known.build()
}

fn sts(config: &SdkConfig, session: &Session) -> aws_sdk_sts::Client {
    let mut builder = aws_sdk_sts::config::Builder::from(config);
    for interceptor in session.interceptors("sts").into_iter().chain(session.observing_interceptor("sts")) {
        builder.push_interceptor(interceptor);
    }
    if config.region().is_none() {
        // STS gives the same answers in every region, so a role can be assumed without a region.
        builder.set_region(Some(aws_config::Region::from_static("us-east-1")));
    }
    aws_sdk_sts::Client::from_conf(builder.build())
}

fn unreadable(panic: runtime::Panicked) -> Error {
    Error::new("BadConfiguration", format!("cannot load AWS's configuration: {panic}"))
}

/// Names the caller while its account is unknown. Callers with credentials of their own get a retry
/// budget of their own.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.principal.profile.as_deref().unwrap_or("default"))?;
        self.principal.roles.iter().try_for_each(|role| write!(f, ">{}", role.arn))
    }
}
