//! The one HTTP client of a process, and its timeouts.

use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_async::rt::sleep::{SharedAsyncSleep, default_async_sleep};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use url::{Host, Url};

use super::CALL_TIMEOUT;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const READ_TIMEOUT: Duration = Duration::from_secs(60);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(90);

/// Returns the client, whose connections all services, regions and accounts share.
pub(crate) fn client() -> SharedHttpClient {
    static CLIENT: OnceLock<SharedHttpClient> = OnceLock::new();
    // The metadata services use plain HTTP, so their client reads no certificates.
    let make = || SharedHttpClient::new(Routed { remote: over_tls(), local: Builder::new().build_http() });
    CLIENT.get_or_init(make).clone()
}

fn over_tls() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, components| {
        connector(settings.cloned(), components.and_then(|components| components.sleep_impl()))
    })
}

fn connector(settings: Option<HttpConnectorSettings>, sleep: Option<SharedAsyncSleep>) -> Connector {
    let mut connector = ConnectorBuilder::default().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    connector.set_connector_settings(settings);
    connector.set_sleep_impl(sleep);
    connector.set_proxy_config(Some(ProxyConfig::from_env()));
    connector.build()
}

/// Returns a connector for requests to other servers than AWS, with a timeout for each request.
pub fn http_connector(timeout: Duration) -> Connector {
    let settings =
        HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT.min(timeout)).read_timeout(timeout).build();
    connector(Some(settings), default_async_sleep())
}

/// Sends requests to metadata services past the proxy. Their link-local addresses belong to the
/// machine itself: a proxy would ask its own metadata service, and would see the credentials.
#[derive(Clone, Debug)]
struct Routed<T> {
    remote: T,
    local: T,
}

impl HttpClient for Routed<SharedHttpClient> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let remote = self.remote.http_connector(settings, components);
        let local = self.local.http_connector(settings, components);
        SharedHttpConnector::new(Routed { remote, local })
    }
}

impl HttpConnector for Routed<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if is_metadata_service(request.uri()) { self.local.call(request) } else { self.remote.call(request) }
    }
}

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
