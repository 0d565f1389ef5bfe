//! Delivers a report to a webhook or by mail. Temporary failures are retried; a delivery that fails is reported, and
//! the files of the report stay.

mod mail;
mod secret;
mod settings;
mod webhook;

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use futures_executor::block_on;
use futures_util::future::join_all;
use moonfleet_client::spawn;
use moonfleet_core::known_secrets::{redact, remember};
use moonfleet_core::sanitize;
use moonfleet_core::suggest;
use moonfleet_report::Format;
use url::Url;

use mail::Mail;
use webhook::Webhook;

pub use settings::{Destination, Smtp};

/// The pauses before each further attempt.
const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
/// The longest pause that a server can ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The default timeout of an attempt.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// The settings of deliveries: the mail server and the named destinations.
#[derive(Clone, Debug, Default)]
pub struct DeliverySettings {
    pub smtp: Option<Smtp>,
    pub named: BTreeMap<String, Destination>,
}

/// A destination of a report.
pub struct Delivery {
    /// The name for messages, without secrets.
    name: String,
    channel: Channel,
    timeout: Duration,
}

enum Channel {
    Webhook(Webhook),
    Mail(Box<Mail>),
}

/// A message to deliver. All its texts are redacted.
pub struct Message<'a> {
    pub subject: String,
    /// The text for a chat or a mail.
    pub text: String,
    /// The content of the text as JSON.
    pub summary: serde_json::Value,
    /// The name of attached files, without an extension.
    pub name: String,
    /// Renders the report in a format. `None` if the run failed.
    pub report: Option<&'a dyn Fn(Format) -> io::Result<Vec<u8>>>,
}

/// The failure of an attempt.
#[derive(Debug)]
struct DeliveryError {
    problem: String,
    retry: Retry,
}

#[derive(Debug, PartialEq)]
enum Retry {
    /// Another attempt would fail in the same way.
    Never,
    Later,
    /// After the time that the server asks for.
    In(Duration),
}

impl DeliveryError {
    fn permanent(problem: impl Into<String>) -> Self {
        DeliveryError { problem: problem.into(), retry: Retry::Never }
    }

    fn temporary(problem: impl Into<String>) -> Self {
        DeliveryError { problem: problem.into(), retry: Retry::Later }
    }

    fn timed_out(timeout: Duration) -> Self {
        DeliveryError::temporary(format!("no answer within {timeout:?}"))
    }
}

/// A prepared request or mail, which can be sent several times.
#[derive(Clone)]
enum Prepared {
    Post(webhook::Post),
    Message(mail::Email),
}

impl Delivery {
    /// Finds a destination of `--deliver`: an address, or a name of the settings. Reads its secrets now, before the
    /// run.
    pub fn find(text: &str, settings: &DeliverySettings) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("http" | "https", _)) => {
                let url = Url::parse(text).map_err(|e| format!("'{text}' is not a URL: {e}"))?;
                if !url.username().is_empty() || url.password().is_some() {
                    return Err("a URL with a password is visible to other users of this machine; \
                                define [deliver.NAME] with headers in the settings instead"
                        .to_owned());
                }
                let name = url.host_str().unwrap_or_default().to_owned();
                // The URL itself is a secret, because it allows to post. A report contains the command line.
                if url.path().len() > 1 || url.query().is_some() {
                    remember(text.as_bytes());
                }
                let channel = Channel::Webhook(Webhook::plain(text)?);
                Ok(Delivery { name, channel, timeout: ATTEMPT_TIMEOUT })
            }
            Some(("mailto", address)) => {
                let mail = Mail::new(&[address.to_owned()], None, settings.smtp.as_ref())?;
                Ok(Delivery { name: text.to_owned(), channel: Channel::Mail(Box::new(mail)), timeout: ATTEMPT_TIMEOUT })
            }
            Some(("smtp" | "smtps", _)) => {
                Err("write mailto:ADDRESS; the mail server belongs in the settings: [smtp], server = \"smtp://…\""
                    .to_owned())
            }
            _ => Self::named(text, settings),
        }
    }

    fn named(name: &str, settings: &DeliverySettings) -> Result<Self, String> {
        let destination = settings.named.get(name).ok_or_else(|| unknown(name, settings))?;
        let channel = match (&destination.webhook, &destination.mail[..]) {
            (Some(_), [_, ..]) | (None, []) => {
                return Err(format!("[deliver.{name}] in the settings needs either webhook or mail"));
            }
            (Some(_), []) => Webhook::from_settings(destination).map(Channel::Webhook),
            (None, to) => Mail::new(to, destination.attach.clone(), settings.smtp.as_ref())
                .map(|mail| Channel::Mail(Box::new(mail))),
        };
        let channel = channel.map_err(|problem| format!("[deliver.{name}] in the settings: {problem}"))?;
        Ok(Delivery { name: name.to_owned(), channel, timeout: destination.timeout.unwrap_or(ATTEMPT_TIMEOUT) })
    }

    fn prepare(&self, message: &Message) -> Result<Option<Prepared>, String> {
        let prepared = match &self.channel {
            Channel::Webhook(webhook) => webhook.prepare(message).map(|post| post.map(Prepared::Post)),
            Channel::Mail(mail) => mail.prepare(message).map(|message| Some(Prepared::Message(message))),
        };
        prepared.map_err(|e| format!("cannot write the report: {e}"))
    }
}

