//! The registry of services and their operations. Those of the SDK are made by the declarations, all others from the
//! models of AWS.

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
use serde::{Deserialize, Serialize};

use crate::failure::{sdk_failure, waiter_failure};
use crate::model::{self, ModelMeans, ModelService, waiter};
use crate::reflect::{Answer, Structure, View};
use crate::shared_answer::Item;
use crate::waiter_probe::WaiterProbe;
use crate::{data_answer, text_forms, union_names};

pub struct Service {
    /// The name in scripts, for example `resource_groups`.
    pub name: &'static str,
    /// Operations of the SDK that the generator cannot declare.
    pub left_out: &'static [&'static str],
    pub(crate) means: ServiceMeans,
}

/// Where the operations of a service come from.
pub(crate) enum ServiceMeans {
    Sdk {
        operations: fn() -> &'static [Operation],
        waiters: fn() -> &'static [Waiter],
        connect: fn(&SdkConfig, &[SharedInterceptor], &str) -> Client,
    },
    Model(ModelService),
}

/// A client of the SDK, of the type that its service needs.
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
    pub pages: Option<Pagination>,
    pub items: Option<ItemList>,
    pub(crate) means: Means,
}

/// Where the shapes of an operation come from, and how it is sent.
pub(crate) enum Means {
    Sdk(SdkMeans),
    Model(ModelMeans),
}

pub(crate) struct SdkMeans {
    pub(crate) input: fn() -> &'static Shape,
    pub(crate) output: fn() -> &'static Shape,
    pub(crate) send: fn(&Client, Map) -> PendingAnswer,
    pub(crate) request_id: fn(&dyn Structure) -> Option<&str>,
}

/// What an operation can do to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Risk {
    Read,
    Write,
    Destroy,
}

/// The fields by which an operation is paged.
pub struct Pagination {
    /// The parameters that together name a page; most operations have one.
    pub tokens: Vec<PageToken>,
    /// The path in the output to a flag that is false on the last page, if tokens alone do not tell.
    pub more: Option<&'static [&'static str]>,
    pub size: Option<PageSize>,
}

pub struct PageToken {
    /// The parameter with the token of a page.
    pub input: &'static str,
    /// The path in the output to the token of the next page.
    pub output: &'static [&'static str],
}

/// The next page: its tokens, by their parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct NextPage(Vec<(&'static str, Value)>);

/// The parameter that sets the size of a page.
pub struct PageSize {
    pub field: &'static str,
    /// The largest size that the service accepts, at most 1,000.
    pub most: i64,
}

/// The main list in an operation's output.
pub struct ItemList {
    /// The path to the list. A list on the path means each of its items.
    pub path: &'static [&'static str],
    /// Fields of the structure around the list that are copied into each item.
    pub inherits: &'static [&'static str],
    pub(crate) split: fn(Answer) -> Vec<Item>,
}

pub struct Waiter {
    pub name: &'static str,
    /// The operation that it polls. The waiter has the same input.
    pub operation: &'static Operation,
    /// The shortest and the longest pause between two polls, from AWS's model.
    pub min_delay: Duration,
    pub max_delay: Duration,
    /// The path in the answer to the expected state; empty if several fields decide.
    pub state: &'static [&'static str],
    pub(crate) means: WaiterMeans,
}

/// How a waiter polls and judges answers.
pub(crate) enum WaiterMeans {
    Sdk { watch: fn(WaiterProbe) -> SharedInterceptor, poll: fn(&Client, Map) -> Polling },
    Model(&'static moonfleet_models::Waiter),
}

/// The result of a poll that did not fail.
pub enum Polled {
    /// The wait is over. `None` if an error ended it, which some waiters expect.
    Done(Option<Answer>),
    NotYet,
}

pub(crate) type PendingAnswer = Pin<Box<dyn Future<Output = Result<Answer, CallFailure>> + Send>>;
pub(crate) type Polling = Pin<Box<dyn Future<Output = Result<Polled, CallFailure>> + Send>>;

/// Returns the service with this name, or an alias of it. Reads its model if the SDK does not have it.
pub fn service(name: &str) -> Option<&'static Service> {
    crate::services::ALL.iter().copied().find(|s| s.name == name).or_else(|| model::service(name))
}

