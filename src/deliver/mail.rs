//! Delivery by mail through the server of the settings: a text, with the report attached.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use mail_send::mail_builder::MessageBuilder;
use mail_send::mail_builder::headers::address::Address;
use mail_send::{Credentials, SmtpClientBuilder};
use moonfleet_core::sanitize;
use moonfleet_report::Format;
use url::Url;

use super::webhook::content_type;
use super::{DeliveryError, Message, Smtp};

#[derive(Clone)]
pub(super) struct Mail {
    server: Server,
    from: Mailbox,
    to: Vec<Mailbox>,
    attach: Vec<Format>,
}

#[derive(Clone)]
struct Server {
    host: String,
    port: u16,
    encryption: Encryption,
    login: Option<(String, String)>,
}

/// The encryption of the connection to the server.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Encryption {
    /// TLS from the first byte.
    Tls,
    /// STARTTLS, which is required.
    StartTls,
    /// None, for a server on this machine.
    Local,
}

/// A complete mail with its server and recipients.
#[derive(Clone)]
pub(super) struct Email {
    server: Server,
    from: String,
    to: Vec<String>,
    text: Vec<u8>,
}

impl Mail {
    pub(super) fn new(to: &[String], attach: Option<Vec<Format>>, smtp: Option<&Smtp>) -> Result<Self, String> {
        let smtp = smtp.ok_or(
            "mail needs a server; add [smtp] to the settings, with server = \"smtp://mail.example.com\" and from",
        )?;
        let server = Server::new(smtp).map_err(|problem| format!("[smtp] {problem}"))?;
        let from = Mailbox::parse(&smtp.from).map_err(|problem| format!("[smtp] from: {problem}"))?;
        let to = to.iter().map(|text| Mailbox::parse(text)).collect::<Result<_, _>>()?;
        Ok(Mail { server, from, to, attach: attach.unwrap_or_else(|| vec![Format::Html]) })
    }

    pub(super) fn prepare(&self, message: &Message) -> io::Result<Email> {
        let to: Vec<Address> = self.to.iter().map(Mailbox::address).collect();
        let mut builder = MessageBuilder::new()
            .from(self.from.address())
            .to(Address::new_list(to))
            .subject(sanitize::line(&message.subject).into_owned())
            // Keeps automatic replies, for example of absent people, from answering.
            .header("Auto-Submitted", mail_send::mail_builder::headers::raw::Raw::new("auto-generated"))
            .text_body(message.text.clone());
        for format in &self.attach {
            if let Some(report) = message.report {
                builder = builder.attachment(content_type(*format), file_name(message, *format), report(*format)?);
            }
        }
        Ok(Email {
            server: self.server.clone(),
            from: self.from.address.clone(),
            to: self.to.iter().map(|mailbox| mailbox.address.clone()).collect(),
            text: builder.write_to_vec()?,
        })
    }
}

fn file_name(message: &Message, format: Format) -> String {
    let extension = if format == Format::Table { "txt".to_owned() } else { format.name() };
    format!("{}.{extension}", message.name)
}

impl Server {
    /// Parses `smtp://host` or `smtps://host`, with an optional port.
    fn new(smtp: &Smtp) -> Result<Self, String> {
        let wrong = "server: write smtp://HOST[:PORT] or smtps://HOST[:PORT]";
        let url = Url::parse(&smtp.server).map_err(|_| wrong)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(wrong)?.to_owned();
        let has_more = !url.username().is_empty() || url.password().is_some() || url.query().is_some();
        if has_more || !matches!(url.path(), "" | "/") {
            return Err(wrong.to_owned());
        }
        let (encryption, default_port) = match url.scheme() {
            "smtps" => (Encryption::Tls, 465),
            "smtp" if is_local(&host) => (Encryption::Local, 25),
            "smtp" => (Encryption::StartTls, 587),
            _ => return Err(wrong.to_owned()),
        };
        let login = match (&smtp.user, &smtp.password) {
            (Some(user), Some(password)) => {
                Some((user.clone(), password.read().map_err(|problem| format!("password: {problem}"))?))
            }
            (None, None) => None,
            _ => return Err("user and password must be set together".to_owned()),
        };
        Ok(Server { host, port: url.port().unwrap_or(default_port), encryption, login })
    }
}

fn is_local(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse();
    host == "localhost" || address.is_ok_and(|address: IpAddr| address.is_loopback())
}

