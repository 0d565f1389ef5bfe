//! The HTTP client of the sandbox, which opens no connection.

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use bytes::Bytes;

/// The body of a request, as an extension of its response.
#[derive(Clone)]
pub(crate) struct SentBody(pub Bytes);

/// Reads the body of each request, which a stream gives only once, and answers with nothing. The interceptor replaces
/// the answer.
#[derive(Debug)]
struct Offline;

impl HttpConnector for Offline {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(async move {
            let body = ByteStream::new(request.take_body()).collect().await;
            let body = body.map_err(|error| ConnectorError::user(error.into()))?;
            let mut response = HttpResponse::new(StatusCode::try_from(200).expect("a status"), SdkBody::empty());
            response.add_extension(SentBody(body.into_bytes()));
            Ok(response)
        })
    }
}

pub(crate) fn offline_client() -> SharedHttpClient {
    http_client_fn(|_, _| SharedHttpConnector::new(Offline))
}
