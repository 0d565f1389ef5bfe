//! A server that answers by the body of a request. It writes each answer at once, because separate
//! writes would delay each other on the network.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;

/// Starts this program again as the server, and returns the process and its URL.
pub(crate) fn start() -> (Child, String) {
    let this = std::env::current_exe().expect("a running program has a file");
    let mut server = Command::new(this).arg("serve").stdout(Stdio::piped()).spawn().expect("this program starts");
    let mut url = String::new();
    let output = server.stdout.take().expect("the output is piped");
    BufReader::new(output).read_line(&mut url).expect("the server prints its URL");
    (server, url.trim().to_owned())
}

/// Serves until the process is ended.
pub(crate) fn serve(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a local port");
    println!("http://{}", listener.local_addr().expect("a bound port has an address"));
    let answer = Arc::new(answer);
    for stream in listener.incoming().flatten() {
        let answer = answer.clone();
        thread::spawn(move || talk(stream, &*answer));
    }
}

pub(crate) fn message(xml: &str) -> Vec<u8> {
    let length = xml.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: {length}\r\n\r\n{xml}").into_bytes()
}

fn talk(mut stream: TcpStream, answer: &dyn Fn(&str) -> Vec<u8>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        stream.write_all(&answer(&String::from_utf8(body).ok()?)).ok()?;
    }
}
