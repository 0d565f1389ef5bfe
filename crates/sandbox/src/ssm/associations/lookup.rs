//! Finds the association that a request names.

use super::state::Association;
use crate::ApiError;
use crate::state::Call;

pub(crate) fn unknown() -> ApiError {
    ApiError::new("AssociationDoesNotExist", "The specified association doesn't exist.")
}

pub(crate) fn find<'a>(
    call: &'a Call<'_>,
    id: Option<&str>,
    name: Option<&str>,
    node: Option<&str>,
) -> Result<&'a Association, ApiError> {
    let all = &call.region.ssm.associations;
    match id {
        Some(id) => all.get(id).ok_or_else(unknown),
        None => all
            .values()
            .find(|one| {
                let version = one.current();
                name == Some(version.document.as_str()) && node.is_some() && node == version.instance_id.as_deref()
            })
            .ok_or_else(unknown),
    }
}
