//! Answers that are streams of bytes, read into memory.

use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use moonfleet_core::{CallFailure, CallFailureKind, Map, Value};

/// The most bytes that are read.
const LARGEST: i64 = 64 * 1024 * 1024;

/// Reads a stream into the field of this name. Fails without reading if the answer says that it is too long.
pub(super) async fn read_into(fields: &mut Map, name: &str, body: SdkBody) -> Result<(), CallFailure> {
    if let Some(Value::Integer(length)) = fields.get("content_length")
        && *length > LARGEST
    {
        let message = format!("the answer has {length} bytes; at most {LARGEST} are read");
        return Err(CallFailure { code: "TooLarge".to_owned(), ..CallFailure::new(CallFailureKind::Garbled, message) });
    }
    let bytes = ByteStream::new(body).collect().await;
    let bytes = bytes.map_err(|error| CallFailure::new(CallFailureKind::Connection, error.to_string()))?;
    fields.set(name, Value::from_bytes(bytes.to_vec()));
    Ok(())
}
