//! The error of a call as a value: scripts can use its fields, and people can read its one line.

use std::borrow::Cow;
use std::fmt;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::call_failure::{CallFailure, CallFailureKind, REQUEST_LIMIT_EXCEEDED};
use crate::known_secrets::redact;
use crate::sanitize;
use crate::{Map, Value, counted};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Error {
    /// The service's code, or one of the program's: `InvalidInput`, `Refused`, `Timeout`, …
    pub code: String,
    pub message: String,
    pub service: Option<String>,
    pub operation: Option<String>,
    pub region: Option<String>,
    pub account: Option<String>,
    pub request_id: Option<String>,
    pub status: Option<u16>,
    /// The fields of a modelled error, such as `cancellation_reasons`. Processes do not pass them on.
    #[serde(skip)]
    pub fields: Map,
    /// The same call may succeed later.
    pub retryable: bool,
    /// The call was not sent.
    pub unsent: bool,
    /// The last state that a waiter saw.
    pub state: Option<String>,
    /// The current state of each resource, by id, if a change of several resources failed in part.
    pub states: Vec<(String, String)>,
    /// The permission that the call needs, such as `ec2:DescribeTags`.
    pub action: Option<String>,
    /// How far the clock of the server is ahead of ours, if the call was refused for this.
    pub wrong_clock: Option<SignedDuration>,
}

/// The code of errors in the input, which are found before the call is sent.
pub const INVALID_INPUT: &str = "InvalidInput";
/// The code of calls that the guard refused.
pub const REFUSED: &str = "Refused";
/// The code of calls that a plan lists instead of sending them.
pub const PLANNED: &str = "Planned";
/// The beginning of the sandbox's message about an operation or a parameter that it lacks.
pub const NOT_SIMULATED: &str = "the sandbox does not simulate";

/// A problem in the input of an operation, and its path.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{operation}: {}{problem}", if path.is_empty() { String::new() } else { format!("{path}: ") })]
pub struct InputError {
    /// The operation with its service, such as `ec2.describe_tags`.
    pub operation: String,
    pub path: String,
    pub problem: String,
    /// The service would have read the input as all resources.
    pub means_all: bool,
}

impl Error {
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        let message = redact(&message.into()).into_owned();
        Error { code: code.to_owned(), message, ..Error::default() }
    }

    /// Whether the credentials are missing, expired or unknown, so that every call fails.
    pub fn is_credentials_error(&self) -> bool {
        let is_local = ["NoCredentials", "BadCredentials", "BadConfiguration"].contains(&self.code.as_str());
        is_local || EXPIRED.contains(&self.code.as_str()) || UNKNOWN.contains(&self.code.as_str())
    }

    /// Whether the service has certainly not executed the call. After a broken connection, a
    /// timeout or a failure of the service, it may have.
    pub fn is_surely_not_done(&self) -> bool {
        let is_local = [INVALID_INPUT, REFUSED, PLANNED, "NoRegion"].contains(&self.code.as_str());
        // An answer without an error code of AWS's may come from a proxy.
        let is_from_aws = !self.code.starts_with("Http") && !self.code.starts_with("RequestTimeout");
        let refused = is_from_aws && self.status.is_some_and(|status| (400..500).contains(&status) && status != 408);
        is_local || self.unsent || self.is_credentials_error() || refused || self.code == REQUEST_LIMIT_EXCEEDED
    }

    /// Whether the server lacks the operation. AWS has all operations; other servers have some, and
    /// report the others in many ways.
    pub fn is_not_offered(&self) -> bool {
        let codes = [
            "UnknownOperationException",
            "InvalidAction",
            "NotImplemented",
            "Http404",
            "Http405",
            "Http500",
            "Http501",
        ];
        let is_not_simulated = self.unsent && self.message.starts_with(NOT_SIMULATED);
        self.status == Some(501) || codes.contains(&self.code.as_str()) || is_not_simulated
    }

    /// Whether the caller lacks the permission for the call.
    pub fn is_denied(&self) -> bool {
        DENIED.contains(&self.code.as_str())
    }

    /// Whether the resource does not exist. Services have different codes for this.
    pub fn is_not_found(&self) -> bool {
        let words = ["NotFound", "NoSuchEntity", "DoesNotExist", "InvalidResourceId"];
        words.iter().any(|word| self.code.contains(word))
    }

    /// Returns the next step for the person who reads the error, if one is known.
    fn advice(&self) -> Option<Cow<'static, str>> {
        let code = self.code.as_str();
        if let Some(skew) = self.wrong_clock {
            let (amount, side) =
                ((skew.abs().as_secs() + 30) / 60, if skew.is_positive() { "behind" } else { "ahead of" });
            let minutes = counted(usize::try_from(amount).unwrap_or_default(), "minute");
            return Some(Cow::Owned(format!(
                "the clock of this machine is {minutes} {side} the server's: set the clock"
            )));
        }
        let advice = match code {
            _ if EXPIRED.contains(&code) => {
                "the credentials have expired: log in again (`aws sso login`) or renew them"
            }
            _ if UNKNOWN.contains(&code) => {
                "AWS does not know the credentials: check --profile and the AWS_* variables"
            }
            _ if DENIED.contains(&code) => return self.missing_permission().map(Cow::Owned),
            _ if code.contains("InvalidNextToken") || code.contains("InvalidPaginationToken") => {
                "page tokens expire after a while: start the list again"
            }
            "OptInRequired" => "the account has not enabled this region or service",
            "NoCredentials" => "set AWS_PROFILE or --profile, or try --sandbox, which needs none",
            _ => return None,
        };
        Some(Cow::Borrowed(advice))
    }

    fn missing_permission(&self) -> Option<String> {
        if self.message.contains("Encoded authorization failure message") {
            return Some("sts.decode_authorization_message{encoded_message=…} names the missing permission".into());
        }
        let action = self.action.as_ref().filter(|action| !self.message.contains(action.as_str()))?;
        Some(format!("the permission {action} may be missing"))
    }
}

