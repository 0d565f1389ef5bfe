//! Signed URLs and logins, against botocore.

use serde_json::{Value, json};

use crate::answers::*;
use crate::support::Shell;
use crate::support::moto::{python_with_botocore, run_python};
use crate::support::server::{Reply, Server};

const PROGRAM: &str = include_str!("presign.py");

/// A session name of temporary credentials, with the bytes that Base64 has.
const SESSION_TOKEN: &str = "FwoGZXIvYXdz+EXAMPLE/token==";

/// Calls of Moonfleet, and the call and input of boto3.
fn urls() -> Vec<(&'static str, Value)> {
    vec![
        (
            "s3.presign{bucket='bkt-1', key='a//b/../c d+ü&~.txt'}",
            json!({"call": "get_object", "expires": 3600,
                   "input": {"Bucket": "bkt-1", "Key": "a//b/../c d+ü&~.txt"}}),
        ),
        (
            "s3.presign{bucket='bkt-1', key='k', version_id='x=1', expires='15m', response_content_type='text/plain'}",
            json!({"call": "get_object", "expires": 900,
                   "input": {"Bucket": "bkt-1", "Key": "k", "ResponseContentType": "text/plain", "VersionId": "x=1"}}),
        ),
        (
            "s3.presign{bucket='bkt.dots', key='k', method='HEAD', expires=1}",
            json!({"call": "head_object", "expires": 1, "style": "path", "input": {"Bucket": "bkt.dots", "Key": "k"}}),
        ),
        (
            "s3.presign{bucket='bkt-1', key='k', method='PUT', expires='7d', metadata={made='here'}}",
            json!({"call": "put_object", "expires": 604_800,
                   "input": {"Bucket": "bkt-1", "Key": "k", "Metadata": {"made": "here"}}}),
        ),
        (
            "s3.presign{bucket='bkt-1', key='k', method='DELETE'}",
            json!({"call": "delete_object", "expires": 3600, "input": {"Bucket": "bkt-1", "Key": "k"}}),
        ),
        (
            "reveal(aws.service('rds').auth_token{host='db.x.eu-central-1.rds.amazonaws.com', port=5432, user='ada b'})",
            json!({"call": "rds.auth_token",
                   "input": {"DBHostname": "db.x.eu-central-1.rds.amazonaws.com", "Port": 5432, "DBUsername": "ada b"}}),
        ),
        (
            "reveal(aws.service('rds').auth_token{host='h', port=3306, user='u', region='us-west-2'})",
            json!({"call": "rds.auth_token",
                   "input": {"DBHostname": "h", "Port": 3306, "DBUsername": "u", "Region": "us-west-2"}}),
        ),
        ("reveal(aws.service('eks').token('prod').token)", json!({"call": "eks.token", "input": {"cluster": "prod"}})),
    ]
}

fn compare(shell: impl Fn() -> Shell, more: &Value, python: &std::path::Path) {
    let calls: Vec<_> = urls().iter().map(|(call, _)| *call).collect();
    let chunk = format!("local s3 = aws.service 's3' return {{{}}}", calls.join(", "));
    let found = shell().arg("--yes").returned(&chunk);
    let found: Vec<String> = serde_json::from_value(found).expect("texts");
    let mut given = Vec::new();
    for ((_, theirs), ours) in urls().into_iter().zip(&found) {
        let mut theirs = theirs;
        theirs["url"] = json!(ours);
        for (name, value) in more.as_object().expect("a map") {
            theirs[name] = value.clone();
        }
        given.push(theirs);
    }
    let expected = run_python(python, PROGRAM, &[], &Value::Array(given.clone()).to_string());
    let expected: Vec<String> = serde_json::from_str(&expected).expect("texts");
    for (given, expected) in given.iter().zip(expected) {
        let path = |url: &str| url.replacen("//s3.amazonaws.com/", "//s3.eu-central-1.amazonaws.com/", 1);
        let is_path_style = given["style"] == "path" && more.get("endpoint").is_none();
        let ours = given["url"].as_str().expect("a text");
        if is_path_style {
            // botocore signs for the global endpoint here, which redirects requests to other regions.
            let without = |url: &str| url.split("X-Amz-Signature").next().map(path);
            assert_eq!(without(ours), without(&expected));
        } else {
            assert_eq!(ours, expected);
        }
    }
}

