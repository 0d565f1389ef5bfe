//! Why our HTTP client gave up a request by itself. The SDK passes it on as the cause of its own error.

use crate::{CallFailure, CallFailureKind};

/// A request that was not sent, or an answer that was not read to its end.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct HttpClientError {
    pub kind: CallFailureKind,
    /// What scripts see as the error's `code`.
    pub code: &'static str,
    pub message: String,
}

impl HttpClientError {
    /// Returns the first one among the causes of an error.
    pub fn find<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Self> {
        std::iter::successors(Some(error), |error| error.source()).find_map(|error| error.downcast_ref())
    }
}

impl From<&HttpClientError> for CallFailure {
    fn from(error: &HttpClientError) -> Self {
        CallFailure { code: error.code.to_owned(), ..CallFailure::new(error.kind, error.message.clone()) }
    }
}
