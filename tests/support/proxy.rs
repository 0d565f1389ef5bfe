//! An HTTP proxy that answers for all hosts, also over TLS, and records which host each request is for. A program
//! that trusts its certificates sends it the calls that it would send to AWS.

use std::io::{BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::server::{Reply, Request, message, read_request};

/// A certificate authority for all hosts.
#[derive(Clone)]
pub(crate) struct Authority {
    issuer: Arc<Issuer<'static, KeyPair>>,
    certificate: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().expect("a key can be made");
        let mut parameters = CertificateParams::new(Vec::new()).expect("no names");
        // OpenSSL takes a certificate for self-signed if it has the name of its issuer, which is the default.
        parameters.distinguished_name.push(DnType::CommonName, "the authority of a test");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = parameters.self_signed(&key).expect("a certificate can be made").pem();
        Authority { issuer: Arc::new(Issuer::new(parameters, key)), certificate }
    }

    /// Writes the certificate of the authority into a file, for AWS_CA_BUNDLE.
    pub(crate) fn write(&self, file: &Path) {
        std::fs::write(file, &self.certificate).expect("a file in a temporary folder");
    }

    fn accept(&self, host: &str, stream: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
        let key = KeyPair::generate().expect("a key can be made");
        let certificate = CertificateParams::new(vec![host.to_owned()]).and_then(|p| p.signed_by(&key, &*self.issuer));
        let certificate = certificate.expect("a certificate can be made");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a valid key");
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("the key belongs to the certificate");
        StreamOwned::new(ServerConnection::new(Arc::new(config)).expect("a valid configuration"), stream)
    }
}

/// A request, and the host that it is for.
type Seen = (String, Request);

#[derive(Clone)]
pub(crate) struct Proxy {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Proxy {
    pub(crate) fn start(authority: &Authority, answer: fn(&Request) -> Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a local port");
        let url = format!("http://{}", listener.local_addr().expect("a bound port has an address"));
        let proxy = Proxy { url, seen: Arc::default() };
        let (this, authority) = (proxy.clone(), authority.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (this, authority) = (this.clone(), authority.clone());
                thread::spawn(move || this.serve(stream, &authority, answer));
            }
        });
        proxy
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no test panics while it holds this").clone()
    }

    fn serve(&self, stream: TcpStream, authority: &Authority, answer: fn(&Request) -> Reply) -> Option<()> {
        let mut reader = BufReader::new(stream);
        let first = read_request(&mut reader)?;
        let host = match first.line.strip_prefix("CONNECT ").and_then(|rest| rest.split(':').next()) {
            Some(host) => host.to_owned(),
            None => return self.answer_all(reader, Some(first), None, answer),
        };
        let mut stream = reader.into_inner();
        stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").ok()?;
        self.answer_all(BufReader::new(authority.accept(&host, stream)), None, Some(&host), answer)
    }

    /// Answers the requests of a connection, of which the first may have been read.
    fn answer_all<S: Read + Write>(
        &self,
        mut reader: BufReader<S>,
        mut next: Option<Request>,
        host: Option<&str>,
        answer: fn(&Request) -> Reply,
    ) -> Option<()> {
        loop {
            let request = next.take().or_else(|| read_request(&mut reader))?;
            // Without TLS the host is part of the request's address.
            let host = host.or_else(|| request.path().strip_prefix("http://")?.split('/').next());
            let host = host.unwrap_or_default().to_owned();
            let reply = answer(&request);
            self.seen.lock().expect("no test panics while it holds this").push((host, request));
            let Reply::Answer { status, headers, body } = reply else { return None };
            let stream = reader.get_mut();
            stream.write_all(message(status, &headers, body.len(), &body).as_bytes()).ok()?;
            stream.flush().ok()?;
        }
    }
}
