//! Endpoints, profiles, regions and credentials of calls.

use std::collections::BTreeSet;

use crate::answers::*;
use crate::support::Shell;
use crate::support::server::{Reply, Server};

fn behind_a_proxy(proxy: &Server) -> Shell {
    Shell::new().credentials().env("HTTPS_PROXY", &proxy.url).env("HTTP_PROXY", &proxy.url)
}

#[test]
fn certificates_are_asked_for_over_tls_only() {
    let server = Server::always(tags(None, &["App"]));
    let without = |shell: Shell| {
        let folder = shell.home.path().join("none");
        shell.env("SSL_CERT_DIR", folder)
    };
    assert_eq!(without(on(&server)).eval("#ec2.describe_tags.all{}"), 1);
    let error = caught(without(Shell::new().endpoint("https://127.0.0.1:9")), "ec2.describe_tags{}");
    assert_eq!((&error["code"], &error["retryable"]), (&"NoCertificates".into(), &false.into()), "{error}");
    has(&error["text"], "SSL_CERT_DIR");
    has(&error["text"], "install the package ca-certificates");
}

#[test]
fn the_proxy_sees_a_call_to_aws() {
    // Proves that the proxy sees calls to AWS, so that the tests below can fail.
    let proxy = Server::always(Reply::Hangup);
    behind_a_proxy(&proxy).chunk("sts.get_caller_identity()").code(1);
    assert!(!proxy.requests().is_empty());
}

#[test]
fn an_endpoint_that_is_not_a_url_never_calls_aws() {
    let proxy = Server::always(Reply::Hangup);
    for (name, url) in [
        ("AWS_ENDPOINT_URL", "localhost:4566"),
        ("AWS_ENDPOINT_URL", "127.0.0.1:4566"),
        ("AWS_ENDPOINT_URL", "http://"),
        ("AWS_ENDPOINT_URL_STS", "not a url"),
    ] {
        behind_a_proxy(&proxy)
            .env(name, url)
            .chunk("sts.get_caller_identity()")
            .code(1)
            .says("BadConfiguration")
            .says(name)
            .says(url);
    }
    for url in ["nonsense", "localhost:4566", "ftp://localhost"] {
        let ran = behind_a_proxy(&proxy).args(["--endpoint-url", url]).chunk("sts.get_caller_identity()");
        assert!(ran.stderr.contains("--endpoint-url") && ran.stderr.contains(url), "{}", ran.stderr);
    }
    behind_a_proxy(&proxy)
        .chunk("aws.session{endpoint_url='nonsense'}.sts.get_caller_identity()")
        .code(1)
        .says("nonsense");
    proxy.saw_nothing();
}

#[test]
fn a_profile_endpoint_that_is_not_a_url_never_calls_aws() {
    let proxy = Server::always(Reply::Hangup);
    let profiles = [
        "[default]\nendpoint_url = localhost:4566\n",
        "[default]\nservices = local\n[services local]\nsts =\n  endpoint_url = localhost:4566\n",
    ];
    for profile in profiles {
        behind_a_proxy(&proxy)
            .file(".aws/config", profile)
            .chunk("sts.get_caller_identity()")
            .code(1)
            .says("endpoint_url")
            .says("localhost:4566");
    }
    proxy.saw_nothing();
}

#[test]
fn endpoints_of_the_environment_and_the_profile_are_used() {
    let server = Server::always(Reply::xml(IDENTITY));
    let call = "sts.get_caller_identity().account";
    for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"] {
        assert_eq!(Shell::new().credentials().env(name, &server.url).eval(call), "123456789012");
    }
    let profile = format!("[profile local]\nregion = eu-west-1\nendpoint_url = {}\n", server.url);
    let keys = "[local]\naws_access_key_id = AKIALOCAL\naws_secret_access_key = x\n";
    let shell = Shell::new().file(".aws/config", &profile).file(".aws/credentials", keys);
    assert_eq!(shell.args(["--profile", "local"]).eval(call), "123456789012");
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests[2].header("authorization").is_some_and(|a| a.contains("AKIALOCAL") && a.contains("/eu-west-1/")));
}

