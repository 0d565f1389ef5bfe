//! Who calls: a profile or what the environment says, and the roles on top of it. The
//! credentials are looked for once, whichever regions and services they are used in, and
//! renewed once for all when they expire.

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
use super::role::{Role, RoleProvider, TokenProvider};
use super::{CallOptions, Repeat, Session, SessionSettings, Simulation, http, profile, runtime, spawn};
use crate::session::Shared;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Principal {
    pub profile: Option<String>,
    pub endpoint_url: Option<String>,
    /// Each is assumed by the one before it.
    pub roles: Vec<Role>,
}

/// What STS says of credentials.
#[derive(Clone, Debug)]
pub struct CallerIdentity {
    pub account: String,
    pub arn: String,
    pub id: String,
}

pub(crate) struct Identity {
    principal: Principal,
    config: OnceCell<SdkConfig>,
    caller: OnceCell<CallerIdentity>,
    /// The region that the environment or the profile names.
    named: OnceLock<Option<String>>,
}

impl Identity {
    pub(crate) fn new(principal: Principal) -> Arc<Self> {
        Arc::new(Identity { principal, config: OnceCell::new(), caller: OnceCell::new(), named: OnceLock::new() })
    }

    /// As the configuration says, or as it is going to, where that can be told without
    /// looking any further.
    pub(crate) fn region(&self) -> Option<String> {
        let known = self.config.get().and_then(|config| config.region().map(ToString::to_string));
        let named = || self.named.get_or_init(|| profile::region(self.principal.profile.as_deref())).clone();
        known.filter(|region| !region.is_empty()).or_else(named)
    }

    pub(crate) fn account(&self) -> Option<String> {
        let of_role = self.principal.roles.last().and_then(Role::account);
        of_role.map(str::to_owned).or_else(|| self.caller.get().map(|caller| caller.account.clone()))
    }

    /// Returns the account of a call that is signed with none of the simulation's own keys.
    pub(crate) fn simulated_account(&self, simulation: &dyn Simulation) -> &'static str {
        let profile = self.principal.profile.as_deref().unwrap_or_default();
        let profiles = simulation.profiles();
        let named = profiles.iter().find(|(name, _)| *name == profile).or(profiles.first());
        named.map_or("", |(_, account)| account)
    }

    pub(crate) async fn caller(&self, session: &Session) -> Result<&CallerIdentity, Error> {
        self.caller
            .get_or_try_init(|| async {
                let config = session.config().await?;
                let asked = session.asked(config, &session.budget("sts"), Repeat::Safe, &CallOptions::default());
                let sts = sts(&asked, session);
                let answer =
                    spawn(async move { sts.get_caller_identity().send().await }).await.map_err(|panic| panic.bug())?;
                let told = answer.map_err(|e| {
                    let service = service("sts").expect("STS is bound");
                    let operation = service.operation("get_caller_identity").expect("STS has the operation");
                    session.call_error(service, operation, sdk_failure(e))
                })?;
                let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
                Ok(CallerIdentity { account: text(told.account()), arn: text(told.arn()), id: text(told.user_id()) })
            })
            .await
    }

    /// The configuration without what a session asks for on top.
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

    /// The configuration of those who assume the role, with the role's credentials.
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
            .identity_cache(IdentityCache::lazy().load_timeout(PATIENCE).build())
            .http_client(http::client());
        if let Some(profile) = &self.principal.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(url) = &self.principal.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        // On a thread of the runtime's, so that what panics there ends as an error here.
        let config = spawn(async move { loader.load().await }).await.map_err(unreadable)?;
        // A profile that was asked for comes before the environment's keys, as in AWS's own CLI.
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
                let way = ProviderConfig::without_region().with_region(config.region().cloned());
                let way = way.with_http_client(http::client());
                let keys = ProfileFileCredentialsProvider::builder().profile_name(profile).configure(&way).build();
                Ok(config.to_builder().credentials_provider(SharedCredentialsProvider::new(keys)).build())
            }
        }
    }

    /// The configuration of a profile whose credentials are a role's.
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

/// For a program that asks a person, and short enough to be told when it hangs.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

/// The same configuration with the role's credentials, got in the name of the one it has.
fn in_role(config: &SdkConfig, role: Role, base: &Session) -> SdkConfig {
    let provider = RoleProvider { sts: sts(config, base), role, ask: base.ask().clone() };
    config.to_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build()
}

/// What is called with is shown nowhere, wherever it came from.
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
        // STS answers everywhere alike; a role can be assumed before a region is chosen.
        builder.set_region(Some(aws_config::Region::from_static("us-east-1")));
    }
    aws_sdk_sts::Client::from_conf(builder.build())
}

fn unreadable(panic: runtime::Panicked) -> Error {
    Error::new("BadConfiguration", format!("AWS's settings cannot be read: {panic}"))
}

/// Names the caller where its account is not known: what has its own credentials has its
/// own budget.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.principal.profile.as_deref().unwrap_or("default"))?;
        self.principal.roles.iter().try_for_each(|role| write!(f, ">{}", role.arn))
    }
}
