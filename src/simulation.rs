//! The sandbox instead of AWS: connects the sandbox to the client.

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use futures_util::future::BoxFuture;
use moonfleet_client::{Hooks, SessionSettings, Simulation};
use moonfleet_core::{Clock, Error, Map};
use moonfleet_engine::Context;
use moonfleet_engine::guard::{Guard, GuardOptions};
use moonfleet_sandbox::Sandbox;

/// A sandbox that answers the calls of a session.
pub struct SimulatedAccount(pub Sandbox);

impl Simulation for SimulatedAccount {
    fn interceptor(&self, account: &str, region: &str) -> SharedInterceptor {
        self.0.interceptor(account, region)
    }

    fn prepared_answer(&self, operation: &str, input: &Map) -> Option<BoxFuture<'static, Result<Map, Error>>> {
        self.0.prepared_answer(operation, input)
    }

    fn http_client(&self) -> SharedHttpClient {
        Sandbox::http_client()
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(self.0.clock().clone())
    }

    fn region(&self) -> &'static str {
        Sandbox::REGION
    }

    fn profiles(&self) -> &'static [(&'static str, &'static str)] {
        Sandbox::PROFILES
    }
}

/// Returns a context that calls a new sandbox and has no rules, for tests and benchmarks.
pub fn sandbox_context() -> Context {
    let guard = Guard::new(GuardOptions::default());
    Context::new(SessionSettings::default(), sandbox_hooks(Sandbox::seeded()), guard, None)
}

/// Returns the hooks of a session that calls a sandbox.
pub fn sandbox_hooks(sandbox: Sandbox) -> Hooks {
    Hooks { simulation: Some(Arc::new(SimulatedAccount(sandbox))), ..Hooks::default() }
}
