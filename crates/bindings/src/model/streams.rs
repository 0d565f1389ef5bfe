//! The streams of answers. Bytes are read as a whole; streams of events, which may not end, are refused.

use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use moonfleet_core::{CallFailure, CallFailureKind, Value};
use moonfleet_models::Operation;
use moonfleet_protocols::{Api, Error};

use crate::failure::causes;

/// Refuses an operation that answers with a stream of events, before anything is sent.
pub(super) fn check(api: &'static Api, operation: &'static Operation) -> Result<(), CallFailure> {
    let refused = || {
        let error = Error::NotCovered("answers that are streams of events".to_owned());
        CallFailure::new(CallFailureKind::NotSent, error.to_string())
    };
    if api.events(operation).is_some() { Err(refused()) } else { Ok(()) }
}

/// Reads the bytes of an answer. Returns the name of their field and the value.
pub(super) async fn read(
    api: &'static Api,
    operation: &'static Operation,
    body: SdkBody,
) -> Result<Option<(&'static str, Value)>, CallFailure> {
    let Some(member) = api.byte_stream(operation) else { return Ok(None) };
    let bytes = ByteStream::new(body).collect().await.map_err(|error| {
        let message = format!("the answer ends in the middle: {}; call again", causes(&error));
        CallFailure::new(CallFailureKind::Connection, message)
    })?;
    Ok(Some((&member.name, Value::from_bytes(bytes.to_vec()))))
}
