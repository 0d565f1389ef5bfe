//! Temporary credentials that passed MFA, kept between runs where the AWS CLI keeps them: `~/.aws/cli/cache`, in its
//! format and with its names, so that the CLI and Moonfleet ask for one code. Only its user can read a file.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use moonfleet_core::own_links;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha1::{Digest as _, Sha1};

use crate::credential_process::parse_time;

/// The CLI renews credentials that expire within this time.
const EXPIRY_WINDOW: Duration = Duration::from_secs(15 * 60);

/// A file of the cache.
pub(crate) struct CacheEntry(PathBuf);

/// The answer of STS, as the CLI writes it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    credentials: Cached,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Cached {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expiration: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<String>,
}

impl CacheEntry {
    /// Returns the entry for a request to STS, named by its parameters without the code. `None` without a home.
    pub(crate) fn of_request(parameters: &Map<String, Value>) -> Option<Self> {
        let folder = etcetera::home_dir().ok()?.join(".aws/cli/cache");
        let hash = Sha1::digest(as_python_writes(parameters));
        let name: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        Some(CacheEntry(folder.join(name + ".json")))
    }

    /// Returns the credentials, if they are still valid for some time.
    pub(crate) fn read(&self) -> Option<Credentials> {
        let answer: Answer = serde_json::from_slice(&fs::read(&self.0).ok()?).ok()?;
        let Cached { access_key_id, secret_access_key, session_token, expiration, .. } = answer.credentials;
        // The CLI has written the time zone as a name.
        let expiration = parse_time(&expiration.replace("UTC", "Z")).ok()?;
        if expiration < SystemTime::now() + EXPIRY_WINDOW {
            return None;
        }
        Some(Credentials::new(access_key_id, secret_access_key, Some(session_token), Some(expiration), "cli-cache"))
    }

    /// Writes the credentials. An error is only logged: the credentials are good without the cache.
    pub(crate) fn write(&self, credentials: &Credentials, account: Option<&str>) {
        let Some(expiration) = credentials.expiry() else { return };
        let Ok(expiration) = DateTime::from(expiration).fmt(Format::DateTime) else { return };
        let answer = Answer {
            credentials: Cached {
                access_key_id: credentials.access_key_id().to_owned(),
                secret_access_key: credentials.secret_access_key().to_owned(),
                session_token: credentials.session_token().unwrap_or_default().to_owned(),
                expiration,
                account_id: account.map(str::to_owned),
            },
        };
        let text = serde_json::to_string(&answer).expect("texts can be written as JSON");
        if let Err(e) = write_private(&self.0, &text) {
            tracing::warn!("cannot keep the credentials in {}: {e}", self.0.display());
        }
    }
}

/// Writes parameters as Python's `json.dumps(…, sort_keys=True)` does.
fn as_python_writes(parameters: &Map<String, Value>) -> String {
    let mut pairs: Vec<_> = parameters.iter().collect();
    pairs.sort_by_key(|(name, _)| *name);
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
    format!("{{{}}}", pairs.join(", "))
}

/// Replaces a file whole. The folder is created for the user alone.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let path = own_links::follow(path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    builder.create(folder)?;
    let draft = path.with_extension(format!("{}.tmp", std::process::id()));
    if let Err(e) = fs::remove_file(&draft)
        && e.kind() != ErrorKind::NotFound
    {
        return Err(e);
    }
    let mut file = options.open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, &path)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn entries_have_the_names_of_the_aws_cli() {
        // hashlib.sha1(json.dumps({...}, sort_keys=True).encode()).hexdigest()
        let parameters = json!({"SerialNumber": "arn:aws:iam::123456789012:mfa/me", "DurationSeconds": 1800,
                                "RoleArn": "arn:aws:iam::210987654321:role/admin"});
        let text = as_python_writes(parameters.as_object().unwrap());
        assert_eq!(
            text,
            "{\"DurationSeconds\": 1800, \"RoleArn\": \"arn:aws:iam::210987654321:role/admin\", \
             \"SerialNumber\": \"arn:aws:iam::123456789012:mfa/me\"}"
        );
    }
}
