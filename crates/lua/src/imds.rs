//! `imds` in Lua: reads the metadata of the EC2 instance that the program runs on. Only version 2 of
//! the metadata service (IMDSv2) is used; the SDK's client gets and caches the tokens for it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_config::imds::Client;
use aws_config::imds::client::Builder;
use aws_config::imds::client::error::ImdsError;
use aws_config::provider_config::ProviderConfig;
use heck::ToSnakeCase as _;
use mlua::{Error as LuaError, Lua, Result, Table, Value as LuaValue};
use moonfleet_client::spawn;
use moonfleet_core::Error;
use moonfleet_core::known_secrets;
use moonfleet_core::{Map, Value};
use moonfleet_engine::Context;
use url::Url;

use super::convert::from_value;
use super::json;
use super::options::Options;

pub(crate) fn module(lua: &Lua, session: &Context) -> Result<Table> {
    let missing = match (session.is_sandbox(), session.remote()) {
        (true, _) => Some("the sandbox is not an instance"),
        (false, Some(_)) => Some("a contained script has no network"),
        (false, None) => None,
    };
    let imds = lua.create_table()?;
    imds.set("available", lua.create_async_function(move |_, ()| available(missing))?)?;
    imds.set("get", lua.create_async_function(move |_, arguments| get(missing, arguments))?)?;
    imds.set("identity", lua.create_async_function(move |lua, ()| identity(lua, missing))?)?;
    imds.set("tags", lua.create_async_function(move |lua, ()| tags(lua, missing))?)?;
    Ok(imds)
}

/// The time limit of the first request. On an instance the service answers within milliseconds; elsewhere,
/// packets to its address can be dropped silently.
const PROBE_TIMEOUT: Duration = Duration::from_millis(200);
/// The time limit to connect to the service and to read from it.
const TIMEOUT: Duration = Duration::from_secs(1);
/// The maximum number of attempts of a request that fails with a server error.
const MAX_ATTEMPTS: u32 = 3;

/// `imds.available()`: returns whether there is a metadata service. Never raises an error.
async fn available(missing: Option<&'static str>) -> Result<bool> {
    if admit(missing).is_err() {
        return Ok(false);
    }
    let probe = spawn(async {
        let client = client(PROBE_TIMEOUT).max_attempts(1).build();
        tokio::time::timeout(PROBE_TIMEOUT, client.get(Path::read("meta-data/").0)).await
    });
    Ok(matches!(probe.await, Ok(Ok(Ok(_)))))
}

/// `imds.get(path, {secret=false})`: returns the text at a path such as "meta-data/instance-id"; nil if
/// the path does not exist.
async fn get(missing: Option<&'static str>, (path, options): (LuaValue, LuaValue)) -> Result<Option<String>> {
    let LuaValue::String(path) = path else {
        let kind = path.type_name();
        let problem = format!("imds.get: the path must be text such as \"meta-data/instance-id\", got {kind}");
        return Err(LuaError::external(problem));
    };
    let mut options = Options::read("imds.get", options)?;
    let secret = options.boolean("secret")?.unwrap_or(false);
    options.finish()?;
    let path = Path::read(&path.to_string_lossy());
    if path.is_secret() && !secret {
        let Path(path) = path;
        return Err(error(
            "Secret",
            format!("imds.get: {path} contains credentials; pass {{secret = true}} to read them"),
        ));
    }
    let is_secret = path.is_secret();
    let text = fetch(missing, path).await?;
    if let Some(text) = text.as_deref().filter(|_| is_secret) {
        remember_keys(text);
    }
    Ok(text)
}

/// Remembers the secrets in a document of credentials, so that they are redacted. The script itself has them as
/// text, because it asked for them explicitly.
fn remember_keys(document: &str) {
    let Ok(Value::Map(keys)) = json::parse(document.as_bytes()) else { return };
    for name in ["SecretAccessKey", "Token"] {
        if let Some(Value::String(key)) = keys.get(name) {
            known_secrets::remember(key.as_bytes());
        }
    }
}

