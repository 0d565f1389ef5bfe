//! Recording calls that the program makes through the SDK's own clients: the caller's identity and
//! roles.

use std::sync::Arc;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_types::request_id::RequestId;
use heck::ToSnakeCase as _;
use moonfleet_bindings::Risk;
use moonfleet_client::Session;

use super::{CallOutcome, RecordedCall, Recorder};

/// Records the calls of an SDK client. All of them only read, so each has one line, at its end.
pub(super) struct SdkCallRecorder {
    pub recorder: Arc<Recorder>,
    pub session: Arc<Session>,
    pub service: &'static str,
}

impl std::fmt::Debug for SdkCallRecorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SdkCallRecorder({})", self.service)
    }
}

/// The call under way. The SDK drops it together with a cancelled call, which records that the
/// result is unknown.
struct UnderWay(std::sync::Mutex<Option<RecordedCall>>);

impl std::fmt::Debug for UnderWay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UnderWay")
    }
}

impl Storable for UnderWay {
    type Storer = StoreReplace<UnderWay>;
}

impl Intercept for SdkCallRecorder {
    fn name(&self) -> &'static str {
        "Record"
    }

    fn read_before_serialization(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.recorder.check()?;
        let name = config.load::<Metadata>().map_or("?", |metadata| metadata.name());
        let call = RecordedCall::new(&self.recorder, &self.session, self.service, &name.to_snake_case(), Risk::Read);
        config.interceptor_state().store_put(UnderWay(std::sync::Mutex::new(Some(call))));
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let call = config.load::<UnderWay>().and_then(|under_way| under_way.0.lock().ok()?.take());
        let Some(mut call) = call else { return Ok(()) };
        call.line.request_id = context.response().and_then(|response| response.request_id()).map(str::to_owned);
        call.end(match context.output_or_error() {
            Some(Ok(_)) => CallOutcome::Ok,
            _ if context.response().is_some() => CallOutcome::Failed,
            _ => CallOutcome::Unknown,
        });
        Ok(())
    }
}
