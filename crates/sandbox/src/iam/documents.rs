//! Policy documents: their check, and their encoding in answers.

use moonfleet_iam_policy::{Document, Malformed, Purpose};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::errors::over_quota;
use crate::ApiError;

/// A document that IAM would store; blanks do not count towards its size.
pub fn check_document(text: &str, purpose: Purpose, quota: &str, most: usize) -> Result<Document, ApiError> {
    let refused = |Malformed(message)| ApiError::new("MalformedPolicyDocument", message);
    let document = Document::parse(text).map_err(refused)?;
    document.check(purpose).map_err(refused)?;
    if text.chars().filter(|sign| !sign.is_whitespace()).count() > most {
        return Err(over_quota(quota, most));
    }
    Ok(document)
}

/// IAM gives policies out percent-encoded (RFC 3986).
pub fn encoded(document: &str) -> String {
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(document, RESERVED).to_string()
}