const EXPIRED: [&str; 3] = ["ExpiredToken", "ExpiredTokenException", "RequestExpired"];
const UNKNOWN: [&str; 3] = ["InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure"];
const DENIED: [&str; 3] = ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"];

impl From<CallFailure> for Error {
    fn from(failure: CallFailure) -> Self {
        Error {
            retryable: failure.is_retryable(),
            wrong_clock: failure.wrong_clock(),
            unsent: matches!(failure.kind, CallFailureKind::NotSent | CallFailureKind::Unconnected),
            code: failure.code,
            // Services repeat parts of the input, which may be secret.
            message: redact(&failure.message).into_owned(),
            request_id: failure.request_id,
            status: failure.status,
            fields: failure.fields.0.into_iter().map(|(name, value)| (name, redacted(value))).collect(),
            ..Error::default()
        }
    }
}

/// Returns a value whose texts do not repeat known secrets.
fn redacted(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(redact(&text).into_owned()),
        Value::List(items) => Value::List(items.into_iter().map(redacted).collect()),
        Value::Map(Map(fields)) => {
            Value::Map(fields.into_iter().map(|(name, value)| (name, redacted(value))).collect())
        }
        other => other,
    }
}

impl From<InputError> for Error {
    fn from(error: InputError) -> Self {
        let (service, operation) = error.operation.split_once('.').unwrap_or(("", &error.operation));
        let path = if error.path.is_empty() { String::new() } else { format!("{}: ", error.path) };
        Error {
            service: Some(service.to_owned()),
            operation: Some(operation.to_owned()),
            ..Error::new(INVALID_INPUT, format!("{path}{}", error.problem))
        }
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sanitize::line(&self.describe()?))
    }
}

impl Error {
    /// Returns the text of the error before it is sanitized, with the words of AWS and the caller.
    fn describe(&self) -> Result<String, fmt::Error> {
        use fmt::Write as _;
        let f = &mut String::new();
        if let (Some(service), Some(operation)) = (&self.service, &self.operation) {
            write!(f, "{service}.{operation}: ")?;
        }
        if self.code != INVALID_INPUT && self.code != REFUSED {
            write!(f, "{}: ", self.code)?;
        }
        write!(f, "{}", self.message.trim_end())?;
        let details = [("region", &self.region), ("account", &self.account), ("request", &self.request_id)];
        let details: Vec<String> =
            details.iter().filter_map(|(name, value)| value.as_ref().map(|value| format!("{name} {value}"))).collect();
        if !details.is_empty() {
            write!(f, " ({})", details.join(", "))?;
        }
        if let Some(advice) = self.advice() {
            write!(f, "; {advice}")?;
        }
        Ok(std::mem::take(f))
    }
}
