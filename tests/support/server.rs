//! A local HTTP server with prepared answers. It records requests, and can simulate failures of the network.
//!
//! Hand-written, because wiremock and httpmock send only complete answers, and tiny_http, which gives access to its
//! writer, does not report when a client hangs up.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// The request id in every answer.
pub(crate) const REQUEST_ID: &str = "11111111-2222-3333-4444-555555555555";

/// A received request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub at: Instant,
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Returns a parameter of the query protocols.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.parameters().into_iter().find(|(n, _)| n == name).map(|(_, value)| value)
    }

    /// Returns all parameters of the query protocols except `Action` and `Version`.
    pub(crate) fn parameters(&self) -> Vec<(String, String)> {
        let pairs = url::form_urlencoded::parse(self.body.as_bytes()).into_owned();
        let mut parameters: Vec<_> = pairs.filter(|(n, _)| n != "Action" && n != "Version").collect();
        parameters.sort();
        parameters
    }

    /// Parses the body of the JSON protocols.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {:?}", self.body))
    }

    pub(crate) fn path(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }

    /// Returns a part of the signature's scope: the key, the day, the region or the service.
    fn signed(&self, part: usize) -> String {
        let scope = self.header("authorization").and_then(|a| a.split_once("Credential=")).map(|(_, scope)| scope);
        scope.and_then(|scope| scope.split('/').nth(part)).unwrap_or_default().to_owned()
    }

    pub(crate) fn key(&self) -> String {
        self.signed(0)
    }

    pub(crate) fn region(&self) -> String {
        self.signed(2)
    }

    /// Returns the operation, in any protocol.
    pub(crate) fn operation(&self) -> String {
        self.header("x-amz-target")
            .and_then(|target| target.rsplit('.').next().map(str::to_owned))
            .or_else(|| {
                url::form_urlencoded::parse(self.body.as_bytes())
                    .find(|(n, _)| n == "Action")
                    .map(|(_, v)| v.into_owned())
            })
            .unwrap_or_else(|| self.path().split('?').next().unwrap_or_default().to_owned())
    }
}

#[derive(Clone)]
pub(crate) enum Reply {
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: String,
    },
    /// Closes the connection without an answer.
    Hangup,
    /// A body that is not text.
    Bytes {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// A body that is sent piece by piece, and what follows it.
    Pieces(Vec<(&'static str, String)>, Vec<Vec<u8>>, After),
    /// Closes the connection in the middle of this body.
    Torn(String),
    /// Sends a reply after a delay.
    Late(Duration, Box<Reply>),
    /// Sends one byte of this body each second.
    Drip(String),
    /// A body with this status that does not end before the client hangs up.
    Endless(u16),
    /// Never answers. Counts the clients that hang up.
    Silence(Arc<AtomicUsize>),
}

/// The end of a body that is sent in pieces.
#[derive(Clone)]
pub(crate) enum After {
    End,
    /// The connection is closed before the body has ended.
    Cut,
    /// The body goes on, and nothing comes. Counts the clients that hang up.
    Silence(Arc<AtomicUsize>),
}

impl Reply {
    pub(crate) fn xml(body: impl Into<String>) -> Self {
        Reply::answer("text/xml;charset=UTF-8", body)
    }

    /// JSON 1.1, the protocol of Systems Manager.
    pub(crate) fn json(body: impl Into<String>) -> Self {
        Reply::answer("application/x-amz-json-1.1", body)
    }

    /// REST JSON, the protocol of Resource Groups.
    pub(crate) fn rest(body: impl Into<String>) -> Self {
        Reply::answer("application/json", body)
    }

    /// CBOR in Smithy's RPC protocol, of texts, lists and maps.
    pub(crate) fn cbor(body: &serde_json::Value) -> Self {
        let headers = vec![("smithy-protocol", "rpc-v2-cbor".to_owned())];
        Reply::Bytes { status: 200, headers, body: cbor(body) }
    }

    fn answer(content_type: &str, body: impl Into<String>) -> Self {
        Reply::Answer { status: 200, headers: vec![("content-type", content_type.to_owned())], body: body.into() }
    }

    pub(crate) fn after(self, delay: Duration) -> Self {
        Reply::Late(delay, Box::new(self))
    }

    pub(crate) fn status(mut self, code: u16) -> Self {
        if let Reply::Answer { status, .. } | Reply::Bytes { status, .. } = &mut self {
            *status = code;
        }
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Reply::Answer { headers, .. } | Reply::Bytes { headers, .. } = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }
}

pub(crate) struct Server {
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Starts a server that answers each request with the result of `answer`.
    pub(crate) fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a local port");
        let url = format!("http://{}", listener.local_addr().expect("a bound port has an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (answer, log) = (Arc::new(answer), requests.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, log) = (answer.clone(), log.clone());
                thread::spawn(move || serve(stream, &*answer, &log));
            }
        });
        Server { url, requests }
    }

    /// Starts a server that sends these replies in order; the last one answers all further requests.
    pub(crate) fn replies(replies: impl IntoIterator<Item = Reply>) -> Self {
        let replies = Mutex::new(replies.into_iter().collect::<VecDeque<_>>());
        Server::start(move |_| {
            let mut replies = replies.lock().expect("nothing panics while it holds this");
            match replies.len() {
                1 => replies[0].clone(),
                _ => replies.pop_front().expect("a server is given at least one answer"),
            }
        })
    }

    /// Starts a server that answers all requests with this reply.
    pub(crate) fn always(reply: Reply) -> Self {
        Server::replies([reply])
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no test panics while it holds this").clone()
    }

    pub(crate) fn operations(&self) -> Vec<String> {
        self.requests().iter().map(Request::operation).collect()
    }

    #[track_caller]
    pub(crate) fn saw_nothing(&self) {
        assert_eq!(self.operations(), Vec::<String>::new(), "no request was expected");
    }
}

