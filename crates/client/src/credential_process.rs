//! Credentials from a command (`credential_process`). The SDK has a provider too, but it hides what the command
//! writes to standard error until it has failed: questions, and addresses to open in a browser.

use std::io::Write as _;
use std::process::{ExitStatus, Stdio};
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use moonfleet_core::known_secrets::redact;
use moonfleet_core::sanitize;
use serde::Deserialize;
use tokio::io::AsyncReadExt as _;
use tokio::process::{ChildStderr, Command};

use crate::runtime::is_non_interactive;
use crate::shared_config::expanded;

/// How many bytes of standard error are kept for the error.
const KEPT: usize = 4096;

#[derive(Debug)]
pub(crate) struct CredentialProcess {
    pub command: String,
}

/// The answer of a command, as the AWS CLI documents it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    version: u32,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expiration: Option<String>,
}

impl ProvideCredentials for CredentialProcess {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.ask())
    }
}

impl CredentialProcess {
    async fn ask(&self) -> Result<Credentials, CredentialsError> {
        let (output, said, status) = self.run().await?;
        if !status.success() {
            return Err(failed(format!("credential_process ended with {status}: {}", said.trim())));
        }
        // The text of the answer is secret.
        let answer: Answer = serde_json::from_slice(&output)
            .map_err(|e| failed(format!("credential_process printed other JSON than the AWS CLI expects: {e}")))?;
        if answer.version != 1 {
            return Err(failed(format!("credential_process printed the version {}; only 1 is known", answer.version)));
        }
        let Answer { access_key_id, secret_access_key, session_token, expiration, .. } = answer;
        let expiration = expiration.map(|time| parse_time(&time)).transpose();
        let expiration = expiration.map_err(|e| failed(format!("the Expiration of credential_process: {e}")))?;
        Ok(Credentials::new(access_key_id, secret_access_key, session_token, expiration, "credential_process"))
    }

    async fn run(&self) -> Result<(Vec<u8>, String, ExitStatus), CredentialsError> {
        let words = shlex::split(&self.command).filter(|words| !words.is_empty());
        let Some(words) = words else {
            return Err(failed(format!("credential_process has unbalanced quotes: {}", self.command)));
        };
        let mut command = Command::new(expanded(&words[0]));
        command.args(&words[1..]).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let is_interactive = !is_non_interactive();
        if !is_interactive {
            command.stdin(Stdio::null());
        }
        let mut child = command.spawn().map_err(|e| {
            failed(format!(
                "cannot start {:?} for credentials: {e}; install it, or correct credential_process in the profile, which \
                 AWS's tools start without a shell",
                words[0]
            ))
        })?;
        let (mut stdout, stderr) = (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
        let mut output = Vec::new();
        let (read, said) = tokio::join!(stdout.read_to_end(&mut output), relay(stderr, is_interactive));
        read.map_err(CredentialsError::provider_error)?;
        let status = child.wait().await.map_err(CredentialsError::provider_error)?;
        Ok((output, said, status))
    }
}

/// Shows what a command writes to standard error, as soon as it comes. Returns the first part of it.
async fn relay(mut from: ChildStderr, is_shown: bool) -> String {
    let (mut kept, mut piece) = (Vec::new(), [0; KEPT]);
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        let new = &piece[..length];
        if is_shown {
            let text = String::from_utf8_lossy(new);
            // Standard error may be closed.
            let _ = std::io::stderr().write_all(redact(&sanitize::block(&text)).as_bytes());
        }
        kept.extend_from_slice(&new[..length.min(KEPT - kept.len())]);
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// Parses a time such as `2026-01-31T07:00:00Z`.
pub(crate) fn parse_time(text: &str) -> Result<SystemTime, BoxError> {
    Ok(DateTime::from_str(text, Format::DateTimeWithOffset)?.try_into()?)
}

fn failed(problem: String) -> CredentialsError {
    CredentialsError::provider_error(problem)
}
