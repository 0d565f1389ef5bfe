//! The errors of S3 that several operations have (Amazon S3 API Reference, "Error responses").

use crate::ApiError;

pub(super) fn no_such_bucket() -> ApiError {
    ApiError::new("NoSuchBucket", "The specified bucket does not exist").with_status(404)
}

pub(super) fn no_such_key() -> ApiError {
    ApiError::new("NoSuchKey", "The specified key does not exist.").with_status(404)
}

pub(super) fn no_such_upload() -> ApiError {
    let message = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been \
                   aborted or completed.";
    ApiError::new("NoSuchUpload", message).with_status(404)
}

pub(super) fn access_denied() -> ApiError {
    ApiError::new("AccessDenied", "Access Denied").with_status(403)
}

/// The error for a bucket that is in another region than the endpoint.
pub(super) fn other_region() -> ApiError {
    let message = "The bucket you are attempting to access must be addressed using the specified endpoint. Please send \
                   all future requests to this endpoint.";
    ApiError::new("PermanentRedirect", message).with_status(301)
}

pub(super) fn precondition_failed() -> ApiError {
    let message = "At least one of the pre-conditions you specified did not hold";
    ApiError::new("PreconditionFailed", message).with_status(412)
}

pub(super) fn malformed_xml() -> ApiError {
    let message = "The XML you provided was not well-formed or did not validate against our published schema";
    ApiError::new("MalformedXML", message)
}

pub(super) fn invalid_argument(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidArgument", message)
}
