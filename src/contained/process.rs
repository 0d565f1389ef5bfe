//! Starts a contained process and receives its messages.

use std::io;
use std::os::fd::{AsRawFd as _, RawFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{self, Command, ExitStatus};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use moonfleet_core::Failure;

use super::child::SOCKET;
use super::link::{Inlet, Outlet};
use super::messages::{FromChild, Task};
use super::relay::RelayedStreams;
use crate::trailing_options;

/// Environment variables of a contained process: those that say how to write on the terminal and where times are.
const ENVIRONMENT: [&str; 9] =
    ["COLORTERM", "COLUMNS", "LANG", "LC_ALL", "LC_CTYPE", "LINES", "NO_COLOR", "TERM", "TZ"];
/// The number of messages that wait to be read. A child that sends more waits.
pub(super) const WAITING: usize = 4;

/// A running child. Dropping it kills it.
pub(super) struct Child {
    process: process::Child,
    pub(super) outlet: Arc<Outlet>,
    /// Taken by the thread that receives.
    pub(super) inlet: Option<Inlet>,
    streams: RelayedStreams,
}

/// How a child has ended.
pub(super) enum Ended {
    Exited,
    Killed,
    OutOfTime,
}

impl Child {
    /// Starts a child.
    pub(super) fn start(task: &Task) -> Result<Self, Failure> {
        Self::start_with(task, &[])
    }

    /// Starts a child that gets these environment variables too.
    pub(super) fn start_with(task: &Task, environment: &[String]) -> Result<Self, Failure> {
        let failed = |e: io::Error| Failure::failed(format!("cannot start a contained process: {e}"));
        let (own, theirs) = UnixStream::pair().map_err(failed)?;
        inherit(theirs.as_raw_fd()).map_err(failed)?;
        let mut words = trailing_options::words().into_iter();
        let mut command = Command::new(std::env::current_exe().map_err(failed)?);
        if let Some(program) = words.next() {
            command.arg0(program);
        }
        command.args(words).env_clear().env(SOCKET, theirs.as_raw_fd().to_string());
        let granted = ENVIRONMENT.into_iter().chain(environment.iter().map(String::as_str));
        command.envs(granted.filter_map(|name| Some((name, std::env::var_os(name)?))));
        let streams = RelayedStreams::replace_pipes(&mut command).map_err(failed)?;
        let process = command.spawn().map_err(failed)?;
        // The child alone has the other ends now, so that their end is its end.
        drop((command, theirs));
        let outlet = Arc::new(Outlet::new(own.try_clone().map_err(failed)?));
        let child = Child { process, outlet, inlet: Some(Inlet::from_child(own)), streams };
        child.outlet.send(task).map_err(failed)?;
        Ok(child)
    }

    /// Passes the messages of the child to `take`, until it has ended, the time is up, or no message came for `silence`.
    /// Then kills it.
    pub(super) fn until_ended(
        mut self,
        limit: Duration,
        silence: Duration,
        mut take: impl FnMut(FromChild),
    ) -> Result<Ended, Failure> {
        let until = Instant::now() + limit;
        let (sender, receiver) = mpsc::sync_channel(WAITING);
        let Some(mut inlet) = self.inlet.take() else { return Ok(Ended::Exited) };
        thread::spawn(move || {
            while let Ok(Some((message, _))) = inlet.receive()
                && sender.send(message).is_ok()
            {}
        });
        loop {
            match receiver.recv_timeout(until.saturating_duration_since(Instant::now()).min(silence)) {
                Ok(message) => take(message),
                Err(mpsc::RecvTimeoutError::Timeout) => return Ok(Ended::OutOfTime),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
        }
        Ok(if self.wait()?.code().is_some() { Ended::Exited } else { Ended::Killed })
    }

    /// Returns the number of the process.
    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Waits until the child has ended.
    pub(super) fn wait(&mut self) -> Result<ExitStatus, Failure> {
        let status = self.process.wait();
        status.map_err(|e| Failure::failed(format!("cannot wait for a contained process: {e}")))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Both fail if it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
        self.streams.finish();
    }
}

/// Lets a child process inherit a file. No other process is started meanwhile.
fn inherit(file: RawFd) -> io::Result<()> {
    // SAFETY: the file is open, and the call only changes its flags.
    match unsafe { libc::fcntl(file, libc::F_SETFD, 0) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}
