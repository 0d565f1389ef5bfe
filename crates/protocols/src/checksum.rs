//! Checksums of requests: those that an operation requires, and those that an input names. Checksums of streams are
//! made before the call, as parameters of it ([`for_stream`]).

use aws_smithy_runtime_api::http::Request;
use moonfleet_core::{Map, Value};
use moonfleet_models::{Location, Member, Operation, Service};

use crate::{Error, RunningChecksum, quirks};

/// The checksum that AWS's SDKs use where an input names none.
const DEFAULT: &str = "CRC32";
const PREFIX: &str = "x-amz-checksum-";

/// A checksum that a call sends with its stream.
pub struct StreamChecksum {
    /// The algorithm, for example `CRC32`.
    pub algorithm: String,
    /// The parameter that has the checksum.
    pub parameter: &'static str,
}

/// Returns the checksum to send with a stream; `None` if the operation takes none, or if the input has one.
pub fn for_stream(service: &'static Service, operation: &Operation, input: &Map) -> Option<StreamChecksum> {
    let checksum = operation.checksum.as_ref()?;
    let members = &service.shape(operation.input.as_ref()?.target).as_structure()?.members;
    let given = |name: &str| input.get(name).filter(|value| !value.is_nil());
    let is_sum = |member: &&Member| member.location == Location::Header && member.wire_name.starts_with(PREFIX);
    if members.iter().filter(is_sum).any(|member| given(&member.name).is_some()) {
        return None;
    }
    let chosen = members.iter().find(|member| Some(member.api_name) == checksum.request_algorithm_member);
    let algorithm = match chosen.and_then(|member| given(&member.name)) {
        Some(Value::String(algorithm)) => algorithm.clone(),
        _ if quirks::checksum_is_chosen_before(service, operation) => return None,
        _ => DEFAULT.to_owned(),
    };
    let header = format!("{PREFIX}{}", algorithm.to_ascii_lowercase());
    let parameter = members.iter().find(|member| member.wire_name.eq_ignore_ascii_case(&header))?;
    Some(StreamChecksum { algorithm, parameter: &parameter.name })
}

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
    let Some(mut sum) = RunningChecksum::new(algorithm) else {
        return Err(Error::NotCovered(format!("checksums of the algorithm {algorithm}")));
    };
    sum.update(body);
    request.headers_mut().insert(format!("{PREFIX}{}", algorithm.to_ascii_lowercase()), sum.in_base64());
    if let (None, Some(member)) = (chosen, named)
        && member.location == Location::Header
    {
        request.headers_mut().insert(member.wire_name, DEFAULT);
    }
    Ok(())
}
