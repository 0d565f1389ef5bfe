//! The registry of simulated operations.
//!
//! Handlers are found by name, since the SDK erases the type of the input. The registration of a typed handler ties
//! the name to the types; [`ModelHandler`]s take and give values.

use std::{collections::BTreeMap, fmt, sync::Arc};

use aws_smithy_runtime_api::client::{
    interceptors::SharedInterceptor,
    interceptors::context::{Error, Input, Output},
    orchestrator::HttpResponse,
    result::{CreateUnhandledError, SdkError},
};
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use aws_types::SdkConfig;
use bytes::Bytes;
use moonfleet_core::{Map, Value};
use moonfleet_models::{Operation, Service};
use moonfleet_protocols::{CalledOperation, Input as ProtocolInput, Output as ProtocolOutput};

use crate::ApiError;
use crate::convert::{FromValue, IntoValue, Mismatch};
use crate::model_call::{self, ModelHandler, not_simulated};
use crate::state::Call;

/// Fills a [`Registry`] from a list of operations and handlers. The client's method of the same
/// name supplies the input, output and error types.
macro_rules! simulate {
    ($registry:expr, $service:literal, $sdk:ident, { $($operation:ident => $handler:path,)* }) => {
        $($registry.add(
            concat!($service, ".", stringify!($operation)),
            |config, replace| {
                let config = $sdk::config::Builder::from(config).interceptor(replace).build();
                async move { $sdk::Client::from_conf(config).$operation().send().await }
            },
            $handler,
        );)*
    };
}

/// The simulated operations by name, `ec2.describe_tags`.
#[derive(Default)]
pub(crate) struct Registry {
    handlers: BTreeMap<Box<str>, Handler>,
    #[cfg(test)]
    pub(crate) sdk_calls: BTreeMap<&'static str, crate::both_ways::SdkCall>,
}

/// Prepares a call; `None` if the input is not that of a client of the operation.
type Handler = Box<dyn Fn(&Input) -> Option<Prepared> + Send + Sync>;

/// Gets the bytes of the input's stream, if it has one.
pub(crate) type Attempt = Arc<dyn Fn(&mut Call<'_>, &Bytes) -> Result<Output, ApiError> + Send + Sync>;

type Refuse = Arc<dyn Fn(ApiError, &str) -> Error + Send + Sync>;

impl Registry {
    /// Adds a handler. `send` sends a call with an empty input, which the interceptor replaces. Only tests call it; it
    /// also infers the operation's types.
    pub(crate) fn add<F, I, O, E>(
        &mut self,
        name: &'static str,
        send: impl Fn(&SdkConfig, SharedInterceptor) -> F + Send + Sync + 'static,
        handler: fn(&mut Call<'_>, &I) -> Result<O, ApiError>,
    ) where
        F: Future<Output = Result<O, SdkError<E, HttpResponse>>> + Send + 'static,
        I: FromValue + Clone + fmt::Debug + Send + Sync + 'static,
        O: IntoValue + Clone + fmt::Debug + Send + Sync + 'static,
        E: std::error::Error + CreateUnhandledError + Send + Sync + 'static,
    {
        let prepare = move |input: &Input| {
            if let Some(given) = input.downcast_ref::<ProtocolInput>() {
                return Some(prepared_values(name, given.fields.clone(), handler));
            }
            let input = input.downcast_ref::<I>()?.clone();
            Some(Prepared {
                name: name.into(),
                attempt: Arc::new(move |call, _| {
                    let answer = handler(call, &input)?;
                    #[cfg(test)]
                    converted(name, answer.clone()).unwrap_or_else(|bug| panic!("{bug}"));
                    Ok(Output::erase(answer))
                }),
                refuse: Arc::new(refuse::<E>),
            })
        };
        self.handlers.insert(name.into(), Box::new(prepare));
        #[cfg(test)]
        self.sdk_calls.insert(name, crate::both_ways::SdkCall::new::<I, _, _, _>(send));
        #[cfg(not(test))]
        drop(send);
    }

    /// Adds the handlers of a service that comes from a model, by its name in scripts.
    pub(crate) fn add_model(&mut self, service: &'static str, handlers: &[ModelHandler]) {
        for handler in handlers.iter().copied() {
            let name = format!("{service}.{}", handler.operation);
            let of_prepared = name.clone();
            let prepare = move |input: &Input| {
                let (model, operation) = modelled(&of_prepared);
                Some(Prepared {
                    name: of_prepared.as_str().into(),
                    attempt: handler.prepare(service, input)?,
                    refuse: refusal(model, operation),
                })
            };
            self.handlers.insert(name.into(), Box::new(prepare));
        }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.handlers.keys().map(|name| &**name)
    }

    pub(crate) fn prepare(&self, name: &str, input: &Input) -> Option<Prepared> {
        self.handlers.get(name)?(input)
    }
}

/// Prepares a call with values, which are converted for a typed handler.
fn prepared_values<I: FromValue + 'static, O: IntoValue + 'static>(
    name: &'static str,
    fields: Map,
    handler: fn(&mut Call<'_>, &I) -> Result<O, ApiError>,
) -> Prepared {
    let (service, operation) = modelled(name);
    let attempt = move |call: &mut Call<'_>, _: &Bytes| {
        let input = I::from_value(Value::Map(fields.clone())).map_err(|mismatch| match mismatch {
            Mismatch::UnknownField(_) => not_simulated(&format!("{name} with {mismatch}")),
            Mismatch::WrongValue(problem) => ApiError::new("ValidationError", problem),
        })?;
        converted(name, handler(call, &input)?).map(Output::erase)
    };
    Prepared { name: name.into(), attempt: Arc::new(attempt), refuse: refusal(service, operation) }
}

/// Returns the answer of a typed handler as the client of the model gets it.
fn converted(name: &str, answer: impl IntoValue) -> Result<ProtocolOutput, ApiError> {
    let (service, operation) = modelled(name);
    let Value::Map(fields) = answer.into_value() else { unreachable!("the answer of {name} is a structure") };
    model_call::output(service, operation, fields, false)
}

/// Returns the model of a registered operation, `ec2.describe_tags`.
pub(crate) fn modelled(name: &str) -> (&'static Service, &'static Operation) {
    let (service, operation) = name.split_once('.').expect("a registered name has a service");
    let service = moonfleet_models::built_in(service).expect("a registered service has a model");
    (service, service.operation(operation).expect("a registered operation has a model"))
}

fn refusal(service: &'static Service, operation: &'static Operation) -> Refuse {
    Arc::new(move |fault: ApiError, request_id: &str| model_call::refuse(service, operation, &fault, request_id))
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
            refuse: refusal(service, operation),
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
