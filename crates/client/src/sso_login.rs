//! Credentials of SSO. A token that is missing, has expired or was revoked means that a person must log in again.

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use moonfleet_bindings::causes;

/// Parts of the SDK's texts and a code of the portal, which answers 401 with it.
const LOGGED_OUT: [&str; 3] = ["SSO token", "sso/cache", "UnauthorizedException"];

#[derive(Debug)]
pub(crate) struct SsoLogin {
    pub provider: SharedCredentialsProvider,
    /// The profile with the settings of SSO.
    pub profile: String,
}

impl ProvideCredentials for SsoLogin {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            self.provider.provide_credentials().await.map_err(|error| self.advised(error))
        })
    }

    fn fallback_on_interrupt(&self) -> Option<aws_credential_types::Credentials> {
        self.provider.fallback_on_interrupt()
    }
}

impl SsoLogin {
    fn advised(&self, error: CredentialsError) -> CredentialsError {
        let text = std::error::Error::source(&error).map_or_else(|| error.to_string(), causes);
        if !LOGGED_OUT.iter().any(|part| text.contains(part)) {
            return error;
        }
        let login = format!("aws sso login --profile {}", shlex::try_quote(&self.profile).unwrap_or_default());
        CredentialsError::provider_error(format!("{text}; log in: `{login}`"))
    }
}
