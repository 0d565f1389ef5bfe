//! Requests that another program will send: the URL with all parameters, and what its signature needs.

use moonfleet_core::Map;
use moonfleet_models::{Operation, Protocol};

use crate::{Client, Error, SigningRules, quirks};

/// A request without a body, before it is signed.
#[derive(Debug)]
pub struct UnsignedRequest {
    pub method: String,
    pub url: String,
    /// The headers that the request must have.
    pub headers: Vec<(String, String)>,
    /// The name of the service in the signature.
    pub signing_name: String,
    /// The region of the signature, if it is not that of the client.
    pub signing_region: Option<String>,
    pub rules: SigningRules,
}

impl Client {
    /// Returns the request of a call as a URL. The parameters of the query protocols, which are in the body otherwise, are
    /// in the URL. The bytes of a stream are left to the program that sends it. A request with another body cannot be a
    /// URL.
    pub fn unsigned(&self, operation: &'static Operation, input: &Map) -> Result<UnsignedRequest, Error> {
        let (api, settings) = (self.api(), self.settings());
        let service = api.service();
        let prepared = api.without_checksum(operation, input)?;
        let endpoint = api.endpoint(operation, input, settings)?;
        let signing = endpoint.signing()?;
        let request = prepared.request;
        let body = request.body().bytes().unwrap_or_default();
        let is_query = matches!(api.protocol(), Protocol::Query | Protocol::Ec2);
        let (method, parameters) = match std::str::from_utf8(body) {
            Ok(body) if is_query => ("GET", format!("?{body}")),
            _ if body.is_empty() => (request.method(), String::new()),
            _ => return Err(Error::NotCovered("URLs of requests that have a body".to_owned())),
        };
        let base = match prepared.host_prefix {
            Some(prefix) if settings.endpoint_url.is_none() && !quirks::host_prefix_is_in_endpoint(service) => {
                endpoint.url.replacen("://", &format!("://{prefix}"), 1)
            }
            _ => endpoint.url,
        };
        let headers = request.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let is_sent =
            |name: &str| !["content-length", "content-type"].contains(&name) || !is_query && name != "content-length";
        Ok(UnsignedRequest {
            method: method.to_owned(),
            url: format!("{}{}{parameters}", base.trim_end_matches('/'), request.uri()),
            headers: headers.filter(|(name, _)| is_sent(name)).collect(),
            signing_name: signing.name.unwrap_or_else(|| service.metadata.signing_name.to_owned()),
            signing_region: signing.region,
            rules: SigningRules::of(service),
        })
    }
}
