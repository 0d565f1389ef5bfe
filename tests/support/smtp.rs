//! A mail server that records mails, and can refuse them.
//!
//! Hand-written, because mailin-embedded has a fixed greeting, and supports TLS only after STARTTLS.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use super::tls::Identity;

#[derive(Clone, Debug, Default)]
pub(crate) struct Mail {
    pub from: String,
    pub to: Vec<String>,
    /// The client's AUTH line.
    pub login: String,
    /// The message without the escaping of SMTP.
    pub text: String,
    pub was_encrypted: bool,
}

#[derive(Clone, Default)]
pub(crate) struct Behavior {
    /// Answers to the first so many DATA commands.
    pub refusals: Vec<&'static str>,
    /// The greeting, instead of the default one.
    pub greeting: Option<&'static str>,
    /// TLS from the first byte.
    pub tls: Option<Identity>,
    /// TLS when the client asks for it.
    pub starttls: Option<Identity>,
}

pub(crate) struct MailServer {
    pub port: u16,
    mails: Arc<Mutex<Vec<Mail>>>,
    connections: Arc<AtomicUsize>,
}

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

impl MailServer {
    pub(crate) fn start(behavior: Behavior) -> Self {
        Self::start_at(IpAddr::from([127, 0, 0, 1]), behavior)
    }

    pub(crate) fn start_at(address: IpAddr, behavior: Behavior) -> Self {
        let listener = TcpListener::bind((address, 0)).expect("a port of this machine");
        let port = listener.local_addr().expect("a bound port has an address").port();
        let (mails, connections) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let server = MailServer { port, mails: mails.clone(), connections: connections.clone() };
        let refusals = Arc::new(Mutex::new(behavior.refusals.clone()));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::SeqCst);
                let (behavior, mails, refusals) = (behavior.clone(), mails.clone(), refusals.clone());
                thread::spawn(move || {
                    let is_encrypted = behavior.tls.is_some();
                    let stream: Box<dyn Stream> = match &behavior.tls {
                        Some(identity) => Box::new(identity.accept(stream)),
                        None => Box::new(stream),
                    };
                    converse(stream, &behavior, is_encrypted, &mails, &refusals)
                });
            }
        });
        server
    }

    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.mails.lock().expect("no test panics while it holds this").clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Serves one connection. Returns `None` if the client closes it.
fn converse(
    stream: Box<dyn Stream>,
    behavior: &Behavior,
    mut is_encrypted: bool,
    mails: &Mutex<Vec<Mail>>,
    refusals: &Mutex<Vec<&'static str>>,
) -> Option<()> {
    let mut stream = BufReader::new(stream);
    say(&mut stream, behavior.greeting.unwrap_or("220 mail.example ready"))?;
    let mut mail = Mail::default();
    loop {
        let line = read_line(&mut stream)?;
        let verb = line.to_ascii_uppercase();
        if verb.starts_with("EHLO") {
            let offer = if behavior.starttls.is_some() && !is_encrypted { "250-STARTTLS\r\n" } else { "" };
            say(&mut stream, &format!("250-mail.example\r\n{offer}250-AUTH PLAIN LOGIN\r\n250 8BITMIME"))?;
        } else if verb.starts_with("STARTTLS") {
            say(&mut stream, "220 go ahead")?;
            let inner = stream.into_inner();
            let identity = behavior.starttls.clone()?;
            stream = BufReader::new(Box::new(identity.accept(inner)));
            is_encrypted = true;
        } else if verb.starts_with("AUTH") {
            mail.login = line;
            say(&mut stream, "235 welcome")?;
        } else if verb.starts_with("MAIL FROM") {
            mail.from = line;
            say(&mut stream, "250 ok")?;
        } else if verb.starts_with("RCPT TO") {
            mail.to.push(line);
            say(&mut stream, "250 ok")?;
        } else if verb.starts_with("DATA") {
            let refusal = {
                let mut refusals = refusals.lock().expect("nothing panics while it holds this");
                if refusals.is_empty() { None } else { Some(refusals.remove(0)) }
            };
            if let Some(refusal) = refusal {
                say(&mut stream, refusal)?;
                continue;
            }
            say(&mut stream, "354 go on")?;
            let mut text = String::new();
            loop {
                let line = read_line(&mut stream)?;
                if line == "." {
                    break;
                }
                text += line.strip_prefix('.').unwrap_or(&line);
                text += "\n";
            }
            let done = Mail { text, was_encrypted: is_encrypted, ..std::mem::take(&mut mail) };
            mails.lock().expect("nothing panics while it holds this").push(done);
            say(&mut stream, "250 kept")?;
        } else if verb.starts_with("QUIT") {
            return say(&mut stream, "221 bye");
        } else {
            say(&mut stream, "500 what?")?;
        }
    }
}

fn say(stream: &mut BufReader<Box<dyn Stream>>, text: &str) -> Option<()> {
    stream.get_mut().write_all(format!("{text}\r\n").as_bytes()).ok()?;
    stream.get_mut().flush().ok()
}

fn read_line(stream: &mut BufReader<Box<dyn Stream>>) -> Option<String> {
    let mut line = String::new();
    stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
    Some(line.trim_end_matches(['\r', '\n']).to_owned())
}