/// `imds.identity()`: returns the instance identity document, with names in snake_case.
async fn identity(lua: Lua, missing: Option<&'static str>) -> Result<LuaValue> {
    let text = fetch(missing, Path::read("dynamic/instance-identity/document")).await?;
    let Some(Ok(Value::Map(Map(fields)))) = text.map(|text| json::parse(text.as_bytes())) else {
        return Err(error(FAILED, "the metadata service has no identity document"));
    };
    let known = fields.into_iter().filter(|(_, value)| !value.is_nil());
    let named = known.map(|(name, value)| match (name.to_snake_case(), value) {
        (name, Value::String(text)) if name == "pending_time" => {
            let time = text.parse().map(Value::Time);
            (name, time.unwrap_or(Value::String(text)))
        }
        field => field,
    });
    from_value(&lua, &Value::Map(Map(named.collect())))
}

const TAGS: [&str; 4] = ["latest", "meta-data", "tags", "instance"];

/// `imds.tags()`: returns the tags of the instance; an error if its metadata does not include them.
async fn tags(lua: Lua, missing: Option<&'static str>) -> Result<Table> {
    let Some(names) = fetch(missing, Path::from_parts(TAGS)).await? else {
        let problem = "tags are not enabled in this instance's metadata; enable them with \
                       ec2.modify_instance_metadata_options{instance_id=imds.get(\"meta-data/instance-id\"), \
                       instance_metadata_tags=\"enabled\"}";
        return Err(error("ImdsNoTags", problem));
    };
    let tags = lua.create_table()?;
    for name in names.lines() {
        // A tag can be removed after it was listed.
        if let Some(value) = fetch(missing, Path::from_parts(TAGS.into_iter().chain([name]))).await? {
            tags.raw_set(name, value)?;
        }
    }
    Ok(tags)
}

/// A percent-encoded path that begins with its version. No part of it is empty or leads upwards, so
/// that the check for credentials cannot be bypassed.
struct Path(String);

impl Path {
    fn read(path: &str) -> Self {
        let is_versioned = path.starts_with('/') || path.split('/').next() == Some("latest");
        let version = if is_versioned { "" } else { "latest" };
        let parts = [version].into_iter().chain(path.split('/')).filter(|part| !part.is_empty());
        // A slash at the end lists the names below.
        Path::from_parts(parts.chain(path.ends_with('/').then_some("")))
    }

    fn from_parts<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut url = Url::parse("http://imds").expect("this is a URL");
        url.path_segments_mut().expect("a URL with a host has a path").clear().extend(parts);
        Path(url.path().to_owned())
    }

    /// Returns whether the path contains credentials. Below `security-credentials` are roles; the text of a role is
    /// its keys.
    fn is_secret(&self) -> bool {
        let mut parts = self.0.split('/').skip_while(|part| !part.eq_ignore_ascii_case("security-credentials"));
        parts.nth(1).is_some_and(|role| !role.is_empty())
    }
}

async fn fetch(missing: Option<&'static str>, path: Path) -> Result<Option<String>> {
    admit(missing).map_err(LuaError::external)?;
    let url_path = path.0.clone();
    match spawn(request(url_path)).await {
        Ok(Some(Ok(text))) => Ok(Some(text)),
        Ok(Some(Err(ImdsError::ErrorResponse(answer)))) if answer.response().status().as_u16() == 404 => Ok(None),
        Ok(Some(Err(failure))) => Err(LuaError::external(describe_failure(&failure, &path))),
        Ok(None) => Err(error(UNAVAILABLE, format!("{NO_INSTANCE} (no answer within {PROBE_TIMEOUT:?})"))),
        Err(panic) => Err(LuaError::external(panic.bug())),
    }
}

/// Sends a request. Until the service has answered once, the time limit is short. Returns none if it is over.
async fn request(path: String) -> Option<std::result::Result<String, ImdsError>> {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    static ANSWERED: AtomicBool = AtomicBool::new(false);
    let client = CLIENT.get_or_init(|| client(TIMEOUT).max_attempts(1).build());
    let mut attempts = 0;
    loop {
        let timeout = if ANSWERED.load(Ordering::Relaxed) { TIMEOUT * 3 } else { PROBE_TIMEOUT };
        let answer = tokio::time::timeout(timeout, client.get(path.clone())).await.ok()?;
        let answer = answer.map(String::from);
        ANSWERED.store(true, Ordering::Relaxed);
        attempts += 1;
        match &answer {
            Err(ImdsError::ErrorResponse(refused))
                if refused.response().status().is_server_error() && attempts < MAX_ATTEMPTS =>
            {
                tokio::time::sleep(PROBE_TIMEOUT).await;
            }
            _ => return Some(answer),
        }
    }
}

