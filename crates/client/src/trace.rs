//! Tracing of requests, a line for each: the operation, the region, the result and the duration.

use std::time::Instant;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_types::request_id::RequestId;

/// The tracing target of these lines.
pub const TARGET: &str = "moonfleet::trace";

pub(crate) fn is_on() -> bool {
    tracing::enabled!(target: TARGET, tracing::Level::INFO)
}

#[derive(Debug)]
pub(crate) struct Trace {
    pub service: &'static str,
    pub region: Option<String>,
    pub account: Option<String>,
}

#[derive(Debug)]
struct Started(Instant);

impl Storable for Started {
    type Storer = StoreReplace<Started>;
}

impl Intercept for Trace {
    fn name(&self) -> &'static str {
        "Trace"
    }

    fn read_before_attempt(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(Started(Instant::now()));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = config.load::<Metadata>().map_or("?", |metadata| metadata.name());
        let ms = config.load::<Started>().map_or(0, |started| started.0.elapsed().as_millis() as u64);
        let attempt = config.load::<RequestAttempts>().map_or(1, |attempts| attempts.attempts());
        let status = context.response().map(|response| response.status().as_u16());
        let request_id = context.response().and_then(|response| response.request_id());
        let outcome = match context.output_or_error() {
            Some(Ok(_)) => "ok",
            _ => "failed",
        };
        tracing::info!(
            target: TARGET,
            service = self.service,
            operation,
            region = self.region.as_deref(),
            account = self.account.as_deref(),
            attempt,
            status,
            ms,
            request_id,
            outcome,
        );
        Ok(())
    }
}
