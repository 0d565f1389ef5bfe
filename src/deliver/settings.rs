//! The sections of the settings for deliveries: `[smtp]` and `[deliver.NAME]`.

use std::collections::BTreeMap;
use std::time::Duration;

use moonfleet_core::duration::parse_duration;
use moonfleet_report::Format;
use serde::{Deserialize, Deserializer};

use super::DeliverySettings;
use super::secret::{SecretSource, SettingText};

/// A named destination.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// The URL of a webhook, which is often a secret itself.
    pub webhook: Option<SettingText>,
    /// Mail addresses.
    #[serde(default)]
    pub mail: Vec<String>,
    /// The content that the webhook receives.
    #[serde(default)]
    pub send: Send,
    /// The JSON field for the text; `text` by default.
    pub field: Option<String>,
    #[serde(default)]
    pub headers: BTreeMap<String, SettingText>,
    /// The formats of the report that are attached to the mail; HTML by default.
    #[serde(default, deserialize_with = "formats")]
    pub attach: Option<Vec<Format>>,
    /// The timeout of one attempt.
    #[serde(default, deserialize_with = "duration")]
    pub timeout: Option<Duration>,
}

/// The server that takes mail.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    pub server: String,
    pub from: String,
    pub user: Option<String>,
    pub password: Option<SecretSource>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Send {
    /// JSON with one text, the form that chats accept.
    #[default]
    Text,
    /// JSON with the content of the text in separate fields.
    Summary,
    /// The report itself.
    Report(Format),
}

impl<'de> Deserialize<'de> for Send {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        match text.as_str() {
            "text" => Ok(Send::Text),
            "summary" => Ok(Send::Summary),
            format => {
                let wrong = |e| serde::de::Error::custom(format!("send: use \"text\", \"summary\" or a format: {e}"));
                format.parse().map(Send::Report).map_err(wrong)
            }
        }
    }
}

fn formats<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<Format>>, D::Error> {
    let names = Vec::<String>::deserialize(from)?;
    let formats: Result<_, _> = names.iter().map(|name| name.parse()).collect();
    formats.map(Some).map_err(|e| serde::de::Error::custom(format!("attach: {e}")))
}

fn duration<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(from)?;
    parse_duration(&text).map(Some).map_err(|e| serde::de::Error::custom(format!("timeout: {e}")))
}

impl DeliverySettings {
    /// Returns the environment variables that a delivery to this destination reads.
    pub fn environment_of(&self, destination: &str) -> Vec<String> {
        let named = self.named.get(destination);
        let texts = named.iter().flat_map(|named| named.webhook.iter().chain(named.headers.values()));
        let secrets = texts.filter_map(|text| match text {
            SettingText::Secret(source) => Some(source),
            SettingText::Plain(_) => None,
        });
        let is_mail = destination.starts_with("mailto:") || named.is_some_and(|named| !named.mail.is_empty());
        let password = self.smtp.as_ref().filter(|_| is_mail).and_then(|smtp| smtp.password.as_ref());
        let names = secrets.chain(password).filter_map(|source| match source {
            SecretSource::Env(name) => Some(name.clone()),
            SecretSource::Command(_) | SecretSource::File(_) => None,
        });
        names.collect()
    }
}