/// Checks that metadata may be read. The SDK respects the variable only for credentials; its client for other
/// metadata does not.
fn admit(missing: Option<&'static str>) -> std::result::Result<(), Error> {
    const DISABLED: &str = "AWS_EC2_METADATA_DISABLED";
    const ENDPOINT: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
    let is_usable = |url: &str| Url::parse(url).is_ok_and(|url| url.scheme() == "http" && url.has_host());
    if let Some(reason) = missing {
        return Err(Error::new(UNAVAILABLE, format!("no instance metadata here: {reason}")));
    }
    if std::env::var_os(DISABLED).is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Err(Error::new("ImdsDisabled", format!("{DISABLED} is true; unset it to read instance metadata")));
    }
    match std::env::var_os(ENDPOINT).map(|url| url.to_string_lossy().into_owned()) {
        Some(url) if !is_usable(&url) => Err(Error::new(
            "BadConfiguration",
            format!("{ENDPOINT} is {url:?}, which is not a URL such as http://169.254.169.254"),
        )),
        _ => Ok(()),
    }
}

/// Returns a client without proxies and certificates. The service is link-local and uses plain HTTP; the SDK's default
/// client would send requests through a proxy, which must not see them.
fn client(timeout: Duration) -> Builder {
    let config = ProviderConfig::default().with_http_client(moonfleet_client::direct_http_client());
    Client::builder().configure(&config).connect_timeout(timeout).read_timeout(timeout)
}

const UNAVAILABLE: &str = "ImdsUnavailable";
const NO_INSTANCE: &str =
    "no instance metadata here: this machine is not an EC2 instance, or its metadata service is off";
const FAILED: &str = "ImdsFailed";

fn describe_failure(failure: &ImdsError, Path(path): &Path) -> Error {
    let cause = innermost(failure);
    match failure {
        ImdsError::ErrorResponse(answer) => {
            let status = answer.response().status().as_u16();
            let problem = format!("the metadata service answered {status} to {path}");
            Error { status: Some(status), retryable: status >= 500, ..Error::new(FAILED, problem) }
        }
        // A server that returns no token is another service, or rejects this process.
        ImdsError::FailedToLoadToken(_) => Error::new(UNAVAILABLE, format!("{NO_INSTANCE} ({cause})")),
        _ => Error {
            retryable: matches!(failure, ImdsError::IoError(_)),
            ..Error::new(FAILED, format!("the metadata service did not answer the request for {path}: {cause}"))
        },
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), innermost)
}

fn error(code: &str, message: impl Into<String>) -> LuaError {
    LuaError::external(Error::new(code, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalized() {
        for (given, sent) in [
            ("meta-data/instance-id", "/latest/meta-data/instance-id"),
            ("/latest/meta-data/", "/latest/meta-data/"),
            ("latest/meta-data/", "/latest/meta-data/"),
            ("/2021-03-23/dynamic", "/2021-03-23/dynamic"),
            ("meta-data/tags/instance/a+b=c.d,e_f:g@h-i", "/latest/meta-data/tags/instance/a+b=c.d,e_f:g@h-i"),
            ("a//b/./../c", "/latest/a/b/c"),
            ("a b?c#d%e\u{e4}\n\r\0\"<>\\", "/latest/a%20b%3Fc%23d%25e%C3%A4%00%22%3C%3E%5C"),
            ("", "/latest"),
            ("/", "/"),
        ] {
            assert_eq!(Path::read(given).0, sent, "{given:?}");
        }
        assert_eq!(Path::from_parts(["a", "b/../c?d"]).0, "/a/b%2F..%2Fc%3Fd");
    }

    #[test]
    fn paths_of_credentials_are_recognized_in_any_spelling() {
        let is_secret = |path: &str| Path::read(path).is_secret();
        for secret in [
            "meta-data/iam/security-credentials/my-role",
            "/latest/meta-data/iam/security-credentials/my-role",
            "/2021-03-23/meta-data/iam//security-credentials//my-role/",
            "meta-data/x/../iam/./security-credentials/../my-role",
            "meta-data/iam/Security-Credentials/my-role",
            "meta-data/iam/security-cre\ndentials/my-role",
            "meta-data/identity-credentials/ec2/security-credentials/ec2-instance",
        ] {
            assert!(is_secret(secret), "{secret:?}");
        }
        for open in ["meta-data/iam/security-credentials", "meta-data/iam/security-credentials/", "meta-data/iam/info"]
        {
            assert!(!is_secret(open), "{open:?}");
        }
    }
}
