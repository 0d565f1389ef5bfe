//! Makes sure that there are certificates to trust before a connection over TLS is made. Without any the SDK
//! panics in a debug build, and says of each server that its issuer is unknown in a release build.

use std::path::Path;
use std::sync::OnceLock;
use std::{env, fs};

use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use moonfleet_core::{CallFailureKind, Error, HttpClientError, counted};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// The variables that name certificates instead of the system's own.
const VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Fails if no CA certificate can be used. They are read once in a process.
pub(crate) fn check() -> Result<(), HttpClientError> {
    static CHECKED: OnceLock<Result<(), HttpClientError>> = OnceLock::new();
    CHECKED.get_or_init(read).clone()
}

/// Reads a file with the only certificates to trust. The SDK would panic at a file without any.
pub(crate) fn read_bundle(file: &Path) -> Result<TlsContext, Error> {
    let unusable = |problem: String| {
        let file = file.display();
        Error::new(
            "BadConfiguration",
            format!("cannot use the CA certificates of AWS_CA_BUNDLE or ca_bundle in {file}: {problem}"),
        )
    };
    let pem = fs::read(file).map_err(|e| unusable(e.to_string()))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = certificates.map_err(|e| unusable(e.to_string()))?;
    let count = certificates.len();
    let (usable, _) = RootCertStore::empty().add_parsable_certificates(certificates);
    if usable == 0 || usable < count {
        let problem = format!(
            "{} of {} could be read; certificates must be in PEM format",
            usable,
            counted(count, "certificate")
        );
        return Err(unusable(if count == 0 { "it has no certificates in PEM format".to_owned() } else { problem }));
    }
    let trusted = TlsContext::builder().with_trust_store(TrustStore::empty().with_pem_certificate(pem));
    trusted.build().map_err(|e| unusable(e.to_string()))
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
