//! How many requests this process has made: every attempt, whoever asked for it.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

static REQUESTS: AtomicU64 = AtomicU64::new(0);
static RETRIES: AtomicU64 = AtomicU64::new(0);

pub fn requests() -> u64 {
    REQUESTS.load(Ordering::Relaxed)
}

/// Those of them that were made because one before had failed.
pub fn retries() -> u64 {
    RETRIES.load(Ordering::Relaxed)
}

/// A request is made again, by us and not by the SDK.
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
