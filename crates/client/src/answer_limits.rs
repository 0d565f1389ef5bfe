//! Limits for the answers of all servers: the size of a body, and the pause that an answer may ask for before
//! the next attempt. `docs/calls.md` documents them.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::HttpConnectorFuture;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use moonfleet_bindings::StreamedAnswer;
use moonfleet_core::{CallFailureKind, HttpClientError};

const MIB: usize = 1024 * 1024;
/// In bytes. The largest answers are lists without pages; 20,000 instances are 160 MB of XML.
const LARGEST_ANSWER: usize = 256 * MIB;
/// In bytes. Errors of AWS are smaller than 64 KiB.
const LARGEST_ERROR: usize = 16 * MIB;
/// In milliseconds, as the header has it. AWS's own rule adds at most this to the usual pause.
const LONGEST_RETRY_AFTER: u64 = 5_000;
const RETRY_AFTER: &str = "x-amz-retry-after";

/// Sends a request with `send`, and limits its answer.
pub(crate) fn limit_answer(
    request: HttpRequest,
    send: impl FnOnce(HttpRequest) -> HttpConnectorFuture,
) -> HttpConnectorFuture {
    let is_streamed = request.extension::<StreamedAnswer>().is_some();
    let answer = send(request);
    HttpConnectorFuture::new(async move { answer.await.map(|answer| limited(answer, is_streamed)) })
}

/// A streamed answer goes to a file or is read event by event. Only an error fills memory.
fn limited(mut answer: HttpResponse, is_streamed: bool) -> HttpResponse {
    let asks_for = |text: &str| text.trim().parse::<u64>().ok();
    if answer.headers().get(RETRY_AFTER).and_then(asks_for).is_some_and(|pause| pause > LONGEST_RETRY_AFTER) {
        answer.headers_mut().insert(RETRY_AFTER, LONGEST_RETRY_AFTER.to_string());
    }
    let (limit, answers) = match answer.status().as_u16() {
        ..400 if is_streamed => return answer,
        ..400 => (LARGEST_ANSWER, "the answer"),
        400.. => (LARGEST_ERROR, "the error that the server answered with"),
    };
    answer.map(|body| match body.bytes() {
        Some(_) => body,
        None => {
            SdkBody::from_body_1_x(Limited::new(body, limit).map_err(move |error| too_large(error, answers, limit)))
        }
    })
}

fn too_large(error: BoxError, answers: &str, limit: usize) -> BoxError {
    if !error.is::<LengthLimitError>() {
        return error;
    }
    let message = format!(
        "{answers} is larger than {} MiB, which is the limit, and was not read to its end; ask for less at a time",
        limit / MIB
    );
    HttpClientError { kind: CallFailureKind::Garbled, code: "AnswerTooLarge", message }.into()
}

/// Returns the first bytes of a body, at most this many. The rest is not read. A body that breaks is as long as
/// what came of it.
pub async fn first_bytes(mut body: SdkBody, limit: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < limit
        && let Some(Ok(frame)) = body.frame().await
    {
        if let Some(data) = frame.data_ref() {
            bytes.extend_from_slice(&data[..data.len().min(limit - bytes.len())]);
        }
    }
    bytes
}

/// Keeps the SDK from asking again for an answer that is too large: it would take the body for one that broke.
#[derive(Debug)]
pub(crate) struct NoRetryAtLimit;

impl Intercept for NoRetryAtLimit {
    fn name(&self) -> &'static str {
        "NoRetryAtLimit"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let error = context.output_or_error().err();
        error.and_then(|error| HttpClientError::find(error)).map_or(Ok(()), |error| Err(error.clone().into()))
    }
}
