//! The names of buckets and of objects (Amazon S3 User Guide, "General purpose bucket naming rules" and "Naming Amazon
//! S3 objects").

use crate::ApiError;

const RESERVED_STARTS: [&str; 4] = ["xn--", "sthree-", "amzn-s3-demo-", "aws:"];
const RESERVED_ENDS: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];
/// In bytes of UTF-8.
const LONGEST_KEY: usize = 1024;

pub(super) fn check_bucket(name: &str) -> Result<(), ApiError> {
    let is_outer = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let has_form = (3..=63).contains(&name.len())
        && name.chars().all(|c| is_outer(c) || c == '-' || c == '.')
        && name.starts_with(is_outer)
        && name.ends_with(is_outer)
        && !name.contains("..");
    let is_address = name.parse::<std::net::Ipv4Addr>().is_ok();
    let is_reserved = RESERVED_STARTS.iter().any(|start| name.starts_with(start))
        || RESERVED_ENDS.iter().any(|end| name.ends_with(end));
    match has_form && !is_address && !is_reserved {
        true => Ok(()),
        false => Err(ApiError::new("InvalidBucketName", "The specified bucket is not valid.")),
    }
}

pub(super) fn check_key(key: &str) -> Result<(), ApiError> {
    match key.len() {
        1..=LONGEST_KEY => Ok(()),
        _ => Err(ApiError::new("KeyTooLongError", "Your key is too long")),
    }
}
