//! The failure of a call to AWS, as the layer that sent it sees it.

use jiff::SignedDuration;

use crate::Map;

/// A failed call, without the names of service, region and account, which the caller adds.
#[derive(Clone, Debug, PartialEq)]
pub struct CallFailure {
    pub kind: CallFailureKind,
    /// The service's code, such as `UnauthorizedOperation`, or the name of the kind if no service
    /// answered.
    pub code: String,
    pub message: String,
    /// The HTTP status of the answer; `None` without an answer.
    pub status: Option<u16>,
    pub request_id: Option<String>,
    /// The fields of a modelled error, by their names in scripts.
    pub fields: Map,
    /// How far the clock of the server is ahead of ours; `None` without an answer that tells its time.
    pub clock_skew: Option<SignedDuration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallFailureKind {
    /// The request was never made: no credentials, no region, a value that cannot be sent.
    NotSent,
    /// No answer came within the timeout. The service may have executed the call.
    Timeout,
    /// The connection could not be made, so the call was not sent.
    Unconnected,
    /// The connection broke. The service may have executed the call.
    Connection,
    /// The answer could not be parsed.
    Garbled,
    /// The service refused or failed.
    Service,
}

/// EC2's code for a throttled call, which comes with a status of 503.
pub(crate) const REQUEST_LIMIT_EXCEEDED: &str = "RequestLimitExceeded";

/// The codes of services that refuse a signature, because of its time or for another reason.
const CLOCK_CODES: [&str; 7] = [
    "AuthFailure",
    "InvalidSignatureException",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "SignatureExpired",
];
/// The SDK's own limit. Services accept five minutes.
const LARGEST_SKEW: SignedDuration = SignedDuration::from_mins(4);

impl CallFailureKind {
    fn code(self) -> &'static str {
        match self {
            CallFailureKind::NotSent => "NotSent",
            CallFailureKind::Timeout => "Timeout",
            CallFailureKind::Unconnected | CallFailureKind::Connection => "ConnectionFailed",
            CallFailureKind::Garbled => "BadResponse",
            CallFailureKind::Service => "ServiceFailed",
        }
    }
}

impl CallFailure {
    pub fn new(kind: CallFailureKind, message: impl Into<String>) -> Self {
        let (code, message) = (kind.code().to_owned(), message.into());
        CallFailure { kind, code, message, status: None, request_id: None, fields: Map::default(), clock_skew: None }
    }

    /// Returns the difference of the clocks, if the service refused the signature and our clock is the reason. The
    /// service checks the signature first, so it has not executed the call.
    pub fn wrong_clock(&self) -> Option<SignedDuration> {
        let is_refused = self.status.is_some_and(|status| (400..500).contains(&status));
        let has_code = CLOCK_CODES.contains(&self.code.as_str());
        self.clock_skew.filter(|skew| is_refused && has_code && skew.abs() > LARGEST_SKEW)
    }

    /// Whether the call was throttled, and therefore not executed.
    pub fn is_throttled(&self) -> bool {
        self.status == Some(429) || self.has_throttling_code()
    }

    /// Whether AWS itself says that the call was throttled. A bare 429 may come from a proxy.
    pub fn is_throttled_by_aws(&self) -> bool {
        let is_refused = self.status.is_some_and(|status| (400..500).contains(&status));
        is_refused && self.has_throttling_code() || self.code == REQUEST_LIMIT_EXCEEDED
    }

    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self.kind {
            CallFailureKind::Timeout | CallFailureKind::Unconnected | CallFailureKind::Connection => true,
            CallFailureKind::Service => self.status.is_some_and(|status| status >= 500) || self.is_throttled(),
            CallFailureKind::NotSent | CallFailureKind::Garbled => false,
        }
    }

    fn has_throttling_code(&self) -> bool {
        // AWS's tools treat the last one in the same way: the previous change is not complete yet.
        let codes = ["Throttl", REQUEST_LIMIT_EXCEEDED, "TooManyRequests", "SlowDown", "PriorRequestNotComplete"];
        codes.iter().any(|part| self.code.contains(part))
    }
}
