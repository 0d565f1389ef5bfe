//! The way of a call: checked, let through by the guard, sent on the runtime's threads.

use std::sync::Arc;
use std::time::{Duration, Instant};

use moonfleet_bindings::{Answer, Map, Operation, Risk, Service, Value, check};

use crate::error::{Error, is_throttled};
use crate::session::{Repeat, Session, spawn};

/// A throttled call was surely not carried out; it is made again after these.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LAST_PAUSE: Duration = Duration::from_secs(4);

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
    let repeat = repeat(operation);
    let client = session.client(service, repeat).await?;
    let started = Instant::now();
    let mut pause = FIRST_PAUSE;
    let answer = loop {
        let answer = spawn(operation.send(&client, input.clone())).await;
        match &answer {
            Ok(Err(failure)) if repeat == Repeat::Never && is_throttled(failure) && pause <= LAST_PAUSE => {
                spawn(async move { tokio::time::sleep(pause).await }).await.ok();
                pause *= 2;
            }
            _ => break answer,
        }
    };
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

/// The SDK sends again what got no answer, whether or not the first one was carried out. A
/// change is safe to repeat only where a token tells the service that it is the same one.
fn repeat(operation: &Operation) -> Repeat {
    const TOKENS: [&str; 3] = ["client_token", "client_request_token", "idempotency_token"];
    let has_token = operation.input.names().any(|name| TOKENS.contains(&name));
    if operation.risk == Risk::Read || has_token { Repeat::Safe } else { Repeat::Never }
}
