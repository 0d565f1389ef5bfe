//! Objects: storing, reading and deleting them.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use md5::{Digest as _, Md5};
use moonfleet_core::{Map, Value};
use moonfleet_protocols::RunningChecksum;

use super::buckets::bucket;
use super::conditions::{check_read, check_write};
use super::errors::{invalid_argument, malformed_xml, no_such_key};
use super::names::check_key;
use super::range;
use super::state::{Object, Properties};
use crate::ApiError;
use crate::model_call::{ModelInput, answer, not_simulated, text};
use crate::state::Call;

/// The headers that are stored with an object and are the same in its answers.
pub(super) const HEADERS: [&str; 6] = [
    "cache_control",
    "content_disposition",
    "content_encoding",
    "content_language",
    "content_type",
    "website_redirect_location",
];
const DEFAULT_TYPE: &str = "binary/octet-stream";
pub(super) const STANDARD: &str = "STANDARD";
const STORAGE_CLASSES: [&str; 8] = [
    STANDARD,
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "GLACIER_IR",
];
/// Classes from which objects must be restored before they are read.
const ARCHIVES: [&str; 2] = ["GLACIER", "DEEP_ARCHIVE"];
/// The most bytes of all names and values.
const LARGEST_METADATA: usize = 2048;
/// All objects are encrypted with keys of S3, unless a bucket or request says otherwise.
const ENCRYPTION: &str = "AES256";
const MOST_DELETED: usize = 1000;

/// Reads what a request says of a new object.
pub(super) fn properties(input: &ModelInput) -> Result<Properties, ApiError> {
    let mut headers: Map =
        HEADERS.iter().filter_map(|name| Some(((*name).to_owned(), input.text(name)?.into()))).collect();
    if headers.get("content_type").is_none() {
        headers.set("content_type", DEFAULT_TYPE.into());
    }
    Ok(Properties { headers, metadata: metadata(input)?, storage_class: storage_class(input)?.to_owned() })
}

pub(super) fn metadata(input: &ModelInput) -> Result<Map, ApiError> {
    let given = input.map("metadata").cloned().unwrap_or_default();
    let metadata: Map = given.0.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
    let size: usize = metadata.0.iter().map(|(name, value)| name.len() + text(value).map_or(0, str::len)).sum();
    if size > LARGEST_METADATA {
        let message = "Your metadata headers exceed the maximum allowed metadata size";
        return Err(ApiError::new("MetadataTooLarge", message));
    }
    Ok(metadata)
}

pub(super) fn storage_class(input: &ModelInput) -> Result<&str, ApiError> {
    let class = input.text("storage_class").unwrap_or(STANDARD);
    match STORAGE_CLASSES.contains(&class) {
        true => Ok(class),
        false => Err(ApiError::new("InvalidStorageClass", "The storage class you specified is not valid")),
    }
}

/// Refuses encryption with other keys than those of S3.
pub(super) fn check_encryption(operation: &str, input: &ModelInput) -> Result<(), ApiError> {
    match input.text("server_side_encryption") {
        None | Some(ENCRYPTION) => Ok(()),
        Some(other) => Err(not_simulated(&format!("s3.{operation} with server_side_encryption {other}"))),
    }
}

/// Returns the name of the encryption that each object has.
pub(super) fn encryption() -> Value {
    ENCRYPTION.into()
}

/// Returns the bytes of a request, whose digest and length must be those in its parameters.
pub(super) fn body(input: &ModelInput) -> Result<Bytes, ApiError> {
    let body = input.bytes("body");
    if let Some(digest) = input.text("content_md5") {
        match BASE64_STANDARD.decode(digest) {
            Ok(digest) if digest.len() != 16 => return Err(invalid_digest()),
            Err(_) => return Err(invalid_digest()),
            Ok(digest) if digest != Md5::digest(&body)[..] => {
                let message = "The Content-MD5 you specified did not match what we received.";
                return Err(ApiError::new("BadDigest", message));
            }
            Ok(_) => {}
        }
    }
    check_algorithm(input)?;
    if input.text("checksum_crc32").is_some_and(|given| given != crc32(&body)) {
        let message = "The CRC32 you specified did not match the calculated checksum.";
        return Err(ApiError::new("BadDigest", message));
    }
    match input.integer("content_length") {
        Some(length) if i64::try_from(body.len()) != Ok(length) => {
            let message = "You did not provide the number of bytes specified by the Content-Length HTTP header";
            Err(ApiError::new("IncompleteBody", message))
        }
        _ => Ok(body),
    }
}

/// Returns the CRC32 in base64, as headers have it.
pub(super) fn crc32(bytes: &[u8]) -> String {
    let mut sum = RunningChecksum::new("CRC32").expect("a known algorithm");
    sum.update(bytes);
    sum.in_base64()
}

/// Refuses checksums that the sandbox does not compute.
pub(super) fn check_algorithm(input: &ModelInput) -> Result<(), ApiError> {
    match input.text("checksum_algorithm") {
        None | Some("CRC32") => Ok(()),
        Some(other) => Err(not_simulated(&format!("s3 with checksum_algorithm {other}"))),
    }
}

