//! URLs with a signature, by which anyone can make the call until they expire.
//!
//! The form is that of botocore, to the byte: the parameters of the call, then those of the signature.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_types::SdkConfig;
use moonfleet_core::{Map, Value};
use moonfleet_protocols::{Api, Client, Settings, SigningRules};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::operation::{Operation, Service};

/// All bytes except those that RFC 3986 never encodes; the signature demands this.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The parameters of a signature, in the order of botocore's URLs.
const PARAMETERS: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
];

/// A call that a URL makes.
#[derive(Clone, Copy)]
pub struct SignedCall<'a> {
    pub service: &'a str,
    pub operation: &'a str,
    pub input: &'a Map,
    /// Headers that the request must have.
    pub headers: &'a [(&'a str, &'a str)],
    /// Parameters that the model does not have.
    pub parameters: &'a [(&'a str, &'a str)],
}

/// Who signs a URL, and until when it is valid.
pub struct Presigning<'a> {
    pub credentials: Credentials,
    pub region: &'a str,
    pub now: SystemTime,
    pub expires: Duration,
}

/// Returns the signed URL of a call.
pub fn presign(config: &SdkConfig, call: SignedCall<'_>, presigning: &Presigning<'_>) -> Result<String, BoxError> {
    let SignedCall { service, operation, .. } = call;
    let model = moonfleet_models::built_in(service).ok_or_else(|| format!("there is no service '{service}'"))?;
    let operation = model.operation(operation).ok_or_else(|| format!("{service} has no operation '{operation}'"))?;
    let settings = Settings { force_path_style: config.endpoint_url().is_some(), ..Settings::default() };
    let request = Client::new(Api::of(model), config, settings, &[], "").unsigned(operation, call.input)?;
    let mut url = request.url;
    for (name, value) in call.parameters {
        let separator = if url.contains('?') { '&' } else { '?' };
        url += &format!("{separator}{name}={}", utf8_percent_encode(value, RESERVED));
    }
    let own = request.headers.iter().map(|(name, value)| (&**name, &**value));
    let headers: Vec<(&str, &str)> = own.chain(call.headers.iter().copied()).collect();
    let scope = Scope {
        name: &request.signing_name,
        region: request.signing_region.as_deref().unwrap_or(presigning.region),
        rules: request.rules,
    };
    signed(&request.method, &url, &headers, &scope, presigning)
}

/// Returns the password of a database user for the next 15 minutes, to connect to a database of RDS with IAM.
pub fn database_token(host: &str, port: u16, user: &str, presigning: &Presigning<'_>) -> Result<String, BoxError> {
    const SCHEME: &str = "https://";
    let url = format!("{SCHEME}{host}:{port}/?Action=connect&DBUser={}", utf8_percent_encode(user, RESERVED));
    let rules = SigningRules { double_encoding: true, normalize_path: true, content_hash_header: false };
    let scope = Scope { name: "rds-db", region: presigning.region, rules };
    let url = signed("GET", &url, &[], &scope, presigning)?;
    Ok(url.trim_start_matches(SCHEME).to_owned())
}

/// Operations that copy a database or a snapshot of another region. The service asks that region in the caller's name, by a
/// URL that boto3 and the AWS CLI make for each such call.
///
/// Source: the parameter PreSignedUrl in the API references of RDS, Neptune and DocumentDB.
const COPIES: [(&str, &[&str]); 3] = [
    (
        "rds",
        &[
            "copy_db_cluster_snapshot",
            "copy_db_snapshot",
            "create_db_cluster",
            "create_db_instance_read_replica",
            "start_db_instance_automated_backups_replication",
        ],
    ),
    ("neptune", &["copy_db_cluster_snapshot", "create_db_cluster"]),
    ("docdb", &["copy_db_cluster_snapshot", "create_db_cluster"]),
];

/// The parameter with the URL of a copy.
pub const COPY_URL: &str = "pre_signed_url";

/// Takes the region that a copy comes from out of its input: it is a parameter only of AWS's tools. `None` for other calls.
pub fn take_source_region(service: &Service, operation: &Operation, input: &mut Map) -> Option<String> {
    let is_copy = COPIES.iter().any(|(name, operations)| *name == service.name && operations.contains(&operation.name));
    match is_copy.then(|| input.take("source_region"))? {
        Value::String(region) => Some(region),
        _ => None,
    }
}

/// What a signature is valid for.
struct Scope<'a> {
    name: &'a str,
    region: &'a str,
    rules: SigningRules,
}

fn signed(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    scope: &Scope<'_>,
    presigning: &Presigning<'_>,
) -> Result<String, BoxError> {
    let identity = presigning.credentials.clone().into();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(presigning.expires);
    if !scope.rules.double_encoding {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
    }
    if !scope.rules.normalize_path {
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    let signing = v4::SigningParams::builder().identity(&identity).region(scope.region).name(scope.name);
    let signing = signing.time(presigning.now).settings(settings).build()?.into();
    // S3 does not know the body that the URL will be used with.
    let body = if scope.rules.content_hash_header { SignableBody::UnsignedPayload } else { SignableBody::Bytes(&[]) };
    let request = SignableRequest::new(method, url, headers.iter().copied(), body)?;
    let (instructions, _) = sign(request, &signing)?.into_parts();
    let mut signed = url.to_owned();
    for name in PARAMETERS {
        if let Some((_, value)) = instructions.params().iter().find(|(known, _)| *known == name) {
            let separator = if signed.contains('?') { '&' } else { '?' };
            signed.push(separator);
            signed += &format!("{name}={}", utf8_percent_encode(value, RESERVED));
        }
    }
    Ok(signed)
}
