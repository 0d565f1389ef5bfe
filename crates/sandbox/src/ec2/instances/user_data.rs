//! User data, which EC2 takes in Base64 only.

use crate::ApiError;

/// EC2's limit, in bytes before the encoding.
const MOST_BYTES: usize = 16 * 1024;

/// Refuses user data that EC2 refuses.
pub(crate) fn check_user_data(data: Option<&str>) -> Result<(), ApiError> {
    let Some(data) = data else { return Ok(()) };
    let text: String = data.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let Ok(bytes) = aws_smithy_types::base64::decode(text) else {
        return Err(ApiError::new("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data."));
    };
    match bytes.len() > MOST_BYTES {
        true => Err(ApiError::new("InvalidParameterValue", format!("User data is limited to {MOST_BYTES} bytes"))),
        false => Ok(()),
    }
}
