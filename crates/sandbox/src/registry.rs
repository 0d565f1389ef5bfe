//! The registry of simulated operations.
//!
//! Handlers are found by name, since the SDK erases the type of the input. The registration of a typed handler ties
//! the name to the types; [`ModelHandler`]s take and give values.

use std::{collections::BTreeMap, fmt, sync::Arc};

use aws_smithy_runtime_api::client::{
    interceptors::context::{Error, Input, Output},
    orchestrator::HttpResponse,
    result::{CreateUnhandledError, SdkError},
};
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use bytes::Bytes;
use moonfleet_protocols::CalledOperation;

use crate::ApiError;
use crate::model_call::{self, ModelHandler};
use crate::state::Call;

/// Fills a [`Registry`] from a list of operations and handlers. The client's method of the same
/// name supplies the input, output and error types.
macro_rules! simulate {
    ($registry:expr, $service:literal, $sdk:ident, { $($operation:ident => $handler:path,)* }) => {
        $($registry.add(
            concat!($service, ".", stringify!($operation)),
            |client: $sdk::Client| async move { client.$operation().send().await },
            $handler,
        );)*
    };
}

/// The simulated operations by name, `ec2.describe_tags`.
#[derive(Default)]
pub(crate) struct Registry {
    handlers: BTreeMap<Box<str>, Handler>,
}

struct Handler {
    prepare: Prepare,
    refuse: Refuse,
}

/// Returns `None` if the input is not of the handler's type.
type Prepare = Box<dyn Fn(&Input) -> Option<Attempt> + Send + Sync>;

/// Gets the bytes of the input's stream, if it has one.
pub(crate) type Attempt = Arc<dyn Fn(&mut Call<'_>, &Bytes) -> Result<Output, ApiError> + Send + Sync>;

type Refuse = Arc<dyn Fn(ApiError, &str) -> Error + Send + Sync>;

impl Registry {
    /// Adds a handler. `_types` is never called; it infers the operation's types.
    pub(crate) fn add<C, F, I, O, E>(
        &mut self,
        name: &'static str,
        _types: impl FnOnce(C) -> F,
        handler: fn(&mut Call<'_>, &I) -> Result<O, ApiError>,
    ) where
        F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
        I: Clone + fmt::Debug + Send + Sync + 'static,
        O: fmt::Debug + Send + Sync + 'static,
        E: std::error::Error + CreateUnhandledError + Send + Sync + 'static,
    {
        let prepare = move |input: &Input| {
            let input = input.downcast_ref::<I>()?.clone();
            let attempt: Attempt = Arc::new(move |call, _| handler(call, &input).map(Output::erase));
            Some(attempt)
        };
        let entry = Handler { prepare: Box::new(prepare), refuse: Arc::new(refuse::<E>) };
        self.handlers.insert(name.into(), entry);
    }

    /// Adds the handlers of a service that comes from a model, by its name in scripts.
    pub(crate) fn add_model(&mut self, service: &'static str, handlers: &[ModelHandler]) {
        for handler in handlers.iter().copied() {
            let refuse = move |fault: ApiError, request_id: &str| {
                let service = moonfleet_models::service(service).expect("a registered service has a model");
                let operation = service.operation(handler.operation).expect("a registered operation has a model");
                model_call::refuse(service, operation, &fault, request_id)
            };
            let prepare = move |input: &Input| handler.prepare(service, input);
            let entry = Handler { prepare: Box::new(prepare), refuse: Arc::new(refuse) };
            self.handlers.insert(format!("{service}.{}", handler.operation).into(), entry);
        }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.handlers.keys().map(|name| &**name)
    }

    pub(crate) fn prepare(&self, name: &str, input: &Input) -> Option<Prepared> {
        let handler = self.handlers.get(name)?;
        Some(Prepared { name: name.into(), attempt: (handler.prepare)(input)?, refuse: handler.refuse.clone() })
    }
}

fn refuse<E>(fault: ApiError, request_id: &str) -> Error
where
    E: std::error::Error + CreateUnhandledError + Send + Sync + 'static,
{
    let metadata = fault.metadata(request_id);
    Error::erase(E::create_unhandled_error(Box::new(fault), Some(metadata)))
}

/// A call with its input, for all attempts of the SDK.
#[derive(Clone)]
pub(crate) struct Prepared {
    pub name: Box<str>,
    attempt: Attempt,
    refuse: Refuse,
}

impl Prepared {
    /// Returns a call without a handler, which an injected failure ends.
    pub(crate) fn unsimulated(name: &str, called: CalledOperation) -> Prepared {
        let CalledOperation { service, operation } = called;
        let lacks = name.to_owned();
        Prepared {
            name: name.into(),
            attempt: Arc::new(move |_, _| Err(model_call::not_simulated(&lacks))),
            refuse: Arc::new(move |fault, request_id| model_call::refuse(service, operation, &fault, request_id)),
        }
    }

    pub(crate) fn run(&self, mut call: Call<'_>, stream: &Bytes) -> Result<Output, ApiError> {
        (self.attempt)(&mut call, stream)
    }

    /// Converts `fault` to the operation's own error type.
    pub(crate) fn refuse(&self, fault: ApiError, request_id: &str) -> Error {
        (self.refuse)(fault, request_id)
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prepared({})", self.name)
    }
}

impl Storable for Prepared {
    type Storer = StoreReplace<Prepared>;
}

pub(super) use simulate;
