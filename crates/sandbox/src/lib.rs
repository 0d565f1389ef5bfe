//! A simulated AWS account inside the process.
//!
//! The sandbox sits *below* the real SDK clients: an interceptor answers each operation from a
//! state in memory, so everything above the SDK runs as it does against AWS. This crate owns that
//! state, its clock and its seed. Sessions, retries and the Lua side belong to the layers above.
//!
//! * [`interceptor`] hands an input to its handler and returns the output,
//! * [`registry`] knows the handlers by the names of their operations; those in [`model_call`] take and give values,
//! * [`state`] is the state: accounts, regions, and each service's part,
//! * `ec2`, `iam`, `ssm`, `resource_groups`, `s3`, `sts` hold the services: `state.rs` has the types
//!   that are kept, the other files the handlers, and `operations.rs` registers those,
//! * [`seed`] fills a fresh state.
//!
//! Imports run one way: `state` knows the services' state files only, handlers know `state`,
//! `operations` knows the handlers, and this file knows `operations` and `seed`.
//!
//! An operation that is not simulated fails by name. A parameter that would change the answer and
//! is not simulated is refused too.

mod api_error;
mod backend;
#[cfg(test)]
mod both_ways;
mod clock;
mod convert;
mod ec2;
mod http;
mod iam;
mod ids;
mod interceptor;
mod model_call;
mod page;
mod prepared_answers;
mod registry;
mod resource_groups;
mod s3;
mod seed;
mod ssm;
mod state;
mod sts;

#[cfg(test)]
mod testing;
#[allow(deprecated, reason = "deprecated parameters can still be given")]
#[rustfmt::skip]
mod typed;

use std::sync::{Arc, OnceLock};

use aws_smithy_runtime_api::client::{http::SharedHttpClient, interceptors::SharedInterceptor};
use moonfleet_core::{Clock as _, Map};

use backend::Backend;
use interceptor::SandboxInterceptor;
use registry::Registry;
use seed::accounts::{DEMO_ACCOUNT, STAGING_ACCOUNT};

pub use api_error::ApiError;
pub use clock::Clock;
pub use prepared_answers::{PendingFields, PrepareAnswer};

/// A simulated AWS. Clones share one state.
#[derive(Clone)]
pub struct Sandbox {
    backend: Arc<Backend>,
}

impl Sandbox {
    /// The account that a session has by default.
    pub const ACCOUNT: &str = DEMO_ACCOUNT;
    /// The profiles that a session can name, and their accounts.
    pub const PROFILES: &[(&str, &str)] = &[("default", DEMO_ACCOUNT), ("staging", STAGING_ACCOUNT)];
    /// The region that a session has by default.
    pub const REGION: &str = "eu-central-1";

    /// Returns the seeded accounts on a clock that starts at the current time.
    pub fn seeded() -> Sandbox {
        Sandbox::seeded_on(Clock::running())
    }

    /// Returns the seeded accounts on the given clock. Ages count from its current time.
    pub fn seeded_on(clock: Clock) -> Sandbox {
        let state = seed::state(clock.now());
        Sandbox { backend: Arc::new(Backend::new(clock, registry(), state)) }
    }

    /// Returns the clock of the sandbox.
    pub fn clock(&self) -> &Clock {
        &self.backend.clock
    }

    /// Returns an interceptor that connects a client of any service to `account` in `region`.
    /// The client needs [`Sandbox::http_client`] too.
    pub fn interceptor(&self, account: &str, region: &str) -> SharedInterceptor {
        SharedInterceptor::new(SandboxInterceptor::new(self.backend.clone(), account, region))
    }

    /// Returns an HTTP client that never opens a connection.
    pub fn http_client() -> SharedHttpClient {
        static CLIENT: OnceLock<SharedHttpClient> = OnceLock::new();
        CLIENT.get_or_init(http::offline_client).clone()
    }

    /// Returns the ids of the accounts, the default one first.
    pub fn accounts(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.backend.state().accounts.keys().cloned().collect();
        ids.sort_by_key(|id| id != Sandbox::ACCOUNT);
        ids
    }

    /// Returns the simulated operations as `service.operation`, sorted.
    pub fn operations(&self) -> impl Iterator<Item = &str> {
        self.backend.registry.names()
    }

    /// Lets a test answer an operation of any service (`rds.describe_db_instances`). Its sessions ask
    /// [`Sandbox::prepared_answer`] before they send a call.
    pub fn prepare_answer(&self, operation: &str, answer: PrepareAnswer) {
        self.backend.answers.set(operation, answer);
    }

    /// Returns the answer of the test to a call; `None` if it has prepared none, or if the call is to fail.
    pub fn prepared_answer(&self, operation: &str, input: &Map) -> Option<PendingFields> {
        let fails = self.backend.state().is_injected(operation);
        if fails { None } else { self.backend.answers.to(operation, input) }
    }

    /// Makes the next `times` calls of `operation` (`ec2.describe_tags`) fail with `error`.
    pub fn inject(&self, operation: &str, error: ApiError, times: usize) {
        self.backend.state().inject(operation, error, times);
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
