//! The path of a call: the input is checked, the guard decides, the call is sent.

use moonfleet_bindings::secrets::remember_input;
use moonfleet_bindings::{Answer, Operation, Risk, Service, check};
use moonfleet_client::CallOptions;
use moonfleet_client::remote::{self, RemoteResult};
use moonfleet_client::send;
use moonfleet_core::Error;
use moonfleet_core::error::REFUSED;
use moonfleet_core::{Map, Value};

use crate::context::Context;
use crate::download::Download;
use crate::guard::plan::{made_of_planned, planned};
use crate::guard::{GuardedCall, Permit};
use crate::partial_failure;
use crate::record;

/// The result of a call that did not fail.
pub enum Dispatched {
    Answer(Answer),
    Planned(PlannedCall),
}

/// A call that was added to the plan.
pub struct PlannedCall {
    /// The number of the change in the plan, counted from 1.
    pub change: usize,
    /// The number of instances that the call would launch, if its input determines it.
    pub launched: Option<i64>,
}

impl PlannedCall {
    fn new(service: &Service, operation: &Operation, input: &Map, change: usize) -> Self {
        let count = |name| match input.get(name) {
            Some(Value::Integer(count)) => Some(*count),
            _ => None,
        };
        let is_launch = (service.name, operation.name) == ("ec2", "run_instances");
        let launched = count("max_count").filter(|most| is_launch && count("min_count") == Some(*most));
        PlannedCall { change, launched }
    }
}

/// Checks that need no request: the risk of the operation, its input, and planned values in it.
/// Returns the checked input.
pub fn admit(
    session: &Context,
    service: &'static Service,
    operation: &'static Operation,
    input: Value,
) -> Result<Map, Error> {
    remember_input(operation, &input);
    let allowed = session.guard().check(session, service, operation);
    allowed.inspect_err(|error| record::refused(session, service, operation, &input, error))?;
    let input = check(service.name, operation, input).map_err(|error| match error.means_all {
        // A change of all resources is dangerous, so it is a refusal instead of an input error.
        true if operation.risk > Risk::Read => {
            let error = Error::from(error);
            let message = format!("refused, nothing was sent: {}", error.message);
            Error { code: REFUSED.to_owned(), message, ..error }
        }
        _ => Error::from(error),
    })?;
    let Some(plan) = session.guard().plan() else { return Ok(input) };
    // A planned change may contain values that an earlier change will return. A read is sent now
    // and cannot; neither can a text with a placeholder in it, which `apply` could not replace.
    let values = || input.0.iter().map(|(_, value)| value);
    let placeholder = values().find_map(made_of_planned);
    let unknown = placeholder.or_else(|| values().find_map(planned).filter(|_| operation.risk == Risk::Read));
    match unknown {
        Some(unknown) => Err(session.stop_plan(plan, &format!("{}.{}", service.name, operation.name), &unknown)),
        None => Ok(input),
    }
}

/// Sends a call. The bytes of its answer become a file, if the input names one.
async fn sent(
    session: &Context,
    service: &'static Service,
    operation: &'static Operation,
    input: Map,
    options: CallOptions,
) -> Result<Answer, Error> {
    match Download::of(session.session(), service, operation, &input, &options) {
        Some(_) if session.guard().plan().is_some() => Err(Error {
            service: Some(service.name.to_owned()),
            operation: Some(operation.name.to_owned()),
            ..Error::new(REFUSED, "refused, nothing was sent: the call writes a file, and the run is only planned")
        }),
        Some(download) => download.run(input).await,
        None => send(session.session().clone(), service, operation, input, options).await,
    }
}

/// Makes a call for a script: checks it, asks the guard, and sends or plans it.
pub async fn dispatch(
    session: Context,
    service: &'static Service,
    operation: &'static Operation,
    input: Value,
    options: CallOptions,
) -> Result<Dispatched, Error> {
    let input = admit(&session, service, operation, input)?;
    if let Some(remote) = session.remote() {
        return match remote::call(remote, &session, service, operation, input.clone(), options).await? {
            RemoteResult::Answer(answer) => Ok(Dispatched::Answer(answer)),
            RemoteResult::Planned(change) => {
                Ok(Dispatched::Planned(PlannedCall::new(service, operation, &input, change)))
            }
        };
    }
    match session.guard().permit(GuardedCall { session: &session, service, operation, input: &input }).await? {
        Permit::Send => match sent(&session, service, operation, input.clone(), options).await {
            Ok(answer) => Ok(Dispatched::Answer(answer)),
            Err(error) => Err(partial_failure::add_states(&session, service, operation, &input, error).await),
        },
        Permit::Planned(change) => Ok(Dispatched::Planned(PlannedCall::new(service, operation, &input, change))),
    }
}
