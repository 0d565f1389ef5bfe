//! Sends one request to AWS on the runtime's threads, and sends it again if that is safe. The engine decides
//! whether a call may be sent at all, before it comes here.
//!
//! A change is executed at most once. Its idempotency token is made before the first attempt and is the same
//! in all of them. A change without a token is only sent again after a failure which proves that the
//! service did not execute it. One is the refusal of a signature from a clock that is wrong: the SDK has learned the
//! difference from the answer, and signs the second attempt with the time of the server.

use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use aws_credential_types::provider::ProvideCredentials as _;
use moonfleet_bindings::secrets::{remember_answer, remember_input};
use moonfleet_bindings::{
    Answer, COPY_URL, Operation, Risk, Service, SignedCall, add_presigned_url, needs_presigned_url, take_source_region,
};
use moonfleet_core::error::PLANNED;
use moonfleet_core::{CallFailure, CallFailureKind, Error, Map, Value};
use uuid::Uuid;

use crate::remote::{self, RemoteResult};
use crate::{CALL_TIMEOUT, CallOptions, Repeat, Session, count_retry, spawn};

/// How often a throttled call is sent again. The SDK sends a repeatable request three times each time.
const RETRIES_IF_REPEATABLE: u32 = 5;
const RETRIES_IF_NOT_REPEATABLE: u32 = 10;
/// The SDK's own number.
const RECONNECTIONS: u32 = 2;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LAST_PAUSE: Duration = Duration::from_secs(4);

/// Sends a checked input and returns the whole answer in the SDK's types.
pub async fn send(
    session: Arc<Session>,
    service: &'static Service,
    operation: &'static Operation,
    input: Map,
    options: CallOptions,
) -> Result<Answer, Error> {
    if let Some(remote) = session.remote() {
        return match remote::call(remote, &session, service, operation, input, options).await? {
            RemoteResult::Answer(answer) => Ok(answer),
            RemoteResult::Planned(_) => Err(Error::new(PLANNED, "the call was planned, not sent")),
        };
    }
    session.charge(service, operation)?;
    let (input, repeat) = repeatable(operation, input);
    let observed = match session.observer() {
        Some(observer) => Some(observer.begin(&session, service, operation, &input).await?),
        None => None,
    };
    let answered = match prepared_answer(&session, service, operation, &input).await {
        Some(answer) => answer,
        None => match presigned(&session, service, operation, input).await {
            Ok(input) => attempt(session, service, operation, input, repeat, options).await,
            Err(error) => Err(error),
        },
    };
    if let Some(observed) = observed {
        observed.end(operation, &answered);
    }
    answered
}

/// Returns the answer that a test has prepared for the call.
async fn prepared_answer(
    session: &Session,
    service: &Service,
    operation: &'static Operation,
    input: &Map,
) -> Option<Result<Answer, Error>> {
    let name = format!("{}.{}", service.name, operation.name);
    let fields = session.simulation()?.prepared_answer(&name, input)?.await;
    let answer = fields.and_then(|fields| {
        let problem =
            |mismatch| Error::new("WrongAnswer", format!("the answer that the test gives is wrong: {mismatch}"));
        Answer::of_values(operation, &fields).map_err(problem)
    });
    Some(answer.map_err(|error| Error {
        service: Some(service.name.to_owned()),
        operation: Some(operation.name.to_owned()),
        ..error
    }))
}

/// Returns the input with the presigned URL that the call needs. The record does not have it: the URL opens the
/// source snapshot for an hour.
async fn presigned(session: &Session, service: &Service, operation: &Operation, mut input: Map) -> Result<Map, Error> {
    if session.is_sandbox() {
        return Ok(input);
    }
    if let Some(source) = take_source_region(service, operation, &mut input) {
        return with_copy_url(session, service, operation, input, &source).await;
    }
    if !needs_presigned_url(service, operation, &input) {
        return Ok(input);
    }
    let config = session.config().await?;
    // Without credentials or a region, the call itself fails and says so.
    let (Some(provider), Some(region)) = (config.credentials_provider(), config.region()) else { return Ok(input) };
    let Ok(Ok(credentials)) = spawn(async move { provider.provide_credentials().await }).await else {
        return Ok(input);
    };
    match add_presigned_url(&mut input, region.as_ref(), config.endpoint_url(), credentials, SystemTime::now()) {
        Ok(()) => {
            remember_input(operation, &Value::Map(input.clone()));
            Ok(input)
        }
        Err(error) => {
            let failure = CallFailure::new(CallFailureKind::NotSent, error.to_string());
            Err(session.call_error(service, operation, failure))
        }
    }
}

/// The time for which the URL of a copy is valid; boto3's.
const COPY_EXPIRES: Duration = Duration::from_hours(1);

