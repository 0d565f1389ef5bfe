//! The error that most refusals of Resource Groups are.

use crate::ApiError;

pub fn bad_request(message: impl Into<String>) -> ApiError {
    ApiError::new("BadRequestException", message)
}
