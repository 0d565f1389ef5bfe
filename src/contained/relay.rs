//! Standard output and standard error of a contained process. A process can open a pipe again by its name in /proc, and
//! read there what other programs write into it. So the child gets a socket instead of a pipe, which cannot be
//! opened again, and its parent copies.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::thread::{self, JoinHandle};

/// The threads that copy.
pub(super) struct RelayedStreams(Vec<JoinHandle<()>>);

impl RelayedStreams {
    /// Replaces those of the command's output streams that are pipes.
    pub(super) fn replace_pipes(command: &mut Command) -> io::Result<Self> {
        let mut threads = Vec::new();
        if is_pipe(io::stdout())? {
            command.stdout(relayed(io::stdout(), &mut threads)?);
        }
        if is_pipe(io::stderr())? {
            command.stderr(relayed(io::stderr(), &mut threads)?);
        }
        Ok(RelayedStreams(threads))
    }

    /// Waits until everything is copied. The child has ended.
    pub(super) fn finish(&mut self) {
        for thread in self.0.drain(..) {
            // A thread that has panicked copies no more.
            let _ = thread.join();
        }
    }
}

fn is_pipe(stream: impl AsFd) -> io::Result<bool> {
    let file = File::from(stream.as_fd().try_clone_to_owned()?);
    Ok(file.metadata()?.file_type().is_fifo())
}

fn relayed(stream: impl AsFd, threads: &mut Vec<JoinHandle<()>>) -> io::Result<Stdio> {
    let mut target = File::from(stream.as_fd().try_clone_to_owned()?);
    let (mut own, theirs) = UnixStream::pair()?;
    // An error means that the reader has closed the pipe. Then the socket is closed, which the child notices.
    threads.push(thread::spawn(move || drop(copy(&mut own, &mut target))));
    Ok(Stdio::from(OwnedFd::from(theirs)))
}

/// Copies until the socket is closed. `io::copy` lets the kernel copy, which locks the pipe while it waits for the
/// socket: both streams can be the same pipe.
fn copy(socket: &mut UnixStream, target: &mut File) -> io::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        match socket.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => target.write_all(&buffer[..length])?,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}
