//! Checks of AWS's shared configuration before the SDK reads it. For some mistakes the SDK panics,
//! for others it logs a warning and calls AWS instead of the configured server; here they are
//! errors that name the profile and the key.

use std::borrow::Cow;
use std::io::Read as _;
use std::path::PathBuf;
use std::time::Duration;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::profile::{self, Profile, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_runtime::env_config::property::PropertiesKey;
use aws_smithy_types::retry::RetryMode;
use aws_types::os_shim_internal::{Env, Fs};
use futures_util::FutureExt as _;
use moonfleet_bindings::{SERVICES, causes};
use moonfleet_core::Error;
use moonfleet_core::suggest;

use super::{Role, http};

/// The credentials that assume a role.
pub(crate) enum Source {
    Profile(String),
    Credentials(SharedCredentialsProvider),
    /// A file with a web identity token, which needs no credentials.
    Token(PathBuf),
}

/// Returns the names of all profiles, sorted.
pub(crate) async fn names() -> Result<Vec<String>, Error> {
    let profiles = load(None).await?;
    let mut names: Vec<String> = profiles.profiles().map(str::to_owned).collect();
    names.sort();
    Ok(names)
}

/// Checks the profile of a session. Returns the role that it assumes: the profile's, or that of the
/// environment if the profile has no credentials of its own.
pub(crate) async fn check(chosen: Option<&str>) -> Result<Option<(Role, Source)>, Error> {
    let profiles = load(chosen).await?;
    let selected = profiles.selected_profile();
    let Some(profile) = profiles.get_profile(selected) else {
        let is_named = chosen.is_some() || std::env::var_os("AWS_PROFILE").is_some();
        return if is_named { Err(unknown(selected, profiles.profiles())) } else { Ok(role_of_environment()) };
    };
    for (key, expected, is_right) in CHECKED {
        if let Some(value) = profile.get(key).filter(|value| !is_right(value)) {
            let place = place(key, value);
            return Err(bad(format!("{key} = {value} in the profile '{selected}'{place}: it must be {expected}")));
        }
    }
    if let Some(section) = profile.get("services") {
        check_services(&profiles, selected, section)?;
    }
    check_chain(&profiles, selected)?;
    match role(selected, profile)? {
        None if chosen.is_none() && !CREDENTIALS.iter().any(|key| profile.get(key).is_some()) => {
            Ok(role_of_environment())
        }
        role => Ok(role),
    }
}

/// The keys that define credentials in a profile.
const CREDENTIALS: [&str; 6] =
    ["aws_access_key_id", "credential_process", "sso_session", "sso_start_url", "sso_account_id", "login_session"];

/// A key with a value that makes the SDK panic or log a warning, the expected value, and its check.
type ProfileCheck = (&'static str, &'static str, fn(&str) -> bool);
const CHECKED: [ProfileCheck; 4] = [
    ("endpoint_url", "a URL such as http://127.0.0.1:4566", usable_url),
    ("retry_mode", "standard or adaptive", |mode| mode.parse::<RetryMode>().is_ok()),
    ("max_attempts", "a number from 1", is_count),
    ("duration_seconds", "a number of seconds", is_count),
];

fn is_count(text: &str) -> bool {
    text.parse::<u32>().is_ok_and(|count| count > 0)
}

/// Returns ` of ~/.aws/config` if that file contains the setting; the SDK's profiles do not name
/// their file.
fn place(key: &str, value: &str) -> String {
    let sets = |line: &str| line.split_once('=').is_some_and(|(k, v)| k.trim() == key && v.trim() == value);
    let found = files().find(|path| std::fs::read_to_string(path).is_ok_and(|text| text.lines().any(sets)));
    found.map_or(String::new(), |path| format!(" of {}", path.display()))
}

/// Returns the paths of AWS's shared configuration.
fn files() -> impl Iterator<Item = PathBuf> {
    let home = etcetera::home_dir().unwrap_or_default();
    let files = [("AWS_CONFIG_FILE", ".aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials")];
    files.into_iter().map(move |(variable, file)| {
        std::env::var_os(variable).filter(|path| !path.is_empty()).map_or_else(|| home.join(file), PathBuf::from)
    })
}

/// Checks the same settings in the environment.
pub(crate) fn check_environment() -> Result<(), Error> {
    for (key, expected, is_right) in CHECKED {
        let variable = format!("AWS_{}", key.to_uppercase());
        if let Some(value) = std::env::var(&variable).ok().filter(|value| !value.is_empty() && !is_right(value)) {
            return Err(bad(format!("{variable} is {value:?}; it must be {expected}")));
        }
    }
    Ok(())
}

/// Refuses unusable endpoint URLs; the SDK would ignore them and call AWS itself.
pub(crate) fn check_endpoints(given: Option<&str>) -> Result<(), Error> {
    let given = given.map(|url| ("--endpoint-url".to_owned(), url.to_owned()));
    let from_environment = std::env::vars_os().filter_map(|(name, url)| {
        let name = name.into_string().ok()?;
        name.starts_with("AWS_ENDPOINT_URL").then(|| (name, url.to_string_lossy().into_owned()))
    });
    match given.into_iter().chain(from_environment).find(|(_, url)| !usable_url(url)) {
        Some((source, url)) => {
            Err(bad(format!("{source} is {url:?}, which is not a URL such as http://127.0.0.1:4566")))
        }
        None => Ok(()),
    }
}

pub(crate) fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Error {
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    let hint = match suggest::nearest(name, known.iter().copied()) {
        Some(nearest) => format!("did you mean '{nearest}'?"),
        None if known.is_empty() => "there are no profiles".to_owned(),
        None => format!("the profiles are {}", known.join(", ")),
    };
    bad(format!("there is no profile '{name}'; {hint}"))
}

/// Returns the region of the environment or the profile, like the SDK before it asks the instance
/// metadata service.
pub(crate) fn region(chosen: Option<&str>) -> Option<String> {
    let from_variable = |variable: &str| std::env::var(variable).ok().filter(|region| !region.is_empty());
    let from_profile = || {
        // Reading files never waits, so the future is ready at once.
        let profiles = load(chosen).now_or_never()?.ok()?;
        let profile = profiles.get_profile(profiles.selected_profile())?;
        profile.get("region").filter(|region| !region.is_empty()).map(str::to_owned)
    };
    from_variable("AWS_REGION").or_else(|| from_variable("AWS_DEFAULT_REGION")).or_else(from_profile)
}

/// Checks the section with endpoints of services that a profile names. The SDK ignores a section
/// that does not exist.
fn check_services(profiles: &ProfileSet, name: &str, section: &str) -> Result<(), Error> {
    let header = |line: &str| {
        let mut words = line.trim().strip_prefix('[')?.split(']').next()?.split_whitespace().map(str::to_owned);
        (words.next()? == "services").then(|| words.next()).flatten()
    };
    let texts = files().filter_map(|path| std::fs::read_to_string(path).ok());
    let known: Vec<String> = texts.flat_map(|text| text.lines().filter_map(header).collect::<Vec<_>>()).collect();
    if !known.iter().any(|other| other == section) {
        let place = place("services", section);
        let nearest = suggest::nearest(section, known.iter().map(String::as_str));
        let hint = nearest.map_or(String::new(), |near| format!("; did you mean {near}?"));
        let problem = format!("services = {section} in the profile '{name}'{place}: there is no [services {section}]");
        return Err(bad(problem + &hint));
    }
    let ours = SERVICES.iter().map(|service| service.name);
    for service in ours.chain(["s3", "sso", "sso_oidc"]) {
        let key = PropertiesKey::builder().section_key("services").section_name(section).property_name(service);
        let Ok(key) = key.sub_property_name("endpoint_url").build() else { continue };
        if let Some(url) = profiles.other_sections().get(&key).filter(|url| !usable_url(url)) {
            let place = place("endpoint_url", url);
            let problem = format!("endpoint_url = {url} of {service} in [services {section}]{place}");
            return Err(bad(format!("{problem}: it must be a URL such as http://127.0.0.1:4566")));
        }
    }
    Ok(())
}

async fn load(chosen: Option<&str>) -> Result<ProfileSet, Error> {
    for path in files() {
        // A missing file is no error, an unreadable one is.
        match std::fs::File::open(&path).and_then(|mut file| file.read(&mut [0])) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(bad(format!("cannot read AWS's shared configuration: {}: {e}", path.display())));
            }
            _ => {}
        }
    }
    let name = chosen.map(|name| Cow::Owned(name.to_owned()));
    profile::load(&Fs::real(), &Env::real(), &EnvConfigFiles::default(), name)
        .await
        .map_err(|e| bad(format!("cannot read AWS's shared configuration: {}", causes(&e))))
}

