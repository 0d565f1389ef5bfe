//! Policy documents: validation, and encoding in responses.

use moonfleet_iam_policy::{Malformed, PolicyDocument, Purpose};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::errors::over_quota;
use crate::ApiError;

/// Validates a document as IAM does. White space does not count towards its size.
pub(super) fn check_document(
    text: &str,
    purpose: Purpose,
    quota: &str,
    most: usize,
) -> Result<PolicyDocument, ApiError> {
    let refused = |Malformed(message)| ApiError::new("MalformedPolicyDocument", message);
    // IAM answers with percent-encoded documents, but does not accept them.
    if text.trim_start().starts_with('%') {
        return Err(refused(Malformed("Syntax errors in policy.".to_owned())));
    }
    let document = PolicyDocument::parse(text).map_err(refused)?;
    document.check(purpose).map_err(refused)?;
    if text.chars().filter(|character| !character.is_whitespace()).count() > most {
        return Err(over_quota(quota, most));
    }
    Ok(document)
}

/// Percent-encodes a policy (RFC 3986), as IAM's responses do.
pub(super) fn encoded(document: &str) -> String {
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(document, RESERVED).to_string()
}
