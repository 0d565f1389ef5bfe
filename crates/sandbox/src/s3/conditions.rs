//! Conditional requests (Amazon S3 User Guide, "How to prevent object overwrites with conditional writes"; RFC 9110,
//! "Conditional Requests").

use super::errors::{no_such_key, precondition_failed};
use super::state::Object;
use crate::ApiError;
use crate::model_call::ModelInput;

/// Checks the conditions of a read.
pub(super) fn check_read(object: &Object, input: &ModelInput) -> Result<(), ApiError> {
    let matches = |name: &str| input.text(name).map(|wanted| is_match(wanted, &object.etag));
    // Times in headers have no fractions.
    let is_newer = |name: &str| input.time(name).map(|time| object.modified.as_second() > time.as_second());
    let fails = match matches("if_match") {
        Some(is_match) => !is_match,
        None => is_newer("if_unmodified_since") == Some(true),
    };
    if fails {
        return Err(precondition_failed());
    }
    let is_unchanged = match matches("if_none_match") {
        Some(is_match) => is_match,
        None => is_newer("if_modified_since") == Some(false),
    };
    // The answer has no body.
    if is_unchanged { Err(ApiError::new("NotModified", "Not Modified").with_status(304)) } else { Ok(()) }
}

/// Checks the conditions of a write over the object that the key has now.
pub(super) fn check_write(current: Option<&Object>, input: &ModelInput) -> Result<(), ApiError> {
    if current.is_some() && input.text("if_none_match") == Some("*") {
        return Err(precondition_failed());
    }
    match (input.text("if_match"), current) {
        (Some(_), None) => Err(no_such_key()),
        (Some(wanted), Some(object)) if !is_match(wanted, &object.etag) => Err(precondition_failed()),
        _ => Ok(()),
    }
}

/// Whether a condition means this entity tag. It may lack the quotes.
fn is_match(wanted: &str, etag: &str) -> bool {
    wanted == "*" || wanted.trim_matches('"') == etag.trim_matches('"')
}
