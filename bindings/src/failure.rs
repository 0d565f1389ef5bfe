//! What an operation can end in besides its answer.

use std::error::Error;
use std::fmt::Debug;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::waiters::error::WaiterError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use crate::give::Mismatch;

/// Why there is no answer, without the names of service, region and account: who called knows them.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    pub kind: FailureKind,
    /// The service's code (`UnauthorizedOperation`), or the kind's name where no service spoke.
    pub code: String,
    pub message: String,
    pub status: Option<u16>,
    pub request_id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The request was never made: no credentials, no region, a value that cannot be sent.
    NotSent,
    /// The time was up before an answer came. The service may have done it.
    Timeout,
    /// There was no connection, so nothing was sent.
    Unconnected,
    /// The connection broke. The service may have done it.
    Connection,
    /// An answer came that is not one.
    Garbled,
    /// The service refused or failed.
    Service,
}

impl FailureKind {
    fn code(self) -> &'static str {
        match self {
            FailureKind::NotSent => "NotSent",
            FailureKind::Timeout => "Timeout",
            FailureKind::Unconnected | FailureKind::Connection => "ConnectionFailed",
            FailureKind::Garbled => "BadResponse",
            FailureKind::Service => "ServiceFailed",
        }
    }
}

impl Failure {
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Failure { kind, code: kind.code().to_owned(), message: message.into(), status: None, request_id: None }
    }

    pub fn of_sdk<E>(error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let kind = match &error {
            SdkError::ConstructionFailure(_) => FailureKind::NotSent,
            SdkError::TimeoutError(_) => FailureKind::Timeout,
            // Credentials fail inside the dispatch too, before anything is sent.
            SdkError::DispatchFailure(_) if credentials_error(&error).is_some() => FailureKind::NotSent,
            SdkError::DispatchFailure(_) if is_unconnected(&error) => FailureKind::Unconnected,
            SdkError::DispatchFailure(failure) if failure.is_timeout() => FailureKind::Timeout,
            SdkError::DispatchFailure(failure) if failure.is_user() => FailureKind::NotSent,
            SdkError::DispatchFailure(_) if causes(&error).contains(BAD_ENDPOINT) => FailureKind::NotSent,
            SdkError::DispatchFailure(_) => FailureKind::Connection,
            // The connection broke while the answer came.
            SdkError::ResponseError(_) if causes(&error).contains("reading a body") => FailureKind::Connection,
            SdkError::ResponseError(_) => FailureKind::Garbled,
            SdkError::ServiceError(_) => FailureKind::Service,
            _ => FailureKind::Garbled,
        };
        let status = error.raw_response().map(|r| r.status().as_u16());
        let request_id = error.raw_response().and_then(|r| r.request_id()).map(str::to_owned);
        match &error {
            SdkError::ServiceError(answer) => {
                let meta = answer.err().meta();
                let request_id = meta.request_id().map(str::to_owned).or(request_id);
                let told = match (meta.code(), status) {
                    (Some(code), _) => {
                        let message = meta.message().map_or_else(|| causes(answer.err()), str::to_owned);
                        Failure { code: code.to_owned(), ..Failure::new(kind, message) }
                    }
                    // An answer that counts as good and cannot be read.
                    (None, Some(200..=299)) => Failure::new(FailureKind::Garbled, root_cause(answer.err())),
                    (None, Some(status)) => foreign(status),
                    (None, None) => Failure::new(kind, causes(answer.err())),
                };
                Failure { status, request_id, ..told }
            }
            // What could not be sent failed in our own process, and the last cause says why;
            // the ones before it only name the parts of the SDK that passed it on.
            SdkError::ConstructionFailure(_) => Failure::new(kind, root_cause(&error)),
            SdkError::DispatchFailure(_) if kind == FailureKind::NotSent => match credentials_error(&error) {
                Some(error) => unidentified(error),
                None => unaddressed(&causes(&error)),
            },
            SdkError::DispatchFailure(_) => Failure::new(kind, without_layers(&causes(&error))),
            SdkError::ResponseError(_) if status.is_some_and(|status| status >= 300) => {
                Failure { status, request_id, ..foreign(status.unwrap_or_default()) }
            }
            other => Failure { status, request_id, ..Failure::new(kind, without_layers(&causes(other))) },
        }
    }
}

impl Failure {
    pub fn of_waiter<O, E>(error: WaiterError<O, E>) -> Self
    where
        O: Debug,
        E: ProvideErrorMetadata + Error + 'static,
    {
        match error {
            WaiterError::OperationFailed(failed) => Failure::of_sdk(failed.into_error()),
            WaiterError::FailureState(_) => Failure {
                code: "WaiterFailed".to_owned(),
                ..Failure::new(FailureKind::Service, "what was waited for cannot happen any more")
            },
            other => Failure::new(FailureKind::NotSent, causes(&other)),
        }
    }
}

impl From<Mismatch> for Failure {
    fn from(mismatch: Mismatch) -> Self {
        Failure::new(FailureKind::NotSent, mismatch.0)
    }
}

/// A server that fails, and is none of AWS's: a proxy, a load balancer, a login page.
fn foreign(status: u16) -> Failure {
    let message = format!("the server answered with HTTP {status} and no error of AWS's");
    Failure { code: format!("Http{status}"), ..Failure::new(FailureKind::Service, message) }
}

/// How the SDK says that a configured endpoint is no URL.
const BAD_ENDPOINT: &str = "failed to apply endpoint `";

fn unaddressed(causes: &str) -> Failure {
    let told = match causes.split_once(BAD_ENDPOINT) {
        Some((_, endpoint)) => {
            let endpoint = endpoint.split('`').next().unwrap_or_default();
            format!("endpoint_url is {endpoint:?}, which is no URL such as http://127.0.0.1:4566")
        }
        None => without_layers(causes).to_owned(),
    };
    Failure { code: "BadConfiguration".to_owned(), ..Failure::new(FailureKind::NotSent, told) }
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
fn unidentified(error: &CredentialsError) -> Failure {
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
    Failure { code: code.to_owned(), ..Failure::new(FailureKind::NotSent, message) }
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
    let mut texts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if !texts.iter().any(|said| said.contains(&text)) {
            texts.push(text);
        }
        next = error.source();
    }
    texts.join(": ")
}
