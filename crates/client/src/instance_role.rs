//! Checks the name of an instance's role, which the metadata service gives. The SDK puts it into a URL, and panics if
//! it cannot be part of one.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use moonfleet_core::{CallFailureKind, HttpClientError};

use crate::first_bytes;

/// The path whose answer is the name.
const ROLE_NAME: &str = "/iam/security-credentials/";
/// In bytes; IAM allows 64.
const LONGEST_NAME: usize = 512;

/// Wraps the HTTP client of a provider of an instance's credentials.
pub(crate) fn checked_instance_role(client: SharedHttpClient) -> SharedHttpClient {
    SharedHttpClient::new(Checked(client))
}

#[derive(Clone, Debug)]
struct Checked<T>(T);

impl HttpClient for Checked<SharedHttpClient> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Checked(self.0.http_connector(settings, components)))
    }
}

impl HttpConnector for Checked<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let asks_for_name = request.uri().ends_with(ROLE_NAME);
        let answer = self.0.call(request);
        if !asks_for_name {
            return answer;
        }
        HttpConnectorFuture::new(async { check(answer.await?).await })
    }
}

async fn check(mut answer: HttpResponse) -> Result<HttpResponse, ConnectorError> {
    if !answer.status().is_success() {
        return Ok(answer);
    }
    let name = first_bytes(answer.take_body(), LONGEST_NAME).await;
    let is_allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(byte);
    if name.is_empty() || !name.iter().all(is_allowed) {
        let message = format!(
            "the instance metadata service answered with {:?} as the name of the instance's role, which no role can \
             have; check AWS_EC2_METADATA_SERVICE_ENDPOINT",
            String::from_utf8_lossy(&name)
        );
        let error = HttpClientError { kind: CallFailureKind::NotSent, code: "BadCredentials", message };
        return Err(ConnectorError::user(error.into()));
    }
    *answer.body_mut() = SdkBody::from(name);
    Ok(answer)
}
