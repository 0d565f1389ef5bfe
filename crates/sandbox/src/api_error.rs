//! The error of a handler, with AWS's code and message.

use aws_smithy_types::error::{ErrorMetadata, operation::BuildError};

/// A service error. The caller receives it as the operation's own error type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    pub code: String,
    pub message: String,
    pub status: u16,
}

impl ApiError {
    /// Returns a client error with the HTTP status 400.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> ApiError {
        ApiError { code: code.into(), message: message.into(), status: 400 }
    }

    pub fn with_status(self, status: u16) -> ApiError {
        ApiError { status, ..self }
    }

    pub(super) fn metadata(&self, request_id: &str) -> ErrorMetadata {
        ErrorMetadata::builder()
            .code(&self.code)
            .message(&self.message)
            // The key under which the SDK's `RequestId` trait looks.
            .custom("aws_request_id", request_id)
            .build()
    }
}

/// An output without a required field is a bug of the sandbox, so it becomes an internal failure.
impl From<BuildError> for ApiError {
    fn from(error: BuildError) -> ApiError {
        ApiError::new("InternalFailure", error.to_string()).with_status(500)
    }
}
