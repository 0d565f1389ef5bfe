//! Client-side rate limits, one for each account, region and service, so that a throttled account
//! does not slow others. Throttling halves the rate, and every answer raises it again. All attempts
//! pass the limiter: calls, pages, waiters and the SDK's own retries.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use moonfleet_models::limits::Pace;
use tokio::time::sleep;

/// The size of the token bucket. EC2's bucket for describing operations holds 100 requests per
/// account and region; the first limits of the other services are not lower.
pub(crate) const BURST: f64 = 100.0;
/// Requests per second after the burst.
pub(crate) const MAX_RATE: f64 = 50.0;
const MIN_RATE: f64 = 2.0;
/// Requests per second that each answer adds to the rate: it doubles in about four seconds.
const RECOVERY: f64 = 0.2;
/// Concurrent requests are throttled together, and count once within this time.
const ONE_EVENT: Duration = Duration::from_millis(500);

/// The highest rate of a limiter and the size of its bucket.
#[derive(Clone, Copy)]
pub(crate) struct RateLimits {
    rate: f64,
    burst: f64,
}

impl RateLimits {
    /// Returns the limits of requests with their own pace, or those of all others.
    pub(crate) fn of(pace: Option<&Pace>) -> Self {
        match pace {
            Some(pace) => RateLimits { rate: pace.per_second, burst: pace.burst },
            None => RateLimits { rate: MAX_RATE, burst: BURST },
        }
    }
}

/// The rate limiters of a process, by account, region and service, or an operation with a pace of its own.
#[derive(Default)]
pub(crate) struct RateLimiters(Mutex<HashMap<String, Arc<RateLimiter>>>);

impl RateLimiters {
    pub(crate) fn limiter(&self, name: &str, limits: RateLimits) -> Arc<RateLimiter> {
        let mut rate_limiters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(RateLimiter::new(Instant::now(), limits));
        rate_limiters.entry(name.to_owned()).or_insert_with(new).clone()
    }
}

pub(crate) struct RateLimiter(Mutex<LimiterState>);

struct LimiterState {
    limits: RateLimits,
    rate: f64,
    tokens: f64,
    refilled: Instant,
    throttled: Option<Instant>,
}

impl LimiterState {
    /// Adds the tokens for the time since the last refill.
    fn refill(&mut self, now: Instant) {
        let new = now.saturating_duration_since(self.refilled).as_secs_f64() * self.rate;
        self.tokens = (self.tokens + new).min(self.limits.burst);
        self.refilled = now;
    }
}

impl RateLimiter {
    fn new(now: Instant, limits: RateLimits) -> Self {
        let RateLimits { rate, burst } = limits;
        RateLimiter(Mutex::new(LimiterState { limits, rate, tokens: burst, refilled: now, throttled: None }))
    }

    /// Takes a token, and returns the time to wait before the request.
    fn reserve(&self, now: Instant) -> Duration {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.refill(now);
        state.tokens -= 1.0;
        Duration::from_secs_f64((-state.tokens / state.rate).max(0.0))
    }

    fn answered(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.rate = (state.rate + RECOVERY).min(state.limits.rate);
    }

    /// Halves the rate, because the service throttled a request.
    pub(crate) fn throttled(&self, now: Instant) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.throttled.is_none_or(|last| now.saturating_duration_since(last) > ONE_EVENT) {
            state.refill(now);
            state.rate = (state.rate / 2.0).max(MIN_RATE.min(state.limits.rate / 2.0));
            state.tokens = state.tokens.min(0.0);
            state.throttled = Some(now);
        }
    }
}

/// Returns an HTTP client whose requests wait for the limiter.
pub(crate) fn rate_limited(limiter: Arc<RateLimiter>, client: SharedHttpClient) -> SharedHttpClient {
    SharedHttpClient::new(RateLimited { limiter, inner: client })
}

#[derive(Clone)]
struct RateLimited<T> {
    limiter: Arc<RateLimiter>,
    inner: T,
}

impl<T: fmt::Debug> fmt::Debug for RateLimited<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RateLimited({:?})", self.inner)
    }
}

impl HttpClient for RateLimited<SharedHttpClient> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(RateLimited { limiter: self.limiter.clone(), inner })
    }
}

impl HttpConnector for RateLimited<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let this = self.clone();
        HttpConnectorFuture::new(async move {
            let wait = this.limiter.reserve(Instant::now());
            if !wait.is_zero() {
                sleep(wait).await;
            }
            let response = this.inner.call(request).await?;
            match is_throttled(&response) {
                true => this.limiter.throttled(Instant::now()),
                false => this.limiter.answered(),
            }
            Ok(response)
        })
    }
}

/// Whether the service throttled the request, by the status or the error type in the header. The
/// body is not read here.
fn is_throttled(response: &HttpResponse) -> bool {
    let status = response.status().as_u16();
    let by_header = || {
        let kind = response.headers().get("x-amzn-errortype").unwrap_or_default();
        kind.contains("Throttl") || kind.contains("TooManyRequests")
    };
    matches!(status, 429 | 503) || (status == 400 && by_header())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns how many of `count` simultaneous requests are sent within `time`.
    fn sent_within(limiter: &RateLimiter, now: Instant, count: usize, time: Duration) -> usize {
        (0..count).filter(|_| limiter.reserve(now) <= time).count()
    }

    #[test]
    fn a_burst_passes_at_once_and_the_rest_at_the_maximum_rate() {
        let now = Instant::now();
        assert_eq!(sent_within(&RateLimiter::new(now, RateLimits::of(None)), now, 1000, Duration::ZERO), 100);
        assert_eq!(sent_within(&RateLimiter::new(now, RateLimits::of(None)), now, 1000, Duration::from_secs(2)), 200);
    }

    #[test]
    fn throttling_of_concurrent_requests_halves_the_rate_once() {
        let now = Instant::now();
        let limiter = RateLimiter::new(now, RateLimits::of(None));
        for _ in 0..20 {
            limiter.throttled(now);
        }
        assert_eq!(sent_within(&limiter, now, 1000, Duration::from_secs(2)), 50);
    }

    #[test]
    fn the_rate_has_a_minimum_and_recovers() {
        let start = Instant::now();
        let limiter = RateLimiter::new(start, RateLimits::of(None));
        let mut now = start;
        for _ in 0..50 {
            now += Duration::from_secs(1);
            limiter.throttled(now);
        }
        assert_eq!(sent_within(&limiter, now, 100, Duration::from_secs(3)), 6);
        for _ in 0..1000 {
            limiter.answered();
        }
        now += Duration::from_secs(60);
        assert_eq!(sent_within(&limiter, now, 1000, Duration::ZERO), 100);
    }

    #[test]
    fn an_operation_with_a_pace_of_its_own_is_sent_no_faster() {
        let now = Instant::now();
        let pace = moonfleet_models::limits::pace("cloudtrail", "lookup_events");
        let limiter = RateLimiter::new(now, RateLimits::of(pace));
        assert_eq!(sent_within(&limiter, now, 100, Duration::ZERO), 2);
        assert_eq!(sent_within(&RateLimiter::new(now, RateLimits::of(pace)), now, 100, Duration::from_secs(3)), 8);
        limiter.throttled(now);
        for _ in 0..100 {
            limiter.answered();
        }
        let later = now + Duration::from_secs(600);
        assert_eq!(sent_within(&limiter, later, 100, Duration::ZERO), 2);
    }
}
