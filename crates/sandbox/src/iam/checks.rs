//! Checks of names, paths and policy documents.

use std::collections::BTreeMap;

use super::errors::exists;
use super::state::Role;
use crate::ApiError;

// IAM's names are unique regardless of case.
pub(super) fn check_new<T>(known: &BTreeMap<String, T>, kind: &str, name: &str) -> Result<(), ApiError> {
    if known.keys().any(|other| other.eq_ignore_ascii_case(name)) {
        return Err(exists(&format!("{kind} with name {name}")));
    }
    Ok(())
}

pub(super) fn check_name(name: &str, member: &str) -> Result<(), ApiError> {
    let legal = |character: char| character.is_ascii_alphanumeric() || "_+=,.@-".contains(character);
    if name.is_empty() || name.len() > 128 || !name.chars().all(legal) {
        let message = format!(
            "The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
        );
        return Err(ApiError::new("ValidationError", message));
    }
    Ok(())
}

pub(super) fn check_path(path: Option<&str>) -> Result<String, ApiError> {
    let path = path.unwrap_or("/");
    if path.starts_with('/') && path.ends_with('/') {
        return Ok(path.to_owned());
    }
    let message = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.";
    Err(ApiError::new("ValidationError", message))
}

pub(super) const SERVICE_LINKED: &str = "/aws-service-role/";

pub(super) fn refuse_services(role: &Role) -> Result<(), ApiError> {
    if role.path.starts_with(SERVICE_LINKED) {
        let message = format!(
            "Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS",
            role.name
        );
        return Err(ApiError::new("UnmodifiableEntity", message));
    }
    Ok(())
}
