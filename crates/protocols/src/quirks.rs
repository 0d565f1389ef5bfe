//! Where a service, a model or a crate differs from its protocol. Each row has its reason; the tests name the service
//! of each row.

use std::borrow::Cow;

use aws_smithy_runtime_api::http::{Request, Response};
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::Format;
use moonfleet_core::{Map, Value};
use moonfleet_models::{Operation, Service, Shape};

/// The bucket is a label of the path in the model, but the endpoint rules put it into the URL: into the host name, or
/// in front of the path.
const BUCKET_IS_IN_ENDPOINT: &[&str] = &["s3"];

/// The endpoint rules put the account into the host name, which the model has as a host prefix too.
const HOST_PREFIX_IS_IN_ENDPOINT: &[&str] = &["s3control"];

/// The root element of the answer is the only member itself (Smithy's `s3UnwrappedXmlOutput`; the model of botocore
/// does not say so).
const UNWRAPPED_OUTPUTS: &[(&str, &str)] = &[("s3", "GetBucketLocationOutput")];

/// A call can fail after the status 200 has been sent. The root of the body then is `Error`.
const ERRORS_WITH_STATUS_200: &[&str] = &["s3"];

/// A HEAD request has no body, so an error has no code. AWS's SDKs name the status 404.
const NAMELESS_NOT_FOUND: &[&str] = &["s3"];

/// The path is signed as it is sent: neither encoded again nor normalized. The signature covers a hash of the body in
/// a header.
const PATH_SIGNED_AS_SENT: &[&str] = &["s3", "s3control", "s3outposts"];

/// Streams of events that end with an event of this name. A stream that ends before it is cut, which the framing alone
/// does not show. S3's and Lambda's documentation of the operations says so.
const LAST_EVENTS: &[(&str, &str, &str)] =
    &[("s3", "select_object_content", "end"), ("lambda", "invoke_with_response_stream", "invoke_complete")];

/// S3 refuses the checksum of a part whose upload was begun without one, or with another algorithm.
const CHECKSUMS_CHOSEN_BEFORE: &[(&str, &str)] = &[("s3", "upload_part")];

/// How a service wants its requests signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningRules {
    /// Whether the path is encoded again.
    pub double_encoding: bool,
    /// Whether `..` and doubled slashes in the path are resolved.
    pub normalize_path: bool,
    /// Whether the hash of the body is in a header.
    pub content_hash_header: bool,
}

impl SigningRules {
    pub fn of(service: &Service) -> Self {
        let is_special = PATH_SIGNED_AS_SENT.contains(&service.cli_name);
        SigningRules { double_encoding: !is_special, normalize_path: !is_special, content_hash_header: is_special }
    }
}

pub(crate) fn host_prefix_is_in_endpoint(service: &Service) -> bool {
    HOST_PREFIX_IS_IN_ENDPOINT.contains(&service.cli_name)
}

pub(crate) fn output_is_unwrapped(service: &Service, output: &Shape) -> bool {
    UNWRAPPED_OUTPUTS.contains(&(service.cli_name, output.name))
}

pub(crate) fn may_fail_with_success(service: &Service) -> bool {
    ERRORS_WITH_STATUS_200.contains(&service.cli_name)
}

/// Returns the code of an error without a body.
pub(crate) fn code_without_body(service: &Service, operation: &Operation, status: u16) -> Option<&'static str> {
    let is_nameless = NAMELESS_NOT_FOUND.contains(&service.cli_name) && operation.http_method == "HEAD";
    (is_nameless && status == 404).then_some("NotFound")
}

/// Removes the bucket from the path of a request, because the endpoint has it.
pub(crate) fn without_bucket(service: &Service, operation: &Operation, input: &Map, request: &mut Request) {
    if !BUCKET_IS_IN_ENDPOINT.contains(&service.cli_name) || !operation.http_uri.starts_with("/{Bucket}") {
        return;
    }
    let Some(Value::String(_)) = input.get("bucket") else { return };
    let rest = request.uri().get(1..).unwrap_or_default();
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let rest = &rest[end..];
    let uri = if rest.starts_with('/') { rest.to_owned() } else { format!("/{rest}") };
    // A part of a valid path and query is one itself.
    request.set_uri(uri).expect("a part of a URI is a URI");
}

/// Route 53 gives ids with a path in front, `/hostedzone/Z1`, and takes them without it. AWS's own tools cut the path
/// off.
const ROUTE_53_IDS: &[&str] =
    &["change_id", "delegation_set_id", "hosted_zone_id", "hosted_zone_id_marker", "start_after_change_id"];

/// The paths of Route 53 whose `Id` is one of these ids.
const ROUTE_53_PATHS: &[&str] = &["/change/{Id}", "/delegationset/{Id}", "/hostedzone/{Id}"];

/// Headers that the service needs and the model does not have: Glacier its API version; API Gateway answers in another
/// format without the second.
const MISSING_HEADERS: &[(&str, &str, &str)] =
    &[("glacier", "x-amz-glacier-version", "2012-06-01"), ("apigateway", "accept", "application/json")];

/// Returns an input in the form that the service takes.
pub(crate) fn input<'v>(service: &Service, operation: &Operation, input: &'v Map) -> Cow<'v, Map> {
    let mut input = Cow::Borrowed(input);
    if service.cli_name != "route53" {
        return input;
    }
    let is_id_of_path = ROUTE_53_PATHS.iter().any(|path| operation.http_uri.contains(path));
    for name in ROUTE_53_IDS.iter().copied().chain(is_id_of_path.then_some("id")) {
        if let Some(Value::String(id)) = input.get(name)
            && let Some((_, id)) = id.rsplit_once('/')
        {
            let id = Value::from(id);
            input.to_mut().set(name, id);
        }
    }
    input
}

/// Returns the event that a complete stream of an operation ends with.
pub(crate) fn last_event(service: &Service, operation: &Operation) -> Option<&'static str> {
    let is_of = |row: &&(&str, &str, &str)| row.0 == service.cli_name && row.1 == &*operation.name;
    LAST_EVENTS.iter().find(is_of).map(|(.., event)| *event)
}

/// Whether an earlier call has decided whether this one has a checksum.
pub(crate) fn checksum_is_chosen_before(service: &Service, operation: &Operation) -> bool {
    CHECKSUMS_CHOSEN_BEFORE.contains(&(service.cli_name, &*operation.name))
}

pub(crate) fn add_headers(service: &Service, request: &mut Request) {
    for (_, header, value) in MISSING_HEADERS.iter().filter(|(name, ..)| *name == service.cli_name) {
        request.headers_mut().insert(*header, *value);
    }
}

/// The header of an object that can have any text, such as `0`, although the model has a time for it.
const EXPIRES: (&str, &str) = ("s3", "expires");

/// Returns an answer without its date of expiry, if that is no date. AWS's SDKs leave it out too.
pub(crate) fn without_wrong_expiry(service: &Service, response: &Response) -> Option<Response> {
    let (name, header) = EXPIRES;
    let text = response.headers().get(header).filter(|_| service.cli_name == name)?;
    if DateTime::from_str(text, Format::HttpDate).is_ok() {
        return None;
    }
    let body = response.body().bytes().map_or_else(SdkBody::empty, |bytes| SdkBody::from(bytes.to_vec()));
    let mut repaired = Response::new(response.status(), body);
    *repaired.headers_mut() = response.headers().clone();
    repaired.headers_mut().remove(header);
    Some(repaired)
}
