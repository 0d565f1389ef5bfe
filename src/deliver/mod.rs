//! Sends a report on: to a webhook, or by mail. What may pass is tried again; what does not is
//! told, and the files that were written stay.

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

/// After each of these another attempt is made.
const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
/// As long as a server may ask us to wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// What an attempt may take, where nothing else is said.
const ATTEMPT: Duration = Duration::from_secs(30);

/// Where all there is to send a report to is said.
#[derive(Clone, Debug, Default)]
pub struct DeliverySettings {
    pub smtp: Option<Smtp>,
    pub named: BTreeMap<String, Destination>,
}

/// Somewhere that a report goes.
pub struct Delivery {
    /// For messages: never with what is secret.
    name: String,
    channel: Channel,
    timeout: Duration,
}

enum Channel {
    Webhook(Webhook),
    Mail(Box<Mail>),
}

/// What is sent. Every text in it is redacted.
pub struct Message<'a> {
    pub subject: String,
    /// For people, in a chat or a mail.
    pub text: String,
    /// The same for programs.
    pub summary: serde_json::Value,
    /// The files' name, without an ending.
    pub name: String,
    /// The report in a format; none where the run has failed.
    pub report: Option<&'a dyn Fn(Format) -> io::Result<Vec<u8>>>,
}

/// Why an attempt came to nothing.
#[derive(Debug)]
struct DeliveryError {
    problem: String,
    retry: Retry,
}

#[derive(Debug, PartialEq)]
enum Retry {
    /// The same would happen.
    Never,
    Later,
    /// When the server said.
    In(Duration),
}

impl DeliveryError {
    fn never(problem: impl Into<String>) -> Self {
        DeliveryError { problem: problem.into(), retry: Retry::Never }
    }

    fn later(problem: impl Into<String>) -> Self {
        DeliveryError { problem: problem.into(), retry: Retry::Later }
    }

    fn late(timeout: Duration) -> Self {
        DeliveryError::later(format!("no answer within {timeout:?}"))
    }
}

/// What is ready to be sent, once or again.
#[derive(Clone)]
enum Ready {
    Post(webhook::Post),
    Message(mail::Email),
}

impl Delivery {
    /// What `--deliver` means: an address, or a name of the settings. What is secret about it is
    /// read now, before the run.
    pub fn find(text: &str, places: &DeliverySettings) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("http" | "https", _)) => {
                let url = Url::parse(text).map_err(|e| format!("'{text}' is no URL: {e}"))?;
                if !url.username().is_empty() || url.password().is_some() {
                    return Err("a password does not stand on the command line, where everybody sees it; \
                                give the place a name in the settings, [deliver.NAME], with headers"
                        .to_owned());
                }
                let name = url.host_str().unwrap_or_default().to_owned();
                // Who knows the address can write there; a report says which command has made it.
                if url.path().len() > 1 || url.query().is_some() {
                    remember(text.as_bytes());
                }
                let channel = Channel::Webhook(Webhook::plain(text)?);
                Ok(Delivery { name, channel, timeout: ATTEMPT })
            }
            Some(("mailto", address)) => {
                let mail = Mail::new(&[address.to_owned()], None, places.smtp.as_ref())?;
                Ok(Delivery { name: text.to_owned(), channel: Channel::Mail(Box::new(mail)), timeout: ATTEMPT })
            }
            Some(("smtp" | "smtps", _)) => {
                Err("a mail goes to mailto:ADDRESS; its server is the settings' [smtp], server = \"smtp://…\""
                    .to_owned())
            }
            _ => Self::named(text, places),
        }
    }

    fn named(name: &str, places: &DeliverySettings) -> Result<Self, String> {
        let place = places.named.get(name).ok_or_else(|| unknown(name, places))?;
        let channel = match (&place.webhook, &place.mail[..]) {
            (Some(_), [_, ..]) | (None, []) => {
                return Err(format!("[deliver.{name}] of the settings needs either webhook or mail"));
            }
            (Some(_), []) => Webhook::from_settings(place).map(Channel::Webhook),
            (None, to) => {
                Mail::new(to, place.attach.clone(), places.smtp.as_ref()).map(|mail| Channel::Mail(Box::new(mail)))
            }
        };
        let channel = channel.map_err(|problem| format!("[deliver.{name}] of the settings: {problem}"))?;
        Ok(Delivery { name: name.to_owned(), channel, timeout: place.timeout.unwrap_or(ATTEMPT) })
    }

    fn ready(&self, message: &Message) -> Result<Option<Ready>, String> {
        let ready = match &self.channel {
            Channel::Webhook(webhook) => webhook.ready(message).map(|post| post.map(Ready::Post)),
            Channel::Mail(mail) => mail.ready(message).map(|message| Some(Ready::Message(message))),
        };
        ready.map_err(|e| format!("the report cannot be written for it: {e}"))
    }
}

/// Sends to all at once, and waits until each has it or cannot get it. Gives the names of those
/// that have it, and what to say of those that have not.
pub fn send(deliveries: &[Delivery], message: &Message) -> (Vec<String>, Vec<String>) {
    let attempts = deliveries.iter().map(|delivery| {
        let ready = delivery.ready(message);
        let timeout = delivery.timeout;
        async move {
            match ready? {
                Some(ready) => {
                    spawn(insistently(ready, timeout)).await.map_err(|panic| panic.to_string())?.map(|()| true)
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
                let told = format!("not delivered to {}: {problem}", sanitize::line(&delivery.name));
                failed.push(redact(&told).into_owned());
            }
        }
    }
    (delivered, failed)
}

/// Until it is there, or there is no more hope.
async fn insistently(ready: Ready, timeout: Duration) -> Result<(), String> {
    let mut pauses = PAUSES.into_iter();
    loop {
        let failure = match attempt(&ready, timeout).await {
            Ok(()) => return Ok(()),
            Err(failure) => failure,
        };
        let pause = match (failure.retry, pauses.next()) {
            (Retry::Never, _) => return Err(failure.problem),
            (_, None) => return Err(format!("{}, {} times", failure.problem, PAUSES.len() + 1)),
            (Retry::Later, Some(pause)) => pause,
            (Retry::In(wish), Some(pause)) => wish.clamp(pause, LONGEST_PAUSE),
        };
        tokio::time::sleep(pause).await;
    }
}

async fn attempt(ready: &Ready, timeout: Duration) -> Result<(), DeliveryError> {
    let sent = async {
        match ready {
            Ready::Post(post) => post.send(timeout).await,
            Ready::Message(message) => message.send(timeout).await,
        }
    };
    tokio::time::timeout(timeout, sent).await.unwrap_or_else(|_| Err(DeliveryError::late(timeout)))
}

fn unknown(name: &str, places: &DeliverySettings) -> String {
    let known = || places.named.keys().map(String::as_str);
    let hint = match suggest::nearest(name, known()) {
        Some(nearest) => format!("did you mean '{nearest}'?"),
        None if places.named.is_empty() => "give a URL, mailto:ADDRESS, or write [deliver.NAME] there".to_owned(),
        None => format!("there are {}", known().collect::<Vec<_>>().join(", ")),
    };
    format!("'{}' is no place of the settings; {hint}", sanitize::line(name))
}
