//! The registry: services and their operations, as the declarations make them.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::waiters::FinalPoll;
use aws_smithy_runtime_api::client::waiters::error::WaiterError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SdkConfig;

use crate::failure::Failure;
use crate::part::Item;
use crate::shape::Shape;
use crate::suggest;
use crate::value::{Map, Value};
use crate::view::{Answer, Structure, View};

pub struct Service {
    /// As scripts write it: `resource_groups`.
    pub name: &'static str,
    pub operations: &'static [&'static Operation],
    pub waiters: &'static [&'static Waiter],
    /// Operations of the SDK that could not be declared.
    pub left_out: &'static [&'static str],
    pub(crate) connect: fn(&SdkConfig, &[SharedInterceptor]) -> Client,
}

/// An SDK client; which one is its service's business.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<dyn Any + Send + Sync>);

pub struct Operation {
    /// `describe_tags`
    pub name: &'static str,
    /// `DescribeTags`
    pub api_name: &'static str,
    pub risk: Risk,
    pub input: &'static Shape,
    pub output: &'static Shape,
    pub pages: Option<Pages>,
    pub items: Option<Items>,
    pub(crate) send: fn(&Client, Map) -> Pending,
}

/// What an operation can do to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    Read,
    Write,
    Destroy,
}

/// How an operation gives more than fits into one answer.
pub struct Pages {
    /// The parameter that asks for a page.
    pub input: &'static str,
    /// The path in the output to the token of the next one.
    pub output: &'static [&'static str],
}

/// The one list that an operation is about.
pub struct Items {
    /// Fields to walk; a list on the way is walked over.
    pub path: &'static [&'static str],
    /// Fields of the last list's owner that each item takes along.
    pub inherits: &'static [&'static str],
    pub(crate) split: fn(Answer) -> Vec<Item>,
}

pub struct Waiter {
    pub name: &'static str,
    /// The operation it polls, whose input it takes.
    pub operation: &'static Operation,
    pub min_delay: Duration,
    pub(crate) wait: fn(&Client, Map, Duration) -> Waiting,
}

pub type Pending = Pin<Box<dyn Future<Output = Result<Answer, Failure>> + Send>>;
/// The answer that ended the wait, where it ended with one: some waiters wait for an error.
pub type Waiting = Pin<Box<dyn Future<Output = Result<Option<Answer>, Failure>> + Send>>;

/// The service of this name, or what it may have meant.
pub fn service(name: &str) -> Option<&'static Service> {
    crate::services::ALL.iter().copied().find(|s| s.name == name)
}

impl Client {
    /// The SDK's own client; asking for another service's is a mistake in the declarations.
    pub(crate) fn of<C: Clone + 'static>(&self) -> C {
        self.0.downcast_ref::<C>().expect("a client is used by the service that made it").clone()
    }
}

impl Service {
    /// A client of this configuration, with interceptors of ours around every call.
    pub fn connect(&self, config: &SdkConfig, interceptors: &[SharedInterceptor]) -> Client {
        (self.connect)(config, interceptors)
    }

    pub fn operation(&self, name: &str) -> Option<&'static Operation> {
        // The generator writes them in order.
        self.operations.binary_search_by(|o| o.name.cmp(name)).ok().map(|at| self.operations[at])
    }

    pub fn waiter(&self, name: &str) -> Option<&'static Waiter> {
        self.waiters.iter().copied().find(|w| w.name == name)
    }

    pub fn nearest_operation(&self, name: &str) -> Option<&'static str> {
        suggest::nearest(name, self.operations.iter().map(|o| o.name))
    }
}

impl Operation {
    /// Sends a checked input.
    pub fn send(&self, client: &Client, input: Map) -> Pending {
        (self.send)(client, input)
    }

    /// The token of the page after this one. An empty token ends as no token does.
    pub fn next_token(&self, answer: &dyn Structure) -> Option<String> {
        let (last, way) = self.pages.as_ref()?.output.split_last()?;
        let mut at = answer;
        for step in way {
            match at.named(step) {
                View::Structure(inner) => at = inner,
                _ => return None,
            }
        }
        match at.named(last) {
            View::String(token) if !token.is_empty() => Some(token.to_owned()),
            _ => None,
        }
    }

    /// The input that asks for the page after one that gave this token.
    pub fn continued(&self, mut input: Map, token: String) -> Map {
        if let Some(pages) = &self.pages {
            input.set(pages.input, Value::String(token));
        }
        input
    }
}

impl Waiter {
    pub fn wait(&self, client: &Client, input: Map, timeout: Duration) -> Waiting {
        (self.wait)(client, input, timeout)
    }
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Risk::Read => "read",
            Risk::Write => "write",
            Risk::Destroy => "destroy",
        })
    }
}

/// Both ends of an SDK call made alike for all of them.
pub(crate) async fn answered<O, E>(
    call: impl Future<Output = Result<O, SdkError<E, HttpResponse>>>,
) -> Result<Answer, Failure>
where
    O: Structure + 'static,
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match call.await {
        Ok(output) => Ok(Arc::new(output)),
        Err(error) => Err(Failure::of_sdk(error)),
    }
}

pub(crate) async fn waited<O, E>(
    wait: impl Future<Output = Result<FinalPoll<O, SdkError<E, HttpResponse>>, WaiterError<O, E>>>,
) -> Result<Option<Answer>, Failure>
where
    O: Structure + fmt::Debug + 'static,
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match wait.await {
        Ok(poll) => Ok(poll.into_result().ok().map(|output| Arc::new(output) as Answer)),
        Err(error) => Err(Failure::of_waiter(error)),
    }
}
