//! Lists of objects, with prefixes, delimiters and pages (Amazon S3 User Guide, "Organizing objects using prefixes").

use moonfleet_core::{Map, Value};

use super::buckets::{bucket, owner};
use super::errors::invalid_argument;
use super::state::{Bucket, Object};
use crate::ApiError;
use crate::model_call::{ModelInput, answer, optional};
use crate::state::Call;

/// The most entries of a page. A larger request gets as many.
const LARGEST_PAGE: i64 = 1000;

/// What a list of keys is asked for.
struct Query<'a> {
    prefix: &'a str,
    delimiter: Option<&'a str>,
    /// The key or the common prefix after which the page begins.
    after: Option<&'a str>,
    size: usize,
}

/// One entry of a list: an object, or all keys up to a delimiter.
enum Entry<'a> {
    Object(&'a str, &'a Object),
    Prefix(String),
}

impl Entry<'_> {
    fn name(&self) -> &str {
        match self {
            Entry::Object(key, _) => key,
            Entry::Prefix(prefix) => prefix,
        }
    }
}

struct Listed<'a> {
    entries: Vec<Entry<'a>>,
    is_truncated: bool,
}

impl Query<'_> {
    fn run<'b>(&self, bucket: &'b Bucket) -> Listed<'b> {
        let mut listed = Listed { entries: Vec::new(), is_truncated: false };
        // A page of no entries is the whole answer.
        if self.size == 0 {
            return listed;
        }
        for (key, object) in bucket.objects.range(self.prefix.to_owned()..) {
            let Some(rest) = key.strip_prefix(self.prefix) else { break };
            let common = self.delimiter.and_then(|delimiter| {
                let end = rest.find(delimiter)? + delimiter.len();
                Some(format!("{}{}", self.prefix, &rest[..end]))
            });
            let entry = common.map_or_else(|| Entry::Object(key, object), Entry::Prefix);
            // After a common prefix, the keys below it are part of an earlier page.
            let is_before = self.after.is_some_and(|after| key.as_str() <= after || entry.name() == after);
            let is_repeated = listed.entries.last().is_some_and(|last| last.name() == entry.name());
            if is_before || is_repeated {
                continue;
            }
            if listed.entries.len() == self.size {
                listed.is_truncated = true;
                break;
            }
            listed.entries.push(entry);
        }
        listed
    }
}

impl Listed<'_> {
    /// Returns the key or common prefix after which the next page begins.
    fn next(&self) -> Option<&str> {
        self.entries.last().filter(|_| self.is_truncated).map(Entry::name)
    }

    /// Returns the objects, or nothing if there are none: their elements have no parent.
    fn contents(&self, owner: Option<&Value>) -> Value {
        let objects = self.entries.iter().filter_map(|entry| match entry {
            Entry::Object(key, object) => Some((key, object)),
            Entry::Prefix(_) => None,
        });
        let item = |(key, object): (&&str, &&Object)| {
            Value::Map(answer([
                ("key", (**key).into()),
                ("last_modified", Value::Time(object.modified)),
                ("e_tag", object.etag.clone().into()),
                ("size", Value::Integer(object.body.len() as i64)),
                ("storage_class", object.properties.storage_class.clone().into()),
                ("owner", owner.cloned().unwrap_or_default()),
            ]))
        };
        list(objects.map(item).collect())
    }

    fn common_prefixes(&self) -> Value {
        let prefixes = self.entries.iter().filter_map(|entry| match entry {
            Entry::Prefix(prefix) => Some(Value::Map(answer([("prefix", prefix.clone().into())]))),
            Entry::Object(..) => None,
        });
        list(prefixes.collect())
    }
}

fn list(items: Vec<Value>) -> Value {
    if items.is_empty() { Value::Nil } else { Value::List(items) }
}

fn page_size(input: &ModelInput) -> Result<i64, ApiError> {
    match input.integer("max_keys") {
        Some(..0) => Err(invalid_argument("Argument maxKeys must be an integer between 0 and 2147483647")),
        size => Ok(size.unwrap_or(LARGEST_PAGE).min(LARGEST_PAGE)),
    }
}

pub(super) fn list_objects_v2(call: &mut Call<'_>, input: &ModelInput) -> Result<Map, ApiError> {
    let owner = owner(call.account_id);
    let bucket = bucket(call, input)?;
    let (prefix, start, token) = (input.text("prefix"), input.text("start_after"), input.text("continuation_token"));
    let size = page_size(input)?;
    let after = token.map(last_of).transpose()?;
    // The token counts, not the start.
    let after = after.as_deref().or(start);
    let delimiter = input.text("delimiter").filter(|delimiter| !delimiter.is_empty());
    let query = Query { prefix: prefix.unwrap_or_default(), delimiter, after, size: size as usize };
    let listed = query.run(bucket);
    Ok(answer([
        ("name", optional(input.text("bucket"))),
        ("prefix", prefix.unwrap_or_default().into()),
        ("delimiter", optional(delimiter)),
        ("max_keys", Value::Integer(size)),
        ("key_count", Value::Integer(listed.entries.len() as i64)),
        ("is_truncated", Value::Bool(listed.is_truncated)),
        ("contents", listed.contents(input.is_true("fetch_owner").then_some(&owner))),
        ("common_prefixes", listed.common_prefixes()),
        ("start_after", optional(start)),
        ("continuation_token", optional(token)),
        ("next_continuation_token", optional(listed.next().map(token_after))),
    ]))
}

pub(super) fn list_objects(call: &mut Call<'_>, input: &ModelInput) -> Result<Map, ApiError> {
    let owner = owner(call.account_id);
    let bucket = bucket(call, input)?;
    let (prefix, marker) = (input.text("prefix"), input.text("marker"));
    let size = page_size(input)?;
    let delimiter = input.text("delimiter").filter(|delimiter| !delimiter.is_empty());
    let query = Query { prefix: prefix.unwrap_or_default(), delimiter, after: marker, size: size as usize };
    let listed = query.run(bucket);
    Ok(answer([
        ("name", optional(input.text("bucket"))),
        ("prefix", prefix.unwrap_or_default().into()),
        ("marker", marker.unwrap_or_default().into()),
        ("delimiter", optional(delimiter)),
        ("max_keys", Value::Integer(size)),
        ("is_truncated", Value::Bool(listed.is_truncated)),
        ("contents", listed.contents(Some(&owner))),
        ("common_prefixes", listed.common_prefixes()),
        // Without a delimiter, the last key is the next marker.
        ("next_marker", optional(listed.next().filter(|_| delimiter.is_some()))),
    ]))
}

const TOKEN: &str = "1-";

fn token_after(last: &str) -> String {
    format!("{TOKEN}{}", super::state::hex(last.as_bytes()))
}

/// Returns the entry after which a token continues.
fn last_of(token: &str) -> Result<String, ApiError> {
    let wrong = || invalid_argument("The continuation token provided is incorrect");
    let digits =
        token.strip_prefix(TOKEN).filter(|digits| digits.len() % 2 == 0 && digits.is_ascii()).ok_or_else(wrong)?;
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
    let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(wrong)
}