fn serve(stream: TcpStream, answer: &dyn Fn(&Request) -> Reply, log: &Mutex<Vec<Request>>) {
    let Ok(mut writer) = stream.try_clone() else { return };
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader) {
        log.lock().expect("no test panics while it holds this").push(request.clone());
        let mut reply = answer(&request);
        if let Reply::Late(delay, later) = reply {
            thread::sleep(delay);
            reply = *later;
        }
        let (bytes, keeps_alive) = match reply {
            Reply::Hangup | Reply::Late(..) => return,
            Reply::Drip(body) => return drip(&mut writer, &body),
            Reply::Endless(status) => return flood(&mut writer, status),
            Reply::Pieces(headers, pieces, after) => {
                if !send_pieces(&mut writer, &mut reader, &headers, &pieces, &after) {
                    return;
                }
                continue;
            }
            Reply::Answer { status, headers, body } => {
                (message(status, &headers, body.len(), &body).into_bytes(), true)
            }
            Reply::Bytes { status, headers, body } => {
                ([message(status, &headers, body.len(), "").into_bytes(), body].concat(), true)
            }
            Reply::Torn(body) => (message(200, &[], body.len() * 2, &body).into_bytes(), false),
            Reply::Silence(left) => {
                // Returns when the client closes the connection, in any way.
                let _ = reader.read(&mut [0]);
                left.fetch_add(1, Ordering::SeqCst);
                return;
            }
        };
        if writer.write_all(&bytes).is_err() || !keeps_alive {
            return;
        }
    }
}

/// Encodes short texts, lists and maps (RFC 8949).
pub(crate) fn cbor(value: &serde_json::Value) -> Vec<u8> {
    use serde_json::Value;
    let head = |kind: u8, length: usize| match u8::try_from(length).expect("a short value") {
        length @ 0..24 => vec![kind << 5 | length],
        length => vec![kind << 5 | 24, length],
    };
    match value {
        Value::String(text) => [head(3, text.len()), text.clone().into_bytes()].concat(),
        Value::Array(items) => [head(4, items.len()), items.iter().flat_map(cbor).collect()].concat(),
        Value::Object(fields) => {
            let pairs = fields.iter().flat_map(|(name, value)| [cbor(&name.as_str().into()), cbor(value)].concat());
            [head(5, fields.len()), pairs.collect()].concat()
        }
        other => panic!("{other} is not needed"),
    }
}

fn flood(writer: &mut TcpStream, status: u16) {
    let piece = [b'x'; 64 * 1024];
    let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), &piece, b"\r\n"].concat();
    let head = format!("HTTP/1.1 {status} Answer\r\ntransfer-encoding: chunked\r\n\r\n");
    let mut sent = writer.write_all(head.as_bytes());
    while sent.is_ok() {
        sent = writer.write_all(&chunk);
    }
}

/// Returns whether the connection can go on.
fn send_pieces(
    writer: &mut TcpStream,
    reader: &mut BufReader<TcpStream>,
    headers: &[(&str, String)],
    pieces: &[Vec<u8>],
    after: &After,
) -> bool {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!("HTTP/1.1 200 OK\r\n{headers}transfer-encoding: chunked\r\n\r\n");
    let mut sent = writer.write_all(head.as_bytes());
    for piece in pieces {
        let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
        sent = sent.and_then(|()| writer.write_all(&chunk));
    }
    match after {
        After::End => sent.and_then(|()| writer.write_all(b"0\r\n\r\n")).is_ok(),
        After::Cut => false,
        After::Silence(left) => {
            // Returns when the client closes the connection, in any way.
            let _ = reader.read(&mut [0]);
            left.fetch_add(1, Ordering::SeqCst);
            false
        }
    }
}

fn drip(writer: &mut TcpStream, body: &str) {
    let mut bytes = message(200, &[], body.len(), "").into_bytes();
    for byte in body.bytes() {
        bytes.push(byte);
        if writer.write_all(&bytes).is_err() {
            return;
        }
        bytes.clear();
        thread::sleep(Duration::from_secs(1));
    }
}

pub(crate) fn message(status: u16, headers: &[(&str, String)], length: usize, body: &str) -> String {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!(
        "HTTP/1.1 {status} Status\r\n{headers}content-length: {length}\r\nx-amzn-requestid: {REQUEST_ID}\r\n\r\n{body}"
    )
}

pub(crate) fn read_request<S: Read>(reader: &mut BufReader<S>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut request = Request { at: Instant::now(), line: line.trim_end().to_owned(), headers, body: String::new() };
    let length = request.header("content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    request.body = String::from_utf8_lossy(&body).into_owned();
    Some(request)
}
