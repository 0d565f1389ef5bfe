//! Copies of objects within S3.

use moonfleet_core::{Map, Value};

use super::buckets::{bucket, own_bucket};
use super::conditions::check_write;
use super::errors::{invalid_argument, no_such_key};
use super::names::check_key;
use super::objects::{HEADERS, check_encryption, encryption, properties, storage_class};
use super::state::Object;
use crate::ApiError;
use crate::model_call::{ModelInput, answer, not_simulated};
use crate::state::Call;

pub(super) fn copy_object(call: &mut Call<'_>, input: &ModelInput) -> Result<Map, ApiError> {
    let now = call.now;
    let (from_bucket, from_key) = source(input.text("copy_source").unwrap_or_default())?;
    let (to_bucket, to_key) = (input.text("bucket").unwrap_or_default(), input.text("key").unwrap_or_default());
    check_key(to_key)?;
    check_encryption("copy_object", input)?;
    let replaces = match input.text("metadata_directive") {
        None | Some("COPY") => false,
        Some("REPLACE") => true,
        Some(_) => return Err(invalid_argument("Unknown metadata directive.")),
    };
    bucket(call, input)?;
    let mut source = own_bucket(call, &from_bucket)?.objects.get(&from_key).ok_or_else(no_such_key)?.clone();
    let changes_class = input.value("storage_class").is_some();
    if !replaces && !changes_class && (from_bucket.as_str(), from_key.as_str()) == (to_bucket, to_key) {
        let message = "This copy request is illegal because it is trying to copy an object to itself without changing \
                       the object's metadata, storage class, website redirect location or encryption attributes.";
        return Err(ApiError::new("InvalidRequest", message));
    }
    if replaces {
        source.properties = properties(input)?;
    } else if let Some(name) = HEADERS.into_iter().chain(["metadata"]).find(|name| input.value(name).is_some()) {
        return Err(not_simulated(&format!("s3.copy_object with {name} and without metadata_directive REPLACE")));
    }
    // A copy does not inherit the class.
    source.properties.storage_class = storage_class(input)?.to_owned();
    let object = Object::new(source.body, source.properties, now);
    let bucket = bucket(call, input)?;
    check_write(bucket.objects.get(to_key), input)?;
    let result = answer([("e_tag", object.etag.clone().into()), ("last_modified", Value::Time(now))]);
    bucket.objects.insert(to_key.to_owned(), object);
    Ok(answer([("copy_object_result", Value::Map(result)), ("server_side_encryption", encryption())]))
}

/// Returns the bucket and the key of a source such as `bucket/a%20key`.
fn source(text: &str) -> Result<(String, String), ApiError> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let path = decoded.strip_prefix('/').unwrap_or(&decoded);
    if path.starts_with("arn:") {
        return Err(not_simulated("s3.copy_object from an access point"));
    }
    if path.contains("?versionId=") {
        return Err(not_simulated("s3.copy_object from a version"));
    }
    match path.split_once('/') {
        Some((bucket, key)) if !bucket.is_empty() && !key.is_empty() => Ok((bucket.to_owned(), key.to_owned())),
        _ => {
            let message = "Invalid copy source object key";
            Err(invalid_argument(message))
        }
    }
}
