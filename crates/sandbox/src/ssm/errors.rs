//! Errors that several operations of SSM return.

use crate::ApiError;

/// The error for a member that violates a constraint of the model.
pub(super) fn invalid(value: impl std::fmt::Display, member: &str, constraint: &str) -> ApiError {
    let message = format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
    );
    ApiError::new("ValidationException", message)
}

pub(super) fn at_least(value: impl std::fmt::Display, member: &str, measure: &str, limit: i32) -> ApiError {
    let constraint = format!("Member must have {measure} greater than or equal to {limit}");
    invalid(value, member, &constraint)
}

pub(super) fn at_most(value: impl std::fmt::Display, member: &str, measure: &str, limit: i32) -> ApiError {
    let constraint = format!("Member must have {measure} less than or equal to {limit}");
    invalid(value, member, &constraint)
}
