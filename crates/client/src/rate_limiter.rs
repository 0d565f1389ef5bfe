//! How fast requests may go: one lane per account, region and service, so that a throttled
//! account slows nobody but itself. A lane narrows when the service throttles, and widens
//! again with what it answers. Every attempt passes, whoever makes it: calls, pages,
//! waiters and the SDK's own retries.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use tokio::time::sleep;

/// EC2 gives an account and region a bucket of 100 requests for what it describes; the
/// other services are no tighter at first.
pub(crate) const BURST: f64 = 100.0;
/// Requests a second when the burst is spent.
pub(crate) const FASTEST: f64 = 50.0;
const SLOWEST: f64 = 2.0;
/// Each answer widens the lane by this much: it doubles in some four seconds.
const RECOVERY: f64 = 0.2;
/// Requests that were under way together are throttled together, and count once.
const ONE_EVENT: Duration = Duration::from_millis(500);

/// The rate limiters of a process, by account, region and service.
#[derive(Default)]
pub(crate) struct RateLimiters(Mutex<HashMap<String, Arc<RateLimiter>>>);

impl RateLimiters {
    pub(crate) fn limiter(&self, name: &str) -> Arc<RateLimiter> {
        let mut rate_limiters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rate_limiters.entry(name.to_owned()).or_insert_with(|| Arc::new(RateLimiter::new(Instant::now()))).clone()
    }
}

pub(crate) struct RateLimiter(Mutex<LimiterState>);

struct LimiterState {
    rate: f64,
    tokens: f64,
    counted: Instant,
    throttled: Option<Instant>,
}

impl LimiterState {
    /// What has become free since it was last counted.
    fn count(&mut self, now: Instant) {
        let grown = now.saturating_duration_since(self.counted).as_secs_f64() * self.rate;
        self.tokens = (self.tokens + grown).min(BURST);
        self.counted = now;
    }
}

impl RateLimiter {
    fn new(now: Instant) -> Self {
        RateLimiter(Mutex::new(LimiterState { rate: FASTEST, tokens: BURST, counted: now, throttled: None }))
    }

    /// Takes a place in the lane; it is free after this time.
    fn reserve(&self, now: Instant) -> Duration {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.count(now);
        state.tokens -= 1.0;
        Duration::from_secs_f64((-state.tokens / state.rate).max(0.0))
    }

    fn answered(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.rate = (state.rate + RECOVERY).min(FASTEST);
    }

    /// The service said that this is too fast.
    pub(crate) fn throttled(&self, now: Instant) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.throttled.is_none_or(|last| now.saturating_duration_since(last) > ONE_EVENT) {
            state.count(now);
            state.rate = (state.rate / 2.0).max(SLOWEST);
            state.tokens = state.tokens.min(0.0);
            state.throttled = Some(now);
        }
    }
}

/// An HTTP client whose requests go through a lane.
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
            match says_slower(&response) {
                true => this.limiter.throttled(Instant::now()),
                false => this.limiter.answered(),
            }
            Ok(response)
        })
    }
}

/// Services say it with a status of its own, or in the answer's type; a body is not read
/// yet here, and is not waited for.
fn says_slower(response: &HttpResponse) -> bool {
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

    /// How many of a crowd that comes at once are through after this time.
    fn through_after(limiter: &RateLimiter, now: Instant, crowd: usize, time: Duration) -> usize {
        (0..crowd).filter(|_| limiter.reserve(now) <= time).count()
    }

    #[test]
    fn a_burst_passes_at_once_and_the_rest_at_the_cap() {
        let now = Instant::now();
        assert_eq!(through_after(&RateLimiter::new(now), now, 1000, Duration::ZERO), 100);
        assert_eq!(through_after(&RateLimiter::new(now), now, 1000, Duration::from_secs(2)), 200);
    }

    #[test]
    fn throttling_halves_the_rate_once_for_all_that_were_under_way() {
        let now = Instant::now();
        let limiter = RateLimiter::new(now);
        for _ in 0..20 {
            limiter.throttled(now);
        }
        assert_eq!(through_after(&limiter, now, 1000, Duration::from_secs(2)), 50);
    }

    #[test]
    fn a_lane_is_never_closed_and_widens_again() {
        let start = Instant::now();
        let limiter = RateLimiter::new(start);
        let mut now = start;
        for _ in 0..50 {
            now += Duration::from_secs(1);
            limiter.throttled(now);
        }
        assert_eq!(through_after(&limiter, now, 100, Duration::from_secs(3)), 6);
        for _ in 0..1000 {
            limiter.answered();
        }
        now += Duration::from_secs(60);
        assert_eq!(through_after(&limiter, now, 1000, Duration::ZERO), 100);
    }
}
