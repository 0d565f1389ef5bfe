//! Uploads in parts (Amazon S3 User Guide, "Uploading and copying objects using multipart upload").

use bytes::Bytes;
use md5::{Digest as _, Md5};
use moonfleet_core::{Map, Value};

use super::buckets::{bucket, owner};
use super::conditions::check_write;
use super::errors::{invalid_argument, malformed_xml, no_such_upload};
use super::names::check_key;
use super::objects::{body, check_algorithm, check_encryption, crc32, encryption, properties};
use super::state::{Bucket, Object, Part, Upload, hex};
use crate::ApiError;
use crate::model_call::{ModelInput, answer, not_simulated, optional, text};
use crate::state::Call;

const LAST_PART: i64 = 10_000;
/// All parts but the last one are at least as large.
const SMALLEST_PART: usize = 5 * 1024 * 1024;
const LARGEST_PAGE: i64 = 1000;

pub(super) fn create_multipart_upload(call: &mut Call<'_>, input: &ModelInput) -> Result<Map, ApiError> {
    let now = call.now;
    let id = format!("{}{}", call.ids.uuid(), call.ids.uuid()).replace('-', "");
    let key = input.text("key").unwrap_or_default();
    let bucket = bucket(call, input)?;
    check_key(key)?;
    check_encryption("create_multipart_upload", input)?;
    check_algorithm(input)?;
    let upload = Upload { key: key.to_owned(), begun: now, properties: properties(input)?, parts: Default::default() };
    bucket.uploads.insert(id.clone(), upload);
    Ok(answer([
        ("bucket", optional(input.text("bucket"))),
        ("key", key.into()),
        ("upload_id", id.into()),
        ("server_side_encryption", encryption()),
    ]))
}

pub(super) fn upload_part(call: &mut Call<'_>, input: &ModelInput) -> Result<Map, ApiError> {
    let now = call.now;
    let number = input.integer("part_number").unwrap_or_default();
    if !(1..=LAST_PART).contains(&number) {
        return Err(invalid_argument("Part number must be an integer between 1 and 10000, inclusive"));
    }
    let upload = upload(bucket(call, input)?, input)?;
    let part = Part::new(body(input)?, now);
    let etag = part.etag.clone();
    upload.parts.insert(number, part);
    Ok(answer([
        ("e_tag", etag.into()),
        ("checksum_crc32", optional(input.text("checksum_crc32"))),
        ("server_side_encryption", encryption()),
    ]))
}

pub(super) fn complete_multipart_upload(call: &mut Call<'_>, input: &ModelInput) -> Result<Map, ApiError> {
    let now = call.now;
    let bucket = bucket(call, input)?;
    let key = input.text("key").unwrap_or_default();
    let upload = upload(bucket, input)?;
    let (body, etag) = joined(upload, input)?;
    let object = Object { body, etag: etag.clone(), modified: now, properties: upload.properties.clone() };
    check_write(bucket.objects.get(key), input)?;
    bucket.objects.insert(key.to_owned(), object);
    bucket.uploads.remove(input.text("upload_id").unwrap_or_default());
    let name = input.text("bucket").unwrap_or_default();
    Ok(answer([
        ("location", format!("https://{name}.s3.{}.amazonaws.com/{key}", bucket.region).into()),
        ("bucket", name.into()),
        ("key", key.into()),
        ("e_tag", etag.into()),
        ("server_side_encryption", encryption()),
    ]))
}

/// Returns the bytes of all parts of a request, and their entity tag.
fn joined(upload: &Upload, input: &ModelInput) -> Result<(Bytes, String), ApiError> {
    let parts = match input.map("multipart_upload").and_then(|upload| upload.get("parts")) {
        Some(Value::List(parts)) if !parts.is_empty() => parts,
        _ => return Err(malformed_xml()),
    };
    let number = |part: &Value| match part {
        Value::Map(part) => part.get("part_number").cloned(),
        _ => None,
    };
    let is_after = |pair: &[Value]| match (number(&pair[0]), number(&pair[1])) {
        (Some(Value::Integer(first)), Some(Value::Integer(second))) => first < second,
        _ => true,
    };
    if !parts.windows(2).all(is_after) {
        let message = "The list of parts was not in ascending order. The parts list must be specified in order by \
                       part number.";
        return Err(ApiError::new("InvalidPartOrder", message));
    }
    let (mut all, mut digests) = (Vec::new(), Vec::new());
    for (at, part) in parts.iter().enumerate() {
        let Value::Map(part) = part else { return Err(malformed_xml()) };
        let Some(Value::Integer(number)) = part.get("part_number") else { return Err(malformed_xml()) };
        let known = ["part_number", "e_tag", "checksum_crc32"];
        if let Some((name, _)) = part.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            return Err(not_simulated(&format!("s3.complete_multipart_upload with parts.{name}")));
        }
        let etag = part.get("e_tag").and_then(text).unwrap_or_default();
        let checksum = part.get("checksum_crc32").and_then(text);
        let is_same = |part: &&Part| {
            part.etag.trim_matches('"') == etag.trim_matches('"') && checksum.is_none_or(|sum| sum == crc32(&part.body))
        };
        let stored = upload.parts.get(number).filter(is_same);
        let Some(stored) = stored else {
            let message = "One or more of the specified parts could not be found. The part might not have been \
                           uploaded, or the specified entity tag might not have matched the part's entity tag.";
            return Err(ApiError::new("InvalidPart", message));
        };
        if stored.body.len() < SMALLEST_PART && at + 1 < parts.len() {
            let message = "Your proposed upload is smaller than the minimum allowed object size.";
            return Err(ApiError::new("EntityTooSmall", message));
        }
        all.extend_from_slice(&stored.body);
        digests.extend_from_slice(&Md5::digest(&stored.body));
    }
    let etag = format!("\"{}-{}\"", hex(&Md5::digest(&digests)), parts.len());
    Ok((all.into(), etag))
}

