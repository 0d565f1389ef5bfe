//! What went wrong between a script and AWS, as a value: a script can act on its
//! fields, and a person can act on its one line.

use std::fmt;

use moonfleet_bindings::{Failure, FailureKind, InputError};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Error {
    /// The service's own code, or one of ours: `InvalidInput`, `Refused`, `Timeout`, …
    pub code: String,
    pub message: String,
    pub service: Option<String>,
    pub operation: Option<String>,
    pub region: Option<String>,
    pub account: Option<String>,
    pub request_id: Option<String>,
    pub status: Option<u16>,
    /// The same call may succeed later.
    pub retryable: bool,
}

/// The code of errors that were found before anything was sent.
pub const INVALID_INPUT: &str = "InvalidInput";
/// The code of calls that the guard did not let through.
pub const REFUSED: &str = "Refused";

impl Error {
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Error { code: code.to_owned(), message: message.into(), ..Error::default() }
    }

    /// An error of a call, which says which call.
    pub fn of_call(service: &str, operation: &str, region: Option<&str>, failure: Failure) -> Self {
        Error {
            retryable: is_retryable(&failure),
            code: failure.code,
            message: failure.message,
            service: Some(service.to_owned()),
            operation: Some(operation.to_owned()),
            region: region.map(str::to_owned),
            account: None,
            request_id: failure.request_id,
            status: failure.status,
        }
    }

    /// What to do next, where that is known.
    fn advice(&self) -> Option<&'static str> {
        Some(match self.code.as_str() {
            "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
                "the credentials have expired: log in again (`aws sso login`) or renew them"
            }
            "InvalidClientTokenId" | "UnrecognizedClientException" | "AuthFailure" => {
                "AWS does not know these credentials: check --profile and the AWS_* variables"
            }
            "OptInRequired" => "the account has not enabled this region or service",
            "NoCredentials" => "set AWS_PROFILE or --profile, or try --sandbox, which needs none",
            _ => return None,
        })
    }
}

fn is_retryable(failure: &Failure) -> bool {
    match failure.kind {
        FailureKind::Timeout | FailureKind::Connection => true,
        FailureKind::Service => failure.status.is_some_and(|status| status >= 500) || is_throttled(failure),
        FailureKind::NotSent | FailureKind::Garbled => false,
    }
}

/// The service had too much to do, and did nothing.
pub fn is_throttled(failure: &Failure) -> bool {
    let codes = ["Throttl", "RequestLimitExceeded", "TooManyRequests", "SlowDown"];
    failure.status == Some(429) || codes.iter().any(|code| failure.code.contains(code))
}

impl From<InputError> for Error {
    fn from(error: InputError) -> Self {
        let (service, operation) = error.operation.split_once('.').unwrap_or(("", &error.operation));
        let at = if error.path.is_empty() { String::new() } else { format!("{}: ", error.path) };
        Error {
            service: Some(service.to_owned()),
            operation: Some(operation.to_owned()),
            ..Error::new(INVALID_INPUT, format!("{at}{}", error.problem))
        }
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(service), Some(operation)) = (&self.service, &self.operation) {
            write!(f, "{service}.{operation}: ")?;
        }
        if self.code != INVALID_INPUT && self.code != REFUSED {
            write!(f, "{}: ", self.code)?;
        }
        write!(f, "{}", self.message.trim_end())?;
        let places = [("region", &self.region), ("account", &self.account), ("request", &self.request_id)];
        let places: Vec<String> =
            places.iter().filter_map(|(name, value)| value.as_ref().map(|value| format!("{name} {value}"))).collect();
        if !places.is_empty() {
            write!(f, " ({})", places.join(", "))?;
        }
        if let Some(advice) = self.advice() {
            write!(f, "; {advice}")?;
        }
        Ok(())
    }
}
