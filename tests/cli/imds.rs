//! `imds` against a local metadata service: version 2, its answers, and the time until it is found to be missing.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::Shell;
use crate::support::server::{Reply, Request, Server};

const TOKEN: &str = "a-token-of-version-2==";

/// Starts a service that issues tokens, and answers requests with a token by `answer`.
fn service(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |request| {
        if is_for_token(request) {
            return Reply::rest(TOKEN).header("x-aws-ec2-metadata-token-ttl-seconds", "21600");
        }
        match request.header("x-aws-ec2-metadata-token") {
            Some(TOKEN) => answer(request.path()),
            _ => nothing(401),
        }
    })
}

fn is_for_token(request: &Request) -> bool {
    request.line.starts_with("PUT /latest/api/token ")
        && request.header("x-aws-ec2-metadata-token-ttl-seconds").is_some_and(|ttl| ttl.parse::<u32>().is_ok())
}

fn nothing(status: u16) -> Reply {
    Reply::rest("").status(status)
}

/// An instance with some metadata.
fn instance() -> Server {
    service(|path| match path {
        "/latest/meta-data/" => Reply::rest("iam/\ninstance-id\n"),
        "/latest/meta-data/instance-id" => Reply::rest("i-0123456789abcdef0"),
        "/latest/meta-data/tags/instance" => Reply::rest("Name\nApp\naws:autoscaling:groupName\nempty\ngone"),
        "/latest/meta-data/tags/instance/Name" => Reply::rest("app20-web-1 & <co>"),
        "/latest/meta-data/tags/instance/App" => Reply::rest("App20"),
        "/latest/meta-data/tags/instance/aws:autoscaling:groupName" => Reply::rest("web"),
        "/latest/meta-data/tags/instance/empty" => Reply::rest(""),
        "/latest/meta-data/iam/security-credentials/" => Reply::rest("web-role"),
        "/latest/meta-data/iam/security-credentials/web-role" => Reply::rest(r#"{"SecretAccessKey":"hush"}"#),
        "/latest/dynamic/instance-identity/document" => Reply::rest(IDENTITY),
        _ => nothing(404),
    })
}

const IDENTITY: &str = r#"{
  "accountId": "123456789012", "architecture": "x86_64", "availabilityZone": "eu-central-1a", "billingProducts": null,
  "devpayProductCodes": null, "marketplaceProductCodes": [], "imageId": "ami-1", "instanceId": "i-0123456789abcdef0",
  "instanceType": "t3.micro", "kernelId": null, "pendingTime": "2026-01-31T07:00:00Z", "privateIp": "10.0.0.7",
  "ramdiskId": null, "region": "eu-central-1", "version": "2017-09-30"
}"#;

fn on(url: &str) -> Shell {
    Shell::new().env("AWS_EC2_METADATA_DISABLED", "false").env("AWS_EC2_METADATA_SERVICE_ENDPOINT", url)
}

/// Returns the error of each function that can fail, and the time of all calls.
fn caught(shell: Shell) -> (Vec<Value>, Duration) {
    let started = Instant::now();
    let seen = shell.returned(
        "local errors = {}
         for at, f in ipairs{function() imds.get('meta-data/instance-id') end, imds.identity, imds.tags} do
           local ok, e = pcall(f)
           assert(not ok, 'the call went well')
           errors[at] = {code = e.code, message = e.message, status = e.status, retryable = e.retryable}
         end
         return errors",
    );
    (seen.as_array().expect("a list of errors").clone(), started.elapsed())
}

// Answers.

#[test]
fn metadata_is_read_with_one_version_2_token() {
    let server = instance();
    let seen = on(&server.url).returned(
        "return {
           imds.get('meta-data/instance-id'), imds.get('/latest/meta-data/instance-id'),
           imds.get('meta-data/'), imds.get('meta-data/no/such/thing') == nil,
         }",
    );
    assert_eq!(seen, json!(["i-0123456789abcdef0", "i-0123456789abcdef0", "iam/\ninstance-id\n", true]));
    let requests = server.requests();
    assert_eq!(requests.iter().filter(|request| is_for_token(request)).count(), 1);
    assert_eq!(requests.len(), 5);
    assert!(is_for_token(&requests[0]));
}

