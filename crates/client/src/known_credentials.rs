//! Credentials whose secrets the program remembers, so that it redacts them in all its output.

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use moonfleet_core::known_secrets::remember_credential;

/// Wraps a provider so that its credentials are remembered as secrets.
pub(crate) fn known_credentials(credentials: SharedCredentialsProvider) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(KnownCredentials(credentials))
}

#[derive(Debug)]
struct KnownCredentials(SharedCredentialsProvider);

impl ProvideCredentials for KnownCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let credentials = self.0.provide_credentials().await?;
            remember_credential(credentials.secret_access_key());
            remember_credential(credentials.session_token().unwrap_or_default());
            Ok(credentials)
        })
    }

    fn fallback_on_interrupt(&self) -> Option<aws_credential_types::Credentials> {
        self.0.fallback_on_interrupt()
    }
}
