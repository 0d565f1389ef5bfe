//! An AWS account in this process.
//!
//! The sandbox is put *under* the real SDK clients: an interceptor answers each
//! operation from a state in memory, so everything above the SDK runs as it does
//! against AWS. This module owns that state, its clock and its seed; it leaves
//! sessions, retries and the Lua side to the layers above.
//!
//! * [`interceptor`] carries a typed input to its handler and the output back,
//! * [`state`] is the state: accounts, regions, what each service keeps,
//! * `ec2`, `iam`, `ssm`, `resource_groups`, `s3`, `sts` hold the handlers, one list each,
//! * [`seed`] fills a fresh state.
//!
//! What is not simulated fails by name; nothing is silently ignored that would
//! change an answer.

mod api_error;
mod clock;
mod ec2;
mod iam;
mod interceptor;
mod page;
mod resource_groups;
mod s3;
mod seed;
mod ssm;
mod state;
mod sts;

#[cfg(test)]
mod testing;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use aws_smithy_runtime_api::client::{http::SharedHttpClient, interceptors::SharedInterceptor};
use moonfleet_core::Clock as _;

pub use api_error::ApiError;
pub use clock::Clock;

use interceptor::{Registry, SandboxInterceptor};
use state::SandboxState;

/// A simulated AWS. Clones share one state.
#[derive(Clone)]
pub struct Sandbox {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Clock,
    registry: Registry,
    state: Mutex<SandboxState>,
}

impl Sandbox {
    /// The account a session has when it names none.
    pub const ACCOUNT: &str = "123456789012";
    /// The profiles that a session can name, and their accounts.
    pub const PROFILES: &[(&str, &str)] = &[("default", Sandbox::ACCOUNT), ("staging", seed::STAGING)];
    /// The region a session has when it names none.
    pub const REGION: &str = "eu-central-1";

    /// The seeded accounts on a clock that starts at the real now.
    pub fn seeded() -> Sandbox {
        Sandbox::seeded_on(Clock::running())
    }

    /// The seeded accounts on a clock of the caller's; ages count from its now.
    pub fn seeded_on(clock: Clock) -> Sandbox {
        let state = seed::state(clock.now());
        Sandbox { shared: Arc::new(Shared { clock, registry: registry(), state: Mutex::new(state) }) }
    }

    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// What makes a client of any service talk to `account` in `region`.
    /// The client needs [`Sandbox::http_client`] too.
    pub fn interceptor(&self, account: &str, region: &str) -> SharedInterceptor {
        SharedInterceptor::new(SandboxInterceptor::new(self.clone(), account, region))
    }

    /// An HTTP client that never opens a connection.
    pub fn http_client() -> SharedHttpClient {
        static CLIENT: OnceLock<SharedHttpClient> = OnceLock::new();
        CLIENT.get_or_init(aws_smithy_mocks::create_mock_http_client).clone()
    }

    /// The account ids that exist, the default one first.
    pub fn accounts(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.state().accounts.keys().cloned().collect();
        ids.sort_by_key(|id| id != Sandbox::ACCOUNT);
        ids
    }

    /// The simulated operations as `service.operation`, sorted.
    pub fn operations(&self) -> impl Iterator<Item = &str> {
        self.shared.registry.names()
    }

    /// Lets the next `times` calls of `operation` (`ec2.describe_tags`) fail with `fault`.
    pub fn inject(&self, operation: &str, fault: ApiError, times: usize) {
        self.state().inject(operation, fault, times);
    }

    // A handler that panicked must not take every later call down with it.
    fn state(&self) -> MutexGuard<'_, SandboxState> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn registry() -> Registry {
    let mut registry = Registry::default();
    ec2::register(&mut registry);
    iam::register(&mut registry);
    resource_groups::register(&mut registry);
    s3::register(&mut registry);
    ssm::register(&mut registry);
    sts::register(&mut registry);
    registry
}
