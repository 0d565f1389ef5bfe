//! The one HTTP client of a process, and how long anything may take.

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

const CONNECT: Duration = Duration::from_secs(5);
const READ: Duration = Duration::from_secs(60);
const ATTEMPT: Duration = Duration::from_secs(90);

/// Connections are shared by all services, regions and accounts.
pub(crate) fn client() -> SharedHttpClient {
    static CLIENT: OnceLock<SharedHttpClient> = OnceLock::new();
    // The near ones speak plain HTTP, and need no certificates to be read.
    let make = || SharedHttpClient::new(Routed { far: over_tls(), near: Builder::new().build_http() });
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

/// For requests to somebody who is not AWS, each with this much time.
pub fn http_connector(timeout: Duration) -> Connector {
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT.min(timeout)).read_timeout(timeout).build();
    connector(Some(settings), default_async_sleep())
}

/// What gives a machine its credentials has an address that means something else on every
/// machine: a proxy would ask its own, and see the answer.
#[derive(Clone, Debug)]
struct Routed<T> {
    far: T,
    near: T,
}

impl HttpClient for Routed<SharedHttpClient> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let far = self.far.http_connector(settings, components);
        let near = self.near.http_connector(settings, components);
        SharedHttpConnector::new(Routed { far, near })
    }
}

impl HttpConnector for Routed<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if is_near(request.uri()) { self.near.call(request) } else { self.far.call(request) }
    }
}

fn is_near(uri: &str) -> bool {
    match Url::parse(uri).ok().as_ref().and_then(Url::host) {
        Some(Host::Ipv4(address)) => address.is_link_local(),
        // Of the addresses that are for private use, these are AWS's.
        Some(Host::Ipv6(address)) => address.segments()[..2] == [0xfd00, 0xec2],
        _ => false,
    }
}

/// A request that waits for its place in a lane would pass for an upload that has stalled;
/// the times below hold for those that do stall.
pub(crate) fn stalled_streams() -> StalledStreamProtectionConfig {
    StalledStreamProtectionConfig::disabled()
}

/// The time for a whole call can be asked for. Those for its parts stay as they are: a
/// connection belongs to a client with these settings, and would not be shared otherwise.
pub(crate) fn timeouts(operation: Option<Duration>) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .read_timeout(READ)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(operation.unwrap_or(CALL_TIMEOUT))
        .build()
}

#[cfg(test)]
mod tests {
    use super::is_near;

    #[test]
    fn the_addresses_of_machine_credentials_are_near() {
        for near in ["http://169.254.169.254/latest", "http://169.254.170.2/x", "http://[fd00:ec2::254]/latest"] {
            assert!(is_near(near), "{near}");
        }
        for far in ["https://ec2.eu-west-1.amazonaws.com/", "http://127.0.0.1:4566/", "http://[fd00::1]/"] {
            assert!(!is_near(far), "{far}");
        }
    }
}