/// Returns the role of a profile and the source of its credentials. The SDK could assume most
/// roles, but it does not ask for MFA codes, ignores `duration_seconds`, and always calls AWS's own
/// STS, even if another endpoint is configured.
fn role(name: &str, profile: &Profile) -> Result<Option<(Role, Source)>, Error> {
    let text = |key: &str| profile.get(key).map(str::to_owned);
    let Some(arn) = text("role_arn") else { return Ok(None) };
    let role = Role {
        arn,
        external_id: text("external_id"),
        mfa_serial: text("mfa_serial"),
        session_name: text("role_session_name"),
        duration: profile.get("duration_seconds").and_then(|s| s.parse().ok()).map(Duration::from_secs),
    };
    let wrong = |problem: &str| Err(bad(format!("the profile '{name}' has a role_arn, and {problem}")));
    let source = match (profile.get("source_profile"), profile.get("credential_source")) {
        (Some(source), None) if source != name => Source::Profile(source.to_owned()),
        (Some(_), None) => match (profile.get("aws_access_key_id"), profile.get("aws_secret_access_key")) {
            (Some(key), Some(secret)) => {
                let keys = Credentials::new(key, secret, text("aws_session_token"), None, "profile");
                Source::Credentials(SharedCredentialsProvider::new(keys))
            }
            _ => return wrong("names itself as source_profile, but has no keys"),
        },
        (None, Some(source)) => Source::Credentials(credential_source(name, source)?),
        (None, None) => match profile.get("web_identity_token_file") {
            Some(file) => Source::Token(PathBuf::from(file)),
            None => return wrong("needs a source_profile, a credential_source or a web_identity_token_file"),
        },
        (Some(_), Some(_)) => return wrong("has both source_profile and credential_source; remove one of them"),
    };
    Ok(Some((role, source)))
}

