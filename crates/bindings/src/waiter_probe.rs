//! Records the last poll of a waiter with an interceptor, because the SDK reports only how a wait ends.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, SharedInterceptor};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::reflect::{Answer, Structure, View};

/// The last poll of a waiter.
#[derive(Clone, Default)]
pub struct WaiterProbe(Arc<Mutex<Option<LastPoll>>>);

enum LastPoll {
    Answer(Answer),
    /// The code of an error.
    Error(String),
}

impl WaiterProbe {
    pub(crate) fn watch<O, E>(self) -> SharedInterceptor
    where
        O: Structure + Clone + fmt::Debug + 'static,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        SharedInterceptor::new(ProbeInterceptor { probe: self, read_poll: read_poll::<O, E> })
    }

    /// Records the answer of a poll.
    pub(crate) fn saw_answer(&self, answer: Answer) {
        self.set(LastPoll::Answer(answer));
    }

    /// Records the code of a poll's error, if the error is the service's.
    pub(crate) fn saw_error(&self, code: Option<&str>) {
        if let Some(code) = code {
            self.set(LastPoll::Error(code.to_owned()));
        }
    }

    fn set(&self, poll: LastPoll) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(poll);
    }

    /// Returns the states at this path in the last answer, each with its count, in the order of the answer. If
    /// the last poll failed, returns the code of its error.
    pub fn states(&self, path: &[&str]) -> Vec<(String, usize)> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            None => Vec::new(),
            Some(LastPoll::Error(code)) => vec![(code.clone(), 1)],
            Some(LastPoll::Answer(answer)) => {
                let mut states = Vec::new();
                walk(View::Structure(&**answer), path, &mut states);
                states
            }
        }
    }
}

/// Counts the states at the end of the path.
fn walk(view: View<'_>, path: &[&str], states: &mut Vec<(String, usize)>) {
    match (view, path) {
        (View::List(list), _) => (0..list.len()).for_each(|at| walk(list.at(at), path, states)),
        (View::Structure(structure), [name, rest @ ..]) => walk(structure.named(name), rest, states),
        (View::String(state), []) => match states.iter_mut().find(|(known, _)| known == state) {
            Some((_, times)) => *times += 1,
            None => states.push((state.to_owned(), 1)),
        },
        _ => {}
    }
}

/// Not generic: each instance of a generic interceptor would have a vtable of 24 functions, which the dynamic
/// linker relocates at every start.
struct ProbeInterceptor {
    probe: WaiterProbe,
    read_poll: fn(&FinalizerInterceptorContextRef<'_>) -> Option<LastPoll>,
}

fn read_poll<O, E>(context: &FinalizerInterceptorContextRef<'_>) -> Option<LastPoll>
where
    O: Structure + Clone + fmt::Debug + 'static,
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match context.output_or_error()? {
        Ok(output) => output.downcast_ref::<O>().map(|output| LastPoll::Answer(Arc::new(output.clone()))),
        Err(error) => error
            .as_operation_error()
            .and_then(|error| error.downcast_ref::<E>())
            .and_then(|error| error.code())
            .map(|code| LastPoll::Error(code.to_owned())),
    }
}

impl fmt::Debug for ProbeInterceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}

impl Intercept for ProbeInterceptor {
    fn name(&self) -> &'static str {
        "Watch"
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(seen) = (self.read_poll)(context) {
            self.probe.set(seen);
        }
        Ok(())
    }
}
