//! A webhook: one POST, of a text for a chat or of the report itself.

use std::error::Error;
use std::io;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use moonfleet_client::{first_bytes, http_connector};
use moonfleet_core::known_secrets::redact;
use moonfleet_core::sanitize;
use moonfleet_report::Format;
use serde_json::json;
use url::Url;

use super::settings::Send;
use super::{DeliveryError, Destination, Message, Retry};

const FIELD: &str = "text";

pub(super) struct Webhook {
    url: String,
    headers: Vec<(String, String)>,
    send: Send,
    field: String,
}

/// A request, as often as it is needed.
#[derive(Clone)]
pub(super) struct Post {
    url: String,
    headers: Vec<(String, String)>,
    content_type: &'static str,
    body: Vec<u8>,
}

impl Webhook {
    pub(super) fn plain(url: &str) -> Result<Self, String> {
        check(url)?;
        Ok(Webhook { url: url.to_owned(), headers: Vec::new(), send: Send::Text, field: FIELD.to_owned() })
    }

    pub(super) fn from_settings(place: &Destination) -> Result<Self, String> {
        let url = place.webhook.as_ref().map(|text| text.read()).transpose();
        let url = url.map_err(|problem| format!("webhook: {problem}"))?.unwrap_or_default();
        check(&url)?;
        let headers = place.headers.iter().map(|(name, text)| {
            let value = text.read().map_err(|problem| format!("headers.{name}: {problem}"))?;
            // What the wire does not take is told now.
            let mut probe = HttpRequest::new(SdkBody::empty());
            let taken = probe.headers_mut().try_insert(name.clone(), value.clone());
            taken.map_err(|_| format!("headers.{name}: this is no header"))?;
            Ok((name.clone(), value))
        });
        let headers = headers.collect::<Result<_, String>>()?;
        let field = place.field.clone().unwrap_or_else(|| FIELD.to_owned());
        Ok(Webhook { url, headers, send: place.send, field })
    }

    /// None where there is nothing of what it takes: a run that failed has no report.
    pub(super) fn ready(&self, message: &Message) -> io::Result<Option<Post>> {
        let (content_type, body) = match self.send {
            Send::Text => ("application/json", json!({ self.field.as_str(): message.text }).to_string().into_bytes()),
            Send::Summary => ("application/json", message.summary.to_string().into_bytes()),
            Send::Report(format) => match message.report {
                Some(report) => (content_type(format), report(format)?),
                None => return Ok(None),
            },
        };
        Ok(Some(Post { url: self.url.clone(), headers: self.headers.clone(), content_type, body }))
    }
}

fn check(url: &str) -> Result<(), String> {
    // The address may be a secret.
    let parsed = Url::parse(url).map_err(|e| format!("the webhook is no URL: {e}"))?;
    match (parsed.scheme(), parsed.host()) {
        ("http" | "https", Some(_)) => Ok(()),
        _ => Err("the webhook is no URL that begins with https:// or http://".to_owned()),
    }
}

pub(super) fn content_type(format: Format) -> &'static str {
    match format {
        Format::Json => "application/json",
        Format::Csv => "text/csv; charset=utf-8",
        Format::Md => "text/markdown; charset=utf-8",
        Format::Jsonl => "application/jsonl",
        Format::Html => "text/html; charset=utf-8",
        Format::Table => "text/plain; charset=utf-8",
    }
}

impl Post {
    pub(super) async fn send(&self, timeout: Duration) -> Result<(), DeliveryError> {
        let request = self.request().map_err(|e| DeliveryError::never(format!("the request cannot be made: {e}")))?;
        let answer = http_connector(timeout).call(request).await;
        let answer = answer.map_err(|e| match e.is_timeout() {
            true => DeliveryError::late(timeout),
            false if e.is_user() => DeliveryError::never(deepest(&e)),
            false => DeliveryError::later(deepest(&e)),
        })?;
        match answer.status().as_u16() {
            200..=299 => Ok(()),
            status => Err(refused(status, answer).await),
        }
    }

    fn request(&self) -> Result<HttpRequest, Box<dyn Error + std::marker::Send + Sync>> {
        let mut request = HttpRequest::new(SdkBody::from(self.body.clone()));
        request.set_method("POST")?;
        request.set_uri(self.url.as_str())?;
        request.headers_mut().try_insert("content-type", self.content_type)?;
        request.headers_mut().try_insert("content-length", self.body.len().to_string())?;
        request.headers_mut().try_insert("user-agent", concat!("moonfleet/", env!("CARGO_PKG_VERSION")))?;
        for (name, value) in &self.headers {
            request.headers_mut().try_insert(name.clone(), value.clone())?;
        }
        Ok(request)
    }
}

/// What the server says of it, as far as that is short.
async fn refused(status: u16, mut answer: HttpResponse) -> DeliveryError {
    const TOLD: usize = 200;
    /// In bytes: more than that many characters have.
    const READ: usize = 4096;
    let wish = answer.headers().get("retry-after").and_then(|seconds| seconds.trim().parse().ok());
    let body = first_bytes(answer.take_body(), READ).await;
    let text: String = String::from_utf8_lossy(&body).trim().chars().take(TOLD).collect();
    let said = if text.is_empty() { String::new() } else { format!(": {}", sanitize::line(&redact(&text))) };
    let hint = if (300..400).contains(&status) { "; it has another address now" } else { "" };
    let retry = match status {
        429 | 500..=599 => wish.map_or(Retry::Later, |seconds| Retry::In(Duration::from_secs(seconds))),
        _ => Retry::Never,
    };
    DeliveryError { problem: format!("it answers {status}{hint}{said}"), retry }
}

/// What is at the bottom of an error; what is around it only says that there was one.
fn deepest(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(cause) = error.source() {
        error = cause;
    }
    error.to_string()
}
