//! The hooks of a session, which the layers above provide: a simulation of AWS inside the process,
//! an observer of all calls, and questions to the person at the terminal.

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use futures_util::future::BoxFuture;
use moonfleet_bindings::{Answer, Operation, Service};
use moonfleet_core::{Ask, CallFailure, Clock, Error, Map, NoTerminal, Progress};

use super::{Remote, Session};

#[derive(Clone)]
pub struct Hooks {
    pub simulation: Option<Arc<dyn Simulation>>,
    /// The process that makes the calls; `None` if it is this one.
    pub remote: Option<Arc<dyn Remote>>,
    pub observer: Option<Arc<dyn CallObserver>>,
    /// Hears of each request before it is sent, to count its cost.
    pub meter: Option<Arc<dyn Meter>>,
    pub ask: Arc<dyn Ask>,
    pub progress: Arc<dyn Progress>,
}

impl Default for Hooks {
    fn default() -> Self {
        Hooks {
            simulation: None,
            remote: None,
            observer: None,
            meter: None,
            ask: Arc::new(NoTerminal),
            progress: Arc::new(NoTerminal),
        }
    }
}

/// An AWS account inside the process.
pub trait Simulation: Send + Sync {
    /// Returns the interceptor that answers the calls of a client, for an account and a region.
    fn interceptor(&self, account: &str, region: &str) -> SharedInterceptor;

    /// Returns the answer that a test has prepared for an operation, such as `ec2.describe_tags`, as the values of its
    /// output; `None` if the simulated services answer.
    fn prepared_answer(&self, operation: &str, input: &Map) -> Option<BoxFuture<'static, Result<Map, Error>>>;

    /// Returns an HTTP client that opens no connection.
    fn http_client(&self) -> SharedHttpClient;

    fn clock(&self) -> Arc<dyn Clock>;

    /// Returns the default region.
    fn region(&self) -> &'static str;

    /// Returns the names of the profiles with their accounts; the default profile is the first.
    fn profiles(&self) -> &'static [(&'static str, &'static str)];
}

/// Counts the costs of requests.
pub trait Meter: Send + Sync {
    /// Counts a request, or a page. An error stops it from being sent.
    fn charge(&self, session: &Session, service: &Service, operation: &Operation) -> Result<(), Error>;
}

/// Observes each call before it is sent and after it has ended.
pub trait CallObserver: Send + Sync {
    /// Begins the observation of a call. An error stops the call from being sent.
    fn begin<'a>(
        &'a self,
        session: &'a Arc<Session>,
        service: &'static Service,
        operation: &'static Operation,
        input: &'a Map,
    ) -> BoxFuture<'a, Result<Box<dyn ObservedCall>, Error>>;

    /// Returns the interceptor that observes the calls of an SDK client that the program itself uses.
    fn interceptor(&self, session: Arc<Session>, service: &'static str) -> SharedInterceptor;
}

/// A call under way. If it is dropped before its end, its result is unknown.
pub trait ObservedCall: Send {
    fn end(self: Box<Self>, operation: &Operation, result: &Result<Answer, Error>);

    /// Ends a waiter's poll, for which an error can be the expected result.
    fn end_poll(self: Box<Self>, result: &Result<moonfleet_bindings::Polled, CallFailure>);
}
