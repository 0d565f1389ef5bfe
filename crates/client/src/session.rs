//! A session: a caller, a region, and the clients for them.
//!
//! [`SessionSettings`] identify a session: equal settings give the same session, and sessions that
//! differ only in their region share one identity and its credentials.

use std::borrow::Cow;
use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_config::Region;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use futures_util::future::{Either, select};
use jiff::Timestamp;
use moonfleet_bindings::{Client, Operation, Service, action};
use moonfleet_core::Error;
use moonfleet_core::{Ask, CallFailure, Clock, Progress};
use moonfleet_models::limits::{Pace, pace};
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

use crate::hooks::{CallObserver, Hooks, Simulation};
use crate::identity::{CallerIdentity, Identity, Principal};
use crate::rate_limiter::{RateLimiters, RateLimits, rate_limited};
use crate::remote::{Remote, RemoteReply, RemoteRequest, unexpected};
use crate::role::Role;
use crate::runtime::spawn;

/// The default timeout of a call. Without it a call could hang forever: the SDK itself only limits
/// the time to connect.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(300);

/// The number of clients that a session keeps.
const MAX_CLIENTS: usize = 200;
/// The services that have one endpoint for all regions, and its region in the SDK's rules. STS has regional ones too.
const GLOBAL_SERVICES: [&str; 2] = ["iam", "sts"];
pub(crate) const GLOBAL_REGION: &str = "aws-global";

/// How long a call waits for the account, which only labels rows.
const ACCOUNT_TIMEOUT: Duration = Duration::from_secs(15);

/// The settings of the command line or a script. Others come from AWS's shared configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SessionSettings {
    pub principal: Principal,
    pub region: Option<String>,
    pub calls: CallOptions,
    /// Use the SDK's adaptive retries, which slow down before the service throttles.
    pub adaptive: bool,
}

/// The timeout of a call and the number of its retries; `None` is the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CallOptions {
    pub timeout: Option<Duration>,
    pub retries: Option<u32>,
    /// Limit for the pages of one listing.
    pub max_pages: Option<usize>,
}

impl CallOptions {
    pub const MAX_TIMEOUT: Duration = Duration::from_hours(24 * 7);
    pub const MAX_RETRIES: u32 = 100;

    /// Returns the options within their limits, for options that were not checked.
    pub fn bounded(self) -> Self {
        CallOptions {
            timeout: self.timeout.map(|timeout| timeout.clamp(Duration::from_millis(1), Self::MAX_TIMEOUT)),
            retries: self.retries.map(|retries| retries.min(Self::MAX_RETRIES)),
            ..self
        }
    }
}

/// Whether the SDK may send a request again when its answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Repeat {
    Safe,
    /// The service may have executed the call, and would execute it again.
    Never,
}

/// The requests that share a rate limit and a quota of retries.
pub(crate) struct Budget {
    name: String,
    limits: RateLimits,
}

pub struct Session {
    settings: SessionSettings,
    pub(crate) identity: Arc<Identity>,
    shared: Arc<Shared>,
    config: OnceCell<SdkConfig>,
    clients: Mutex<HashMap<(&'static str, Repeat, CallOptions), Client>>,
}

/// The state that all sessions of a process share.
pub(crate) struct Shared {
    pub(crate) hooks: Hooks,
    sessions: Mutex<HashMap<SessionSettings, Arc<Session>>>,
    identities: Mutex<HashMap<Principal, Arc<Identity>>>,
    rate_limiters: RateLimiters,
}

impl Session {
    /// Makes the first session of a process.
    pub fn new(settings: SessionSettings, hooks: Hooks) -> Arc<Self> {
        let (sessions, identities, rate_limiters) = Default::default();
        Arc::new(Shared { hooks, sessions, identities, rate_limiters }).session(settings)
    }

    /// Returns another session with the same hooks.
    pub fn with(&self, settings: SessionSettings) -> Arc<Session> {
        self.shared.clone().session(settings)
    }

    /// Returns a session of the same caller in another region, with the same credentials and connections.
    pub fn in_region(&self, region: &str) -> Arc<Session> {
        self.with(SessionSettings { region: Some(region.to_owned()), ..self.settings.clone() })
    }

    /// Returns a session in which this caller has assumed a role.
    pub fn in_role(&self, role: Role) -> Arc<Session> {
        let mut settings = self.settings.clone();
        settings.principal.roles.push(role);
        self.with(settings)
    }

    pub fn settings(&self) -> &SessionSettings {
        &self.settings
    }

    /// Returns the observer of all calls of the process, such as the record.
    pub fn observer(&self) -> Option<&Arc<dyn CallObserver>> {
        self.shared.hooks.observer.as_ref()
    }

    /// Counts a request that costs money. Returns an error if the run may not spend as much.
    pub(crate) fn charge(&self, service: &Service, operation: &Operation) -> Result<(), Error> {
        self.shared.hooks.meter.as_ref().map_or(Ok(()), |meter| meter.charge(self, service, operation))
    }

