//! S3 as the clients of models see it. The table has the behaviours that AWS documents, with the page of each.

use moonfleet_core::json::{Json, Parsed};
use moonfleet_core::{Map, Value};
use moonfleet_protocols::{Input, InputStream};
use serde_json::json;

use super::operations::HANDLERS;
use crate::ApiError;
use crate::testing::Account;

type Failure = (u16, String, String);

/// One call in a story: where the behaviour is documented, the region, the operation, its input, and its result: a
/// part of the answer, or `[status, code]` of the error.
type Row = (&'static str, &'static str, &'static str, serde_json::Value, serde_json::Value);

fn fields(input: &serde_json::Value) -> Map {
    match serde_json::from_value::<Parsed>(input.clone()).unwrap().0 {
        Value::Map(fields) => fields,
        other => panic!("{other:?} is no input"),
    }
}

async fn call(account: &Account, operation: &str, input: &serde_json::Value) -> Result<serde_json::Value, Failure> {
    let output = account.call(&format!("s3.{operation}"), fields(input)).await?;
    let mut answer = serde_json::to_value(Json(&Value::Map(output.fields.to_map()))).unwrap();
    if let Some(body) = output.body {
        answer["body"] = String::from_utf8_lossy(body.bytes().unwrap()).into();
    }
    Ok(answer)
}

/// Whether a value has all that is expected. Null means an absent field.
fn has(actual: &serde_json::Value, expected: &serde_json::Value) -> bool {
    match (actual, expected) {
        (serde_json::Value::Object(actual), serde_json::Value::Object(expected)) => {
            expected.iter().all(|(name, value)| has(actual.get(name).unwrap_or(&serde_json::Value::Null), value))
        }
        (serde_json::Value::Array(actual), serde_json::Value::Array(expected)) => {
            actual.len() == expected.len()
                && actual.iter().zip(expected).all(|(actual, expected)| has(actual, expected))
        }
        (actual, expected) => actual == expected,
    }
}

async fn play(account: &Account, rows: &[Row]) {
    let regions = ["eu-central-1", "eu-west-1", "us-east-1"];
    for (source, region, operation, input, expected) in rows {
        let region = regions.into_iter().find(|known| known == region).expect("a region of the table");
        let outcome = call(&account.at(region), operation, input).await;
        let actual = match &outcome {
            Ok(answer) => answer.clone(),
            Err((status, code, _)) => json!([status, code]),
        };
        let message = outcome.err().map(|(.., message)| message);
        assert!(
            has(&actual, expected),
            "{source}: s3.{operation} {input} in {region}\nexpected {expected}\nactual   {actual} {message:?}"
        );
    }
}

const HOME: &str = "eu-central-1";
const CREATE: &str = "API Reference, CreateBucket";
const NAMING: &str = "User Guide, General purpose bucket naming rules";
const LOCATION: &str = "API Reference, GetBucketLocation";
const ERRORS: &str = "API Reference, Error responses";
const PUT: &str = "API Reference, PutObject";
const GET: &str = "API Reference, GetObject";
const HEAD: &str = "API Reference, HeadObject";
const COPY: &str = "API Reference, CopyObject";
const DELETE: &str = "API Reference, DeleteObject and DeleteObjects";
const LIST: &str = "API Reference, ListObjectsV2";
const LIST1: &str = "API Reference, ListObjects";
const PREFIXES: &str = "User Guide, Organizing objects using prefixes";
const PARTS: &str = "User Guide, Uploading and copying objects using multipart upload";
const BUCKETS: &str = "API Reference, ListBuckets";

#[tokio::test]
async fn buckets_are_as_documented() {
    let place = |region: &str| json!({ "location_constraint": region });
    let in_place = |name: &str, region: &str| json!({ "bucket": name, "create_bucket_configuration": place(region) });
    let rows: Vec<Row> = vec![
        (
            CREATE,
            HOME,
            "create_bucket",
            in_place("made-here", HOME),
            json!({"location": "http://made-here.s3.amazonaws.com/"}),
        ),
        (CREATE, HOME, "create_bucket", in_place("made-here", HOME), json!([409, "BucketAlreadyOwnedByYou"])),
        (
            CREATE,
            HOME,
            "create_bucket",
            json!({"bucket": "nowhere"}),
            json!([400, "IllegalLocationConstraintException"]),
        ),
        (
            CREATE,
            HOME,
            "create_bucket",
            in_place("elsewhere", "eu-west-1"),
            json!([400, "IllegalLocationConstraintException"]),
        ),
        (CREATE, "us-east-1", "create_bucket", json!({"bucket": "first-region"}), json!({"location": "/first-region"})),
        (CREATE, "us-east-1", "create_bucket", json!({"bucket": "first-region"}), json!({"location": "/first-region"})),
        (
            CREATE,
            "us-east-1",
            "create_bucket",
            in_place("first-named", "us-east-1"),
            json!([400, "InvalidLocationConstraint"]),
        ),
        (
            CREATE,
            "us-east-1",
            "create_bucket",
            in_place("mars", "mars-north-1"),
            json!([400, "InvalidLocationConstraint"]),
        ),
        (CREATE, "us-east-1", "create_bucket", in_place("over-there", "EU"), json!({"location": "/over-there"})),
        (CREATE, HOME, "create_bucket", in_place("moonfleet-staging-files", HOME), json!([409, "BucketAlreadyExists"])),
        (LOCATION, HOME, "get_bucket_location", json!({"bucket": "made-here"}), json!({"location_constraint": HOME})),
        (
            LOCATION,
            HOME,
            "get_bucket_location",
            json!({"bucket": "first-region"}),
            json!({"location_constraint": null}),
        ),
        (
            LOCATION,
            "us-east-1",
            "get_bucket_location",
            json!({"bucket": "over-there"}),
            json!({"location_constraint": "eu-west-1"}),
        ),
        (
            "API Reference, HeadBucket",
            HOME,
            "head_bucket",
            json!({"bucket": "made-here"}),
            json!({"bucket_region": HOME}),
        ),
        ("API Reference, HeadBucket", HOME, "head_bucket", json!({"bucket": "no-such-one"}), json!([404, "NotFound"])),
        ("API Reference, HeadBucket", HOME, "head_bucket", json!({"bucket": "first-region"}), json!([301, ""])),
        (ERRORS, HOME, "list_objects_v2", json!({"bucket": "first-region"}), json!([301, "PermanentRedirect"])),
        (ERRORS, HOME, "list_objects_v2", json!({"bucket": "no-such-one"}), json!([404, "NoSuchBucket"])),
        (ERRORS, HOME, "list_objects_v2", json!({"bucket": "moonfleet-staging-files"}), json!([403, "AccessDenied"])),
        (
            ERRORS,
            HOME,
            "list_objects_v2",
            json!({"bucket": "made-here", "expected_bucket_owner": "111122223333"}),
            json!([403, "AccessDenied"]),
        ),
        (
            "API Reference, DeleteBucket",
            HOME,
            "delete_bucket",
            json!({"bucket": "moonfleet-demo-app20-files"}),
            json!([409, "BucketNotEmpty"]),
        ),
        ("API Reference, DeleteBucket", HOME, "delete_bucket", json!({"bucket": "made-here"}), json!({})),
        (
            "API Reference, DeleteBucket",
            HOME,
            "delete_bucket",
            json!({"bucket": "made-here"}),
            json!([404, "NoSuchBucket"]),
        ),
        (
            BUCKETS,
            HOME,
            "list_buckets",
            json!({"prefix": "first"}),
            json!({"prefix": "first", "buckets": [{"name": "first-region", "bucket_region": "us-east-1"}]}),
        ),
        (
            BUCKETS,
            HOME,
            "list_buckets",
            json!({"bucket_region": "eu-west-1"}),
            json!({"buckets": [{"name": "over-there"}]}),
        ),
        (BUCKETS, HOME, "list_buckets", json!({"max_buckets": 0}), json!([400, "InvalidArgument"])),
    ];
    let account = Account::new();
    play(&account, &rows).await;
    let all = call(&account, "list_buckets", &json!({})).await.unwrap();
    let names: Vec<_> =
        all["buckets"].as_array().unwrap().iter().map(|bucket| bucket["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["first-region", "logs", "moonfleet-demo-app20-files", "moonfleet-demo-archive", "over-there"]);
    assert!(all["buckets"][0].get("bucket_region").is_none() && all["owner"]["id"].as_str().unwrap().len() == 64);
    let first = call(&account, "list_buckets", &json!({"max_buckets": 3})).await.unwrap();
    let token = &first["continuation_token"];
    let second = call(&account, "list_buckets", &json!({"max_buckets": 3, "continuation_token": token})).await.unwrap();
    assert_eq!((first["buckets"].as_array().unwrap().len(), second["buckets"].as_array().unwrap().len()), (3, 2));
}

#[tokio::test]
async fn names_of_buckets_are_checked() {
    let account = Account::new().at("us-east-1");
    let long = "a".repeat(64);
    for name in [
        "ab",
        &long,
        "Upper",
        "under_score",
        "-start",
        "end-",
        "a..b",
        "192.168.5.4",
        "xn--name",
        "sthree-name",
        "amzn-s3-demo-name",
        "name-s3alias",
        "name--ol-s3",
        "name.mrap",
        "name--x-s3",
        "name--table-s3",
    ] {
        let (status, code, _) = call(&account, "create_bucket", &json!({"bucket": name})).await.unwrap_err();
        // The endpoint rules refuse some names before anything is sent.
        assert!(code == "InvalidBucketName" && status == 400 || code == "NotSent", "{NAMING}: {name}: {status} {code}");
    }
    for name in ["abc", "a.b-c", "1-2", &"a".repeat(63)] {
        let made = call(&account, "create_bucket", &json!({"bucket": name})).await;
        assert!(made.is_ok(), "{NAMING}: {name}: {made:?}");
    }
}

fn at(key: &str) -> serde_json::Value {
    json!({"bucket": "logs", "key": key})
}

fn with(mut input: serde_json::Value, more: serde_json::Value) -> serde_json::Value {
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    input
}

/// The MD5 of `hello`.
const HELLO: &str = "\"5d41402abc4b2a76b9719d911017c592\"";

#[tokio::test]
async fn objects_are_as_documented() {
    let hello = || with(at("hello"), json!({"body": "hello"}));
    let ranged = |range: &str| with(at("hello"), json!({"range": range}));
    let source = |from: &str, to: &str, more: serde_json::Value| with(with(at(to), json!({"copy_source": from})), more);
    let rows: Vec<Row> = vec![
        (PUT, HOME, "put_object", hello(), json!({"e_tag": HELLO, "server_side_encryption": "AES256"})),
        (
            GET,
            HOME,
            "get_object",
            at("hello"),
            json!({
                "body": "hello", "content_length": 5, "content_type": "binary/octet-stream", "e_tag": HELLO,
                "last_modified": "2026-11-23T12:00:00Z", "metadata": {}, "storage_class": null, "accept_ranges": "bytes",
            }),
        ),
        (
            GET,
            HOME,
            "get_object",
            ranged("bytes=1-3"),
            json!({"body": "ell", "content_length": 3, "content_range": "bytes 1-3/5"}),
        ),
        (GET, HOME, "get_object", ranged("bytes=3-"), json!({"body": "lo", "content_range": "bytes 3-4/5"})),
        (GET, HOME, "get_object", ranged("bytes=-2"), json!({"body": "lo"})),
        (GET, HOME, "get_object", ranged("bytes=3-99"), json!({"body": "lo"})),
        (ERRORS, HOME, "get_object", ranged("bytes=5-"), json!([416, "InvalidRange"])),
        ("RFC 9110, Range", HOME, "get_object", ranged("lines=1-2"), json!({"body": "hello", "content_range": null})),
        (
            GET,
            HOME,
            "get_object",
            with(at("hello"), json!({"response_content_type": "text/plain"})),
            json!({"content_type": "text/plain"}),
        ),
        (
            GET,
            HOME,
            "get_object",
            with(at("hello"), json!({"if_match": "\"other\""})),
            json!([412, "PreconditionFailed"]),
        ),
        (GET, HOME, "get_object", with(at("hello"), json!({"if_match": HELLO})), json!({"body": "hello"})),
        (GET, HOME, "get_object", with(at("hello"), json!({"if_none_match": HELLO})), json!([304, ""])),
        (GET, HOME, "get_object", at("nothing"), json!([404, "NoSuchKey"])),
        (HEAD, HOME, "head_object", at("hello"), json!({"content_length": 5, "e_tag": HELLO})),
        (HEAD, HOME, "head_object", at("nothing"), json!([404, "NotFound"])),
        (PUT, HOME, "put_object", with(hello(), json!({"if_none_match": "*"})), json!([412, "PreconditionFailed"])),
        (PUT, HOME, "put_object", with(hello(), json!({"if_match": "other"})), json!([412, "PreconditionFailed"])),
        (PUT, HOME, "put_object", with(at("nothing"), json!({"if_match": "other"})), json!([404, "NoSuchKey"])),
        (
            PUT,
            HOME,
            "put_object",
            with(hello(), json!({"content_md5": "AAAAAAAAAAAAAAAAAAAAAA=="})),
            json!([400, "BadDigest"]),
        ),
        (
            PUT,
            HOME,
            "put_object",
            with(hello(), json!({"content_md5": "XUFAKrxLKna5cZ2REBfFkg=="})),
            json!({"e_tag": HELLO}),
        ),
        (ERRORS, HOME, "put_object", with(hello(), json!({"content_md5": "nonsense"})), json!([400, "InvalidDigest"])),
        (
            ERRORS,
            HOME,
            "put_object",
            with(hello(), json!({"storage_class": "COLD"})),
            json!([400, "InvalidStorageClass"]),
        ),
        (ERRORS, HOME, "put_object", at(&"k".repeat(1025)), json!([400, "KeyTooLongError"])),
        (
            "User Guide, Working with object metadata",
            HOME,
            "put_object",
            with(hello(), json!({"metadata": {"a": "x".repeat(2048)}})),
            json!([400, "MetadataTooLarge"]),
        ),
        (
            PUT,
            HOME,
            "put_object",
            with(
                at("full"),
                json!({
                    "body": "{}", "content_type": "application/json", "cache_control": "no-store", "metadata": {"Owner": "ada"},
                    "storage_class": "STANDARD_IA",
                }),
            ),
            json!({}),
        ),
        (
            HEAD,
            HOME,
            "head_object",
            at("full"),
            json!({
                "content_type": "application/json", "cache_control": "no-store", "metadata": {"owner": "ada"},
                "storage_class": "STANDARD_IA",
            }),
        ),
        (
            "User Guide, Working with archived objects",
            HOME,
            "put_object",
            with(at("cold"), json!({"storage_class": "GLACIER"})),
            json!({}),
        ),
        (
            "User Guide, Working with archived objects",
            HOME,
            "get_object",
            at("cold"),
            json!([403, "InvalidObjectState"]),
        ),
        (
            COPY,
            HOME,
            "copy_object",
            source("/logs/full", "copy of it", json!({})),
            json!({"copy_object_result": {"last_modified": "2026-11-23T12:00:00Z"}}),
        ),
        (
            COPY,
            HOME,
            "head_object",
            at("copy of it"),
            json!({"metadata": {"owner": "ada"}, "content_type": "application/json", "storage_class": null}),
        ),
        (
            COPY,
            HOME,
            "copy_object",
            source("logs/copy%20of%20it", "copy of it", json!({})),
            json!([400, "InvalidRequest"]),
        ),
        (
            COPY,
            HOME,
            "copy_object",
            source(
                "logs/copy%20of%20it",
                "copy of it",
                json!({"metadata_directive": "REPLACE", "metadata": {"a": "b"}}),
            ),
            json!({}),
        ),
        (
            COPY,
            HOME,
            "head_object",
            at("copy of it"),
            json!({"metadata": {"a": "b"}, "content_type": "binary/octet-stream"}),
        ),
        (
            COPY,
            HOME,
            "copy_object",
            source("moonfleet-demo-archive/2025/backup.txt", "from us-east-1", json!({})),
            json!({}),
        ),
        (COPY, HOME, "copy_object", source("logs/nothing", "x", json!({})), json!([404, "NoSuchKey"])),
        (COPY, HOME, "copy_object", source("no-such-one/nothing", "x", json!({})), json!([404, "NoSuchBucket"])),
        (DELETE, HOME, "delete_object", at("nothing"), json!({})),
        (DELETE, HOME, "delete_object", at("cold"), json!({})),
        (DELETE, HOME, "head_object", at("cold"), json!([404, "NotFound"])),
        (
            DELETE,
            HOME,
            "delete_objects",
            json!({"bucket": "logs", "delete": {"objects": [{"key": "full"}, {"key": "nothing"}]}}),
            json!({"deleted": [{"key": "full"}, {"key": "nothing"}], "errors": null}),
        ),
        (
            DELETE,
            HOME,
            "delete_objects",
            json!({"bucket": "logs", "delete": {"objects": [{"key": "from us-east-1"}], "quiet": true}}),
            json!({"deleted": null}),
        ),
        (
            DELETE,
            HOME,
            "delete_objects",
            json!({"bucket": "logs", "delete": {"objects": vec![json!({"key": "a"}); 1001]}}),
            json!([400, "MalformedXML"]),
        ),
    ];
    play(&Account::new(), &rows).await;
}

#[tokio::test]
async fn lists_are_as_documented() {
    let account = Account::new();
    for key in ["a/1", "a/2", "b", "a.txt", "c/d/1", "ä"] {
        call(&account, "put_object", &with(at(key), json!({"body": key}))).await.unwrap();
    }
    let all = |more: serde_json::Value| with(json!({"bucket": "logs"}), more);
    let keys = |keys: &[&str]| keys.iter().map(|key| json!({ "key": key })).collect::<Vec<_>>();
    let prefixes = |keys: &[&str]| keys.iter().map(|key| json!({ "prefix": key })).collect::<Vec<_>>();
    let rows: Vec<Row> = vec![
        (
            LIST,
            HOME,
            "list_objects_v2",
            all(json!({})),
            json!({
                "name": "logs", "prefix": "", "key_count": 6, "max_keys": 1000, "is_truncated": false, "delimiter": null,
                "contents": keys(&["a.txt", "a/1", "a/2", "b", "c/d/1", "ä"]), "common_prefixes": null, "next_continuation_token": null,
            }),
        ),
        (
            PREFIXES,
            HOME,
            "list_objects_v2",
            all(json!({"delimiter": "/"})),
            json!({
                "contents": keys(&["a.txt", "b", "ä"]), "common_prefixes": prefixes(&["a/", "c/"]), "key_count": 5, "delimiter": "/",
            }),
        ),
        (
            PREFIXES,
            HOME,
            "list_objects_v2",
            all(json!({"delimiter": "/", "prefix": "a/"})),
            json!({"contents": keys(&["a/1", "a/2"]), "common_prefixes": null}),
        ),
        (
            PREFIXES,
            HOME,
            "list_objects_v2",
            all(json!({"delimiter": "/", "prefix": "c/"})),
            json!({"contents": null, "common_prefixes": prefixes(&["c/d/"])}),
        ),
        (
            LIST,
            HOME,
            "list_objects_v2",
            all(json!({"start_after": "a/2"})),
            json!({"contents": keys(&["b", "c/d/1", "ä"]), "start_after": "a/2"}),
        ),
        (
            LIST,
            HOME,
            "list_objects_v2",
            all(json!({"start_after": "a/1", "delimiter": "/", "max_keys": 1})),
            json!({"common_prefixes": prefixes(&["a/"])}),
        ),
        (LIST, HOME, "list_objects_v2", all(json!({"prefix": "none"})), json!({"contents": null, "key_count": 0})),
        (LIST, HOME, "list_objects_v2", all(json!({"max_keys": 0})), json!({"contents": null, "is_truncated": false})),
        (LIST, HOME, "list_objects_v2", all(json!({"max_keys": 5000})), json!({"max_keys": 1000})),
        (LIST, HOME, "list_objects_v2", all(json!({"max_keys": -1})), json!([400, "InvalidArgument"])),
        (LIST, HOME, "list_objects_v2", all(json!({"continuation_token": "x"})), json!([400, "InvalidArgument"])),
        (
            LIST1,
            HOME,
            "list_objects",
            all(json!({"max_keys": 2})),
            json!({"contents": keys(&["a.txt", "a/1"]), "is_truncated": true, "next_marker": null, "marker": ""}),
        ),
        (
            LIST1,
            HOME,
            "list_objects",
            all(json!({"max_keys": 2, "delimiter": "/"})),
            json!({"common_prefixes": prefixes(&["a/"]), "next_marker": "a/"}),
        ),
        (
            LIST1,
            HOME,
            "list_objects",
            all(json!({"marker": "a/", "delimiter": "/", "max_keys": 1})),
            json!({"contents": keys(&["b"])}),
        ),
    ];
    play(&account, &rows).await;
    let owned = call(&account, "list_objects_v2", &all(json!({"fetch_owner": true, "max_keys": 1}))).await.unwrap();
    assert_eq!(owned["contents"][0]["owner"]["id"].as_str().map(str::len), Some(64));
    // A common prefix counts as one entry, and no page repeats it.
    let (mut seen, mut token) = (Vec::new(), serde_json::Value::Null);
    loop {
        let mut input = all(json!({"delimiter": "/", "max_keys": 1}));
        if !token.is_null() {
            input["continuation_token"] = token;
        }
        let page = call(&account, "list_objects_v2", &input).await.unwrap();
        let entry = |list: &str, name: &str| page[list][0][name].as_str().map(str::to_owned);
        seen.extend(entry("contents", "key").or_else(|| entry("common_prefixes", "prefix")));
        token = page["next_continuation_token"].clone();
        assert_eq!(page["is_truncated"], !token.is_null());
        if token.is_null() {
            break;
        }
    }
    assert_eq!(seen, ["a.txt", "a/", "b", "c/", "ä"], "{LIST}");
}

#[tokio::test]
async fn uploads_in_parts_are_as_documented() {
    let account = Account::new();
    let begun =
        call(&account, "create_multipart_upload", &with(at("big"), json!({"content_type": "text/plain"}))).await;
    let id = begun.unwrap()["upload_id"].as_str().unwrap().to_owned();
    let of = |more: serde_json::Value| with(with(at("big"), json!({"upload_id": id})), more);
    let mut tags = Vec::new();
    for (number, part) in [(1, "a".repeat(5 * 1024 * 1024)), (2, "b".to_owned()), (3, "c".to_owned())] {
        let part = call(&account, "upload_part", &of(json!({"part_number": number, "body": part}))).await.unwrap();
        tags.push(json!({"part_number": number, "e_tag": part["e_tag"]}));
    }
    let complete = |parts: Vec<&serde_json::Value>| of(json!({"multipart_upload": {"parts": parts}}));
    let rows: Vec<Row> = vec![
        (PARTS, HOME, "head_object", at("big"), json!([404, "NotFound"])),
        (PARTS, HOME, "upload_part", of(json!({"part_number": 0, "body": ""})), json!([400, "InvalidArgument"])),
        (PARTS, HOME, "upload_part", of(json!({"part_number": 10001, "body": ""})), json!([400, "InvalidArgument"])),
        (ERRORS, HOME, "upload_part", of(json!({"part_number": 1, "upload_id": "none"})), json!([404, "NoSuchUpload"])),
        (
            "API Reference, ListParts",
            HOME,
            "list_parts",
            of(json!({"max_parts": 2})),
            json!({"is_truncated": true, "next_part_number_marker": 2, "parts": [{"part_number": 1, "size": 5_242_880}, {"part_number": 2, "size": 1}]}),
        ),
        (
            "API Reference, ListParts",
            HOME,
            "list_parts",
            of(json!({"part_number_marker": 2})),
            json!({"is_truncated": false, "parts": [{"part_number": 3}]}),
        ),
        (
            "API Reference, ListMultipartUploads",
            HOME,
            "list_multipart_uploads",
            json!({"bucket": "logs"}),
            json!({"uploads": [{"key": "big", "upload_id": id}]}),
        ),
        (ERRORS, HOME, "complete_multipart_upload", complete(vec![]), json!([400, "MalformedXML"])),
        (
            ERRORS,
            HOME,
            "complete_multipart_upload",
            complete(vec![&tags[1], &tags[0]]),
            json!([400, "InvalidPartOrder"]),
        ),
        (
            ERRORS,
            HOME,
            "complete_multipart_upload",
            complete(vec![&json!({"part_number": 1, "e_tag": "other"})]),
            json!([400, "InvalidPart"]),
        ),
        (
            ERRORS,
            HOME,
            "complete_multipart_upload",
            complete(vec![&tags[0], &tags[1], &tags[2]]),
            json!([400, "EntityTooSmall"]),
        ),
        (
            PARTS,
            HOME,
            "complete_multipart_upload",
            complete(vec![&tags[0], &tags[2]]),
            json!({"bucket": "logs", "key": "big"}),
        ),
        (PARTS, HOME, "head_object", at("big"), json!({"content_length": 5_242_881, "content_type": "text/plain"})),
        (PARTS, HOME, "get_object", with(at("big"), json!({"range": "bytes=-2"})), json!({"body": "ac"})),
        (ERRORS, HOME, "list_parts", of(json!({})), json!([404, "NoSuchUpload"])),
    ];
    play(&account, &rows).await;
    let whole = call(&account, "head_object", &at("big")).await.unwrap();
    assert!(whole["e_tag"].as_str().unwrap().ends_with("-2\""), "{PARTS}: the tag counts the parts: {whole}");
    let begun = call(&account, "create_multipart_upload", &at("left")).await.unwrap();
    let left = with(at("left"), json!({"upload_id": begun["upload_id"]}));
    call(&account, "abort_multipart_upload", &left).await.unwrap();
    assert_eq!(call(&account, "abort_multipart_upload", &left).await.unwrap_err().1, "NoSuchUpload");
}

#[tokio::test]
async fn a_stream_beside_the_fields_is_the_body() {
    let account = Account::new();
    let body = aws_smithy_types::body::SdkBody::from("hello");
    let input = Input::with_stream(fields(&at("streamed")), InputStream { body, sha256: None });
    let answer = account.call_with("s3.put_object", input).await.unwrap();
    assert_eq!(answer.fields.named("e_tag").to_value(), HELLO.into());
    let read = call(&account, "get_object", &at("streamed")).await.unwrap();
    assert_eq!(read["body"], "hello");
}

#[tokio::test]
async fn what_is_not_simulated_is_refused_by_its_name_in_scripts() {
    let account = Account::new();
    for (operation, input, expected) in [
        ("s3.get_bucket_policy", json!({"bucket": "logs"}), "the sandbox does not simulate s3.get_bucket_policy"),
        ("rds.describe_db_instances", json!({}), "the sandbox does not simulate rds.describe_db_instances"),
        ("elbv2.describe_load_balancers", json!({}), "the sandbox does not simulate elbv2.describe_load_balancers"),
        (
            "ce.get_tags",
            json!({"time_period": {"start": "2026-01-01", "end": "2026-01-02"}}),
            "the sandbox does not simulate ce.get_tags",
        ),
        (
            "s3.put_object",
            with(at("x"), json!({"acl": "public-read"})),
            "the sandbox does not simulate s3.put_object with acl",
        ),
        (
            "s3.get_object",
            with(at("x"), json!({"version_id": "1"})),
            "the sandbox does not simulate s3.get_object with version_id",
        ),
        (
            "s3.put_object",
            with(at("x"), json!({"server_side_encryption": "aws:kms"})),
            "s3.put_object with server_side_encryption aws:kms",
        ),
    ] {
        let (.., message) = account.call(operation, fields(&input)).await.unwrap_err();
        assert!(message.contains(expected), "{operation}: {message}");
    }
}

#[tokio::test]
async fn injected_failures_reach_clients_of_models() {
    let account = Account::new();
    account.sandbox.inject("s3.list_buckets", ApiError::new("AccessDenied", "no").with_status(403), 1);
    assert_eq!(
        call(&account, "list_buckets", &json!({})).await.unwrap_err(),
        (403, "AccessDenied".into(), "no".into())
    );
    assert!(call(&account, "list_buckets", &json!({})).await.is_ok());
}

#[test]
fn handlers_read_parameters_of_the_model() {
    let service = moonfleet_models::service("s3").unwrap();
    for handler in HANDLERS {
        let operation = service.operation(handler.operation).unwrap_or_else(|| panic!("no {}", handler.operation));
        let input = service.shape(operation.input.as_ref().unwrap().target).as_structure().unwrap();
        for name in handler.parameters.iter().filter(|name| !["bucket", "expected_bucket_owner"].contains(name)) {
            assert!(input.member(name).is_some(), "{} has no parameter {name}", handler.operation);
        }
    }
}
