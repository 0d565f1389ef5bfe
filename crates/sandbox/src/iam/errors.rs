//! Errors that several operations of IAM return.

use moonfleet_core::error::NOT_SIMULATED;

use crate::ApiError;

pub(super) fn invalid(value: impl std::fmt::Display, member: &str, constraint: &str) -> ApiError {
    let message = format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
    );
    ApiError::new("ValidationError", message)
}

pub(super) fn missing(kind: &str, name: &str) -> ApiError {
    no_such(format!("The {kind} with name {name} cannot be found."))
}

pub(super) fn no_such(message: impl Into<String>) -> ApiError {
    ApiError::new("NoSuchEntity", message).with_status(404)
}

pub(super) fn conflict(message: impl Into<String>) -> ApiError {
    ApiError::new("DeleteConflict", message).with_status(409)
}

pub(super) fn over_quota(quota: &str, most: usize) -> ApiError {
    ApiError::new("LimitExceeded", format!("Cannot exceed quota for {quota}: {most}")).with_status(409)
}

/// The error for a parameter that would change the answer and is not simulated.
pub(super) fn not_simulated(parameter: &str) -> ApiError {
    ApiError::new("NotImplemented", format!("{} the parameter {parameter}", NOT_SIMULATED)).with_status(501)
}

pub(super) fn exists(resource: &str) -> ApiError {
    ApiError::new("EntityAlreadyExists", format!("{resource} already exists.")).with_status(409)
}
