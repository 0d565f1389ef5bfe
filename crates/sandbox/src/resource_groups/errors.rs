//! The error that most operations of Resource Groups return.

use crate::ApiError;

pub(super) fn bad_request(message: impl Into<String>) -> ApiError {
    ApiError::new("BadRequestException", message)
}
