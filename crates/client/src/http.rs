//! The HTTP client of a process, and its timeouts.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_async::rt::sleep::{SharedAsyncSleep, default_async_sleep};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use moonfleet_core::{Error, HttpClientError};
use url::{Host, Url};

use super::{CALL_TIMEOUT, certificates};
use crate::answer_limits::limit_answer;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const READ_TIMEOUT: Duration = Duration::from_secs(60);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(90);

/// Returns the client, whose connections all services, regions and accounts share. Certificates of a bundle replace
/// those of the system.
pub(crate) fn client(ca_bundle: Option<&Path>) -> Result<SharedHttpClient, Error> {
    static CLIENTS: Mutex<BTreeMap<Option<PathBuf>, SharedHttpClient>> = Mutex::new(BTreeMap::new());
    let mut clients = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner);
    let bundle = ca_bundle.map(Path::to_owned);
    if let Some(client) = clients.get(&bundle) {
        return Ok(client.clone());
    }
    let trusted = ca_bundle.map(certificates::read_bundle).transpose()?;
    let client = routed(trusted);
    clients.insert(bundle, client.clone());
    Ok(client)
}

fn routed(trusted: Option<TlsContext>) -> SharedHttpClient {
    let has_own_certificates = trusted.is_some();
    let plain = Builder::new().build_with_connector_fn(|settings, components| {
        plain_connector(settings.cloned(), components.and_then(|components| components.sleep_impl()))
    });
    let tls = over_tls(trusted);
    SharedHttpClient::new(Routed { tls, plain, local: Builder::new().build_http(), has_own_certificates })
}
fn over_tls(trusted: Option<TlsContext>) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let sleep = components.and_then(|components| components.sleep_impl());
        connector(settings.cloned(), sleep, trusted.clone())
    })
}

/// Returns a client without proxy and TLS, for services on the same machine or network link.
pub fn direct_http_client() -> SharedHttpClient {
    let local = Builder::new().build_http();
    SharedHttpClient::new(Routed { tls: local.clone(), plain: local.clone(), local, has_own_certificates: false })
}

/// Connects over TLS, or through a proxy that is reached over TLS. The CA certificates are read here.
fn connector(
    settings: Option<HttpConnectorSettings>,
    sleep: Option<SharedAsyncSleep>,
    trusted: Option<TlsContext>,
) -> Connector {
    let mut connector = ConnectorBuilder::default().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    if let Some(trusted) = trusted {
        connector.set_tls_context(trusted);
    }
    connector.set_connector_settings(settings);
    connector.set_sleep_impl(sleep);
    connector.set_proxy_config(Some(ProxyConfig::from_env()));
    connector.build()
}

/// Connects without TLS, and needs no certificates.
fn plain_connector(settings: Option<HttpConnectorSettings>, sleep: Option<SharedAsyncSleep>) -> Connector {
    let mut connector = ConnectorBuilder::default();
    connector.set_connector_settings(settings);
    connector.set_sleep_impl(sleep);
    connector.set_proxy_config(Some(ProxyConfig::from_env()));
    connector.build_http()
}

/// Returns a connector for requests to other servers than AWS, with a timeout for each request.
pub fn http_connector(timeout: Duration) -> impl HttpConnector {
    let settings =
        HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT.min(timeout)).read_timeout(timeout).build();
    Foreign { settings }
}

#[derive(Clone, Debug)]
struct Foreign {
    settings: HttpConnectorSettings,
}

impl HttpConnector for Foreign {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (settings, sleep) = (Some(self.settings.clone()), default_async_sleep());
        let connector = match needs_tls(request.uri()) {
            true => match certificates::check() {
                Ok(()) => connector(settings, sleep, None),
                Err(error) => return not_sent(error),
            },
            false => plain_connector(settings, sleep),
        };
        limit_answer(request, |request| HttpConnectorFuture::new(async move { connector.call(request).await }))
    }
}

fn not_sent(error: HttpClientError) -> HttpConnectorFuture {
    HttpConnectorFuture::ready(Err(ConnectorError::user(error.into())))
}

/// Sends requests to metadata services past the proxy. Their link-local addresses belong to the
/// machine itself: a proxy would ask its own metadata service, and would see the credentials.
#[derive(Clone, Debug)]
struct Routed {
    tls: SharedHttpClient,
    plain: SharedHttpClient,
    local: SharedHttpClient,
    /// The system's certificates are not needed.
    has_own_certificates: bool,
}

impl HttpClient for Routed {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let (clients, settings, components) = (self.clone(), settings.clone(), components.clone());
        SharedHttpConnector::new(RoutedConnector { clients, settings, components })
    }
}

/// Makes the connector that a request needs, and no other: one over TLS reads the CA certificates.
#[derive(Clone, Debug)]
struct RoutedConnector {
    clients: Routed,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl HttpConnector for RoutedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let uri = request.uri();
        let client = if is_metadata_service(uri) {
            &self.clients.local
        } else if !needs_tls(uri) {
            &self.clients.plain
        } else if !self.clients.has_own_certificates
            && let Err(error) = certificates::check()
        {
            return not_sent(error);
        } else {
            &self.clients.tls
        };
        limit_answer(request, |request| client.http_connector(&self.settings, &self.components).call(request))
    }
}

fn needs_tls(uri: &str) -> bool {
    let is_over_tls = |url: &str| url.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:"));
    is_over_tls(uri) || PROXY_VARIABLES.iter().filter_map(|name| env::var(name).ok()).any(|proxy| is_over_tls(&proxy))
}

/// The variables that name the proxy of requests without TLS.
const PROXY_VARIABLES: [&str; 4] = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

fn is_metadata_service(uri: &str) -> bool {
    match Url::parse(uri).ok().as_ref().and_then(Url::host) {
        Some(Host::Ipv4(address)) => address.is_link_local(),
        // AWS's metadata services have these of the IPv6 addresses for private use.
        Some(Host::Ipv6(address)) => address.segments()[..2] == [0xfd00, 0xec2],
        _ => false,
    }
}

/// Turns off the SDK's protection against stalled streams: a request that waits for the rate
/// limiter would count as a stalled upload. The timeouts below end streams that do stall.
pub(crate) fn stalled_streams() -> StalledStreamProtectionConfig {
    StalledStreamProtectionConfig::disabled()
}

/// Returns the timeouts, with a given one for the whole call. The timeouts of its parts are fixed,
/// because clients with other settings would not share connections.
pub(crate) fn timeouts(operation: Option<Duration>) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(operation.unwrap_or(CALL_TIMEOUT))
        .build()
}

#[cfg(test)]
mod tests {
    use super::is_metadata_service;

    #[test]
    fn metadata_services_are_recognized_by_their_addresses() {
        for local in ["http://169.254.169.254/latest", "http://169.254.170.2/x", "http://[fd00:ec2::254]/latest"] {
            assert!(is_metadata_service(local), "{local}");
        }
        for other in ["https://ec2.eu-west-1.amazonaws.com/", "http://127.0.0.1:4566/", "http://[fd00::1]/"] {
            assert!(!is_metadata_service(other), "{other}");
        }
    }
}
