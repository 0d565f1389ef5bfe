//! Assuming roles through STS. The SDK can assume roles too, except with an MFA code or a
//! profile's `duration_seconds`, so all roles are assumed here.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use moonfleet_bindings::causes;
use moonfleet_core::known_secrets;
use moonfleet_core::{Ask, Error, arn};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::cli_cache::CacheEntry;
use super::runtime::is_non_interactive;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Role {
    pub arn: String,
    #[serde(default)]
    pub external_id: Option<String>,
    #[serde(default)]
    pub mfa_serial: Option<String>,
    #[serde(default)]
    pub session_name: Option<String>,
    #[serde(default)]
    pub duration: Option<Duration>,
}

impl Role {
    /// Returns the account in the ARN, such as `arn:aws:iam::123456789012:role/name`.
    pub fn account(&self) -> Option<&str> {
        arn::account(&self.arn)
    }

    fn seconds(&self) -> Option<i32> {
        self.duration.map(seconds)
    }

    /// Returns the parameters of the request to STS without the code, as the AWS CLI would send them.
    fn request(&self) -> serde_json::Map<String, Value> {
        let text = |text: &Option<String>| text.clone().map(Value::from);
        let parameters = [
            ("RoleArn", Some(Value::from(self.arn.clone()))),
            ("ExternalId", text(&self.external_id)),
            ("SerialNumber", text(&self.mfa_serial)),
            ("RoleSessionName", text(&self.session_name)),
            ("DurationSeconds", self.seconds().map(Value::from)),
        ];
        parameters.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }

    fn refused<E>(&self, error: SdkError<E, HttpResponse>) -> CredentialsError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        CredentialsError::provider_error(format!("cannot assume the role {}: {}", self.arn, refusal(&error)))
    }

    /// Refuses a malformed ARN. STS would refuse it with a less helpful message.
    pub fn check(&self) -> Result<(), Error> {
        let parts: Vec<&str> = self.arn.splitn(6, ':').collect();
        let is_role = matches!(parts[..], ["arn", _, "iam", _, account, name]
            if account.len() == 12 && name.starts_with("role/"));
        if is_role {
            return Ok(());
        }
        let problem =
            format!("{:?} is not the ARN of a role, such as arn:aws:iam::123456789012:role/operator", self.arn);
        Err(Error::new("BadConfiguration", problem))
    }
}

/// A session of a caller's own keys that has passed MFA.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MfaSession {
    /// The serial number or the ARN of the device.
    pub serial: String,
    #[serde(default)]
    pub duration: Option<Duration>,
}

impl MfaSession {
    fn request(&self) -> serde_json::Map<String, Value> {
        let parameters = [
            ("SerialNumber", Some(Value::from(self.serial.clone()))),
            ("DurationSeconds", self.duration.map(|duration| Value::from(seconds(duration)))),
        ];
        parameters.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}

/// Returns the message of STS. If STS did not answer, returns the causes of the error.
fn refusal<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let message = error.as_service_error().and_then(|e| e.message().map(str::to_owned));
    message.unwrap_or_else(|| causes(error))
}

/// Assumes a role with the credentials of the STS client.
pub(crate) struct RoleProvider {
    pub sts: aws_sdk_sts::Client,
    pub role: Role,
    pub ask: Arc<dyn Ask>,
}

impl RoleProvider {
    async fn assume(&self) -> Result<Credentials, CredentialsError> {
        let cached = self.role.mfa_serial.as_ref().and_then(|_| CacheEntry::of_request(&self.role.request()));
        if let Some(credentials) = cached.as_ref().and_then(CacheEntry::read) {
            return Ok(credentials);
        }
        let name = self.role.session_name.clone().unwrap_or_else(session_name);
        let mut request = self.sts.assume_role().role_arn(&self.role.arn).role_session_name(name);
        request = request.set_external_id(self.role.external_id.clone());
        request = request.set_duration_seconds(self.role.seconds());
        if let Some(serial) = &self.role.mfa_serial {
            let code = ask_for_code(self.ask.clone(), serial.clone(), self.role.arn.clone()).await?;
            request = request.serial_number(serial).token_code(code);
        }
        let answer = request.send().await.map_err(|e| self.role.refused(e))?;
        let credentials = issued(answer.credentials())?;
        if let Some(entry) = cached {
            entry.write(&credentials, self.role.account());
        }
        Ok(credentials)
    }
}

/// Gets a session for the keys of the STS client with an MFA code, without a role.
pub(crate) struct MfaSessionProvider {
    pub sts: aws_sdk_sts::Client,
    pub mfa: MfaSession,
    pub ask: Arc<dyn Ask>,
}

