//! The way of a call: checked, let through by the guard, sent.

use std::sync::Arc;

use moonfleet_bindings::{Answer, Map, Operation, Service, Value, check};

use crate::error::Error;
use crate::request::send;
use crate::session::{CallOptions, Session};

/// All that is decided before anything is sent.
pub fn admit(
    session: &Session,
    service: &'static Service,
    operation: &'static Operation,
    input: Value,
) -> Result<Map, Error> {
    session.guard().check(service, operation)?;
    Ok(check(service.name, operation, input)?)
}

/// A call of a script's, or of the program's own in a script's name.
pub async fn make(
    session: Arc<Session>,
    service: &'static Service,
    operation: &'static Operation,
    input: Value,
    options: CallOptions,
) -> Result<Answer, Error> {
    let input = admit(&session, service, operation, input)?;
    send(session, service, operation, input, options).await
}
