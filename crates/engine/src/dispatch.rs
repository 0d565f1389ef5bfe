//! The way of a call: checked, let through by the guard, sent.

use moonfleet_bindings::secrets::remember_input;
use moonfleet_bindings::{Answer, Operation, Risk, Service, check};
use moonfleet_client::CallOptions;
use moonfleet_client::send;
use moonfleet_core::Error;
use moonfleet_core::error::REFUSED;
use moonfleet_core::{Map, Value};

use crate::context::Context;
use crate::guard::plan::{made_of_planned, planned};
use crate::guard::{GuardedCall, Permit};
use crate::partial_failure;
use crate::record;

/// What became of a call that did not fail.
pub enum Dispatched {
    Answer(Answer),
    /// It is a change of this number in the plan.
    Planned(usize),
}

/// All that is decided before anybody looks at what the call is about.
pub fn admit(
    session: &Context,
    service: &'static Service,
    operation: &'static Operation,
    input: Value,
) -> Result<Map, Error> {
    remember_input(operation, &input);
    let passes = session.guard().check(session, service, operation);
    passes.inspect_err(|error| record::refused(session, service, operation, &input, error))?;
    let input = check(service.name, operation, input).map_err(|error| match error.means_all {
        // A change of everything is no mistake in a word: it is kept from happening.
        true if operation.risk > Risk::Read => {
            let told = Error::from(error);
            Error { code: REFUSED.to_owned(), message: format!("refused, nothing was sent: {}", told.message), ..told }
        }
        _ => Error::from(error),
    })?;
    let Some(plan) = session.guard().plan() else { return Ok(input) };
    // A change may wait for what another one gives, and is then planned with it. A read is
    // sent now, and a text that was made of such a value is the value no more.
    let values = || input.0.iter().map(|(_, value)| value);
    let made = values().find_map(made_of_planned);
    let unknown = made.or_else(|| values().find_map(planned).filter(|_| operation.risk == Risk::Read));
    match unknown {
        Some(unknown) => Err(plan.stop(&format!("{}.{}", service.name, operation.name), &unknown)),
        None => Ok(input),
    }
}

/// A call of a script's, or of the program's own in a script's name.
pub async fn dispatch(
    session: Context,
    service: &'static Service,
    operation: &'static Operation,
    input: Value,
    options: CallOptions,
) -> Result<Dispatched, Error> {
    let input = admit(&session, service, operation, input)?;
    match session.guard().permit(GuardedCall { session: &session, service, operation, input: &input }).await? {
        Permit::Send => match send(session.session().clone(), service, operation, input.clone(), options).await {
            Ok(answer) => Ok(Dispatched::Answer(answer)),
            Err(error) => Err(partial_failure::add_states(&session, service, operation, &input, error).await),
        },
        Permit::Planned(change) => Ok(Dispatched::Planned(change)),
    }
}