impl MfaSessionProvider {
    async fn start(&self) -> Result<Credentials, CredentialsError> {
        let MfaSession { serial, duration } = &self.mfa;
        let cached = CacheEntry::of_request(&self.mfa.request());
        if let Some(credentials) = cached.as_ref().and_then(CacheEntry::read) {
            return Ok(credentials);
        }
        let code = ask_for_code(self.ask.clone(), serial.clone(), "this session".to_owned()).await?;
        let request = self.sts.get_session_token().serial_number(serial).token_code(code);
        let answer = request.set_duration_seconds(duration.map(seconds)).send().await.map_err(|error| {
            CredentialsError::provider_error(format!("cannot start a session with {serial}: {}", refusal(&error)))
        })?;
        let credentials = issued(answer.credentials())?;
        if let Some(entry) = cached {
            // An MFA device belongs to one account.
            entry.write(&credentials, arn::account(serial));
        }
        Ok(credentials)
    }
}

/// Assumes a role with a web identity token from a file.
pub(crate) struct TokenProvider {
    pub sts: aws_sdk_sts::Client,
    pub role: Role,
    pub file: PathBuf,
}

impl TokenProvider {
    async fn assume(&self) -> Result<Credentials, CredentialsError> {
        // The file is read for each attempt, because its writer renews the token.
        let token = std::fs::read_to_string(&self.file).map_err(|e| {
            let file = self.file.display();
            CredentialsError::invalid_configuration(format!("cannot read the token in {file}: {e}"))
        })?;
        known_secrets::remember(token.as_bytes());
        let name = self.role.session_name.clone().unwrap_or_else(session_name);
        let request = self.sts.assume_role_with_web_identity().role_arn(&self.role.arn).role_session_name(name);
        let request = request.set_duration_seconds(self.role.seconds()).web_identity_token(token.trim());
        let answer = request.send().await.map_err(|e| self.role.refused(e))?;
        issued(answer.credentials())
    }
}

fn issued(credentials: Option<&aws_sdk_sts::types::Credentials>) -> Result<Credentials, CredentialsError> {
    let issued = credentials.ok_or_else(|| CredentialsError::unhandled("STS gave no credentials"))?;
    let expires = std::time::SystemTime::try_from(issued.expiration).map_err(CredentialsError::unhandled)?;
    Ok(Credentials::new(
        &issued.access_key_id,
        &issued.secret_access_key,
        Some(issued.session_token.clone()),
        Some(expires),
        "moonfleet-role",
    ))
}

impl ProvideCredentials for RoleProvider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.assume())
    }
}

impl ProvideCredentials for MfaSessionProvider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.start())
    }
}

impl ProvideCredentials for TokenProvider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.assume())
    }
}

impl fmt::Debug for TokenProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenProvider({})", self.role.arn)
    }
}

impl fmt::Debug for MfaSessionProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MfaSessionProvider({})", self.mfa.serial)
    }
}

impl fmt::Debug for RoleProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RoleProvider({})", self.role.arn)
    }
}

/// Returns the session name for CloudTrail, with the name of the local user.
fn session_name() -> String {
    let user = std::env::var("USER").or_else(|_| std::env::var("USERNAME")).unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@-_".contains(c);
    let user: String = user.chars().filter(|c| allowed(*c)).take(50).collect();
    if user.is_empty() { "moonfleet".to_owned() } else { format!("moonfleet-{user}") }
}

/// Asks for an MFA code at the terminal, even if standard input is redirected.
async fn ask_for_code(ask: Arc<dyn Ask>, serial: String, role: String) -> Result<String, CredentialsError> {
    if is_non_interactive() {
        return Err(CredentialsError::not_loaded("an MFA code is needed, and background work does not ask for one"));
    }
    let asked = tokio::task::spawn_blocking(move || ask.hidden(&format!("MFA code of {serial} for {role}: ")));
    let code = asked.await.map_err(CredentialsError::unhandled)?.map_err(|_| {
        CredentialsError::invalid_configuration(
            "an MFA code is needed, but there is no terminal; run the command at a terminal, or use credentials that have passed MFA",
        )
    })?;
    let code = code.trim().to_owned();
    if code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(code);
    }
    Err(CredentialsError::invalid_configuration("the MFA code must be six digits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(arn: &str) -> Role {
        Role { arn: arn.to_owned(), ..Role::default() }
    }

    #[test]
    fn the_account_is_read_from_the_arn() {
        assert_eq!(role("arn:aws:iam::210987654321:role/operator").account(), Some("210987654321"));
        assert!(role("arn:aws-cn:iam::210987654321:role/path/operator").check().is_ok());
    }

    #[test]
    fn malformed_arns_are_refused_before_a_request() {
        for arn in ["operator", "arn:aws:iam::210987654321:user/operator", "arn:aws:iam::21:role/x"] {
            assert!(role(arn).check().unwrap_err().to_string().contains("is not the ARN of a role"), "{arn}");
        }
    }
}