/// Returns the service with this name, or an alias of it, without the newer models of the user's machine: two processes of
/// this program have the same shapes of it.
pub fn built_in_service(name: &str) -> Option<&'static Service> {
    crate::services::ALL.iter().copied().find(|s| s.name == name).or_else(|| model::built_in_service(name))
}

/// Returns the names of all services, sorted.
pub fn service_names() -> impl Iterator<Item = &'static str> {
    moonfleet_models::index().iter().map(|names| names.name)
}

/// Returns the number of operations of each service. No model is read.
pub fn operation_counts() -> impl Iterator<Item = (&'static str, usize)> {
    moonfleet_models::index().iter().map(|names| {
        let bound = crate::services::ALL.iter().find(|service| service.name == names.name);
        (names.name, bound.map_or(names.operations.len(), |service| service.operations().len()))
    })
}

impl Client {
    /// Returns the SDK's client. Panics if it belongs to another service, which is a bug in the declarations.
    pub(crate) fn downcast<C: Clone + 'static>(&self) -> C {
        self.0.downcast_ref::<C>().expect("a client is used by the service that made it").clone()
    }
}

impl Service {
    /// Creates a client with this configuration and with the interceptors around every call. Clients
    /// with the same budget share the SDK's quota of retries.
    pub fn connect(&self, config: &SdkConfig, interceptors: &[SharedInterceptor], budget: &str) -> Client {
        let repairs = union_names::repair(self.name);
        let interceptors: Vec<SharedInterceptor> = interceptors.iter().cloned().chain(repairs).collect();
        match &self.means {
            ServiceMeans::Sdk { connect, .. } => connect(config, &interceptors, budget),
            ServiceMeans::Model(model) => model.connect(config, &interceptors, budget),
        }
    }

    /// Returns the service as the actions of IAM name it: `elasticloadbalancing` for `elbv2`.
    pub(crate) fn iam_prefix(&self) -> String {
        match &self.means {
            ServiceMeans::Sdk { .. } => self.name.replace('_', "-"),
            ServiceMeans::Model(model) => model.iam_prefix().to_owned(),
        }
    }

    /// Whether the client of this service itself refuses answers that are cut or empty. The SDK's clients do not.
    pub fn refuses_torn_answers(&self) -> bool {
        matches!(self.means, ServiceMeans::Model(_))
    }

    /// Returns all operations, sorted by name.
    pub fn operations(&'static self) -> &'static [Operation] {
        match &self.means {
            ServiceMeans::Sdk { operations, .. } => operations(),
            ServiceMeans::Model(model) => model.operations(),
        }
    }

    pub fn waiters(&'static self) -> &'static [Waiter] {
        match &self.means {
            ServiceMeans::Sdk { waiters, .. } => waiters(),
            ServiceMeans::Model(model) => model.waiters(),
        }
    }

    pub fn operation(&'static self, name: &str) -> Option<&'static Operation> {
        // They are in order.
        let operations = self.operations();
        operations.binary_search_by(|o| o.name.cmp(name)).ok().map(|at| &operations[at])
    }

    pub fn waiter(&'static self, name: &str) -> Option<&'static Waiter> {
        self.waiters().iter().find(|w| w.name == name)
    }

    pub fn nearest_operation(&'static self, name: &str) -> Option<&'static str> {
        suggest::nearest(name, self.operations().iter().map(|o| o.name))
    }
}

impl Operation {
    pub fn input(&self) -> &'static Shape {
        match &self.means {
            Means::Sdk(sdk) => (sdk.input)(),
            Means::Model(model) => model.input(),
        }
    }

    pub fn output(&self) -> &'static Shape {
        match &self.means {
            Means::Sdk(sdk) => (sdk.output)(),
            Means::Model(model) => model.output(),
        }
    }

    /// Returns the parameter by whose value the service recognizes a repeated request, if there is one.
    pub fn idempotency_token(&self) -> Option<&'static str> {
        self.input().fields.iter().find(|field| field.idempotency_token).map(Field::name)
    }

    /// Returns an idempotency token that is made of a UUID, within the limits of its parameter.
    pub fn new_token(&self, uuid: &str) -> String {
        match &self.means {
            Means::Sdk(_) => uuid.to_owned(),
            Means::Model(model) => model.new_token(uuid),
        }
    }

    /// Sends a checked input.
    pub fn send(&self, client: &Client, input: Map) -> PendingAnswer {
        let input = text_forms::to_send(self.input(), input);
        match &self.means {
            Means::Sdk(sdk) => (sdk.send)(client, input),
            Means::Model(model) => model.send(client, input),
        }
    }

    /// Returns the operation of the model; `None` if the SDK sends this one.
    pub(crate) fn model(&self) -> Option<&'static moonfleet_models::Operation> {
        match &self.means {
            Means::Sdk(_) => None,
            Means::Model(model) => Some(model.operation),
        }
    }

    /// Returns the field of the answer that tells of more pages, if it is not known how to ask for them: the list of an
    /// answer may not be whole.
    pub fn unfollowed_token(&self) -> Option<&'static str> {
        match &self.means {
            Means::Sdk(_) => None,
            Means::Model(model) => model.unfollowed_token().filter(|_| self.pages.is_none()),
        }
    }

