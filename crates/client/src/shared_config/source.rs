//! Where the credentials of a session come from. The order is boto3's (`create_credential_resolver` in botocore):
//! the environment's keys, the profile's role, a web identity, SSO, keys of the credentials file, `aws login`,
//! `credential_process`, keys of the configuration file, and at last the container or the instance. The SDK has
//! another order, in which the same files can mean another account.

use std::path::PathBuf;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_runtime::env_config::file::EnvConfigFiles;
use moonfleet_core::{Error, aws_environment::variable};

use super::ini::{CREDENTIAL_PROCESS, Value};
use super::{Profile, Settings, SharedConfig, bad, expanded, for_sdk};
use crate::Role;

#[derive(Debug)]
pub(crate) enum Source {
    Keys(Credentials),
    /// A role that these credentials assume.
    Role(Role, Box<Source>),
    /// A role that a token in a file assumes, without credentials.
    WebIdentity(Role, PathBuf),
    Named(NamedSource),
    /// SSO, with a profile that the SDK reads, and its name.
    Sso(EnvConfigFiles, String),
    /// A command that prints credentials.
    Process(String),
    /// The container, or the instance.
    Machine,
}

/// A `credential_source`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamedSource {
    Instance,
    Container,
}

pub(super) const ACCESS_KEY: &str = "aws_access_key_id";
const SECRET_KEY: &str = "aws_secret_access_key";
/// boto3 reads the older name first.
const TOKENS: [&str; 2] = ["aws_security_token", "aws_session_token"];
const ROLE_ARN: &str = "role_arn";
const TOKEN_FILE: &str = "web_identity_token_file";
const LOGIN_SESSION: &str = "login_session";
pub(super) const SSO: [&str; 5] = ["sso_session", "sso_account_id", "sso_role_name", "sso_start_url", "sso_region"];

/// Returns where the credentials of the chosen profile come from, or of the environment if none is chosen. A chosen
/// profile goes before the keys and the web identity of the environment.
pub(crate) fn credential_source(config: &SharedConfig, chosen: Option<&str>) -> Result<Source, Error> {
    let profile = config.selected(chosen)?;
    if chosen.is_none()
        && let Some(keys) = keys_of_environment()?
    {
        return Ok(keys);
    }
    let Some(profile) = profile else {
        return Ok(web_identity_of_environment(None).transpose()?.unwrap_or(Source::Machine));
    };
    if let Some(role) = role_of(profile) {
        return role_chain(config, profile, role?, &mut vec![profile.name()]);
    }
    if chosen.is_none()
        && let Some(role) = web_identity_of_environment(Some(profile))
    {
        return role;
    }
    Ok(own_source(config, profile)?.unwrap_or(Source::Machine))
}

/// Returns the credentials of a profile itself, without its role.
fn own_source(config: &SharedConfig, profile: &Profile) -> Result<Option<Source>, Error> {
    if let Some(file) = profile.get(TOKEN_FILE) {
        return web_identity(profile.set(ROLE_ARN), Some(profile), expanded(file)).map(Some);
    }
    if let Some(text) = sso(config, profile)? {
        return Ok(Some(Source::Sso(for_sdk::files(text), profile.name().to_owned())));
    }
    if let Some(keys) = keys(profile, &profile.credentials)? {
        return Ok(Some(keys));
    }
    if profile.set(LOGIN_SESSION).is_some() {
        // The AWS CLI, which has logged in, renews the token and gives the credentials to other programs.
        let words = ["aws", "configure", "export-credentials", "--format", "process", "--profile", profile.name()];
        let command = shlex::try_join(words).map_err(|e| bad(format!("{}: {e}", profile.described(LOGIN_SESSION))))?;
        return Ok(Some(Source::Process(command)));
    }
    if let Some(command) = profile.get(CREDENTIAL_PROCESS) {
        return Ok(Some(Source::Process(command.to_owned())));
    }
    keys(profile, &profile.config)
}

fn keys_of_environment() -> Result<Option<Source>, Error> {
    let Some(key) = variable("AWS_ACCESS_KEY_ID") else { return Ok(None) };
    let Some(secret) = variable("AWS_SECRET_ACCESS_KEY") else {
        let problem =
            "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not; set both, or neither to use a profile";
        return Err(bad(problem.to_owned()));
    };
    let token = variable("AWS_SECURITY_TOKEN").or_else(|| variable("AWS_SESSION_TOKEN"));
    Ok(Some(Source::Keys(Credentials::new(key, secret, token, None, "environment"))))
}

/// Returns the keys in the section of one file.
fn keys(profile: &Profile, section: &Settings) -> Result<Option<Source>, Error> {
    let text = |key: &str| section.get(key).map(|placed| placed.text());
    let Some(key) = text(ACCESS_KEY) else { return Ok(None) };
    let secret = text(SECRET_KEY).unwrap_or_default();
    let missing = [(ACCESS_KEY, key), (SECRET_KEY, secret)].into_iter().find(|(_, value)| value.is_empty());
    if let Some((name, _)) = missing {
        let file = section[ACCESS_KEY].file.display();
        return Err(bad(format!("the profile '{}' of {file} has no {name}; keys need both", profile.name())));
    }
    let token = TOKENS.iter().find_map(|name| text(name)).filter(|token| !token.is_empty());
    Ok(Some(Source::Keys(Credentials::new(key, secret, token.map(str::to_owned), None, "profile"))))
}

/// Returns the role of a profile that other credentials assume.
fn role_of(profile: &Profile) -> Option<Result<Role, Error>> {
    let arn = profile.set(ROLE_ARN).filter(|_| profile.set(TOKEN_FILE).is_none())?;
    Some(checked_role(arn, Some(profile)))
}

