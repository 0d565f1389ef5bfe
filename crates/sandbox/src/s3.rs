//! S3, as far as Systems Manager puts outputs there.

use aws_sdk_s3::operation::get_object::{GetObjectInput, GetObjectOutput};
use aws_sdk_s3::primitives::ByteStream;

use super::{ApiError, ssm};
use crate::interceptor::{Registry, simulate};
use crate::state::Call;

pub fn register(registry: &mut Registry) {
    simulate!(registry, "s3", aws_sdk_s3, {
        get_object => get_object,
    });
}

fn get_object(call: &mut Call<'_>, input: &GetObjectInput) -> Result<GetObjectOutput, ApiError> {
    let (bucket, key) = (input.bucket().unwrap_or_default(), input.key().unwrap_or_default());
    let Some(text) = ssm::kept_output(call, bucket, key) else {
        return Err(ApiError::new("NoSuchKey", "The specified key does not exist.").with_status(404));
    };
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    Ok(GetObjectOutput::builder().content_length(length).body(ByteStream::from(text.into_bytes())).build())
}