#[test]
fn urls_and_tokens_are_those_of_botocore() {
    let Some(python) = python_with_botocore() else { return };
    compare(|| Shell::new().credentials(), &json!({}), &python);
    let temporary = || Shell::new().credentials().env("AWS_SESSION_TOKEN", SESSION_TOKEN);
    compare(temporary, &json!({"session_token": SESSION_TOKEN}), &python);
}

#[test]
fn urls_of_another_endpoint_have_the_bucket_in_their_path() {
    let Some(python) = python_with_botocore() else { return };
    let server = Server::always(Reply::Hangup);
    compare(|| on(&server), &json!({"endpoint": server.url, "style": "path"}), &python);
    server.saw_nothing();
}

#[test]
fn a_url_of_a_change_follows_the_rules_of_changes() {
    let server = Server::always(Reply::Hangup);
    let refused = on(&server).arg("--read-only");
    let call = "aws.service('s3').presign{bucket='b', key='k', method='PUT'}";
    let error = caught(refused, call);
    assert_eq!(error["code"], "Refused", "{error}");
    for (call, part) in [
        ("presign{bucket='b', key='k', method='POST'}", "`method` must be one of DELETE, GET, HEAD, PUT, got POST"),
        ("presign{bucket='b', key='k', expires='8d'}", "`expires` must be from \"1s\" to \"7d\""),
        ("presign{bucket='b', keys='k'}", "unknown parameter 'keys'; did you mean 'key'?"),
        ("presign{bucket='b'}", "required parameter 'key' is missing"),
    ] {
        let error = caught(on(&server), &format!("aws.service('s3').{call}"));
        has(&error["text"], part);
    }
    server.saw_nothing();
}

#[test]
fn the_log_does_not_have_a_signed_url() {
    let server = Server::always(Reply::Hangup);
    let url = "aws.service('s3').presign{bucket='b', key='k'}";
    on(&server).chunk(&format!("log.warn({url})")).code(0).never_says("X-Amz-Signature").says("<secret>");
}

#[test]
fn a_registry_is_logged_into_with_the_user_and_the_password_of_its_token() {
    // "AWS:pass:word"
    let server = Server::always(Reply::json(
        r#"{"authorizationData": [{"authorizationToken": "QVdTOnBhc3M6d29yZA==", "expiresAt": 1769842800,
            "proxyEndpoint": "https://123456789012.dkr.ecr.eu-central-1.amazonaws.com"}]}"#,
    ));
    let login = on(&server).returned(
        "local login = aws.service('ecr').login()
         return {login.user, tostring(login.password), reveal(login.password), login.registry, login.expires_at}",
    );
    let registry = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";
    assert_eq!(login, json!(["AWS", "<secret>", "pass:word", registry, "2026-01-31T07:00:00Z"]));
}

#[test]
fn copies_of_databases_have_a_url_of_the_source_region() {
    let server = Server::always(Reply::xml(
        r#"<CopyDBSnapshotResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><CopyDBSnapshotResult><DBSnapshot>
        <DBSnapshotIdentifier>copy</DBSnapshotIdentifier></DBSnapshot></CopyDBSnapshotResult></CopyDBSnapshotResponse>"#,
    ));
    let copy = "aws.service('rds').copy_db_snapshot{source_db_snapshot_identifier='arn:aws:rds:us-west-2:1:snapshot:s',
        target_db_snapshot_identifier='copy', kms_key_id='k', source_region='us-west-2'";
    changing(&server).chunk(&format!("{copy}}} {copy}, pre_signed_url='mine'}}")).code(0);
    let requests = server.requests();
    let url = url::Url::parse(&requests[0].parameter("PreSignedUrl").expect("a URL")).expect("a URL");
    let of = |name: &str| url.query_pairs().find(|(n, _)| n == name).map(|(_, value)| value.into_owned());
    for (name, value) in [
        ("Action", "CopyDBSnapshot"),
        ("DestinationRegion", "eu-central-1"),
        ("KmsKeyId", "k"),
        ("SourceDBSnapshotIdentifier", "arn:aws:rds:us-west-2:1:snapshot:s"),
        ("X-Amz-Expires", "3600"),
    ] {
        assert_eq!(of(name).as_deref(), Some(value), "{name}");
    }
    assert!(of("X-Amz-Credential").is_some_and(|scope| scope.contains("/us-west-2/rds/")), "{url}");
    assert_eq!(requests[1].parameter("PreSignedUrl").as_deref(), Some("mine"));
    assert!(requests.iter().all(|request| request.parameter("SourceRegion").is_none()));
}
