//! Sessions of assumed roles.

use jiff::Timestamp;

use crate::ApiError;

/// The session of an assumed role, by its access key.
#[derive(Clone)]
pub(crate) struct RoleSession {
    pub account: String,
    pub arn: String,
    /// The ARN of the role itself.
    pub role: String,
    /// `AROA…:session-name`.
    pub user_id: String,
    pub expires: Timestamp,
}

impl RoleSession {
    pub(crate) fn valid(&self, now: Timestamp) -> Result<&RoleSession, ApiError> {
        if now < self.expires {
            return Ok(self);
        }
        let message = "The security token included in the request is expired";
        Err(ApiError::new("ExpiredToken", message).with_status(403))
    }
}
