//! GetObject for the command output that Systems Manager stores in S3.

use aws_sdk_s3::{
    operation::get_object::{GetObjectInput, GetObjectOutput},
    primitives::ByteStream,
};

use crate::ApiError;
use crate::ssm::commands::kept_output;
use crate::state::Call;

pub(super) fn get_object(call: &mut Call<'_>, input: &GetObjectInput) -> Result<GetObjectOutput, ApiError> {
    let (bucket, key) = (input.bucket().unwrap_or_default(), input.key().unwrap_or_default());
    let Some(text) = kept_output(call, bucket, key) else {
        return Err(ApiError::new("NoSuchKey", "The specified key does not exist.").with_status(404));
    };
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    Ok(GetObjectOutput::builder().content_length(length).body(ByteStream::from(text.into_bytes())).build())
}
