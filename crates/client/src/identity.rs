//! The caller: a profile or the environment's credentials, and the roles that it assumes. The
//! credentials are loaded once for all regions and services, and renewed once for all when they
//! expire.

use std::fmt;
use std::sync::{Arc, OnceLock};

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::identity::IdentityCache;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_types::SdkConfig;
use moonfleet_bindings::sdk_failure;
use moonfleet_bindings::service;
use moonfleet_core::Error;
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

use super::credential_process::CredentialProcess;
use super::instance_role::checked_instance_role;
use super::known_credentials::known_credentials;
use super::remote::{RemoteReply, RemoteRequest, unexpected};
use super::role::{MfaSession, MfaSessionProvider, Role, RoleProvider, TokenProvider};
use super::shared_config::{
    NamedSource, PROFILE, Profile, SharedConfig, Source, check_endpoints, check_environment, credential_source, unknown,
};
use super::sso_login::SsoLogin;
use super::{CallOptions, Repeat, Session, SessionSettings, Simulation, http, runtime, spawn};
use crate::session::{GLOBAL_REGION, Shared};
use crate::truncation_check::TruncationCheck;

/// The caller of a session, as the command line or a script names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Principal {
    pub profile: Option<String>,
    pub endpoint_url: Option<String>,
    /// The MFA session in which the roles are assumed.
    #[serde(default)]
    pub mfa: Option<MfaSession>,
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
            || self.configured_region.get_or_init(|| configured_region(self.principal.profile.as_deref())).clone();
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
                let config =
                    session.call_config(config, &session.budget("sts", None), Repeat::Safe, &CallOptions::default());
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
                let config = match (self.principal.roles.split_last(), &self.principal.mfa) {
                    (Some((role, before)), _) => {
                        role.check()?;
                        let base = Principal { roles: before.to_vec(), ..self.principal.clone() };
                        let (config, base) = self.config_of(shared, base).await?;
                        Ok(in_role(&config, role.clone(), &base))
                    }
                    (None, Some(mfa)) => {
                        let base = Principal { mfa: None, ..self.principal.clone() };
                        let (config, base) = self.config_of(shared, base).await?;
                        Ok(in_mfa_session(&config, mfa.clone(), &base))
                    }
                    (None, None) => match &shared.hooks.simulation {
                        Some(simulation) => return self.simulated(&**simulation),
                        None => self.load(shared).await,
                    },
                };
                config.map(|config| with_known_credentials(&config))
            })
            .await
    }

    /// Returns the configuration of the caller that assumes this role or starts this session.
    async fn config_of(&self, shared: &Arc<Shared>, base: Principal) -> Result<(SdkConfig, Arc<Session>), Error> {
        let base = shared.clone().session(SessionSettings { principal: base, ..SessionSettings::default() });
        let config = Box::pin(base.identity.config(shared)).await?.clone();
        Ok((config, base))
    }

    fn simulated(&self, simulation: &dyn Simulation) -> Result<SdkConfig, Error> {
        let profiles = simulation.profiles();
        if let Some(profile) = &self.principal.profile
            && !profiles.iter().any(|(name, _)| name == profile)
        {
            return Err(unknown(profile, profiles.iter().map(|(name, _)| *name)));
        }
        let credentials = Credentials::new("sandbox", "sandbox", None, None, "sandbox");
        Ok(SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static(simulation.region()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .identity_cache(IdentityCache::lazy().build())
            .http_client(simulation.http_client())
            .build())
    }

    async fn load(&self, shared: &Arc<Shared>) -> Result<SdkConfig, Error> {
        check_endpoints(self.principal.endpoint_url.as_deref())?;
        check_environment()?;
        let chosen = self.principal.profile.as_deref();
        let files = SharedConfig::read()?;
        let profile = files.selected(chosen)?;
        profile.map_or(Ok(()), Profile::check)?;
        let source = credential_source(&files, chosen)?;
        let client = http::client(SharedConfig::ca_bundle(profile).as_deref())?;
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .timeout_config(http::timeouts(None))
            .stalled_stream_protection(http::stalled_streams())
            .identity_cache(IdentityCache::lazy().load_timeout(CREDENTIALS_TIMEOUT).build())
            .http_client(client.clone())
            .profile_files(files.settings_for_sdk(profile)?)
            .profile_name(PROFILE)
            .no_credentials();
        loader = match SharedConfig::region(profile) {
            Some(region) => loader.region(Region::new(region)),
            None => loader.region(ImdsRegionProvider::builder().configure(&machine(client.clone(), None)).build()),
        };
        if let Some(retries) = SharedConfig::legacy_retries(profile) {
            loader = loader.retry_config(retries);
        }
        if let Some(url) = &self.principal.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        // A thread of the runtime turns a panic of the SDK into an error.
        let config = spawn(async move { loader.load().await }).await.map_err(unreadable)?;
        let this =
            shared.clone().session(SessionSettings { principal: self.principal.clone(), ..SessionSettings::default() });
        let mut builder = config.to_builder();
        builder.set_credentials_provider(Some(provider(source, &config, &client, &this)));
        Ok(builder.build())
    }
}

