//! TLS for local servers, with a self-signed certificate.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

#[derive(Clone)]
pub(crate) struct Identity {
    config: Arc<ServerConfig>,
    certificate: String,
}

impl Identity {
    /// Creates a certificate for this host name.
    pub(crate) fn for_host(name: &str) -> Self {
        let generated = rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate can be made");
        let key = PrivateKeyDer::try_from(generated.signing_key.serialize_der()).expect("a valid key");
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![generated.cert.der().clone()], key)
            .expect("the key belongs to the certificate");
        Identity { config: Arc::new(config), certificate: generated.cert.pem() }
    }

    /// Writes the certificate into a file, for SSL_CERT_FILE.
    pub(crate) fn write(&self, file: &Path) {
        std::fs::write(file, &self.certificate).expect("a file in a temporary folder");
    }

    pub(crate) fn accept<S: Read + Write>(&self, stream: S) -> StreamOwned<ServerConnection, S> {
        StreamOwned::new(ServerConnection::new(self.config.clone()).expect("a valid configuration"), stream)
    }

    /// Starts a TLS proxy in front of a server, and returns its port.
    pub(crate) fn before(&self, url: &str) -> u16 {
        let to = url.strip_prefix("http://").expect("a server of ours").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port of this machine");
        let port = listener.local_addr().expect("a bound port has an address").port();
        let this = self.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (this, to) = (this.clone(), to.clone());
                thread::spawn(move || this.pass(stream, &to));
            }
        });
        port
    }

    /// Forwards requests and their answers, one after the other.
    fn pass(&self, stream: TcpStream, to: &str) -> Option<()> {
        let mut client = self.accept(stream);
        let mut server = TcpStream::connect(to).ok()?;
        loop {
            server.write_all(&message(&mut client)?).ok()?;
            client.write_all(&message(&mut server)?).ok()?;
            client.flush().ok()?;
        }
    }
}

/// Reads a complete HTTP message by its content-length. Returns `None` if the connection is closed.
fn message(stream: &mut impl Read) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        if let Some(end) = message.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&message[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
            if message.len() >= end + 4 + length.unwrap_or(0) {
                return Some(message);
            }
        }
        let mut bytes = [0; 16 << 10];
        let read = stream.read(&mut bytes).ok().filter(|read| *read > 0)?;
        message.extend_from_slice(&bytes[..read]);
    }
}