fn invalid_digest() -> ApiError {
    ApiError::new("InvalidDigest", "The Content-MD5 you specified was invalid.")
}

pub(super) fn put_object(call: &mut Call<'_>, input: &ModelInput) -> Result<Map, ApiError> {
    let now = call.now;
    let bucket = bucket(call, input)?;
    let key = input.text("key").unwrap_or_default();
    check_key(key)?;
    check_encryption("put_object", input)?;
    check_write(bucket.objects.get(key), input)?;
    let object = Object::new(body(input)?, properties(input)?, now);
    let etag = object.etag.clone();
    bucket.objects.insert(key.to_owned(), object);
    Ok(answer([("e_tag", etag.into()), ("server_side_encryption", encryption())]))
}

pub(super) fn get_object(call: &mut Call<'_>, input: &ModelInput) -> Result<Map, ApiError> {
    let object = readable(call, input)?;
    if ARCHIVES.contains(&object.properties.storage_class.as_str()) {
        let message = "The operation is not valid for the object's storage class";
        return Err(ApiError::new("InvalidObjectState", message).with_status(403));
    }
    let range = asked_range(object, input)?;
    let body = range.map_or_else(|| object.body.clone(), |range| object.body.slice(range));
    let mut answer = described(object, input)?;
    answer.set("body", Value::Bytes(body.to_vec()));
    Ok(answer)
}

pub(super) fn head_object(call: &mut Call<'_>, input: &ModelInput) -> Result<Map, ApiError> {
    let object = readable(call, input)?;
    described(object, input)
}

/// Returns the object of a read whose conditions hold.
fn readable<'c>(call: &'c mut Call<'_>, input: &ModelInput) -> Result<&'c Object, ApiError> {
    let key = input.text("key").unwrap_or_default();
    let object = bucket(call, input)?.objects.get(key).ok_or_else(no_such_key)?;
    check_read(object, input)?;
    Ok(object)
}

fn asked_range(object: &Object, input: &ModelInput) -> Result<Option<std::ops::Range<usize>>, ApiError> {
    input.text("range").map_or(Ok(None), |header| range::parse(header, object.body.len()))
}

/// Returns what the answers of both reads say of an object.
fn described(object: &Object, input: &ModelInput) -> Result<Map, ApiError> {
    let Properties { headers, metadata, storage_class } = &object.properties;
    let range = asked_range(object, input)?;
    let content_range =
        range.as_ref().map(|range| format!("bytes {}-{}/{}", range.start, range.end - 1, object.body.len()));
    let length = range.map_or(object.body.len(), |range| range.len());
    let mut described = headers.clone();
    for name in HEADERS {
        if let Some(other) = input.text(&format!("response_{name}")) {
            described.set(name, other.into());
        }
    }
    described.0.extend(
        answer([
            ("accept_ranges", "bytes".into()),
            ("last_modified", Value::Time(object.modified)),
            ("content_length", Value::Integer(length as i64)),
            ("content_range", crate::model_call::optional(content_range)),
            ("e_tag", object.etag.clone().into()),
            ("metadata", Value::Map(metadata.clone())),
            ("server_side_encryption", encryption()),
            // The header is absent for the standard class.
            ("storage_class", if storage_class == STANDARD { Value::Nil } else { storage_class.clone().into() }),
        ])
        .0,
    );
    Ok(described)
}

/// Deleting an object that does not exist succeeds.
pub(super) fn delete_object(call: &mut Call<'_>, input: &ModelInput) -> Result<Map, ApiError> {
    let bucket = bucket(call, input)?;
    let key = input.text("key").unwrap_or_default();
    check_write_of_deleted(bucket.objects.get(key), input)?;
    bucket.objects.remove(key);
    Ok(Map::default())
}

fn check_write_of_deleted(current: Option<&Object>, input: &ModelInput) -> Result<(), ApiError> {
    if current.is_none() && input.text("if_match").is_some() {
        return Err(no_such_key());
    }
    check_write(current, input)
}

pub(super) fn delete_objects(call: &mut Call<'_>, input: &ModelInput) -> Result<Map, ApiError> {
    let bucket = bucket(call, input)?;
    let delete = input.map("delete").ok_or_else(malformed_xml)?;
    let Some(Value::List(objects)) = delete.get("objects") else { return Err(malformed_xml()) };
    if !(1..=MOST_DELETED).contains(&objects.len()) {
        return Err(malformed_xml());
    }
    let is_quiet = delete.get("quiet") == Some(&Value::Bool(true));
    let mut deleted = Vec::new();
    for object in objects {
        let Value::Map(object) = object else { return Err(malformed_xml()) };
        if let Some((name, _)) = object.0.iter().find(|(name, value)| name != "key" && !value.is_nil()) {
            return Err(not_simulated(&format!("s3.delete_objects with delete.objects.{name}")));
        }
        let key = object.get("key").and_then(text).ok_or_else(|| invalid_argument("the key is missing"))?;
        bucket.objects.remove(key);
        deleted.push(Value::Map(answer([("key", key.into())])));
    }
    let deleted = if is_quiet { Value::Nil } else { Value::List(deleted) };
    Ok(answer([("deleted", deleted)]))
}
