//! Delivery to a webhook: one POST with a text for a chat, or with the report itself.

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

/// The default name of the JSON field for the text.
const FIELD: &str = "text";

pub(super) struct Webhook {
    url: String,
    headers: Vec<(String, String)>,
    send: Send,
    field: String,
}

/// A request that can be sent several times.
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

    pub(super) fn from_settings(destination: &Destination) -> Result<Self, String> {
        let url = destination.webhook.as_ref().map(|text| text.read()).transpose();
        let url = url.map_err(|problem| format!("webhook: {problem}"))?.unwrap_or_default();
        check(&url)?;
        let headers = destination.headers.iter().map(|(name, text)| {
            let value = text.read().map_err(|problem| format!("headers.{name}: {problem}"))?;
            // Found now, before the run, instead of at the delivery.
            let mut probe = HttpRequest::new(SdkBody::empty());
            let inserted = probe.headers_mut().try_insert(name.clone(), value.clone());
            inserted.map_err(|_| format!("headers.{name}: not a valid HTTP header"))?;
            Ok((name.clone(), value))
        });
        let headers = headers.collect::<Result<_, String>>()?;
        let field = destination.field.clone().unwrap_or_else(|| FIELD.to_owned());
        Ok(Webhook { url, headers, send: destination.send, field })
    }

    /// Returns the request; `None` if it should contain the report and the run failed without one.
    pub(super) fn prepare(&self, message: &Message) -> io::Result<Option<Post>> {
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
    // The errors do not show the URL, which may be a secret.
    let parsed = Url::parse(url).map_err(|e| format!("the webhook is not a URL: {e}"))?;
    match (parsed.scheme(), parsed.host()) {
        ("http" | "https", Some(_)) => Ok(()),
        _ => Err("the webhook must be a URL that begins with https:// or http://".to_owned()),
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
        let request = self.request().map_err(|e| DeliveryError::permanent(format!("cannot build the request: {e}")))?;
        let answer = http_connector(timeout).call(request).await;
        let answer = answer.map_err(|e| match e.is_timeout() {
            true => DeliveryError::timed_out(timeout),
            false if e.is_user() => DeliveryError::permanent(root_cause(&e)),
            false => DeliveryError::temporary(root_cause(&e)),
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

/// Returns the error for a status, with the beginning of the server's answer.
async fn refused(status: u16, mut answer: HttpResponse) -> DeliveryError {
    const LONGEST_TEXT: usize = 200;
    /// In bytes: more than that many characters have.
    const MAX_READ: usize = 4096;
    let retry_after = answer.headers().get("retry-after").and_then(|seconds| seconds.trim().parse().ok());
    let body = first_bytes(answer.take_body(), MAX_READ).await;
    let text: String = String::from_utf8_lossy(&body).trim().chars().take(LONGEST_TEXT).collect();
    let text = if text.is_empty() { String::new() } else { format!(": {}", sanitize::line(&redact(&text))) };
    let hint = if (300..400).contains(&status) { " (the URL has changed)" } else { "" };
    let retry = match status {
        429 | 500..=599 => retry_after.map_or(Retry::Later, |seconds| Retry::In(Duration::from_secs(seconds))),
        _ => Retry::Never,
    };
    DeliveryError { problem: format!("the server answers {status}{hint}{text}"), retry }
}

/// Returns the innermost cause of an error. The outer errors only say that there was one.
fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(cause) = error.source() {
        error = cause;
    }
    error.to_string()
}
