//! A local HTTP server that answers as it is told, counts what it is asked, and can
//! fail in the ways that networks do.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A request as it came over the wire.
#[derive(Clone, Debug)]
pub struct Request {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// A parameter of the query protocols.
    pub fn parameter(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.body.as_bytes()).find(|(n, _)| n == name).map(|(_, v)| v.into_owned())
    }

    /// The operation, in whichever way its protocol says it.
    pub fn operation(&self) -> String {
        self.header("x-amz-target")
            .and_then(|target| target.rsplit('.').next().map(str::to_owned))
            .or_else(|| self.parameter("Action"))
            .unwrap_or_else(|| self.line.split(' ').nth(1).unwrap_or_default().to_owned())
    }
}

pub enum Reply {
    Answer { status: u16, content_type: &'static str, body: String },
    /// The connection is cut without a word.
    Hangup,
}

impl Reply {
    pub fn xml(body: impl Into<String>) -> Self {
        Reply::Answer { status: 200, content_type: "text/xml", body: body.into() }
    }

    pub fn json(body: impl Into<String>) -> Self {
        Reply::Answer { status: 200, content_type: "application/x-amz-json-1.1", body: body.into() }
    }

    pub fn status(self, code: u16) -> Self {
        match self {
            Reply::Answer { content_type, body, .. } => Reply::Answer { status: code, content_type, body },
            Reply::Hangup => Reply::Hangup,
        }
    }
}

pub struct Server {
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers each request with what `answer` says to it.
    pub fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
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

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no test panics while it holds this").clone()
    }

    pub fn operations(&self) -> Vec<String> {
        self.requests().iter().map(Request::operation).collect()
    }
}

fn serve(stream: TcpStream, answer: &dyn Fn(&Request) -> Reply, log: &Mutex<Vec<Request>>) {
    let Ok(mut writer) = stream.try_clone() else { return };
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader) {
        log.lock().expect("no test panics while it holds this").push(request.clone());
        let Reply::Answer { status, content_type, body } = answer(&request) else { return };
        let head = format!(
            "HTTP/1.1 {status} Told\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\
             x-amzn-requestid: 11111111-2222-3333-4444-555555555555\r\n\r\n",
            body.len()
        );
        if writer.write_all(head.as_bytes()).and_then(|()| writer.write_all(body.as_bytes())).is_err() {
            return;
        }
    }
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut request = Request { line: line.trim_end().to_owned(), headers, body: String::new() };
    let length = request.header("content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    request.body = String::from_utf8_lossy(&body).into_owned();
    Some(request)
}