    pub fn ask(&self) -> &Arc<dyn Ask> {
        &self.shared.hooks.ask
    }

    pub fn progress(&self) -> &Arc<dyn Progress> {
        &self.shared.hooks.progress
    }

    /// Returns the names of the profiles that a session can have.
    pub async fn profiles(&self) -> Result<Vec<String>, Error> {
        if let Some(remote) = self.remote() {
            return match remote.ask(RemoteRequest::Profiles).await? {
                RemoteReply::Names(names) => Ok(names),
                other => Err(unexpected(&other)),
            };
        }
        match self.simulation() {
            Some(simulation) => Ok(simulation.profiles().iter().map(|(name, _)| (*name).to_owned()).collect()),
            None => Ok(crate::shared_config::SharedConfig::read()?.names().map(str::to_owned).collect()),
        }
    }

    pub fn is_sandbox(&self) -> bool {
        self.clock().is_some()
    }

    pub fn simulation(&self) -> Option<&Arc<dyn Simulation>> {
        self.shared.hooks.simulation.as_ref()
    }

    /// Returns the process that makes the calls, if this process does not.
    pub fn remote(&self) -> Option<&Arc<dyn Remote>> {
        self.shared.hooks.remote.as_ref()
    }

    /// Returns the clock of the account; `None` if it is that of the machine.
    pub fn clock(&self) -> Option<Arc<dyn Clock>> {
        match self.remote() {
            Some(remote) => remote.clock(),
            None => self.simulation().map(|simulation| simulation.clock()),
        }
    }

    /// Returns the error of a failed call, with the call's name, its place and the permission it needs.
    pub fn call_error(&self, service: &Service, operation: &Operation, failure: CallFailure) -> Error {
        Error {
            service: Some(service.name.to_owned()),
            operation: Some(operation.name.to_owned()),
            region: self.region(),
            account: self.account(),
            action: action(service, operation),
            ..Error::from(failure)
        }
    }

    /// Returns the time of the sandbox's clock, or else of the machine's.
    pub fn now(&self) -> Timestamp {
        self.clock().map_or_else(Timestamp::now, |clock| clock.now())
    }

    /// Returns the region of calls; `None` if it is not configured or not known yet.
    pub fn region(&self) -> Option<String> {
        let set = self.settings.region.clone();
        let default = || match (self.remote(), self.simulation()) {
            (Some(remote), _) => remote.region(),
            (None, Some(simulation)) => Some(simulation.region().to_owned()),
            (None, None) => self.identity.region(),
        };
        set.or_else(default)
    }

    /// Returns the account, if it is known without a request.
    pub fn account(&self) -> Option<String> {
        self.identity.account()
    }

    /// Whether the session has made calls and requests are not traced. Background requests would
    /// show up in a trace.
    pub fn has_called(&self) -> bool {
        self.config.initialized() && !crate::trace::is_on()
    }

    /// Returns STS's answer about the caller, which is requested once.
    pub async fn caller(&self) -> Result<&CallerIdentity, Error> {
        self.identity.caller(self).await
    }

    /// Looks up the account, which labels rows. Logs a warning if STS does not answer. Returns an
    /// error only for unusable credentials, with which no rows could be read either.
    pub async fn learn_account(&self) -> Result<(), Error> {
        if self.account().is_some() {
            return Ok(());
        }
        let late = spawn(async { tokio::time::sleep(ACCOUNT_TIMEOUT).await });
        let problem = match select(pin!(self.caller()), late).await {
            Either::Left((Ok(_), _)) => return Ok(()),
            Either::Left((Err(error), _)) if error.is_credentials_error() => return Err(error),
            Either::Left((Err(error), _)) => error.to_string(),
            Either::Right(_) => format!("STS has not answered within {ACCOUNT_TIMEOUT:?}"),
        };
        tracing::warn!("rows have no account, because it cannot be looked up: {problem}");
        Ok(())
    }

    /// Returns the client for an operation; operations without a pace of their own share it. The first call makes it.
    pub async fn client(
        &self,
        service: &'static Service,
        operation: &Operation,
        repeat: Repeat,
        options: &CallOptions,
    ) -> Result<Client, Error> {
        let config = self.config_for(service.name).await?;
        let pace = pace(service.name, operation.name);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        // A script that gives each call other options would fill the memory with clients.
        if clients.len() >= MAX_CLIENTS {
            clients.clear();
        }
        let client = clients
            .entry((pace.map_or(service.name, |pace| pace.name), repeat, options.clone()))
            .or_insert_with(|| self.connect(service, pace, &config, repeat, options));
        Ok(client.clone())
    }

    fn connect(
        &self,
        service: &'static Service,
        pace: Option<&'static Pace>,
        config: &SdkConfig,
        repeat: Repeat,
        options: &CallOptions,
    ) -> Client {
        let budget = self.budget(service.name, pace);
        let config = self.call_config(config, &budget, repeat, options);
        service.connect(&config, &self.interceptors(service.name), &budget.name)
    }

