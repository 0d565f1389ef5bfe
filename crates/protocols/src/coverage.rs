//! What of the models this crate does not cover. Calls are refused by name before anything is sent.

use moonfleet_models::{EndpointDiscovery, Member, Operation, Service, ShapeId};

use crate::Error;

/// The ways to sign that are covered, by Smithy's names.
const COVERED_AUTH: &[&str] = &["aws.auth#sigv4", "smithy.api#noAuth"];

/// The ways to sign that are covered, by botocore's names. Old models have only these.
const COVERED_SIGNATURES: &[&str] = &["v4", "s3v4", "s3", "v4-unsigned-body", "none"];

/// Refuses an operation that this crate does not cover.
pub fn check(service: &Service, operation: &Operation) -> Result<(), Error> {
    check_request(service, operation)?;
    if operation.endpoint_discovery == Some(EndpointDiscovery::Required) {
        return Err(Error::NotCovered("endpoints that a call must discover first".to_owned()));
    }
    Ok(())
}

/// Refuses an operation that this crate does not cover at any endpoint. A configured endpoint need not be discovered.
pub(crate) fn check_request(service: &Service, operation: &Operation) -> Result<(), Error> {
    let refuse = |what: String| Err(Error::NotCovered(what));
    let auth = operation.auth.as_deref().unwrap_or(&service.metadata.auth);
    let signature = service.metadata.signature_version;
    if auth.is_empty() && !COVERED_SIGNATURES.contains(&signature) {
        return refuse(format!("requests signed with {}", signature_title(signature)));
    }
    if !auth.is_empty() && !auth.iter().any(|way| COVERED_AUTH.contains(way)) {
        let titles: Vec<_> = auth.iter().map(|way| auth_title(way)).collect();
        return refuse(format!("requests signed with {}", titles.join(" or ")));
    }
    if event_stream(service, operation.input.as_ref().map(|input| input.target)).is_some() {
        return Err(event_stream_input());
    }
    Ok(())
}

/// Returns the error of an operation whose request is a stream of events.
pub(crate) fn event_stream_input() -> Error {
    Error::NotCovered("requests that are streams of events".to_owned())
}

/// Returns the member of a structure that is a stream of events.
pub(crate) fn event_stream(service: &Service, shape: Option<ShapeId>) -> Option<&Member> {
    let structure = service.shape(shape?).as_structure()?;
    let is_stream = |member: &&Member| {
        service.shape(member.target.target).as_structure().is_some_and(|structure| structure.event_stream)
    };
    structure.members.iter().find(is_stream)
}

fn signature_title(name: &str) -> &str {
    match name {
        "v2" => "Signature Version 2",
        "v4a" => "Signature Version 4A",
        "bearer" => "a bearer token",
        other => other,
    }
}

fn auth_title(name: &str) -> &str {
    match name {
        "aws.auth#sigv4a" => "Signature Version 4A",
        "smithy.api#httpBearerAuth" => "a bearer token",
        other => other.rsplit('#').next().unwrap_or(other),
    }
}