#[test]
fn the_identity_document_is_a_table_with_snake_case_names() {
    let server = instance();
    let seen = on(&server.url).eval("imds.identity()");
    assert_eq!(
        seen,
        json!({
            "account_id": "123456789012", "architecture": "x86_64", "availability_zone": "eu-central-1a",
            "marketplace_product_codes": [], "image_id": "ami-1", "instance_id": "i-0123456789abcdef0",
            "instance_type": "t3.micro", "pending_time": "2026-01-31T07:00:00Z", "private_ip": "10.0.0.7",
            "region": "eu-central-1", "version": "2017-09-30",
        })
    );
    assert_eq!(on(&server.url).eval("imds.identity().pending_time > time.parse('2026-01-31')"), true);
}

#[test]
fn tags_are_a_map() {
    let server = instance();
    let seen = on(&server.url).eval("imds.tags()");
    let expected =
        json!({"Name": "app20-web-1 & <co>", "App": "App20", "aws:autoscaling:groupName": "web", "empty": ""});
    assert_eq!(seen, expected);
}

#[test]
fn disabled_tags_are_an_error_that_says_how_to_enable_them() {
    let server = service(|_| nothing(404));
    let seen = on(&server.url).returned("local _, e = pcall(imds.tags) return {e.code, e.message}");
    assert_eq!(seen[0], "ImdsNoTags");
    let message = seen[1].as_str().expect("text");
    assert!(message.contains("ec2.modify_instance_metadata_options{"), "{message}");
    assert!(message.contains("instance_metadata_tags=\"enabled\"}"), "{message}");
}

#[test]
fn names_of_tags_are_escaped_in_the_path() {
    let server = service(|path| match path {
        "/latest/meta-data/tags/instance" => Reply::rest("../../iam/security-credentials/web-role\na b?c#d"),
        other => Reply::rest(other),
    });
    let seen = on(&server.url).eval("imds.tags()");
    let below = "/latest/meta-data/tags/instance";
    assert_eq!(
        seen,
        json!({
            "../../iam/security-credentials/web-role": format!("{below}/..%2F..%2Fiam%2Fsecurity-credentials%2Fweb-role"),
            "a b?c#d": format!("{below}/a%20b%3Fc%23d"),
        })
    );
}

// Credentials.

#[test]
fn credentials_are_read_only_on_request() {
    let server = instance();
    for path in [
        "meta-data/iam/security-credentials/web-role",
        "/latest/meta-data//iam/x/../security-credentials/web-role",
        "meta-data/identity-credentials/ec2/security-credentials/ec2-instance",
    ] {
        on(&server.url)
            .chunk(&format!("local _, e = pcall(imds.get, '{path}') assert(e.code == 'Secret', e) error(e)"))
            .code(1)
            .says("pass {secret = true} to read them")
            .never_says("hush");
    }
    server.saw_nothing();
    let seen = on(&server.url).returned(
        "local roles = 'meta-data/iam/security-credentials/'
         return json.decode(imds.get(roles .. imds.get(roles), {secret = true})).SecretAccessKey",
    );
    assert_eq!(seen, "hush");
}

#[test]
fn invalid_arguments_are_errors_before_any_call() {
    let server = instance();
    for (call, said) in [
        ("imds.get()", "imds.get: the path must be text such as \"meta-data/instance-id\", got nil"),
        ("imds.get('x', {secrets=true})", "did you mean `secret`?"),
        ("imds.get('x', {secret='yes'})", "option `secret` must be true or false, got string"),
    ] {
        on(&server.url).chunk(call).code(1).says(said);
    }
    server.saw_nothing();
}

// No metadata.

#[test]
fn the_service_is_available_if_it_answers() {
    let server = instance();
    assert_eq!(on(&server.url).eval("imds.available()"), true);
    assert!(is_for_token(&server.requests()[0]));
}

/// Servers without a metadata service, each with the reason in the error.
fn absent() -> Vec<(Server, &'static str)> {
    vec![
        (Server::start(|_| nothing(403)), "forbidden"),
        (Server::start(|_| nothing(404)), "TTL"),
        (Server::start(|_| Reply::rest("<html>Please log in</html>")), "TTL"),
        (Server::start(|_| Reply::Hangup), "connection closed"),
        (Server::start(|_| Reply::Silence(Arc::default())), "no answer within 200ms"),
    ]
}

const NO_INSTANCE: &str =
    "no instance metadata here: this machine is not an EC2 instance, or its metadata service is off";

#[test]
fn the_service_is_not_available_without_valid_answers() {
    for (server, _) in absent() {
        let took = on(&server.url)
            .returned("local started = time.clock() assert(imds.available() == false) return time.clock() - started");
        assert!(took.as_f64().is_some_and(|took| took < 0.5), "{took}");
        assert_eq!(server.requests().len(), 1, "one attempt");
    }
}

