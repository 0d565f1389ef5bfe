//! Checksums of requests: those that an operation requires, and those that an input names.

use aws_smithy_runtime_api::http::Request;
use moonfleet_core::{Map, Value};
use moonfleet_models::{Location, Operation, Service};

use crate::{Error, smithy};

/// The checksum that AWS's SDKs use where an input names none.
const DEFAULT: &str = "CRC32";
const PREFIX: &str = "x-amz-checksum-";

/// Adds the checksum of the body to the headers.
pub(crate) fn add(service: &Service, operation: &Operation, input: &Map, request: &mut Request) -> Result<(), Error> {
    let Some(checksum) = &operation.checksum else { return Ok(()) };
    let structure = operation.input.as_ref().and_then(|input| service.shape(input.target).as_structure());
    let named = checksum
        .request_algorithm_member
        .and_then(|name| structure?.members.iter().find(|member| member.api_name == name));
    let chosen = match named.and_then(|member| input.get(&member.name)) {
        Some(Value::String(algorithm)) => Some(algorithm.as_str()),
        _ => None,
    };
    // The caller may have computed the checksum.
    let is_given =
        request.headers().iter().any(|(name, _)| name.starts_with(PREFIX) && name != "x-amz-checksum-algorithm");
    if is_given || !checksum.required && chosen.is_none() {
        return Ok(());
    }
    let algorithm = chosen.unwrap_or(DEFAULT);
    let Some(body) = request.body().bytes() else {
        return Err(Error::NotCovered("checksums of bodies that are streams".to_owned()));
    };
    let Some(value) = smithy::checksum(algorithm, body) else {
        return Err(Error::NotCovered(format!("checksums of the algorithm {algorithm}")));
    };
    request.headers_mut().insert(format!("{PREFIX}{}", algorithm.to_ascii_lowercase()), value);
    if let (None, Some(member)) = (chosen, named)
        && member.location == Location::Header
    {
        request.headers_mut().insert(member.wire_name, DEFAULT);
    }
    Ok(())
}
