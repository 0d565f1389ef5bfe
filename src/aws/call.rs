//! The way of a call: checked, let through by the guard, sent on the runtime's threads.

use std::sync::Arc;

use moonfleet_bindings::{Answer, Map, Operation, Service, Value, check};

use crate::error::Error;
use crate::session::{Session, spawn};

/// One request; what comes back is the whole answer, still in the SDK's own types.
pub async fn call(
    session: &Arc<Session>,
    service: &'static Service,
    operation: &'static Operation,
    input: Value,
) -> Result<Answer, Error> {
    let input = admit(session, service, operation, input)?;
    send(session.clone(), service, operation, input).await
}

/// All that is decided before anything is sent.
pub fn admit(
    session: &Session,
    service: &'static Service,
    operation: &'static Operation,
    input: Value,
) -> Result<Map, Error> {
    let input = check(service.name, operation, input)?;
    session.guard.check(service, operation)?;
    Ok(input)
}

/// Sends an admitted input.
pub async fn send(
    session: Arc<Session>,
    service: &'static Service,
    operation: &'static Operation,
    input: Map,
) -> Result<Answer, Error> {
    let client = session.client(service).await?;
    let started = std::time::Instant::now();
    let answer = spawn(operation.send(&client, input)).await;
    let region = session.region();
    let (milliseconds, at) = (started.elapsed().as_millis(), region.as_deref().unwrap_or("-"));
    match answer {
        Ok(Ok(answer)) => {
            tracing::debug!("{}.{} {at} ok {milliseconds} ms", service.name, operation.name);
            Ok(answer)
        }
        Ok(Err(failure)) => {
            tracing::debug!("{}.{} {at} {} {milliseconds} ms", service.name, operation.name, failure.code);
            Err(Error::of_call(service.name, operation.name, region.as_deref(), failure))
        }
        Err(panic) => Err(Error {
            service: Some(service.name.to_owned()),
            operation: Some(operation.name.to_owned()),
            ..Error::new("Bug", format!("the SDK panicked: {panic}"))
        }),
    }
}