/// Sends to all destinations concurrently, and waits for all of them. Returns the names of those that have received the
/// message, and an error for each of the others.
pub fn send(deliveries: &[Delivery], message: &Message) -> (Vec<String>, Vec<String>) {
    let attempts = deliveries.iter().map(|delivery| {
        let prepared = delivery.prepare(message);
        let timeout = delivery.timeout;
        async move {
            match prepared? {
                Some(prepared) => {
                    spawn(send_with_retries(prepared, timeout)).await.map_err(|panic| panic.to_string())?.map(|()| true)
                }
                None => Ok(false),
            }
        }
    });
    let ended: Vec<Result<bool, String>> = block_on(join_all(attempts));
    let (mut delivered, mut failed) = (Vec::new(), Vec::new());
    for (delivery, ended) in deliveries.iter().zip(ended) {
        match ended {
            Ok(true) => delivered.push(delivery.name.clone()),
            Ok(false) => {}
            Err(problem) => {
                let error = format!("not delivered to {}: {problem}", sanitize::line(&delivery.name));
                failed.push(redact(&error).into_owned());
            }
        }
    }
    (delivered, failed)
}

/// Sends until an attempt succeeds, fails permanently, or was the last.
async fn send_with_retries(prepared: Prepared, timeout: Duration) -> Result<(), String> {
    let mut pauses = PAUSES.into_iter();
    loop {
        let failure = match attempt(&prepared, timeout).await {
            Ok(()) => return Ok(()),
            Err(failure) => failure,
        };
        let pause = match (failure.retry, pauses.next()) {
            (Retry::Never, _) => return Err(failure.problem),
            (_, None) => return Err(format!("{} ({} attempts)", failure.problem, PAUSES.len() + 1)),
            (Retry::Later, Some(pause)) => pause,
            (Retry::In(requested), Some(pause)) => requested.clamp(pause, LONGEST_PAUSE),
        };
        tokio::time::sleep(pause).await;
    }
}

async fn attempt(prepared: &Prepared, timeout: Duration) -> Result<(), DeliveryError> {
    let sent = async {
        match prepared {
            Prepared::Post(post) => post.send(timeout).await,
            Prepared::Message(message) => message.send(timeout).await,
        }
    };
    tokio::time::timeout(timeout, sent).await.unwrap_or_else(|_| Err(DeliveryError::timed_out(timeout)))
}

fn unknown(name: &str, settings: &DeliverySettings) -> String {
    let known = || settings.named.keys().map(String::as_str);
    let hint = match suggest::nearest(name, known()) {
        Some(nearest) => format!("did you mean '{nearest}'?"),
        None if settings.named.is_empty() => "give a URL or mailto:ADDRESS, or define [deliver.NAME]".to_owned(),
        None => format!("defined are {}", known().collect::<Vec<_>>().join(", ")),
    };
    format!("the settings have no destination '{}'; {hint}", sanitize::line(name))
}