#[cfg(unix)]
#[test]
fn variables_that_are_not_utf8_cause_no_panic() {
    use std::os::unix::ffi::OsStrExt;
    let server = Server::always(Reply::xml(IDENTITY));
    on(&server)
        .env("NOISE", std::ffi::OsStr::from_bytes(b"\xff\xfe"))
        .chunk("print(sts.get_caller_identity().account)")
        .code(0)
        .printed("123456789012\n");
}

#[test]
fn missing_credentials_and_regions_are_errors_with_the_next_step() {
    let server = Server::always(Reply::Hangup);
    let without_region = Shell::new().args(["--endpoint-url", &server.url]).env("AWS_ACCESS_KEY_ID", "A");
    without_region.env("AWS_SECRET_ACCESS_KEY", "b").chunk("ec2.describe_tags{}").code(1).says("--region");
    let without_keys = Shell::new().args(["--endpoint-url", &server.url, "--region", "eu-west-1"]);
    without_keys.chunk("ec2.describe_tags{}").code(1).says("ec2.describe_tags").says("--profile");
    server.saw_nothing();
}

#[test]
fn unknown_profiles_are_named() {
    let server = Server::always(Reply::xml(IDENTITY));
    let call = "sts.get_caller_identity()";
    let config = "[default]\nregion = eu-west-1\n";
    on(&server).args(["--profile", "absent"]).file(".aws/config", config).chunk(call).code(1).says("absent");
    on(&server)
        .file(".aws/config", config)
        .chunk(&format!("aws.session{{profile='absent'}}.{call}"))
        .code(1)
        .says("absent");
    server.saw_nothing();
}

#[test]
fn an_explicit_profile_goes_before_the_keys_of_the_environment() {
    let server = Server::always(Reply::xml(IDENTITY));
    on(&server)
        .args(["--profile", "prod"])
        .file(".aws/credentials", "[prod]\naws_access_key_id = AKIAPROD\naws_secret_access_key = x\n")
        .chunk("sts.get_caller_identity()")
        .code(0);
    assert!(
        server.requests()[0].header("authorization").is_some_and(|a| a.contains("AKIAPROD/")),
        "{:?}",
        server.requests()
    );
}

#[test]
fn a_session_calls_its_own_region() {
    let server = Server::always(tags(None, &["App"]));
    let script = "local a, b = aws.session{region='eu-west-1'}, aws.session{region='us-east-1'}
                  a.ec2.describe_tags{} b.ec2.describe_tags{} aws.ec2.describe_tags{} ec2.describe_tags{}
                  print(a.region, b.region, aws.region)";
    on(&server).chunk(script).code(0).printed("eu-west-1\tus-east-1\teu-central-1\n");
    let regions: Vec<_> = server
        .requests()
        .iter()
        .filter_map(|r| r.header("authorization")?.split('/').nth(2).map(str::to_owned))
        .collect();
    assert_eq!(regions, ["eu-west-1", "us-east-1", "eu-central-1", "eu-central-1"]);
}

#[test]
fn the_region_option_goes_before_the_environment() {
    let server = Server::always(tags(None, &["App"]));
    on(&server).args(["--region", "ap-south-1"]).chunk("ec2.describe_tags{}").code(0);
    assert!(server.requests()[0].header("authorization").is_some_and(|a| a.contains("/ap-south-1/ec2/")));
}

#[test]
fn a_run_without_calls_makes_no_request_and_loads_no_credentials() {
    let server = Server::always(Reply::Hangup);
    Shell::new()
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}/credentials", server.url))
        .args(["--endpoint-url", &server.url])
        .chunk("local f = ec2.describe_instances; local s = aws.session{region='eu-west-1'}; print(s.region)")
        .code(0)
        .printed("eu-west-1\n");
    server.saw_nothing();
}

#[test]
fn a_run_contacts_only_the_endpoints_of_its_calls() {
    let proxy = Server::always(Reply::Hangup);
    behind_a_proxy(&proxy)
        .chunk("pcall(ec2.describe_tags, {}) pcall(iam.list_users) pcall(ec2.create_tags, {resources={'i-1'}, tags={a='b'}})")
        .code(0);
    let hosts: BTreeSet<String> = proxy.requests().iter().map(|request| request.path().to_owned()).collect();
    assert_eq!(
        hosts.iter().map(String::as_str).collect::<Vec<_>>(),
        ["ec2.eu-central-1.amazonaws.com:443", "iam.amazonaws.com:443"]
    );
}