impl Email {
    pub(super) async fn send(&self, timeout: Duration) -> Result<(), DeliveryError> {
        let Server { host, port, encryption, login } = &self.server;
        let mut server = SmtpClientBuilder::new(host.as_str(), *port).map_err(DeliveryError::permanent)?;
        server = server.implicit_tls(*encryption == Encryption::Tls).timeout(timeout);
        if let Some((user, password)) = login {
            server = server.credentials(Credentials::Plain { username: user.as_str(), secret: password.as_str() });
        }
        let message = mail_send::smtp::message::Message::new(
            self.from.as_str(),
            self.to.iter().map(String::as_str),
            self.text.as_slice(),
        );
        let sent = match encryption {
            Encryption::Local => match server.connect_plain().await {
                Ok(mut client) => client.send(message).await,
                Err(e) => Err(e),
            },
            Encryption::Tls | Encryption::StartTls => match server.connect().await {
                Ok(mut client) => client.send(message).await,
                Err(e) => Err(e),
            },
        };
        sent.map(drop).map_err(|e| failure(e, timeout))
    }
}

/// Classifies an error. A reply 4xx is temporary, 5xx is permanent (RFC 5321, section 4.2.1).
fn failure(error: mail_send::Error, timeout: Duration) -> DeliveryError {
    use mail_send::Error;
    match &error {
        Error::UnexpectedReply(reply) | Error::AuthenticationFailed(reply) => {
            let problem = format!("the mail server answers {}: {}", reply.code(), sanitize::line(reply.message()));
            if reply.code() / 100 == 4 { DeliveryError::temporary(problem) } else { DeliveryError::permanent(problem) }
        }
        Error::Io(e) => DeliveryError::temporary(e.to_string()),
        Error::Timeout => DeliveryError::timed_out(timeout),
        Error::UnparseableReply => {
            DeliveryError::temporary("the mail server closed the connection, or does not speak SMTP")
        }
        Error::MissingStartTls => {
            DeliveryError::permanent("the mail server offers no encryption (STARTTLS), and mail is not sent without it")
        }
        _ => DeliveryError::permanent(error.to_string()),
    }
}

/// A mail address, with or without a name: `Moonfleet <moonfleet@example.com>`.
#[derive(Clone, Debug, PartialEq)]
struct Mailbox {
    name: Option<String>,
    address: String,
}

impl Mailbox {
    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (name, address) = match text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
            Some((name, address)) => (Some(name.trim().trim_matches('"').to_owned()), address),
            None => (None, text),
        };
        // Characters with a meaning in mail headers or in SMTP are refused.
        let is_plain = |part: &str| {
            !part.is_empty()
                && part.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"<>,;:\"()?\\@".contains(c))
        };
        match address.rsplit_once('@') {
            Some((local, host)) if is_plain(local) && is_plain(host) => {
                Ok(Mailbox { name: name.filter(|name| !name.is_empty()), address: address.to_owned() })
            }
            _ => Err(format!("'{}' is not a mail address", sanitize::line(text))),
        }
    }

    fn address(&self) -> Address<'_> {
        Address::new_address(self.name.as_deref(), self.address.as_str())
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_one_recipient() {
        let parsed = |text: &str| Mailbox::parse(text).map(|m| (m.name, m.address));
        assert_eq!(parsed("ops@example.com"), Ok((None, "ops@example.com".to_owned())));
        let named = Ok((Some("Moon Fleet".to_owned()), "m@example.com".to_owned()));
        assert_eq!(parsed(" \"Moon Fleet\" <m@example.com> "), named);
        for wrong in ["", "ops", "a@", "@b", "a@b@c", "a@b,c@d", "a@b\r\nBcc: x@y", "<a@b", "a@b?cc=x@y", "a b@c"] {
            assert!(Mailbox::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_scheme_and_host_determine_the_encryption() {
        let server = |text: &str| {
            let smtp = Smtp { server: text.to_owned(), from: String::new(), user: None, password: None };
            Server::new(&smtp).map(|server| (server.host, server.port, server.encryption))
        };
        assert_eq!(server("smtp://mail.example.com"), Ok(("mail.example.com".to_owned(), 587, Encryption::StartTls)));
        assert_eq!(server("smtps://mail.example.com:466/"), Ok(("mail.example.com".to_owned(), 466, Encryption::Tls)));
        assert_eq!(server("smtp://127.0.0.1:2525"), Ok(("127.0.0.1".to_owned(), 2525, Encryption::Local)));
        assert_eq!(server("smtp://localhost"), Ok(("localhost".to_owned(), 25, Encryption::Local)));
        for wrong in ["mail.example.com", "http://x", "smtp://user:pw@x", "smtp://", "smtp://x/y"] {
            assert!(server(wrong).is_err(), "{wrong}");
        }
    }
}
