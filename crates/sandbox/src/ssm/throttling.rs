//! Throttling of calls that exceed an account's rate, as Systems Manager does to fast polling.

use crate::ApiError;
use crate::state::Call;

/// Refuses a call that exceeds the rate.
pub(super) fn check(call: &mut Call<'_>, operation: &'static str) -> Result<(), ApiError> {
    match call.region.ssm.pace.passes(operation, call.now) {
        true => Ok(()),
        false => Err(ApiError::new("ThrottlingException", "Rate exceeded")),
    }
}
