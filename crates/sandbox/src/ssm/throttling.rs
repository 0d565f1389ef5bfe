//! Throttling: who asks for lists or sends commands faster than an account may is told to
//! slow down, as Systems Manager tells pollers of a second.

use crate::ApiError;
use crate::state::Call;

/// Refuses a call that comes too fast, before anything of it is done.
pub fn check(call: &mut Call<'_>, operation: &'static str) -> Result<(), ApiError> {
    match call.region.ssm.pace.passes(operation, call.now) {
        true => Ok(()),
        false => Err(ApiError::new("ThrottlingException", "Rate exceeded")),
    }
}
