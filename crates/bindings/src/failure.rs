//! The failures of calls.

use std::error::Error;
use std::time::SystemTime;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use jiff::SignedDuration;
use moonfleet_core::{CallFailure, CallFailureKind, HttpClientError, Map};
use moonfleet_protocols::ServiceError;

/// Describes an error of the SDK.
pub fn sdk_failure<E>(error: SdkError<E, HttpResponse>) -> CallFailure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    erased_failure(error.map_service_error(|error| Refusal::new(&error)))
}

fn erased_failure(error: SdkError<Refusal, HttpResponse>) -> CallFailure {
    let kind = match &error {
        SdkError::ConstructionFailure(_) => CallFailureKind::NotSent,
        SdkError::TimeoutError(_) => CallFailureKind::Timeout,
        // Credentials fail inside the dispatch too, before anything is sent.
        SdkError::DispatchFailure(_) if credentials_error(&error).is_some() => CallFailureKind::NotSent,
        SdkError::DispatchFailure(_) if is_unconnected(&error) => CallFailureKind::Unconnected,
        SdkError::DispatchFailure(failure) if failure.is_timeout() => CallFailureKind::Timeout,
        SdkError::DispatchFailure(failure) if failure.is_user() => CallFailureKind::NotSent,
        SdkError::DispatchFailure(_) if causes(&error).contains(BAD_ENDPOINT) => CallFailureKind::NotSent,
        SdkError::DispatchFailure(_) => CallFailureKind::Connection,
        // The connection broke during the answer.
        SdkError::ResponseError(_) if causes(&error).contains("reading a body") => CallFailureKind::Connection,
        SdkError::ResponseError(_) => CallFailureKind::Garbled,
        SdkError::ServiceError(_) => CallFailureKind::Service,
        _ => CallFailureKind::Garbled,
    };
    let status = error.raw_response().map(|r| r.status().as_u16());
    let request_id = error.raw_response().and_then(request_id);
    let clock_skew = error.raw_response().and_then(clock_skew);
    if let Some(given_up) = HttpClientError::find(&error) {
        return CallFailure { status, request_id, ..given_up.into() };
    }
    match &error {
        SdkError::ServiceError(answer) => {
            let Refusal { meta, causes, root_cause, fields } = answer.err();
            let request_id = meta.request_id().filter(|id| !id.is_empty()).map(str::to_owned).or(request_id);
            let failure = match (meta.code(), status) {
                (Some(code), _) => {
                    let message = meta.message().filter(|message| !message.trim().is_empty());
                    let message = message.unwrap_or("the service gave no reason");
                    CallFailure { code: code.to_owned(), ..CallFailure::new(kind, message) }
                }
                // A successful answer that cannot be parsed.
                (None, Some(200..=299)) => {
                    CallFailure::new(CallFailureKind::Garbled, garbled(body(answer.raw()), root_cause))
                }
                (None, Some(status)) => http_failure(status),
                (None, None) => CallFailure::new(kind, causes),
            };
            CallFailure { status, request_id, clock_skew, fields: fields.clone(), ..failure }
        }
        // A request that was not sent failed in this process. The last cause is the reason; the others
        // only name parts of the SDK.
        SdkError::ConstructionFailure(_) => CallFailure::new(kind, root_cause(&error)),
        SdkError::DispatchFailure(_) if kind == CallFailureKind::NotSent => match credentials_error(&error) {
            Some(error) => credentials_failure(error),
            None => endpoint_failure(&causes(&error)),
        },
        SdkError::DispatchFailure(_) => CallFailure::new(kind, without_layers(&causes(&error))),
        SdkError::ResponseError(_) if status.is_some_and(|status| status >= 300) => {
            CallFailure { status, request_id, ..http_failure(status.unwrap_or_default()) }
        }
        other => {
            let causes = causes(other);
            // The checks of answers have their own texts.
            let is_unexplained = |body: &[u8]| is_page(body) || !causes.contains("the answer");
            let response = other.raw_response().filter(|_| kind == CallFailureKind::Garbled);
            let message = match response.map(body).filter(|body| is_unexplained(body)) {
                Some(body) => garbled(body, without_layers(&causes)),
                None => without_layers(&causes).to_owned(),
            };
            CallFailure { status, request_id, ..CallFailure::new(kind, message) }
        }
    }
}

fn body(response: &HttpResponse) -> &[u8] {
    response.body().bytes().unwrap_or_default()
}

/// Returns the service's id of a request: from the headers, or from the body, where servers other than AWS have it.
fn request_id(response: &HttpResponse) -> Option<String> {
    let in_header = response.request_id().filter(|id| !id.is_empty()).map(str::to_owned);
    in_header.or_else(|| {
        let text = std::str::from_utf8(body(response)).ok()?;
        let (_, rest) = ["<RequestID>", "<RequestId>", "<requestId>"].iter().find_map(|tag| text.split_once(tag))?;
        let id = rest.split('<').next().unwrap_or_default().trim();
        (!id.is_empty()).then(|| id.to_owned())
    })
}

/// Describes an answer that is no answer of AWS's.
fn garbled(body: &[u8], cause: &str) -> String {
    let body = body.trim_ascii();
    let is_open = |open: u8, close: u8| body.first() == Some(&open) && body.last() != Some(&close);
    let advice = "check the endpoint and proxies";
    match body {
        [] => format!("the answer is empty, though the call has a result; {advice}"),
        _ if is_page(body) => format!("the answer is a web page, which does not come from AWS; {advice}"),
        _ if is_open(b'{', b'}') || is_open(b'<', b'>') => {
            format!("the answer ends in the middle: {cause}; call again, and if that fails too, {advice}")
        }
        _ => format!("the answer cannot be read: {cause}; {advice}"),
    }
}