/// The timeout for loading credentials: long enough for a `credential_process` that asks a person,
/// short enough to report one that hangs.
const CREDENTIALS_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(60);

/// Returns the provider of credentials from a source.
fn provider(
    source: Source,
    config: &SdkConfig,
    client: &SharedHttpClient,
    session: &Session,
) -> SharedCredentialsProvider {
    let machine = || machine(client.clone(), config.region().cloned());
    let container = || EcsCredentialsProvider::builder().configure(&machine()).build();
    let instance = || {
        let client = checked_instance_role(client.clone());
        ImdsCredentialsProvider::builder().configure(&machine().with_http_client(client)).build()
    };
    match source {
        Source::Keys(keys) => SharedCredentialsProvider::new(keys),
        Source::Role(role, source) => {
            let mut base = config.to_builder();
            base.set_credentials_provider(Some(known_credentials(provider(*source, config, client, session))));
            let sts = sts(&base.build(), session);
            SharedCredentialsProvider::new(RoleProvider { sts, role, ask: session.ask().clone() })
        }
        Source::WebIdentity(role, file) => {
            SharedCredentialsProvider::new(TokenProvider { sts: sts(config, session), role, file })
        }
        Source::Named(NamedSource::Instance) => SharedCredentialsProvider::new(instance()),
        Source::Named(NamedSource::Container) => SharedCredentialsProvider::new(container()),
        Source::Sso(files, profile) => {
            let provider = ProfileFileCredentialsProvider::builder().configure(&machine());
            let provider = SharedCredentialsProvider::new(provider.profile_name(PROFILE).profile_files(files).build());
            SharedCredentialsProvider::new(SsoLogin { provider, profile })
        }
        Source::Process(command) => SharedCredentialsProvider::new(CredentialProcess { command }),
        Source::Machine => SharedCredentialsProvider::new(
            CredentialsProviderChain::first_try("EcsContainer", container()).or_else("Ec2InstanceMetadata", instance()),
        ),
    }
}

/// Returns the settings of providers that ask a server for credentials or the region.
fn machine(client: SharedHttpClient, region: Option<Region>) -> ProviderConfig {
    ProviderConfig::without_region().with_region(region).with_http_client(client)
}

/// Returns the configuration with the credentials of the role, which its own credentials assume.
fn in_role(config: &SdkConfig, role: Role, base: &Session) -> SdkConfig {
    let provider = RoleProvider { sts: sts(config, base), role, ask: base.ask().clone() };
    config.to_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build()
}

/// Returns the configuration with the credentials of a session that its own keys start with an MFA code.
fn in_mfa_session(config: &SdkConfig, mfa: MfaSession, base: &Session) -> SdkConfig {
    let provider = MfaSessionProvider { sts: sts(config, base), mfa, ask: base.ask().clone() };
    config.to_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build()
}

/// Returns the configuration with credentials that are redacted in all output.
fn with_known_credentials(config: &SdkConfig) -> SdkConfig {
    let mut known = config.to_builder();
    known.set_credentials_provider(config.credentials_provider().map(known_credentials));
    known.build()
}

/// Returns the region of the environment or the profile. A configuration that cannot be read has none: the first
/// call reports it.
fn configured_region(chosen: Option<&str>) -> Option<String> {
    let files = SharedConfig::read().ok()?;
    SharedConfig::region(files.selected(chosen).ok()?)
}

fn sts(config: &SdkConfig, session: &Session) -> aws_sdk_sts::Client {
    let mut builder = aws_sdk_sts::config::Builder::from(config);
    // The SDK's own clients do not notice an answer that is cut.
    let check = (!session.is_sandbox()).then(|| SharedInterceptor::new(TruncationCheck { service: "sts" }));
    let observing = session.observing_interceptor("sts");
    for interceptor in session.interceptors("sts").into_iter().chain(check).chain(observing) {
        builder.push_interceptor(interceptor);
    }
    if config.region().is_none() {
        builder.set_region(Some(Region::from_static(GLOBAL_REGION)));
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