/// Returns the input of a copy with the URL by which the service asks the other region.
async fn with_copy_url(
    session: &Session,
    service: &Service,
    operation: &Operation,
    mut input: Map,
    source: &str,
) -> Result<Map, Error> {
    if input.get(COPY_URL).is_some_and(|url| !url.is_nil()) {
        return Ok(input);
    }
    let destination = session.region().unwrap_or_default();
    let parameters = [("DestinationRegion", &*destination)];
    let (service, operation) = (service.name, operation.name);
    let call = SignedCall { service, operation, input: &input, headers: &[], parameters: &parameters };
    let url = session.in_region(source).presign(call, COPY_EXPIRES).await?;
    input.set(COPY_URL, Value::String(url));
    Ok(input)
}

/// Returns the input with an idempotency token, and whether it can be sent again after a lost answer.
///
/// The SDK has tokens of its own, but only for fields that the model marks, and a new one for each of our attempts.
fn repeatable(operation: &Operation, mut input: Map) -> (Map, Repeat) {
    let Some(field) = operation.idempotency_token() else {
        return (input, if operation.risk == Risk::Read { Repeat::Safe } else { Repeat::Never });
    };
    match input.get(field) {
        None | Some(Value::Nil) => {
            let token = operation.new_token(&Uuid::new_v4().to_string());
            input.set(field, Value::String(token));
        }
        // Services take an empty token as none.
        Some(Value::String(token)) if token.is_empty() => return (input, Repeat::Never),
        Some(_) => {}
    }
    (input, Repeat::Safe)
}

async fn attempt(
    session: Arc<Session>,
    service: &'static Service,
    operation: &'static Operation,
    input: Map,
    repeat: Repeat,
    options: CallOptions,
) -> Result<Answer, Error> {
    let client = session.client(service, operation, repeat, &options).await?;
    let mut retries = Retries::new(&session, repeat, &options);
    loop {
        let failure = match spawn(operation.send(&client, input.clone())).await {
            Ok(Ok(answer)) => {
                remember_answer(operation, &answer);
                return Ok(answer);
            }
            Ok(Err(failure)) => failure,
            Err(panic) => return Err(Error { service: Some(service.name.to_owned()), ..panic.bug() }),
        };
        let Some(pause) = retries.pause_after(&failure) else {
            return Err(session.call_error(service, operation, failure));
        };
        if failure.kind == CallFailureKind::Service && failure.wrong_clock().is_none() {
            session.throttled(service, operation);
        }
        spawn(async move { tokio::time::sleep(pause).await }).await.ok();
        count_retry();
    }
}

/// The retries of a call that are left. The SDK's own come before them: some for a repeatable request, none for
/// a change without a token.
struct Retries {
    repeat: Repeat,
    until: Instant,
    left: u32,
    reconnections: u32,
    pause: Duration,
    corrected_clock: bool,
}

impl Retries {
    fn new(session: &Session, repeat: Repeat, options: &CallOptions) -> Self {
        let defaults = &session.settings().calls;
        let timeout = options.timeout.or(defaults.timeout).unwrap_or(CALL_TIMEOUT);
        let left = match (options.retries.or(defaults.retries), repeat) {
            // The SDK has made the retries that the caller asked for.
            (Some(_), Repeat::Safe) => 0,
            (Some(retries), Repeat::Never) => retries,
            (None, Repeat::Safe) => RETRIES_IF_REPEATABLE,
            (None, Repeat::Never) => RETRIES_IF_NOT_REPEATABLE,
        };
        let (until, reconnections) = (Instant::now() + timeout, RECONNECTIONS.min(left));
        Retries { repeat, until, left, reconnections, pause: FIRST_PAUSE, corrected_clock: false }
    }

    /// Returns how long to wait before the next attempt. `None` if this failure is final.
    fn pause_after(&mut self, failure: &CallFailure) -> Option<Duration> {
        if failure.wrong_clock().is_some() && !mem::replace(&mut self.corrected_clock, true) {
            return Some(Duration::ZERO);
        }
        match self.repeat {
            Repeat::Safe if failure.is_throttled() => self.next(),
            Repeat::Never if failure.is_throttled_by_aws() => self.next(),
            // The SDK connects again by itself for requests that it repeats.
            Repeat::Never if failure.kind == CallFailureKind::Unconnected => {
                self.reconnections = self.reconnections.checked_sub(1)?;
                self.next()
            }
            Repeat::Safe | Repeat::Never => None,
        }
    }

    fn next(&mut self) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        // Calls that were throttled together must not come back together.
        let pause = self.pause.mul_f64(fastrand::f64().mul_add(0.5, 0.5));
        self.pause = (self.pause * 2).min(LAST_PAUSE);
        (Instant::now() + pause < self.until).then_some(pause)
    }
}
