//! AWS's shared configuration, looked at before the SDK does: what it would answer with a
//! panic, or with a warning and AWS itself in place of the server that was meant, is an
//! error here that names the profile and the key.

use std::borrow::Cow;

use aws_config::profile;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_smithy_types::retry::RetryMode;
use aws_types::os_shim_internal::{Env, Fs};

use super::usable_url;
use crate::error::Error;

/// Checks the profile that a session is going to use.
pub async fn check(chosen: Option<&str>) -> Result<(), Error> {
    let name = chosen.map(|name| Cow::Owned(name.to_owned()));
    let profiles = profile::load(&Fs::real(), &Env::real(), &EnvConfigFiles::default(), name)
        .await
        .map_err(|e| bad(format!("AWS's shared configuration cannot be read: {}", causes(&e))))?;
    let selected = profiles.selected_profile();
    let Some(profile) = profiles.get_profile(selected) else {
        let is_named = chosen.is_some() || std::env::var_os("AWS_PROFILE").is_some();
        let known: Vec<&str> = profiles.profiles().collect();
        return match is_named {
            true => Err(bad(format!("there is no profile '{selected}'; known are: {}", known.join(", ")))),
            false => Ok(()),
        };
    };
    let wrong = |key: &str, value: &str, expected: &str| {
        Err(bad(format!("{key} = {value} in the profile '{selected}' must be {expected}")))
    };
    if let Some(url) = profile.get("endpoint_url").filter(|url| !usable_url(url)) {
        return wrong("endpoint_url", url, "a URL such as http://127.0.0.1:4566");
    }
    if let Some(mode) = profile.get("retry_mode").filter(|mode| mode.parse::<RetryMode>().is_err()) {
        return wrong("retry_mode", mode, "standard or adaptive");
    }
    let is_count = |text: &str| text.parse::<u32>().is_ok_and(|attempts| attempts > 0);
    if let Some(attempts) = profile.get("max_attempts").filter(|attempts| !is_count(attempts)) {
        return wrong("max_attempts", attempts, "a number from 1");
    }
    Ok(())
}

fn bad(problem: String) -> Error {
    Error::new("BadConfiguration", problem)
}

fn causes(error: &dyn std::error::Error) -> String {
    let source = error.source().map_or(String::new(), |source| format!(": {}", causes(source)));
    format!("{error}{source}")
}
