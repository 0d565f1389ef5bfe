//! Roles: the credentials that STS gives for one. The SDK can do this too, but for the
//! code of an MFA device and for a profile's `duration_seconds`, so all roles go this way.

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
use moonfleet_core::{Ask, Error};
use serde::{Deserialize, Serialize};

use super::runtime::is_non_interactive;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Role {
    pub arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfa_serial: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Duration>,
}

impl Role {
    /// `arn:aws:iam::123456789012:role/name`
    pub fn account(&self) -> Option<&str> {
        self.arn.split(':').nth(4).filter(|account| !account.is_empty())
    }

    fn seconds(&self) -> Option<i32> {
        self.duration.map(|duration| i32::try_from(duration.as_secs()).unwrap_or(i32::MAX))
    }

    fn refused<E>(&self, error: SdkError<E, HttpResponse>) -> CredentialsError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let told = error.as_service_error().and_then(|e| e.message().map(str::to_owned));
        let told = told.unwrap_or_else(|| causes(&error));
        CredentialsError::provider_error(format!("the role {} cannot be assumed: {told}", self.arn))
    }

    /// What is no role's ARN would be refused by STS in words that help nobody.
    pub fn check(&self) -> Result<(), Error> {
        let parts: Vec<&str> = self.arn.splitn(6, ':').collect();
        let is_role = matches!(parts[..], ["arn", _, "iam", _, account, name]
            if account.len() == 12 && name.starts_with("role/"));
        if is_role {
            return Ok(());
        }
        let problem =
            format!("{:?} is no role's ARN; one looks like arn:aws:iam::123456789012:role/operator", self.arn);
        Err(Error::new("BadConfiguration", problem))
    }
}

/// Asks for a role's credentials in somebody's name.
pub(crate) struct RoleProvider {
    pub sts: aws_sdk_sts::Client,
    pub role: Role,
    pub ask: Arc<dyn Ask>,
}

impl RoleProvider {
    async fn assume(&self) -> Result<Credentials, CredentialsError> {
        let name = self.role.session_name.clone().unwrap_or_else(session_name);
        let mut request = self.sts.assume_role().role_arn(&self.role.arn).role_session_name(name);
        request = request.set_external_id(self.role.external_id.clone());
        request = request.set_duration_seconds(self.role.seconds());
        if let Some(serial) = &self.role.mfa_serial {
            let code = ask_for_code(self.ask.clone(), serial.clone(), self.role.arn.clone()).await?;
            request = request.serial_number(serial).token_code(code);
        }
        let answer = request.send().await.map_err(|e| self.role.refused(e))?;
        issued(answer.credentials())
    }
}

/// Asks for a role's credentials with a token that somebody else has signed.
pub(crate) struct TokenProvider {
    pub sts: aws_sdk_sts::Client,
    pub role: Role,
    pub file: PathBuf,
}

impl TokenProvider {
    async fn assume(&self) -> Result<Credentials, CredentialsError> {
        // Read anew each time: who wrote it renews it.
        let token = std::fs::read_to_string(&self.file).map_err(|e| {
            let file = self.file.display();
            CredentialsError::invalid_configuration(format!("the token in {file} cannot be read: {e}"))
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

impl fmt::Debug for RoleProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RoleProvider({})", self.role.arn)
    }
}

/// Shown in CloudTrail: who it was, as far as this machine knows.
fn session_name() -> String {
    let user = std::env::var("USER").or_else(|_| std::env::var("USERNAME")).unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@-_".contains(c);
    let user: String = user.chars().filter(|c| allowed(*c)).take(50).collect();
    if user.is_empty() { "moonfleet".to_owned() } else { format!("moonfleet-{user}") }
}

/// From the terminal itself, which standard input need not be.
async fn ask_for_code(ask: Arc<dyn Ask>, serial: String, role: String) -> Result<String, CredentialsError> {
    if is_non_interactive() {
        return Err(CredentialsError::not_loaded("an MFA code is needed, and nobody is asked for what nobody wanted"));
    }
    let asked = tokio::task::spawn_blocking(move || ask.hidden(&format!("MFA code of {serial} for {role}: ")));
    let code = asked.await.map_err(CredentialsError::unhandled)?.map_err(|_| {
        CredentialsError::invalid_configuration(
            "an MFA code is needed and there is no terminal to ask on: run this at a terminal, or use credentials that have passed MFA",
        )
    })?;
    let code = code.trim().to_owned();
    if code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(code);
    }
    Err(CredentialsError::invalid_configuration("an MFA code is six digits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(arn: &str) -> Role {
        Role { arn: arn.to_owned(), ..Role::default() }
    }

    #[test]
    fn an_arn_says_the_account() {
        assert_eq!(role("arn:aws:iam::210987654321:role/operator").account(), Some("210987654321"));
        assert!(role("arn:aws-cn:iam::210987654321:role/path/operator").check().is_ok());
    }

    #[test]
    fn what_is_no_roles_arn_is_told_before_anything_is_sent() {
        for arn in ["operator", "arn:aws:iam::210987654321:user/operator", "arn:aws:iam::21:role/x"] {
            assert!(role(arn).check().unwrap_err().to_string().contains("is no role's ARN"), "{arn}");
        }
    }
}
