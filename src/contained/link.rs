//! Messages over a pair of sockets: the length as four bytes, then the message. A pipe would not do: a process can open
//! its pipes again by their names in /proc, also the ends that it must not have.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The largest answer. It has at most 64 MiB on the wire, and is not much larger here.
const MAX_FROM_PARENT: usize = 512 << 20;
/// The largest request or report of a contained process.
const MAX_FROM_CHILD: usize = 64 << 20;

/// Sends messages, from any thread.
pub(super) struct Outlet(Mutex<UnixStream>);

impl Outlet {
    pub(super) fn new(socket: UnixStream) -> Self {
        Outlet(Mutex::new(socket))
    }

    /// Sends a message. Blocks while the other process does not read.
    pub(super) fn send(&self, message: &impl Serialize) -> io::Result<()> {
        let body = postcard::to_stdvec(message).map_err(io::Error::other)?;
        let length = u32::try_from(body.len()).map_err(io::Error::other)?;
        let mut socket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        socket.write_all(&length.to_le_bytes())?;
        socket.write_all(&body)
    }
}

/// Receives messages.
pub(super) struct Inlet {
    socket: UnixStream,
    /// The largest message.
    limit: usize,
}

impl Inlet {
    /// Receives from a contained process, which is not trusted.
    pub(super) fn from_child(socket: UnixStream) -> Self {
        Inlet { socket, limit: MAX_FROM_CHILD }
    }

    /// Receives from the process that makes the calls.
    pub(super) fn from_parent(socket: UnixStream) -> Self {
        Inlet { socket, limit: MAX_FROM_PARENT }
    }

    /// Receives a message and its length; `None` if the other process has ended.
    pub(super) fn receive<T: DeserializeOwned>(&mut self) -> io::Result<Option<(T, usize)>> {
        let mut length = [0; 4];
        match self.socket.read_exact(&mut length) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(e) => return Err(e),
        }
        let length = u32::from_le_bytes(length) as usize;
        if length > self.limit {
            return Err(io::Error::other(format!("a message of {length} bytes is too long")));
        }
        // Memory is taken as the bytes arrive, not as the length claims.
        let mut body = Vec::new();
        Read::by_ref(&mut self.socket).take(length as u64).read_to_end(&mut body)?;
        if body.len() < length {
            return Ok(None);
        }
        postcard::from_bytes(&body).map(|message| Some((message, length))).map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_message_is_the_end_and_a_wrong_one_an_error() {
        let sent = |bytes: &[u8]| {
            let (reader, mut writer) = UnixStream::pair().expect("two sockets");
            writer.write_all(bytes).expect("the socket is open");
            drop(writer);
            Inlet::from_child(reader).receive::<String>()
        };
        assert_eq!(sent(&[3, 0, 0, 0, 2, b'h', b'i']).expect("a message"), Some(("hi".to_owned(), 3)));
        assert_eq!(sent(&[]).expect("no error"), None);
        assert_eq!(sent(&[9, 0, 0, 0, 2, b'h']).expect("no error"), None);
        assert!(sent(&[0xff; 4]).is_err());
        assert!(sent(&[2, 0, 0, 0, 0xff, 0xff]).is_err());
    }
}
