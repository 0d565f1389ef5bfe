//! The presigned URL of `ec2.copy_snapshot`. EC2 demands it for encrypted snapshots: the destination region uses it to
//! ask the source region in the caller's name. boto3 and the AWS CLI make it for each copy.
//!
//! Source: the parameter PresignedUrl in EC2's API reference, which names the parameters of the URL.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::box_error::BoxError;
use moonfleet_core::{Map, Value};
use moonfleet_protocols::resolve;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::operation::{Operation, Service};

/// boto3's time.
const EXPIRES_IN: Duration = Duration::from_secs(3600);
const URL: &str = "presigned_url";
const DESTINATION: &str = "destination_region";
/// All bytes except those that RFC 3986 never encodes; the signature demands this.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Returns whether a call needs a presigned URL that the caller has not given.
pub fn needs_presigned_url(service: &Service, operation: &Operation, input: &Map) -> bool {
    (service.name, operation.name) == ("ec2", "copy_snapshot") && input.get(URL).is_none_or(Value::is_nil)
}

/// Adds the presigned URL and the destination region. `endpoint` is the configured endpoint, if there is one.
pub fn add_presigned_url(
    input: &mut Map,
    destination: &str,
    endpoint: Option<&str>,
    credentials: Credentials,
    now: SystemTime,
) -> Result<(), BoxError> {
    let text = |name: &str| match input.get(name) {
        Some(Value::String(text)) => text.clone(),
        _ => String::new(),
    };
    let source = text("source_region");
    let parameters = [
        ("Action", "CopySnapshot"),
        ("DestinationRegion", destination),
        ("SourceRegion", &source),
        ("SourceSnapshotId", &text("source_snapshot_id")),
        ("Version", "2016-11-15"),
    ];
    let parameters = parameters.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, RESERVED)));
    let url = format!("{}/?{}", endpoint_of(&source, destination, endpoint)?, parameters.join("&"));
    let url = signed(&url, &source, credentials, now)?;
    input.set(URL, Value::String(url));
    input.set(DESTINATION, Value::String(destination.to_owned()));
    Ok(())
}

fn endpoint_of(source: &str, destination: &str, endpoint: Option<&str>) -> Result<String, BoxError> {
    let url = match endpoint {
        Some(url) => url.replace(destination, source),
        None => {
            let ec2 = moonfleet_models::built_in("ec2").ok_or("EC2 has a model")?;
            let region = Map::from_iter([("Region".to_owned(), Value::from(source))]);
            resolve(ec2.endpoint_rules(), &region)?.url
        }
    };
    Ok(url.trim_end_matches('/').to_owned())
}

fn signed(url: &str, region: &str, credentials: Credentials, now: SystemTime) -> Result<String, BoxError> {
    let identity = credentials.into();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(EXPIRES_IN);
    let signing = v4::SigningParams::builder().identity(&identity).region(region).name("ec2").time(now);
    let signing = signing.settings(settings).build()?.into();
    let request = SignableRequest::new("GET", url, std::iter::empty(), SignableBody::Bytes(&[]))?;
    let (instructions, _) = sign(request, &signing)?.into_parts();
    let added = instructions.params().iter();
    Ok(added
        .fold(url.to_owned(), |url, (name, value)| format!("{url}&{name}={}", utf8_percent_encode(value, RESERVED))))
}
