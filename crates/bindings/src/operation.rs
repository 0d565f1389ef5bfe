//! The registry of services and their operations, which come from the models of AWS.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;

use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_types::SdkConfig;
use moonfleet_core::{CallFailure, Field, Map, Shape, Value, json, suggest};
use moonfleet_models::{Operation as Model, Protocol, Risk, Waiter as WaiterModel};
use moonfleet_protocols::{Client as ModelClient, Mismatch, Record};

use crate::answer::{Answer, Structure, View};
use crate::model::{self, Shapes, waiter};
use crate::text_forms;
use crate::waiter_probe::WaiterProbe;

/// The services that scripts have without naming them.
pub const BASIC_SERVICES: [&str; 5] = ["ec2", "iam", "resource_groups", "ssm", "sts"];

/// Those services. The first use reads their models.
pub static SERVICES: LazyLock<[&'static Service; 5]> =
    LazyLock::new(|| BASIC_SERVICES.map(|name| built_in_service(name).expect("it has a model")));

pub struct Service {
    /// The name in scripts, for example `resource_groups`.
    pub name: &'static str,
    pub(crate) shapes: &'static Shapes,
    pub(crate) operations: OnceLock<Vec<Operation>>,
    pub(crate) waiters: OnceLock<Vec<Waiter>>,
}

/// A client of a service.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<ModelClient>);

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
    pub(crate) shapes: &'static Shapes,
    pub(crate) model: &'static Model,
    pub(crate) input: OnceLock<&'static Shape>,
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
    pub(crate) model: &'static WaiterModel,
}

/// The result of a poll that did not fail.
pub enum Polled {
    /// The wait is over. `None` if an error ended it, which some waiters expect.
    Done(Option<Answer>),
    NotYet,
}

type PendingAnswer = Pin<Box<dyn Future<Output = Result<Answer, CallFailure>> + Send>>;
pub(crate) type Polling = Pin<Box<dyn Future<Output = Result<Polled, CallFailure>> + Send>>;

/// Returns the service with this name, or an alias of it. The first call reads its model.
pub fn service(name: &str) -> Option<&'static Service> {
    model::service(name)
}

/// Returns the service with this name, or an alias of it, if scripts have it without naming it.
pub fn basic_service(name: &str) -> Option<&'static Service> {
    moonfleet_models::service_name(name).filter(|name| BASIC_SERVICES.contains(name)).and_then(service)
}

/// Returns the service with this name, or an alias of it, without the newer models of the user's machine: two processes of
/// this program have the same shapes of it.
pub fn built_in_service(name: &str) -> Option<&'static Service> {
    model::built_in_service(name)
}

/// Returns the names of all services, sorted.
pub fn service_names() -> impl Iterator<Item = &'static str> {
    moonfleet_models::index().iter().map(|names| names.name)
}

impl Service {
    /// Creates a client with this configuration and with the interceptors around every call. Clients
    /// with the same budget share the SDK's quota of retries.
    pub fn connect(&self, config: &SdkConfig, interceptors: &[SharedInterceptor], budget: &str) -> Client {
        model::connect(self.shapes.service, config, interceptors, budget)
    }

    /// Returns all operations, sorted by name.
    pub fn operations(&'static self) -> &'static [Operation] {
        self.operations.get_or_init(|| model::operations(self.shapes))
    }

    /// Returns the waiters, sorted by name.
    pub fn waiters(&'static self) -> &'static [Waiter] {
        self.waiters.get_or_init(|| model::waiters(self))
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
    /// Returns the name of its service in scripts.
    pub fn service_name(&self) -> &'static str {
        &self.shapes.service.name
    }

    pub fn input(&self) -> &'static Shape {
        self.input.get_or_init(|| self.shapes.input(self.model))
    }

    pub fn output(&self) -> &'static Shape {
        self.shapes.output(self.model)
    }

    /// Returns the parameter by whose value the service recognizes a repeated request, if there is one.
    pub fn idempotency_token(&self) -> Option<&'static str> {
        self.input().fields.iter().find(|field| field.idempotency_token).map(Field::name)
    }

    /// Returns an idempotency token that is made of a UUID, within the limits of its parameter.
    pub fn new_token(&self, uuid: &str) -> String {
        model::new_token(self.shapes.service, self.model, uuid)
    }

    /// Sends a checked input.
    pub fn send(&'static self, client: &Client, input: Map) -> PendingAnswer {
        let input = text_forms::to_send(self.input(), input);
        Box::pin(model::send(client.0.clone(), self, input))
    }

    /// Makes the record of an answer, in which required fields can be missing.
    pub(crate) fn record(&self, fields: &Map) -> Result<Record, Mismatch> {
        match self.model.output {
            Some(shape) => Record::of_part(self.shapes.service, shape, fields),
            None => Ok(Record::empty(self.shapes.service)),
        }
    }

    /// Makes the record of an answer of its bytes.
    pub(crate) fn record_of_bytes(&self, bytes: &[u8]) -> Record {
        match self.model.output {
            Some(shape) => Record::of_bytes(self.shapes.service, shape, bytes),
            None => Record::empty(self.shapes.service),
        }
    }

    /// Returns the field of the answer that tells of more pages, if it is not known how to ask for them: the list of an
    /// answer may not be whole.
    pub fn unfollowed_token(&self) -> Option<&'static str> {
        if self.pages.is_some() {
            return None;
        }
        model::unfollowed_token(self.model, self.output())
    }

    /// Whether a request can have an empty list. The query protocols have no form for one.
    pub(crate) fn sends_empty_lists(&self) -> bool {
        !matches!(self.shapes.service.protocol(), Protocol::Query | Protocol::Ec2)
    }

    /// Whether answers contain secrets: passwords, keys, tokens.
    pub fn gives_secrets(&self) -> bool {
        self.output().holds_secrets()
    }

    /// Returns the next page after this answer; `None` after the last one. An empty token means the same as none.
    pub fn next_page(&self, answer: &Answer) -> Option<NextPage> {
        let pages = self.pages.as_ref()?;
        if pages.more.is_some_and(|more| at_path(answer.structure(), more) == Value::Bool(false)) {
            return None;
        }
        let is_none = |token: &Value| token.is_nil() || matches!(token, Value::String(text) if text.is_empty());
        let tokens = pages.tokens.iter().map(|token| (token.input, at_path(answer.structure(), token.output)));
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
            write!(f, "{separator}{}", json::text(token))?;
        }
        Ok(())
    }
}

/// Returns the value at a path through structures.
fn at_path(answer: Structure<'_>, path: &[&str]) -> Value {
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
    /// Calls the operation once and evaluates the answer by the service's model. The probe sees the answer or the error.
    pub fn poll(&'static self, client: &Client, input: Map, probe: &WaiterProbe) -> Polling {
        let input = text_forms::to_send(self.operation.input(), input);
        Box::pin(waiter::poll(self, client.0.clone(), input, probe.clone()))
    }
}