#[test]
fn errors_without_a_metadata_service_come_quickly() {
    for (server, cause) in absent() {
        let (errors, took) = caught(on(&server.url));
        for error in errors {
            assert_eq!(error["code"], "ImdsUnavailable");
            let message = error["message"].as_str().expect("text");
            assert!(message.starts_with(NO_INSTANCE) && message.contains(cause), "{message}");
        }
        assert!(took < Duration::from_millis(1500), "three calls took {took:?}");
    }
}

#[test]
fn a_closed_port_is_an_immediate_error() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a local port");
    let url = format!("http://{}", listener.local_addr().expect("a bound port has an address"));
    drop(listener);
    let seen = on(&url).returned(
        "local started = time.clock()
         local there = imds.available()
         local _, e = pcall(imds.identity)
         return {there, e.code, time.clock() - started < 0.5}",
    );
    assert_eq!(seen, json!([false, "ImdsUnavailable", true]));
}

#[test]
fn an_invalid_endpoint_is_an_error_with_the_variable() {
    for url in ["foo", "not a url", "ftp://127.0.0.1"] {
        assert_eq!(on(url).eval("imds.available()"), false);
        for error in caught(on(url)).0 {
            assert_eq!(error["code"], "BadConfiguration");
            let said = format!("AWS_EC2_METADATA_SERVICE_ENDPOINT is {url:?}, which is not a URL such as http://");
            assert!(error["message"].as_str().is_some_and(|text| text.starts_with(&said)), "{error}");
        }
    }
}

#[test]
fn other_answers_are_errors_with_their_status() {
    for (status, retryable) in [(403, false), (400, false), (503, true)] {
        let server = service(move |_| nothing(status));
        let seen = on(&server.url).returned(
            "local _, e = pcall(imds.get, 'meta-data/instance-id') return {e.code, e.status, e.retryable, e.message}",
        );
        let message = format!("the metadata service answered {status} to /latest/meta-data/instance-id");
        assert_eq!(seen, json!(["ImdsFailed", status, retryable, message]));
    }
    let server = service(|_| Reply::rest("no JSON"));
    assert_eq!(on(&server.url).returned("return (select(2, pcall(imds.identity))).code"), "ImdsFailed");
}

#[test]
fn a_disabled_service_is_not_called() {
    for value in ["true", "TRUE", "True"] {
        let server = instance();
        let disabled = || on(&server.url).env("AWS_EC2_METADATA_DISABLED", value);
        assert_eq!(disabled().eval("imds.available()"), false);
        for error in caught(disabled()).0 {
            assert_eq!(error["code"], "ImdsDisabled");
            assert!(error["message"].as_str().is_some_and(|text| text.contains("AWS_EC2_METADATA_DISABLED")));
        }
        server.saw_nothing();
    }
}

#[test]
fn the_sandbox_has_no_metadata() {
    let server = instance();
    assert_eq!(on(&server.url).sandbox().eval("imds.available()"), false);
    for error in caught(on(&server.url).sandbox()).0 {
        assert_eq!(error["code"], "ImdsUnavailable");
        assert_eq!(error["message"], "no instance metadata here: the sandbox is not an instance");
    }
    server.saw_nothing();
}

#[test]
fn requests_do_not_go_through_a_proxy() {
    let (server, proxy) = (instance(), instance());
    let seen = on(&server.url)
        .env("HTTP_PROXY", &proxy.url)
        .env("http_proxy", &proxy.url)
        .env("ALL_PROXY", &proxy.url)
        .returned("return {imds.available(), imds.get('meta-data/instance-id')}");
    assert_eq!(seen, json!([true, "i-0123456789abcdef0"]));
    proxy.saw_nothing();
}

#[test]
fn a_bad_name_of_the_instances_role_is_an_error_of_the_server() {
    let aws = Server::always(Reply::Hangup);
    for name in ["web-role\nsecond", "web role", "<html>a login page</html>", ""] {
        let server = service(move |path| match path {
            "/latest/meta-data/iam/security-credentials/" => Reply::rest(name),
            _ => nothing(404),
        });
        let shell = on(&server.url).args(["--endpoint-url", &aws.url, "--region", "eu-west-1"]);
        let ran = shell.chunk("sts.get_caller_identity{}").code(1);
        let ran = ran.says("BadCredentials").says(&format!("{name:?} as the name of the instance's role"));
        ran.never_says("a bug in").never_says("panicked");
    }
    aws.saw_nothing();
}
