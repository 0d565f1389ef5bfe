//! The state of S3: buckets with their objects and the uploads in parts.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use moonfleet_core::Map;

#[derive(Default)]
pub(crate) struct S3State {
    /// The buckets of all accounts and regions by name.
    pub buckets: BTreeMap<String, Bucket>,
    /// The outputs of commands that were stored or lost, as command and instance.
    pub stored_outputs: BTreeSet<(String, String)>,
}

pub(crate) struct Bucket {
    pub account: String,
    pub region: String,
    pub created: Timestamp,
    /// By key. S3 lists keys in the order of their bytes too.
    pub objects: BTreeMap<String, Object>,
    /// By upload id.
    pub uploads: BTreeMap<String, Upload>,
}

#[derive(Clone)]
pub(crate) struct Object {
    pub body: Bytes,
    /// With its quotes.
    pub etag: String,
    pub modified: Timestamp,
    pub properties: Properties,
}

/// What a caller says of an object.
#[derive(Clone)]
pub(crate) struct Properties {
    /// The headers of its answers, by their parameters.
    pub headers: Map,
    pub metadata: Map,
    pub storage_class: String,
}

/// An upload in parts that has not been completed.
pub(crate) struct Upload {
    pub key: String,
    pub begun: Timestamp,
    pub properties: Properties,
    pub parts: BTreeMap<i64, Part>,
}

pub(crate) struct Part {
    pub body: Bytes,
    pub etag: String,
    pub modified: Timestamp,
}

impl Bucket {
    pub(crate) fn new(account: &str, region: &str, created: Timestamp) -> Self {
        let (objects, uploads) = Default::default();
        Bucket { account: account.to_owned(), region: region.to_owned(), created, objects, uploads }
    }
}

impl Object {
    pub(crate) fn new(body: Bytes, properties: Properties, modified: Timestamp) -> Self {
        Object { etag: etag(&body), body, modified, properties }
    }
}

impl Part {
    pub(crate) fn new(body: Bytes, modified: Timestamp) -> Self {
        Part { etag: etag(&body), body, modified }
    }
}

/// Returns the entity tag of bytes that were stored at once: their MD5 in quotes.
fn etag(body: &[u8]) -> String {
    format!("\"{}\"", hex(&Md5::digest(body)))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
