//! What an operation can end in besides its answer.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::waiters::error::WaiterError;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use moonfleet_core::{CallFailure, CallFailureKind, HttpClientError};

use crate::to_sdk::Mismatch;

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
        // The connection broke while the answer came.
        SdkError::ResponseError(_) if causes(&error).contains("reading a body") => CallFailureKind::Connection,
        SdkError::ResponseError(_) => CallFailureKind::Garbled,
        SdkError::ServiceError(_) => CallFailureKind::Service,
        _ => CallFailureKind::Garbled,
    };
    let status = error.raw_response().map(|r| r.status().as_u16());
    let request_id = error.raw_response().and_then(|r| r.request_id()).map(str::to_owned);
    if let Some(given_up) = HttpClientError::find(&error) {
        return CallFailure { status, request_id, ..given_up.into() };
    }
    match &error {
        SdkError::ServiceError(answer) => {
            let Refusal { meta, causes, root_cause } = answer.err();
            let request_id = meta.request_id().map(str::to_owned).or(request_id);
            let told = match (meta.code(), status) {
                (Some(code), _) => {
                    let message = meta.message().unwrap_or(causes);
                    CallFailure { code: code.to_owned(), ..CallFailure::new(kind, message) }
                }
                // An answer that counts as good and cannot be read.
                (None, Some(200..=299)) => CallFailure::new(CallFailureKind::Garbled, root_cause),
                (None, Some(status)) => foreign(status),
                (None, None) => CallFailure::new(kind, causes),
            };
            CallFailure { status, request_id, ..told }
        }
        // What could not be sent failed in our own process, and the last cause says why;
        // the ones before it only name the parts of the SDK that passed it on.
        SdkError::ConstructionFailure(_) => CallFailure::new(kind, root_cause(&error)),
        SdkError::DispatchFailure(_) if kind == CallFailureKind::NotSent => match credentials_error(&error) {
            Some(error) => unidentified(error),
            None => unaddressed(&causes(&error)),
        },
        SdkError::DispatchFailure(_) => CallFailure::new(kind, without_layers(&causes(&error))),
        SdkError::ResponseError(_) if status.is_some_and(|status| status >= 300) => {
            CallFailure { status, request_id, ..foreign(status.unwrap_or_default()) }
        }
        other => CallFailure { status, request_id, ..CallFailure::new(kind, without_layers(&causes(other))) },
    }
}

/// Describes why a waiter ended without what was waited for.
pub(crate) fn waiter_failure<O, E>(error: WaiterError<O, E>) -> CallFailure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        WaiterError::OperationFailed(failed) => sdk_failure(failed.into_error()),
        WaiterError::FailureState(_) => CallFailure {
            code: "WaiterFailed".to_owned(),
            ..CallFailure::new(CallFailureKind::Service, "what was waited for cannot happen any more")
        },
        WaiterError::ConstructionFailure(failed) => erased_failure(SdkError::ConstructionFailure(failed)),
        other => CallFailure::new(CallFailureKind::NotSent, other.to_string()),
    }
}

/// Text and metadata of a service's error, without its type. Each of the 1,200 operations has an error
/// type of its own. As trait objects, alone and in an `SdkError`, each needs tables of functions with
/// some 40 addresses, which the dynamic linker relocates at every start.
#[derive(Debug, thiserror::Error)]
#[error("{causes}")]
struct Refusal {
    meta: ErrorMetadata,
    causes: String,
    root_cause: String,
}

impl Refusal {
    fn new<E: ProvideErrorMetadata + Error>(error: &E) -> Self {
        let text = error.to_string();
        Refusal {
            meta: error.meta().clone(),
            root_cause: error.source().map_or_else(|| text.clone(), root_cause),
            causes: joined(text, error.source()),
        }
    }
}

impl From<Mismatch> for CallFailure {
    fn from(mismatch: Mismatch) -> Self {
        CallFailure::new(CallFailureKind::NotSent, mismatch.0)
    }
}

/// A server that fails, and is none of AWS's: a proxy, a load balancer, a login page.
fn foreign(status: u16) -> CallFailure {
    let message = format!("the server answered with HTTP {status} and no error of AWS's");
    CallFailure { code: format!("Http{status}"), ..CallFailure::new(CallFailureKind::Service, message) }
}

/// How the SDK says that a configured endpoint is no URL.
const BAD_ENDPOINT: &str = "failed to apply endpoint `";

fn unaddressed(causes: &str) -> CallFailure {
    let told = match causes.split_once(BAD_ENDPOINT) {
        Some((_, endpoint)) => {
            let endpoint = endpoint.split('`').next().unwrap_or_default();
            format!("endpoint_url is {endpoint:?}, which is no URL such as http://127.0.0.1:4566")
        }
        None => without_layers(causes).to_owned(),
    };
    CallFailure { code: "BadConfiguration".to_owned(), ..CallFailure::new(CallFailureKind::NotSent, told) }
}

fn is_unconnected(error: &(dyn Error + 'static)) -> bool {
    cause::<hyper_util::client::legacy::Error>(error).is_some_and(|error| error.is_connect())
}

/// What is wrong with the credentials, where that is what is wrong.
fn credentials_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a CredentialsError> {
    cause(error)
}

/// The first cause of this type.
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

/// What fails before a connection is tried is finding out who calls.
fn unidentified(error: &CredentialsError) -> CallFailure {
    let (code, message) = match error {
        CredentialsError::CredentialsNotLoaded(_) => (
            "NoCredentials",
            "no credentials were found, neither in the environment nor in the profile nor for this machine".to_owned(),
        ),
        // The last one that is asked, where nobody else has any.
        other if causes(other).contains("IMDS session token") => (
            "NoCredentials",
            "no credentials were found, neither in the environment nor in the profile, and this machine gives none"
                .to_owned(),
        ),
        CredentialsError::ProviderTimedOut(_) => {
            ("BadCredentials", "what gives the credentials did not answer in time".to_owned())
        }
        // Its own text says only that there was an error.
        other => ("BadCredentials", other.source().map_or_else(|| other.to_string(), causes)),
    };
    CallFailure { code: code.to_owned(), ..CallFailure::new(CallFailureKind::NotSent, message) }
}

/// The words by which the SDK names its own layers tell a caller nothing.
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

/// An error with all that caused it, each said once.
pub fn causes(error: &dyn Error) -> String {
    joined(error.to_string(), error.source())
}

fn joined(text: String, mut next: Option<&(dyn Error + 'static)>) -> String {
    let mut texts = vec![text];
    while let Some(error) = next {
        let text = error.to_string();
        if !texts.iter().any(|said| said.contains(&text)) {
            texts.push(text);
        }
        next = error.source();
    }
    texts.join(": ")
}