pub(super) fn abort_multipart_upload(call: &mut Call<'_>, input: &ModelInput) -> Result<Map, ApiError> {
    let bucket = bucket(call, input)?;
    upload(bucket, input)?;
    bucket.uploads.remove(input.text("upload_id").unwrap_or_default());
    Ok(Map::default())
}

pub(super) fn list_parts(call: &mut Call<'_>, input: &ModelInput) -> Result<Map, ApiError> {
    let owner = owner(call.account_id);
    let upload = upload(bucket(call, input)?, input)?;
    let size = page_size(input, "max_parts")?;
    let marker = input.integer("part_number_marker").unwrap_or_default();
    let mut left = upload.parts.iter().filter(|(number, _)| **number > marker);
    let parts: Vec<_> = left.by_ref().take(size as usize).collect();
    let is_truncated = left.next().is_some();
    let item = |(number, part): &(&i64, &Part)| {
        Value::Map(answer([
            ("part_number", Value::Integer(**number)),
            ("last_modified", Value::Time(part.modified)),
            ("e_tag", part.etag.clone().into()),
            ("size", Value::Integer(part.body.len() as i64)),
        ]))
    };
    let last = parts.last().map_or(0, |(number, _)| **number);
    Ok(answer([
        ("bucket", optional(input.text("bucket"))),
        ("key", upload.key.clone().into()),
        ("upload_id", optional(input.text("upload_id"))),
        ("part_number_marker", Value::Integer(marker)),
        ("next_part_number_marker", Value::Integer(last)),
        ("max_parts", Value::Integer(size)),
        ("is_truncated", Value::Bool(is_truncated)),
        ("parts", if parts.is_empty() { Value::Nil } else { Value::List(parts.iter().map(item).collect()) }),
        ("initiator", owner.clone()),
        ("owner", owner),
        ("storage_class", upload.properties.storage_class.clone().into()),
    ]))
}

pub(super) fn list_multipart_uploads(call: &mut Call<'_>, input: &ModelInput) -> Result<Map, ApiError> {
    let owner = owner(call.account_id);
    let bucket = bucket(call, input)?;
    let size = page_size(input, "max_uploads")?;
    let prefix = input.text("prefix").unwrap_or_default();
    let marker = (input.text("key_marker").unwrap_or_default(), input.text("upload_id_marker").unwrap_or_default());
    let mut uploads: Vec<_> = bucket.uploads.iter().filter(|(_, upload)| upload.key.starts_with(prefix)).collect();
    uploads.sort_by_key(|(id, upload)| (&upload.key, *id));
    uploads.retain(|(id, upload)| match marker {
        ("", _) => true,
        (key, "") => upload.key.as_str() > key,
        marker => (upload.key.as_str(), id.as_str()) > marker,
    });
    let is_truncated = uploads.len() > size as usize;
    uploads.truncate(size as usize);
    let item = |(id, upload): &(&String, &Upload)| {
        Value::Map(answer([
            ("upload_id", (*id).clone().into()),
            ("key", upload.key.clone().into()),
            ("initiated", Value::Time(upload.begun)),
            ("storage_class", upload.properties.storage_class.clone().into()),
            ("owner", owner.clone()),
            ("initiator", owner.clone()),
        ]))
    };
    let next = uploads.last().filter(|_| is_truncated);
    Ok(answer([
        ("bucket", optional(input.text("bucket"))),
        ("key_marker", marker.0.into()),
        ("upload_id_marker", marker.1.into()),
        ("prefix", prefix.into()),
        ("max_uploads", Value::Integer(size)),
        ("is_truncated", Value::Bool(is_truncated)),
        ("next_key_marker", optional(next.map(|(_, upload)| upload.key.clone()))),
        ("next_upload_id_marker", optional(next.map(|(id, _)| (*id).clone()))),
        ("uploads", if uploads.is_empty() { Value::Nil } else { Value::List(uploads.iter().map(item).collect()) }),
    ]))
}

/// Returns the upload of a request, which names the same key.
fn upload<'b>(bucket: &'b mut Bucket, input: &ModelInput) -> Result<&'b mut Upload, ApiError> {
    let upload = bucket.uploads.get_mut(input.text("upload_id").unwrap_or_default());
    upload.filter(|upload| Some(upload.key.as_str()) == input.text("key")).ok_or_else(no_such_upload)
}

fn page_size(input: &ModelInput, parameter: &str) -> Result<i64, ApiError> {
    match input.integer(parameter) {
        Some(..0) => {
            let argument = parameter.replace('_', "-");
            Err(invalid_argument(format!("Argument {argument} must be an integer between 0 and 2147483647")))
        }
        size => Ok(size.unwrap_or(LARGEST_PAGE).min(LARGEST_PAGE)),
    }
}
