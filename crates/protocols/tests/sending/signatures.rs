//! The signatures of requests and their URLs, compared with those of botocore.

use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::prepared::Recorder;
use crate::{call, map, server};

/// A call, the URL that it goes to, and the region and the service that it is signed for.
const CALLS: &[(&str, &str, &str, &str)] = &[
    ("sts.get_caller_identity", "{}", "https://sts.us-east-1.amazonaws.com/", "us-east-1/sts"),
    ("dynamodb.list_tables", "{}", "https://dynamodb.us-east-1.amazonaws.com/", "us-east-1/dynamodb"),
    (
        "lambda.invoke",
        r#"{"function_name":"arn:aws:lambda:us-east-1:1:function:f:1","payload":"{}","qualifier":"a b&c"}"#,
        "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af%3A1/invocations?Qualifier=a%20b%26c",
        "us-east-1/lambda",
    ),
    (
        "s3.get_object",
        r#"{"bucket":"bkt-1","key":"a//b/../c d+ü&~.txt","version_id":"x=1"}"#,
        "https://bkt-1.s3.us-east-1.amazonaws.com/a//b/../c%20d%2B%C3%BC%26~.txt?versionId=x%3D1",
        "us-east-1/s3",
    ),
    (
        "s3.put_object",
        r#"{"bucket":"bkt.dots","key":"k","body":"hi","metadata":{"a":"b  c"}}"#,
        "https://s3.us-east-1.amazonaws.com/bkt.dots/k",
        "us-east-1/s3",
    ),
    ("s3.list_buckets", "{}", "https://s3.us-east-1.amazonaws.com/", "us-east-1/s3"),
    (
        "s3control.list_access_points",
        r#"{"account_id":"123456789012"}"#,
        "https://123456789012.s3-control.us-east-1.amazonaws.com/v20180820/accesspoint",
        "us-east-1/s3",
    ),
    (
        "route53.list_resource_record_sets",
        r#"{"hosted_zone_id":"Z1","start_record_name":"a b."}"#,
        "https://route53.amazonaws.com/2013-04-01/hostedzone/Z1/rrset?name=a%20b.",
        "us-east-1/route53",
    ),
    (
        "ec2.describe_instances",
        r#"{"filters":[{"name":"n","values":["a b*"]}]}"#,
        "https://ec2.us-east-1.amazonaws.com/",
        "us-east-1/ec2",
    ),
    ("organizations.list_accounts", "{}", "https://organizations.us-east-1.amazonaws.com/", "us-east-1/organizations"),
    ("iam.list_users", "{}", "https://iam.amazonaws.com/", "us-east-1/iam"),
    (
        "cloudfront.list_distributions",
        "{}",
        "https://cloudfront.amazonaws.com/2020-05-31/distribution",
        "us-east-1/cloudfront",
    ),
    ("apigateway.get_rest_apis", "{}", "https://apigateway.us-east-1.amazonaws.com/restapis", "us-east-1/apigateway"),
    (
        "glacier.list_vaults",
        r#"{"account_id":"-"}"#,
        "https://glacier.us-east-1.amazonaws.com/-/vaults",
        "us-east-1/glacier",
    ),
    (
        "iot_data.publish",
        r#"{"topic":"a/b c","payload":"x"}"#,
        "https://data-ats.iot.us-east-1.amazonaws.com/topics/a%2Fb%20c",
        "us-east-1/iotdata",
    ),
    (
        "pricing.get_products",
        r#"{"service_code":"x"}"#,
        "https://api.pricing.us-east-1.amazonaws.com/",
        "us-east-1/pricing",
    ),
    ("logs.describe_log_groups", "{}", "https://logs.us-east-1.amazonaws.com/", "us-east-1/logs"),
];

#[tokio::test]
async fn requests_are_signed_as_by_botocore() {
    let mut sent = Vec::new();
    for (name, input, url, scope) in CALLS {
        let (recorder, config) = Recorder::with([Some((500, Vec::new(), ""))]);
        call(&config, name, map(input)).await.expect_err("the server fails");
        let request = recorder.requests().into_iter().next().unwrap_or_else(|| panic!("{name} was not sent"));
        assert_eq!(request.uri, *url, "{name}");
        let authorization = request.header("authorization").unwrap_or_else(|| panic!("{name} has no signature"));
        assert!(authorization.contains(&format!("/{scope}/aws4_request")), "{name}: {authorization}");
        sent.push(request);
    }
    let Some(python) = server::program().map(|server| server.with_file_name("python3")) else { return };
    let requests = sent.iter().zip(CALLS).map(|(request, (name, ..))| {
        json!({
            "service": name.split('.').next(), "method": request.method, "uri": request.uri,
            "headers": request.headers, "body": BASE64_STANDARD.encode(&request.body),
        })
    });
    let mut program = Command::new(python)
        .args(["-c", include_str!("signatures.py")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let requests = requests.collect::<Value>().to_string();
    program.stdin.take().expect("its input").write_all(requests.as_bytes()).expect("its input");
    let output = program.wait_with_output().expect("Python ends");
    let signatures: Vec<[String; 3]> = serde_json::from_slice(&output.stdout).expect("JSON");
    for ((request, (name, ..)), [.., theirs]) in sent.iter().zip(CALLS).zip(&signatures) {
        let ours = request.header("authorization").and_then(|text| text.split_once("Signature=")).map(|(_, ours)| ours);
        assert_eq!(ours, Some(theirs.as_str()), "{name}: {request:?}");
    }
    assert_eq!(signatures.len(), CALLS.len());
}

#[tokio::test]
async fn operations_without_authentication_are_not_signed() {
    let (recorder, config) = Recorder::with([Some((200, Vec::new(), "{}"))]);
    let input = map(r#"{"client_id":"c","auth_flow":"USER_PASSWORD_AUTH","auth_parameters":{"USERNAME":"u"}}"#);
    call(&config, "cognito_idp.initiate_auth", input).await.expect("an answer");
    assert_eq!(recorder.requests()[0].header("authorization"), None);
}
