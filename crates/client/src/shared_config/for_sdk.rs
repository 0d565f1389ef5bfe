//! Writes a profile in the form that the SDK reads. Credentials are left out: [`super::source`] reads them.

use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use moonfleet_bindings::service_names;
use moonfleet_core::{Error, suggest};

use super::ini::{CREDENTIAL_PROCESS, Value};
use super::source::{ACCESS_KEY, SSO};
use super::{LEGACY, Profile, Settings, SharedConfig, bad, usable_url};

/// The names in the text for the SDK, which accepts fewer characters in names than AWS's tools do.
pub(crate) const PROFILE: &str = "selected";
const SERVICES_SECTION: &str = "selected";

/// The settings that are read elsewhere, and those that the SDK would read as credentials.
const LEFT_OUT: [&str; 13] = [
    ACCESS_KEY,
    "aws_secret_access_key",
    "aws_session_token",
    "aws_security_token",
    CREDENTIAL_PROCESS,
    "credential_source",
    "login_session",
    "role_arn",
    "source_profile",
    "web_identity_token_file",
    "region",
    "services",
    "ca_bundle",
];

impl SharedConfig {
    /// Returns the settings of a profile as files of the SDK. They contain no credentials.
    pub(crate) fn settings_for_sdk(&self, profile: Option<&Profile>) -> Result<EnvConfigFiles, Error> {
        let mut text = format!("[profile {PROFILE}]\n");
        for (key, placed) in profile.into_iter().flat_map(Profile::settings) {
            let is_legacy = (key, placed.text()) == ("retry_mode", LEGACY);
            if !LEFT_OUT.contains(&key) && !SSO.contains(&key) && !is_legacy && !placed.is_empty() {
                write(&mut text, key, &placed.setting.value);
            }
        }
        if let Some(profile) = profile
            && let Some(name) = profile.set("services")
        {
            let services = self.services(profile, name)?;
            text.push_str(&format!("services = {SERVICES_SECTION}\n[services {SERVICES_SECTION}]\n"));
            services.iter().for_each(|(key, placed)| write(&mut text, key, &placed.setting.value));
        }
        Ok(files(text))
    }

    /// Returns the section with endpoints of services that a profile names. It must exist, with usable URLs: the SDK
    /// would ignore it and call AWS itself.
    fn services(&self, profile: &Profile, name: &str) -> Result<&Settings, Error> {
        let Some(section) = self.services.get(name) else {
            let nearest = suggest::nearest(name, self.services.keys().map(String::as_str));
            let hint = nearest.map_or(String::new(), |near| format!("; did you mean {near}?"));
            return Err(bad(format!("{}: there is no [services {name}]{hint}", profile.described("services"))));
        };
        let ours = || service_names().chain(["signin"]);
        for (service, placed) in section.iter().filter(|(key, _)| ours().any(|name| name == *key)) {
            let Value::Nested(nested) = &placed.setting.value else { continue };
            if let Some((_, url)) =
                nested.iter().find(|(key, url)| key == "endpoint_url" && !url.is_empty() && !usable_url(url))
            {
                return Err(bad(format!(
                    "endpoint_url = {url} of {service} in [services {name}] of {}: it must be a URL such as \
                     http://127.0.0.1:4566",
                    placed.file.display()
                )));
            }
        }
        Ok(section)
    }
}

pub(super) fn files(text: String) -> EnvConfigFiles {
    EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, text).build()
}

pub(super) fn write(text: &mut String, key: &str, value: &Value) {
    match value {
        Value::Text(value) => text.push_str(&format!("{key} = {}\n", value.replace('\n', "\n  "))),
        Value::Nested(nested) => {
            text.push_str(&format!("{key} =\n"));
            let set = nested.iter().filter(|(_, value)| !value.is_empty());
            set.for_each(|(key, value)| text.push_str(&format!("  {key} = {value}\n")));
        }
    }
}
