//! A request to AWS: sent on the runtime's threads, made again where that is safe, and page
//! after page. Whether it may be made at all is for others to say, before they come here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use moonfleet_bindings::secrets::remember_answer;
use moonfleet_bindings::{Answer, Operation, Risk, Service};
use moonfleet_core::Error;
use moonfleet_core::{CallFailureKind, Map};

use crate::{CALL_TIMEOUT, CallOptions, Repeat, Session, count_retry, spawn};

/// A throttled call was surely not carried out: it is made again, up to this often. What the
/// SDK may repeat it has repeated twice each time.
const RETRIES_IF_SAFE: u32 = 5;
const RETRIES_IF_UNSAFE: u32 = 10;
/// As often as the SDK tries to connect again.
const RECONNECTIONS: u32 = 2;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LAST_PAUSE: Duration = Duration::from_secs(4);

/// Sends a checked input. What comes back is the whole answer, still in the SDK's own types.
pub async fn send(
    session: Arc<Session>,
    service: &'static Service,
    operation: &'static Operation,
    input: Map,
    options: CallOptions,
) -> Result<Answer, Error> {
    let observed = match session.observer() {
        Some(observer) => Some(observer.begin(&session, service, operation, &input).await?),
        None => None,
    };
    let answered = attempt(session, service, operation, input, options).await;
    if let Some(observed) = observed {
        observed.end(operation, &answered);
    }
    answered
}

async fn attempt(
    session: Arc<Session>,
    service: &'static Service,
    operation: &'static Operation,
    input: Map,
    options: CallOptions,
) -> Result<Answer, Error> {
    let repeat = repeat(operation);
    let client = session.client(service, repeat, &options).await?;
    let mut retry_state = RetryState::new(&session, repeat, &options);
    loop {
        let failure = match spawn(operation.send(&client, input.clone())).await {
            Ok(Ok(answer)) => {
                remember_answer(operation, &*answer);
                return Ok(answer);
            }
            Ok(Err(failure)) => failure,
            Err(panic) => return Err(Error { service: Some(service.name.to_owned()), ..panic.bug() }),
        };
        let was_not_done = match repeat {
            Repeat::Safe => failure.is_throttled(),
            Repeat::Never => failure.is_throttled_by_aws(),
        };
        let pause = match was_not_done {
            true => retry_state.after(),
            // The SDK repeats this one where it may repeat anything.
            false if failure.kind == CallFailureKind::Unconnected && repeat == Repeat::Never => {
                retry_state.after_no_connection()
            }
            false => None,
        };
        let Some(pause) = pause else {
            return Err(session.call_error(service, operation, failure));
        };
        if failure.kind == CallFailureKind::Service {
            session.throttled(service);
        }
        spawn(async move { tokio::time::sleep(pause).await }).await.ok();
        count_retry();
    }
}

/// The SDK sends again what got no answer, whether or not the first one was carried out. A
/// change is safe to repeat only where a token tells the service that it is the same one.
fn repeat(operation: &Operation) -> Repeat {
    const TOKENS: [&str; 3] = ["client_token", "client_request_token", "idempotency_token"];
    let has_token = operation.input().names().any(|name| TOKENS.contains(&name));
    if operation.risk == Risk::Read || has_token { Repeat::Safe } else { Repeat::Never }
}

/// When a throttled call is made again. The SDK has made its own retries by then.
struct RetryState {
    until: Instant,
    left: u32,
    reconnections: u32,
    pause: Duration,
}

impl RetryState {
    fn new(session: &Session, repeat: Repeat, options: &CallOptions) -> Self {
        let asked = &session.settings().calls;
        let timeout = options.timeout.or(asked.timeout).unwrap_or(CALL_TIMEOUT);
        let left = match (options.retries.or(asked.retries), repeat) {
            // The SDK has done what was asked for.
            (Some(_), Repeat::Safe) => 0,
            (Some(retries), Repeat::Never) => retries,
            (None, Repeat::Safe) => RETRIES_IF_SAFE,
            (None, Repeat::Never) => RETRIES_IF_UNSAFE,
        };
        RetryState { until: Instant::now() + timeout, left, reconnections: RECONNECTIONS.min(left), pause: FIRST_PAUSE }
    }

    fn after_no_connection(&mut self) -> Option<Duration> {
        self.reconnections = self.reconnections.checked_sub(1)?;
        self.after()
    }

    fn after(&mut self) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        // Those that were throttled together must not come back together.
        let pause = self.pause.mul_f64(fastrand::f64().mul_add(0.5, 0.5));
        self.pause = (self.pause * 2).min(LAST_PAUSE);
        (Instant::now() + pause < self.until).then_some(pause)
    }
}