    /// Returns the configuration with the retries and timeouts of this session and call, and with
    /// the rate limiter of their budget.
    pub(crate) fn call_config(
        &self,
        config: &SdkConfig,
        budget: &Budget,
        repeat: Repeat,
        options: &CallOptions,
    ) -> SdkConfig {
        let mut builder = config.to_builder();
        builder.set_retry_config(Some(self.retries(config, repeat, options)));
        builder.set_timeout_config(Some(crate::http::timeouts(options.timeout.or(self.settings.calls.timeout))));
        if let (false, Some(client)) = (self.is_sandbox(), config.http_client()) {
            let limiter = self.shared.rate_limiters.limiter(&budget.name, budget.limits);
            builder.set_http_client(Some(rate_limited(limiter, client)));
        }
        builder.build()
    }

    fn retries(&self, config: &SdkConfig, repeat: Repeat, options: &CallOptions) -> RetryConfig {
        let configured = config.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
        match (repeat, options.retries.or(self.settings.calls.retries)) {
            (Repeat::Never, _) => RetryConfig::disabled(),
            (Repeat::Safe, Some(retries)) => configured.with_max_attempts(retries + 1),
            (Repeat::Safe, None) => configured,
        }
    }

    /// Returns the interceptors of every request to a service.
    pub(crate) fn interceptors(&self, service: &'static str) -> Vec<SharedInterceptor> {
        let trace = crate::trace::is_on().then(|| {
            SharedInterceptor::new(crate::trace::Trace { service, region: self.region(), account: self.account() })
        });
        let backend = self.simulation().map(|simulation| {
            let account = self.identity.simulated_account(&**simulation);
            simulation.interceptor(account, &self.region().unwrap_or_default())
        });
        let limit = SharedInterceptor::new(crate::answer_limits::NoRetryAtLimit);
        backend.into_iter().chain([limit, SharedInterceptor::new(crate::metrics::Count)]).chain(trace).collect()
    }

    /// Returns the interceptor that observes the calls of an SDK client outside of the bindings.
    pub(crate) fn observing_interceptor(&self, service: &'static str) -> Option<SharedInterceptor> {
        Some(self.observer()?.interceptor(self.with(self.settings.clone()), service))
    }

    /// Slows down the calls that share the pace of an operation, because the service throttled it. The rate limiter
    /// itself does not see errors in an answer's body.
    pub fn throttled(&self, service: &Service, operation: &Operation) {
        let budget = self.budget(service.name, pace(service.name, operation.name));
        self.shared.rate_limiters.limiter(&budget.name, budget.limits).throttled(Instant::now());
    }

    /// Returns the budget for retries and the rate limit: of the account, the region, and the service, or an operation
    /// with a pace of its own.
    pub(crate) fn budget(&self, service: &str, pace: Option<&Pace>) -> Budget {
        let of = pace.map_or(service, |pace| pace.name);
        let name = format!("{}/{}/{of}", self.owner(), self.region().unwrap_or_default());
        Budget { name, limits: RateLimits::of(pace) }
    }

    /// Returns the account, or the name of the caller while the account is unknown.
    pub fn owner(&self) -> String {
        self.account().unwrap_or_else(|| self.identity.to_string())
    }

    /// Returns the configuration for calls to a service. Without a region only a global service can be called, as with
    /// boto3.
    async fn config_for(&self, service: &str) -> Result<Cow<'_, SdkConfig>, Error> {
        let config = self.config().await?;
        if config.region().is_some() {
            return Ok(Cow::Borrowed(config));
        }
        if GLOBAL_SERVICES.contains(&service) {
            return Ok(Cow::Owned(config.to_builder().region(Region::from_static(GLOBAL_REGION)).build()));
        }
        Err(Error::new("NoRegion", "no region is set; set one with --region, AWS_REGION or the profile"))
    }

    /// Returns the configuration without the settings of a service. It may have no region.
    pub(crate) async fn config(&self) -> Result<&SdkConfig, Error> {
        self.config
            .get_or_try_init(|| async {
                let mut config = self.identity.config(&self.shared).await?.to_builder();
                if let Some(region) = &self.settings.region {
                    config.set_region(Region::new(region.clone()));
                }
                if self.settings.adaptive {
                    config.set_retry_config(Some(RetryConfig::adaptive()));
                }
                Ok(config.build())
            })
            .await
    }
}

impl Shared {
    pub(crate) fn session(self: Arc<Self>, settings: SessionSettings) -> Arc<Session> {
        let mut identities = self.identities.lock().unwrap_or_else(PoisonError::into_inner);
        let identity =
            identities.entry(settings.principal.clone()).or_insert_with(|| Identity::new(settings.principal.clone()));
        let identity = identity.clone();
        drop(identities);
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let session = sessions.entry(settings.clone()).or_insert_with(|| {
            Arc::new(Session {
                settings,
                identity,
                shared: self.clone(),
                config: OnceCell::new(),
                clients: Mutex::default(),
            })
        });
        session.clone()
    }
}