fn is_page(body: &[u8]) -> bool {
    let beginning = body.trim_ascii_start();
    let beginning = beginning[..beginning.len().min(200)].to_ascii_lowercase();
    ["<!doctype html", "<html"].iter().any(|start| beginning.starts_with(start.as_bytes()))
}

/// Returns how far the clock of the server is ahead of ours. The answer of a cache tells the time of another answer.
fn clock_skew(answer: &HttpResponse) -> Option<SignedDuration> {
    let headers = answer.headers();
    let date = headers.get("date").filter(|_| headers.get("age").is_none())?;
    let server = DateTime::from_str(date, Format::HttpDate).ok()?;
    Some(SignedDuration::from_secs(server.secs().checked_sub(DateTime::from(SystemTime::now()).secs())?))
}

/// Describes a state that ends a wait, because the expected one can no longer follow.
pub(crate) fn unreachable_state() -> CallFailure {
    CallFailure {
        code: "WaiterFailed".to_owned(),
        ..CallFailure::new(CallFailureKind::Service, "the state cannot be reached any more")
    }
}

/// The text and the metadata of a service error, without its type. Each operation of the SDK has its own
/// error type. As trait objects, alone and in an `SdkError`, each one needs vtables with about 40 addresses,
/// which the dynamic linker relocates at every start.
#[derive(Debug, thiserror::Error)]
#[error("{causes}")]
struct Refusal {
    meta: ErrorMetadata,
    causes: String,
    root_cause: String,
    fields: Map,
}

impl Refusal {
    fn new<E: ProvideErrorMetadata + Error + 'static>(error: &E) -> Self {
        let text = error.to_string();
        Refusal {
            meta: error.meta().clone(),
            root_cause: error.source().map_or_else(|| text.clone(), root_cause),
            causes: joined(text, error.source()),
            fields: (error as &dyn Error).downcast_ref().map(fields_of).unwrap_or_default(),
        }
    }
}

/// Returns the fields of a modelled error. Its message has its own field in all errors.
fn fields_of(error: &ServiceError) -> Map {
    let fields = error.fields.0.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("message"));
    fields.cloned().collect()
}

/// Describes an error that does not come from AWS, but from a proxy, a load balancer or a login page.
fn http_failure(status: u16) -> CallFailure {
    let message =
        format!("the server answered with HTTP {status} and without an AWS error; check the endpoint and proxies");
    CallFailure { code: format!("Http{status}"), ..CallFailure::new(CallFailureKind::Service, message) }
}

/// The text of the SDK for a configured endpoint that is not a URL.
const BAD_ENDPOINT: &str = "failed to apply endpoint `";

fn endpoint_failure(causes: &str) -> CallFailure {
    let message = match causes.split_once(BAD_ENDPOINT) {
        Some((_, endpoint)) => {
            let endpoint = endpoint.split('`').next().unwrap_or_default();
            format!("endpoint_url is {endpoint:?}, which is not a URL such as http://127.0.0.1:4566")
        }
        None => without_layers(causes).to_owned(),
    };
    CallFailure { code: "BadConfiguration".to_owned(), ..CallFailure::new(CallFailureKind::NotSent, message) }
}

fn is_unconnected(error: &(dyn Error + 'static)) -> bool {
    cause::<hyper_util::client::legacy::Error>(error).is_some_and(|error| error.is_connect())
}

/// Returns the error of the credentials, if it is the cause.
fn credentials_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a CredentialsError> {
    cause(error)
}

/// Returns the first cause of this type.
fn cause<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// Describes an error of the credentials, which occurs before a connection is made.
fn credentials_failure(error: &CredentialsError) -> CallFailure {
    let (code, message) = match error {
        CredentialsError::CredentialsNotLoaded(_) => {
            ("NoCredentials", "no credentials found in the environment, in the profile or for this machine".to_owned())
        }
        // The instance metadata service is the last provider, so the others have no credentials either.
        other if causes(other).contains("IMDS session token") => (
            "NoCredentials",
            "no credentials found in the environment or in the profile, and this machine has none".to_owned(),
        ),
        CredentialsError::ProviderTimedOut(_) => {
            ("BadCredentials", "the credentials provider did not answer in time".to_owned())
        }
        // The text of the error itself says only that there was an error.
        other => ("BadCredentials", other.source().map_or_else(|| other.to_string(), causes)),
    };
    CallFailure { code: code.to_owned(), ..CallFailure::new(CallFailureKind::NotSent, message) }
}

/// Removes the names of the SDK's own layers, which do not help the caller.
fn without_layers(causes: &str) -> &str {
    let known = ["dispatch failure: ", "response error: ", "other: ", "io error: ", "timeout: "];
    known.iter().fold(causes, |text, layer| text.trim_start_matches(layer))
}

fn root_cause(error: &dyn Error) -> String {
    let mut root = error;
    while let Some(cause) = root.source() {
        root = cause;
    }
    root.to_string()
}

/// Returns the text of an error with its causes, each once.
pub fn causes(error: &dyn Error) -> String {
    joined(error.to_string(), error.source())
}

fn joined(text: String, mut next: Option<&(dyn Error + 'static)>) -> String {
    let mut texts = vec![text];
    while let Some(error) = next {
        let text = error.to_string();
        if !texts.iter().any(|known| known.contains(&text)) {
            texts.push(text);
        }
        next = error.source();
    }
    texts.join(": ")
}
