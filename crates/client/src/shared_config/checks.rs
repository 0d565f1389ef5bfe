//! Checks of settings before the SDK reads them. For some mistakes the SDK panics, for others it logs a warning and
//! calls AWS instead of the configured server.

use std::env;

use aws_smithy_types::retry::RetryMode;
use moonfleet_core::Error;

use super::ini::Value;
use super::{LEGACY, Placed, Profile, bad};

/// A key with a value that makes the SDK panic or log a warning, the expected value, and its check.
type Check = (&'static str, &'static str, fn(&str) -> bool);

const CHECKS: [Check; 4] = [
    ("endpoint_url", "a URL such as http://127.0.0.1:4566", usable_url),
    ("retry_mode", "standard, adaptive or legacy", |mode| mode == LEGACY || mode.parse::<RetryMode>().is_ok()),
    ("max_attempts", "a number from 1", is_count),
    ("duration_seconds", "a number of seconds", is_count),
];

fn is_count(text: &str) -> bool {
    text.parse::<u32>().is_ok_and(|count| count > 0)
}

impl Profile {
    /// Refuses settings that the SDK cannot use.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.check_text()?;
        for (key, expected, is_right) in CHECKS {
            if self.get(key).is_some_and(|value| !is_right(value)) {
                return Err(bad(format!("{}: it must be {expected}", self.described(key))));
            }
        }
        Ok(())
    }

    /// Refuses settings with bytes that are not UTF-8: they name another user, role or server than the file does.
    fn check_text(&self) -> Result<(), Error> {
        let is_broken = |text: &str| text.contains(char::REPLACEMENT_CHARACTER);
        let broken = self.settings().find(|(_, placed)| match &placed.setting.value {
            Value::Text(text) => is_broken(text),
            Value::Nested(nested) => nested.iter().any(|(key, value)| is_broken(key) || is_broken(value)),
        });
        match broken {
            None => Ok(()),
            Some((key, Placed { setting, file })) => Err(bad(format!(
                "{key} in the profile '{}', line {} of {}, has bytes that are not UTF-8; save the file as UTF-8",
                self.name,
                setting.line,
                file.display()
            ))),
        }
    }
}

/// Checks the same settings in the environment.
pub(crate) fn check_environment() -> Result<(), Error> {
    for (key, expected, is_right) in CHECKS {
        let variable = format!("AWS_{}", key.to_uppercase());
        if let Some(value) = env::var(&variable).ok().filter(|value| !is_right(value)) {
            return Err(bad(format!("{variable} is {value:?}; it must be {expected}")));
        }
    }
    Ok(())
}

/// Refuses unusable endpoint URLs; the SDK would ignore them and call AWS itself.
pub(crate) fn check_endpoints(given: Option<&str>) -> Result<(), Error> {
    let given = given.map(|url| ("--endpoint-url".to_owned(), url.to_owned()));
    let from_environment = env::vars_os().filter_map(|(name, url)| {
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

pub(crate) fn usable_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}
