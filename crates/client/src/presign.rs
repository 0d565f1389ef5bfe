//! Signed URLs and passwords, made with the credentials of a session. Nothing is sent.

use std::time::{Duration, SystemTime};

use aws_credential_types::provider::ProvideCredentials as _;
use moonfleet_bindings::{Presigning, SignedCall, database_token, presign};
use moonfleet_core::Error;
use moonfleet_core::known_secrets;

use crate::runtime::spawn;
use crate::session::Session;

impl Session {
    /// Returns the signed URL of a call.
    pub async fn presign(&self, call: SignedCall<'_>, expires: Duration) -> Result<String, Error> {
        let config = self.config().await?.clone();
        let region = self.signing_region()?;
        let presigning = self.presigning(&region, expires).await?;
        let url = presign(&config, call, &presigning).map_err(|problem| not_signed(&problem.to_string()))?;
        known_secrets::remember(url.as_bytes());
        Ok(url)
    }

    /// Returns the password of a user of a database of RDS in the region, valid for 15 minutes.
    pub async fn database_token(
        &self,
        host: &str,
        port: u16,
        user: &str,
        region: Option<&str>,
    ) -> Result<String, Error> {
        let region = region.map_or_else(|| self.signing_region(), |region| Ok(region.to_owned()))?;
        let presigning = self.presigning(&region, Duration::from_mins(15)).await?;
        database_token(host, port, user, &presigning).map_err(|problem| not_signed(&problem.to_string()))
    }

    fn signing_region(&self) -> Result<String, Error> {
        let missing = || Error::new("NoRegion", "no region is set; set one with --region, AWS_REGION or the profile");
        self.region().ok_or_else(missing)
    }

    async fn presigning<'a>(&self, region: &'a str, expires: Duration) -> Result<Presigning<'a>, Error> {
        if self.remote().is_some() {
            return Err(not_signed("the credentials are not in this process; run the script without --contain"));
        }
        let config = self.config().await?;
        let provider = config.credentials_provider().ok_or_else(|| not_signed("there are no credentials"))?;
        let credentials = spawn(async move { provider.provide_credentials().await }).await;
        let credentials = credentials.map_err(|panic| panic.bug())?;
        let credentials = credentials.map_err(|error| not_signed(&error.to_string()))?;
        let since_1970 = self.now().as_duration().unsigned_abs();
        Ok(Presigning { credentials, region, now: SystemTime::UNIX_EPOCH + since_1970, expires })
    }
}

fn not_signed(problem: &str) -> Error {
    Error::new("NotSigned", format!("cannot sign the URL: {problem}"))
}
