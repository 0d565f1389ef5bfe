//! The number of requests of this process: every attempt of every call.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

static REQUESTS: AtomicU64 = AtomicU64::new(0);
static RETRIES: AtomicU64 = AtomicU64::new(0);

/// Returns the number of requests, including retries.
pub fn requests() -> u64 {
    REQUESTS.load(Ordering::Relaxed)
}

/// Returns the number of requests that repeated a failed one.
pub fn retries() -> u64 {
    RETRIES.load(Ordering::Relaxed)
}

/// Counts a retry of the program's own. The SDK's retries are counted by the interceptor.
pub fn count_retry() {
    RETRIES.fetch_add(1, Ordering::Relaxed);
}

#[derive(Debug)]
pub(crate) struct Count;

impl Intercept for Count {
    fn name(&self) -> &'static str {
        "Count"
    }

    fn read_before_attempt(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        REQUESTS.fetch_add(1, Ordering::Relaxed);
        if config.load::<RequestAttempts>().is_some_and(|attempts| attempts.attempts() > 1) {
            count_retry();
        }
        Ok(())
    }
}
