//! What went wrong between a script and AWS, as a value: a script can act on its
//! fields, and a person can act on its one line.

use std::borrow::Cow;
use std::fmt;

use crate::call_failure::{CallFailure, CallFailureKind, REQUEST_LIMIT_EXCEEDED};
use crate::known_secrets::redact;
use crate::sanitize;

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
    /// Nothing of it left this machine.
    pub unsent: bool,
    /// What a waiter saw last.
    pub state: Option<String>,
    /// What of several things was done, where a change of all of them failed: what each is now.
    pub states: Vec<(String, String)>,
    /// The permission that the call needs: `ec2:DescribeTags`.
    pub action: Option<String>,
}

/// The code of errors that were found before anything was sent.
pub const INVALID_INPUT: &str = "InvalidInput";
/// The code of calls that the guard did not let through.
pub const REFUSED: &str = "Refused";
/// The code of calls that a plan lists instead of sending them.
pub const PLANNED: &str = "Planned";
/// How the sandbox begins to say that it has no such operation or parameter.
pub const NOT_SIMULATED: &str = "the sandbox does not simulate";

/// What is wrong with an operation's input, and where.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{operation}: {}{problem}", if path.is_empty() { String::new() } else { format!("{path}: ") })]
pub struct InputError {
    /// `ec2.describe_tags`.
    pub operation: String,
    pub path: String,
    pub problem: String,
    /// The input would have been read as everything there is.
    pub means_all: bool,
}

impl Error {
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        let message = redact(&message.into()).into_owned();
        Error { code: code.to_owned(), message, ..Error::default() }
    }

    /// Nobody can be asked anything with these credentials.
    pub fn is_credentials_error(&self) -> bool {
        let ours = ["NoCredentials", "BadCredentials", "BadConfiguration"].contains(&self.code.as_str());
        ours || EXPIRED.contains(&self.code.as_str()) || UNKNOWN.contains(&self.code.as_str())
    }

    /// Whether the service has surely not carried it out. What broke off, took too long or
    /// failed on the service's side may have been done.
    pub fn is_surely_not_done(&self) -> bool {
        let ours = [INVALID_INPUT, REFUSED, PLANNED, "NoRegion"].contains(&self.code.as_str());
        // What is no answer of AWS's may come from somebody who stands between.
        let is_awss = !self.code.starts_with("Http") && !self.code.starts_with("RequestTimeout");
        let refused = is_awss && self.status.is_some_and(|status| (400..500).contains(&status) && status != 408);
        ours || self.unsent || self.is_credentials_error() || refused || self.code == REQUEST_LIMIT_EXCEEDED
    }

    /// AWS itself has every operation; other servers have some, and say so in many ways.
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

    /// The caller may not do this.
    pub fn is_denied(&self) -> bool {
        DENIED.contains(&self.code.as_str())
    }

    /// What it is about does not exist; each service has words of its own for it.
    pub fn is_not_found(&self) -> bool {
        let words = ["NotFound", "NoSuchEntity", "DoesNotExist", "InvalidResourceId"];
        words.iter().any(|word| self.code.contains(word))
    }

    /// What to do next, where that is known.
    fn advice(&self) -> Option<Cow<'static, str>> {
        let code = self.code.as_str();
        let advice = match code {
            _ if EXPIRED.contains(&code) => {
                "the credentials have expired: log in again (`aws sso login`) or renew them"
            }
            _ if UNKNOWN.contains(&code) => {
                "AWS does not know these credentials: check --profile and the AWS_* variables"
            }
            _ if DENIED.contains(&code) => return self.missing_permission().map(Cow::Owned),
            _ if code.contains("InvalidNextToken") || code.contains("InvalidPaginationToken") => {
                "a page's token lives for a while only: start the list again"
            }
            "BadCredentials" | "NoCredentials"
                if self.message.contains("SSO") || self.message.contains("sso/cache") =>
            {
                "log in: `aws sso login`, with --profile where the profile is another"
            }
            "OptInRequired" => "the account has not enabled this region or service",
            "NoCredentials" => "set AWS_PROFILE or --profile, or try --sandbox, which needs none",
            _ => return None,
        };
        Some(Cow::Borrowed(advice))
    }

    fn missing_permission(&self) -> Option<String> {
        if self.message.contains("Encoded authorization failure message") {
            return Some("sts.decode_authorization_message{encoded_message=…} says which permission is missing".into());
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
            unsent: matches!(failure.kind, CallFailureKind::NotSent | CallFailureKind::Unconnected),
            code: failure.code,
            // Services repeat what they were given.
            message: redact(&failure.message).into_owned(),
            request_id: failure.request_id,
            status: failure.status,
            ..Error::default()
        }
    }
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
        f.write_str(&sanitize::line(&self.describe()?))
    }
}

impl Error {
    /// The text of the error, as AWS and the caller wrote it. Only the sanitized one is shown.
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
        let places = [("region", &self.region), ("account", &self.account), ("request", &self.request_id)];
        let places: Vec<String> =
            places.iter().filter_map(|(name, value)| value.as_ref().map(|value| format!("{name} {value}"))).collect();
        if !places.is_empty() {
            write!(f, " ({})", places.join(", "))?;
        }
        if let Some(advice) = self.advice() {
            write!(f, "; {advice}")?;
        }
        Ok(std::mem::take(f))
    }
}
