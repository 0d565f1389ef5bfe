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
use aws_types::request_id::RequestId;
use moonfleet_core::{CallFailure, Field, Map, Shape, Value, suggest};

use crate::failure::{sdk_failure, waiter_failure};
use crate::reflect::{Answer, Structure, View};
use crate::shared_answer::Item;
use crate::waiter_probe::WaiterProbe;

pub struct Service {
    /// As scripts write it: `resource_groups`.
    pub name: &'static str,
    pub(crate) operations: fn() -> &'static [Operation],
    pub(crate) waiters: fn() -> &'static [Waiter],
    /// Operations of the SDK that could not be declared.
    pub left_out: &'static [&'static str],
    pub(crate) connect: fn(&SdkConfig, &[SharedInterceptor], &str) -> Client,
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
    /// A read whose answer holds credentials that open something: keys of a role, the password of an instance.
    pub issues_credentials: bool,
    pub(crate) input: fn() -> &'static Shape,
    pub(crate) output: fn() -> &'static Shape,
    pub pages: Option<Pagination>,
    pub items: Option<ItemList>,
    pub(crate) send: fn(&Client, Map) -> PendingAnswer,
    pub(crate) request_id: fn(&dyn Structure) -> Option<&str>,
}

/// What an operation can do to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    Read,
    Write,
    Destroy,
}

/// How an operation gives more than fits into one answer.
pub struct Pagination {
    /// The parameter that asks for a page.
    pub input: &'static str,
    /// The path in the output to the token of the next one.
    pub output: &'static [&'static str],
}

/// The one list that an operation is about.
pub struct ItemList {
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
    /// How long AWS would have us wait between two polls, at first and at most.
    pub min_delay: Duration,
    pub max_delay: Duration,
    /// The path in the answer to the state that is waited for; empty where it is no one field.
    pub state: &'static [&'static str],
    pub(crate) watch: fn(WaiterProbe) -> SharedInterceptor,
    pub(crate) poll: fn(&Client, Map) -> Polling,
}

/// How a poll ended that did not fail.
pub enum Polled {
    /// With the answer that ended the wait, where it was one: some waiters wait for an error.
    Done(Option<Answer>),
    NotYet,
}

pub(crate) type PendingAnswer = Pin<Box<dyn Future<Output = Result<Answer, CallFailure>> + Send>>;
pub(crate) type Polling = Pin<Box<dyn Future<Output = Result<Polled, CallFailure>> + Send>>;

/// The service of this name, or what it may have meant.
pub fn service(name: &str) -> Option<&'static Service> {
    crate::services::ALL.iter().copied().find(|s| s.name == name)
}

impl Client {
    /// The SDK's own client; asking for another service's is a mistake in the declarations.
    pub(crate) fn downcast<C: Clone + 'static>(&self) -> C {
        self.0.downcast_ref::<C>().expect("a client is used by the service that made it").clone()
    }
}

impl Service {
    /// A client of this configuration, with interceptors of ours around every call. Clients
    /// with the same budget share what they may spend on retries.
    pub fn connect(&self, config: &SdkConfig, interceptors: &[SharedInterceptor], budget: &str) -> Client {
        (self.connect)(config, interceptors, budget)
    }

    /// All operations, in the order of their names.
    pub fn operations(&self) -> &'static [Operation] {
        (self.operations)()
    }

    pub fn waiters(&self) -> &'static [Waiter] {
        (self.waiters)()
    }

    pub fn operation(&self, name: &str) -> Option<&'static Operation> {
        // The generator writes them in order.
        let operations = self.operations();
        operations.binary_search_by(|o| o.name.cmp(name)).ok().map(|at| &operations[at])
    }

    pub fn waiter(&self, name: &str) -> Option<&'static Waiter> {
        self.waiters().iter().find(|w| w.name == name)
    }

    pub fn nearest_operation(&self, name: &str) -> Option<&'static str> {
        suggest::nearest(name, self.operations().iter().map(|o| o.name))
    }
}

impl Operation {
    pub fn input(&self) -> &'static Shape {
        (self.input)()
    }

    pub fn output(&self) -> &'static Shape {
        (self.output)()
    }

    /// Returns the parameter by whose value the service recognizes a repeated request, if there is one.
    pub fn idempotency_token(&self) -> Option<&'static str> {
        self.input().fields.iter().find(|field| field.idempotency_token).map(Field::name)
    }

    /// Sends a checked input.
    pub fn send(&self, client: &Client, input: Map) -> PendingAnswer {
        (self.send)(client, input)
    }

    /// Whether its answers hold what must not be shown unasked: passwords, keys, tokens.
    pub fn gives_secrets(&self) -> bool {
        self.output().holds_secrets()
    }

    /// What the service calls the request that this answer came to.
    pub fn request_id<'a>(&self, answer: &'a dyn Structure) -> Option<&'a str> {
        (self.request_id)(answer)
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
    /// What a client needs whose polls are to be looked at.
    pub fn watch(&self, probe: &WaiterProbe) -> SharedInterceptor {
        (self.watch)(probe.clone())
    }

    /// Asks once, and judges the answer as the service's model says.
    pub fn poll(&self, client: &Client, input: Map) -> Polling {
        (self.poll)(client, input)
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

pub(crate) fn request_id<O: RequestId + Structure>(answer: &dyn Structure) -> Option<&str> {
    (answer as &dyn Any).downcast_ref::<O>()?.request_id()
}

/// Both ends of an SDK call made alike for all of them.
pub(crate) async fn answered<O, E>(
    call: impl Future<Output = Result<O, SdkError<E, HttpResponse>>>,
) -> Result<Answer, CallFailure>
where
    O: Structure + 'static,
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match call.await {
        Ok(output) => Ok(Arc::new(output)),
        Err(error) => Err(sdk_failure(error)),
    }
}

/// A wait of no time at all is one poll: the SDK's own loop has fixed delays, and drops
/// what it saw when its time is up.
pub(crate) async fn polled<O, E>(
    wait: impl Future<Output = Result<FinalPoll<O, SdkError<E, HttpResponse>>, WaiterError<O, E>>>,
) -> Result<Polled, CallFailure>
where
    O: Structure + fmt::Debug + 'static,
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match wait.await {
        Ok(poll) => Ok(Polled::Done(poll.into_result().ok().map(|output| Arc::new(output) as Answer))),
        Err(WaiterError::ExceededMaxWait(_)) => Ok(Polled::NotYet),
        Err(error) => Err(waiter_failure(error)),
    }
}
