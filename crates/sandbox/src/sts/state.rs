//! Role sessions, as the sandbox keeps them.

use jiff::Timestamp;

use crate::ApiError;

/// Credentials that were handed out for a role.
#[derive(Clone)]
pub struct RoleSession {
    pub account: String,
    pub arn: String,
    /// The ARN of the role itself.
    pub role: String,
    /// `AROA…:session-name`.
    pub user_id: String,
    pub expires: Timestamp,
}

impl RoleSession {
    pub fn valid(&self, now: Timestamp) -> Result<&RoleSession, ApiError> {
        if now < self.expires {
            return Ok(self);
        }
        let message = "The security token included in the request is expired";
        Err(ApiError::new("ExpiredToken", message).with_status(403))
    }
}