/// Refuses a chain of source profiles that is circular or names a missing profile.
fn check_chain(profiles: &ProfileSet, first: &str) -> Result<(), Error> {
    let mut seen = vec![first];
    let source = |name| {
        let profile = profiles.get_profile(name)?;
        profile.get("role_arn").and(profile.get("source_profile")).filter(|source| *source != name)
    };
    while let Some(next) = source(seen[seen.len() - 1]) {
        if seen.contains(&next) {
            return Err(bad(format!("the source_profile of these profiles is circular: {}, {next}", seen.join(", "))));
        }
        if profiles.get_profile(next).is_none() {
            let last = seen[seen.len() - 1];
            return Err(bad(format!("source_profile = {next} in the profile '{last}': there is no such profile")));
        }
        seen.push(next);
    }
    Ok(())
}

fn credential_source(name: &str, source: &str) -> Result<SharedCredentialsProvider, Error> {
    let config = ProviderConfig::default().with_http_client(http::client());
    Ok(match source {
        "Environment" => SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()),
        "Ec2InstanceMetadata" => {
            SharedCredentialsProvider::new(ImdsCredentialsProvider::builder().configure(&config).build())
        }
        "EcsContainer" => SharedCredentialsProvider::new(EcsCredentialsProvider::builder().configure(&config).build()),
        _ => {
            let expected = "Environment, Ec2InstanceMetadata or EcsContainer";
            return Err(bad(format!("credential_source = {source} in the profile '{name}': it must be {expected}")));
        }
    })
}

/// Returns the web identity role of the environment, which pods and CI jobs have.
fn role_of_environment() -> Option<(Role, Source)> {
    let file = std::env::var_os("AWS_WEB_IDENTITY_TOKEN_FILE")?;
    let arn = std::env::var("AWS_ROLE_ARN").ok()?;
    let session_name = std::env::var("AWS_ROLE_SESSION_NAME").ok();
    Some((Role { arn, session_name, ..Role::default() }, Source::Token(file.into())))
}

fn usable_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn bad(problem: String) -> Error {
    Error::new("BadConfiguration", problem)
}