fn checked_role(arn: &str, profile: Option<&Profile>) -> Result<Role, Error> {
    let text = |key: &str| profile.and_then(|profile| profile.get(key)).map(str::to_owned);
    let role = Role {
        arn: arn.to_owned(),
        external_id: text("external_id"),
        mfa_serial: text("mfa_serial"),
        session_name: text("role_session_name"),
        duration: text("duration_seconds").and_then(|s| s.parse().ok()).map(Duration::from_secs),
    };
    role.check()?;
    Ok(role)
}

/// Returns a role with the source of its credentials. `path` are the profiles that lead here, with this one.
fn role_chain<'a>(
    config: &'a SharedConfig,
    profile: &'a Profile,
    role: Role,
    path: &mut Vec<&'a str>,
) -> Result<Source, Error> {
    let name = profile.name();
    let wrong = |problem: &str| Err(bad(format!("the profile '{name}' has a role_arn, and {problem}")));
    let source = match (profile.get("source_profile"), profile.get("credential_source")) {
        (Some(_), Some(_)) => {
            return wrong("has both source_profile and credential_source; remove one of them");
        }
        (None, Some("Environment")) => match keys_of_environment()? {
            Some(keys) => keys,
            None => return wrong("needs keys in the environment, which has none: set AWS_ACCESS_KEY_ID"),
        },
        (None, Some("Ec2InstanceMetadata")) => Source::Named(NamedSource::Instance),
        (None, Some("EcsContainer")) => Source::Named(NamedSource::Container),
        (None, Some(_)) => {
            let expected = "Environment, Ec2InstanceMetadata or EcsContainer";
            return Err(bad(format!("{}: it must be {expected}", profile.described("credential_source"))));
        }
        (None, None) => return wrong("needs a source_profile, a credential_source or a web_identity_token_file"),
        (Some(source), None) => {
            let Some(source) = config.profiles.get(source) else {
                return Err(bad(format!("{}: there is no such profile", profile.described("source_profile"))));
            };
            let has_keys = source.set(ACCESS_KEY).or(source.set(SECRET_KEY)).is_some();
            if source.name() == name && !has_keys {
                return wrong("names itself as source_profile, but has no keys");
            }
            if source.name() != name && path.contains(&source.name()) {
                let path = path.join(", ");
                return Err(bad(format!(
                    "the source_profile of these profiles is circular: {path}, {}",
                    source.name()
                )));
            }
            path.push(source.name());
            match role_of(source).filter(|_| !has_keys) {
                Some(role) => role_chain(config, source, role?, path)?,
                None => match own_source(config, source)? {
                    Some(source) => source,
                    None => {
                        let setting = profile.described("source_profile");
                        return Err(bad(format!("{setting}: that profile has no credentials")));
                    }
                },
            }
        }
    };
    Ok(Source::Role(role, Box::new(source)))
}

/// Returns the role of the environment's token, which pods and CI jobs have.
fn web_identity_of_environment(profile: Option<&Profile>) -> Option<Result<Source, Error>> {
    let file = variable("AWS_WEB_IDENTITY_TOKEN_FILE")?;
    let arn = variable("AWS_ROLE_ARN");
    let arn = arn.as_deref().or_else(|| profile?.set(ROLE_ARN));
    let role =
        web_identity(arn, profile, expanded(&file)).map(|source| match (source, variable("AWS_ROLE_SESSION_NAME")) {
            (Source::WebIdentity(role, file), Some(name)) => {
                Source::WebIdentity(Role { session_name: Some(name), ..role }, file)
            }
            (source, _) => source,
        });
    Some(role)
}

fn web_identity(arn: Option<&str>, profile: Option<&Profile>, file: PathBuf) -> Result<Source, Error> {
    match arn {
        Some(arn) => Ok(Source::WebIdentity(checked_role(arn, profile)?, file)),
        None => {
            Err(bad(format!("the web identity token in {} needs a role: set role_arn or AWS_ROLE_ARN", file.display())))
        }
    }
}

/// Returns the SSO settings of a profile in the form that the SDK reads. An account or a role marks a profile with
/// SSO. The SDK takes the address only from the section, if the profile names one.
fn sso(config: &SharedConfig, profile: &Profile) -> Result<Option<String>, Error> {
    if profile.set("sso_account_id").or(profile.set("sso_role_name")).is_none() {
        return Ok(None);
    }
    let session = match profile.set("sso_session") {
        None => None,
        Some(name) => match config.sso_sessions.get(name) {
            Some(session) => Some((name, session)),
            None => {
                return Err(bad(format!("{}: there is no [sso-session {name}]", profile.described("sso_session"))));
            }
        },
    };
    let (mut own, mut shared) = (format!("[profile {}]\n", for_sdk::PROFILE), String::new());
    for key in SSO {
        let in_session = session.and_then(|(_, session)| session.get(key)).map(|placed| placed.text());
        let value = match (profile.set(key), in_session) {
            (Some(value), Some(other)) if value != other => {
                return Err(bad(format!("{}: its [sso-session] has another value: {other}", profile.described(key))));
            }
            (Some(value), _) | (None, Some(value)) => value,
            (None, None) if key == "sso_session" => continue,
            (None, None) => return Err(bad(format!("the profile '{}' uses SSO, and has no {key}", profile.name()))),
        };
        let is_shared = session.is_some() && ["sso_start_url", "sso_region"].contains(&key);
        for_sdk::write(if is_shared { &mut shared } else { &mut own }, key, &Value::Text(value.to_owned()));
    }
    Ok(Some(match session {
        Some((name, _)) => format!("{own}[sso-session {name}]\n{shared}"),
        None => own,
    }))
}
