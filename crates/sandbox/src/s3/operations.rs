//! The operations of S3 that are simulated, with the parameters that they read.

use super::buckets::{create_bucket, delete_bucket, get_bucket_location, head_bucket, list_buckets};
use super::copy::copy_object;
use super::listing::{list_objects, list_objects_v2};
use super::multipart::{
    abort_multipart_upload, complete_multipart_upload, create_multipart_upload, list_multipart_uploads, list_parts,
    upload_part,
};
use super::objects::{delete_object, delete_objects, get_object, head_object, put_object};
use crate::model_call::ModelHandler;
use crate::registry::Registry;

/// A table of handlers: the operation and its parameters, of which `bucket` and `expected_bucket_owner` are those of
/// each.
macro_rules! handlers {
    ($($operation:ident($($parameter:ident),*),)*) => {
        &[$(ModelHandler {
            operation: stringify!($operation),
            parameters: &["bucket", "expected_bucket_owner", $(stringify!($parameter)),*],
            run: $operation,
        },)*]
    };
}

pub(super) const HANDLERS: &[ModelHandler] = handlers! {
    abort_multipart_upload(key, upload_id),
    complete_multipart_upload(key, upload_id, multipart_upload, if_match, if_none_match),
    copy_object(
        key, copy_source, metadata_directive, metadata, storage_class, server_side_encryption, cache_control,
        content_disposition, content_encoding, content_language, content_type, website_redirect_location, if_match,
        if_none_match
    ),
    create_bucket(create_bucket_configuration),
    create_multipart_upload(
        key, checksum_algorithm, metadata, storage_class, server_side_encryption, cache_control, content_disposition, content_encoding,
        content_language, content_type, website_redirect_location
    ),
    delete_bucket(),
    delete_object(key, if_match),
    delete_objects(delete),
    get_bucket_location(),
    get_object(
        key, range, if_match, if_none_match, if_modified_since, if_unmodified_since, response_cache_control,
        response_content_disposition, response_content_encoding, response_content_language, response_content_type,
        checksum_mode
    ),
    head_bucket(),
    head_object(
        key, range, if_match, if_none_match, if_modified_since, if_unmodified_since, response_cache_control,
        response_content_disposition, response_content_encoding, response_content_language, response_content_type
    ),
    list_buckets(prefix, bucket_region, max_buckets, continuation_token),
    list_multipart_uploads(prefix, max_uploads, key_marker, upload_id_marker),
    list_objects(prefix, delimiter, marker, max_keys),
    list_objects_v2(prefix, delimiter, start_after, max_keys, continuation_token, fetch_owner),
    list_parts(key, upload_id, max_parts, part_number_marker),
    put_object(
        key, body, content_length, content_md5, checksum_algorithm, checksum_crc32, metadata, storage_class,
        server_side_encryption, cache_control, content_disposition, content_encoding, content_language, content_type,
        website_redirect_location, if_match, if_none_match
    ),
    upload_part(
        key, upload_id, part_number, body, content_length, content_md5, checksum_algorithm, checksum_crc32
    ),
};

pub(crate) fn register(registry: &mut Registry) {
    registry.add_model("s3", HANDLERS);
}
