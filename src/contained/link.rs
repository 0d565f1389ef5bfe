//! Messages over a pipe: the length as four bytes, then the message.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The largest message. An answer has at most 64 MiB on the wire, and is not larger here.
const MAX_LENGTH: usize = 512 << 20;

/// The end of a pipe that sends messages, from any thread.
pub(super) struct Outlet(Mutex<PipeWriter>);

impl Outlet {
    pub(super) fn new(pipe: PipeWriter) -> Self {
        Outlet(Mutex::new(pipe))
    }

    /// Sends a message. Blocks while the pipe is full.
    pub(super) fn send(&self, message: &impl Serialize) -> io::Result<()> {
        let body = postcard::to_stdvec(message).map_err(io::Error::other)?;
        let length = u32::try_from(body.len()).map_err(io::Error::other)?;
        let mut pipe = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pipe.write_all(&length.to_le_bytes())?;
        pipe.write_all(&body)
    }
}

/// The end of a pipe that receives messages.
pub(super) struct Inlet(PipeReader);

impl Inlet {
    pub(super) fn new(pipe: PipeReader) -> Self {
        Inlet(pipe)
    }

    /// Receives a message; `None` if the other process has closed the pipe.
    pub(super) fn receive<T: DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
        let mut length = [0; 4];
        match self.0.read_exact(&mut length) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(e) => return Err(e),
        }
        let length = u32::from_le_bytes(length) as usize;
        if length > MAX_LENGTH {
            return Err(io::Error::other(format!("a message of {length} bytes is too long")));
        }
        // Memory is taken as the bytes arrive, not as the length claims.
        let mut body = Vec::new();
        self.0.by_ref().take(length as u64).read_to_end(&mut body)?;
        if body.len() < length {
            return Ok(None);
        }
        postcard::from_bytes(&body).map(Some).map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_message_is_the_end_and_a_wrong_one_an_error() {
        let sent = |bytes: &[u8]| {
            let (reader, mut writer) = io::pipe().expect("a pipe");
            writer.write_all(bytes).expect("the pipe is open");
            drop(writer);
            Inlet::new(reader).receive::<String>()
        };
        assert_eq!(sent(&[3, 0, 0, 0, 2, b'h', b'i']).expect("a message").as_deref(), Some("hi"));
        assert_eq!(sent(&[]).expect("no error"), None);
        assert_eq!(sent(&[9, 0, 0, 0, 2, b'h']).expect("no error"), None);
        assert!(sent(&[0xff; 4]).is_err());
        assert!(sent(&[2, 0, 0, 0, 0xff, 0xff]).is_err());
    }
}
