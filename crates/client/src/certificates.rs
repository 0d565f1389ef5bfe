//! Makes sure that there are certificates to trust before a connection over TLS is made. Without any the SDK
//! panics in a debug build, and says of each server that its issuer is unknown in a release build.

use std::env;
use std::sync::OnceLock;

use moonfleet_core::{CallFailureKind, HttpClientError};
use rustls::RootCertStore;

/// The variables that name certificates instead of the system's own.
const VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Fails if no CA certificate can be used. They are read once in a process.
pub(crate) fn check() -> Result<(), HttpClientError> {
    static CHECKED: OnceLock<Result<(), HttpClientError>> = OnceLock::new();
    CHECKED.get_or_init(read).clone()
}

fn read() -> Result<(), HttpClientError> {
    let found = rustls_native_certs::load_native_certs();
    let (usable, _) = RootCertStore::empty().add_parsable_certificates(found.certs);
    if usable > 0 {
        return Ok(());
    }
    let named: Vec<String> = VARIABLES
        .iter()
        .filter_map(|name| Some(format!("{name} is {:?}", env::var_os(name)?)))
        .chain(found.errors.iter().map(ToString::to_string))
        .collect();
    let (why, advice) = match named.is_empty() {
        true => (
            "this machine has no CA certificates".to_owned(),
            "install the package ca-certificates, or set SSL_CERT_FILE to a file with certificates in PEM format",
        ),
        false => (
            format!("no CA certificate was found: {}", named.join("; ")),
            "set SSL_CERT_FILE to a file with certificates in PEM format, or unset it and install the package \
             ca-certificates",
        ),
    };
    let message = format!("no server can be verified over HTTPS: {why}; {advice}");
    Err(HttpClientError { kind: CallFailureKind::NotSent, code: "NoCertificates", message })
}
