//! Tags of IAM resources, as maps and as the SDK's lists.

use aws_sdk_iam::types::Tag;

use super::state::Tags;
use crate::ApiError;

pub(super) fn to_map(tags: &[Tag]) -> Tags {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

pub(super) fn to_list(tags: &Tags) -> Result<Vec<Tag>, ApiError> {
    tags.iter().map(|(key, value)| Ok(Tag::builder().key(key).value(value).build()?)).collect()
}

pub(super) fn add_tags(tags: &mut Tags, new: &[Tag]) -> Result<(), ApiError> {
    let mut all = tags.clone();
    all.extend(to_map(new));
    if all.len() > 50 {
        let message = "The number of tags has reached the maximum limit.";
        return Err(ApiError::new("LimitExceeded", message).with_status(409));
    }
    *tags = all;
    Ok(())
}