    /// Whether a request can have an empty list. The query protocols have no form for one.
    pub(crate) fn sends_empty_lists(&self) -> bool {
        matches!(&self.means, Means::Model(model) if model.sends_empty_lists())
    }

    /// Whether answers contain secrets: passwords, keys, tokens.
    pub fn gives_secrets(&self) -> bool {
        self.output().holds_secrets()
    }

    /// Returns the service's id of the request with this answer.
    pub fn request_id<'a>(&self, answer: &'a dyn Structure) -> Option<&'a str> {
        match &self.means {
            Means::Sdk(sdk) => (sdk.request_id)(answer),
            Means::Model(_) => data_answer::request_id(answer),
        }
    }

    /// Returns the next page after this answer; `None` after the last one. An empty token means the same as none.
    pub fn next_page(&self, answer: &dyn Structure) -> Option<NextPage> {
        let pages = self.pages.as_ref()?;
        if pages.more.is_some_and(|more| at_path(answer, more) == Value::Bool(false)) {
            return None;
        }
        let is_none = |token: &Value| token.is_nil() || matches!(token, Value::String(text) if text.is_empty());
        let tokens = pages.tokens.iter().map(|token| (token.input, at_path(answer, token.output)));
        let tokens: Vec<_> = tokens.filter(|(_, token)| !is_none(token)).collect();
        (!tokens.is_empty()).then_some(NextPage(tokens))
    }

    /// Returns the input for this page.
    pub fn continued(&self, mut input: Map, page: NextPage) -> Map {
        for (parameter, token) in page.0 {
            input.set(parameter, token);
        }
        input
    }
}

impl fmt::Display for NextPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (_, token)) in self.0.iter().enumerate() {
            let separator = if at == 0 { "" } else { ", " };
            match token {
                Value::String(text) => write!(f, "{separator}{text:?}")?,
                other => write!(f, "{separator}{other:?}")?,
            }
        }
        Ok(())
    }
}

/// Returns the value at a path through structures.
fn at_path(answer: &dyn Structure, path: &[&str]) -> Value {
    match path {
        [] => Value::Nil,
        [last] => answer.named(last).to_value(),
        [step, rest @ ..] => match answer.named(step) {
            View::Structure(inner) => at_path(inner, rest),
            _ => Value::Nil,
        },
    }
}

impl Waiter {
    /// Returns the interceptor that shows a client's polls to the probe; `None` if the polls do so themselves.
    pub fn watch(&self, probe: &WaiterProbe) -> Option<SharedInterceptor> {
        match self.means {
            WaiterMeans::Sdk { watch, .. } => Some(watch(probe.clone())),
            WaiterMeans::Model(_) => None,
        }
    }

    /// Calls the operation once and evaluates the answer by the service's model.
    pub fn poll(&self, client: &Client, input: Map, probe: &WaiterProbe) -> Polling {
        match self.means {
            WaiterMeans::Sdk { poll, .. } => poll(client, input),
            WaiterMeans::Model(model) => waiter::poll(self, model, client, input, probe),
        }
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

/// Converts the result of an SDK call to the types that all calls share.
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

/// Polls once, by a wait of no time. The SDK's own loop has fixed delays and drops the last answer when
/// its time is up.
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
