//! Takes rights away from the running process, for good: afterwards it can neither open files nor reach the
//! network, start processes, or affect other processes. It keeps its open files, its memory and its threads.
//!
//! On Linux the kernel does this, also for machine code that the process runs later: Landlock decides which files can
//! be read, and a seccomp filter decides which system calls can be made. On other systems nothing is taken away.

use std::io;
use std::path::PathBuf;

#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod system_calls;

/// The rights that are left.
#[derive(Debug, Default)]
pub struct Rights {
    /// Files and folders that can be read, with all that is in them.
    pub readable: Vec<PathBuf>,
    /// Whether the settings of the terminal can be changed, as line editors do.
    pub terminal: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum IsolationError {
    #[error("cannot restrict access to files: {0}")]
    Files(String),
    #[error("cannot restrict system calls: {0}")]
    SystemCalls(String),
    #[error("cannot limit the process: {0}")]
    Limit(#[from] io::Error),
}

/// The rights that were taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Files, network, processes.
    Whole,
    /// As `Whole`, but the kernel is too old to tell files apart, so that none can be opened.
    WithoutFiles,
    /// None: this system offers no way.
    Unsupported,
}

/// Takes all rights away from this process except these. Threads that run already keep theirs, so this comes
/// before the first thread.
#[cfg(target_os = "linux")]
pub fn isolate(rights: &Rights) -> Result<Isolation, IsolationError> {
    end_with_parent()?;
    no_core_dump()?;
    let can_read = files::restrict(&rights.readable).map_err(IsolationError::Files)?;
    system_calls::restrict(can_read, rights.terminal).map_err(IsolationError::SystemCalls)?;
    Ok(if can_read { Isolation::Whole } else { Isolation::WithoutFiles })
}

/// Does nothing: this system offers no way.
#[cfg(not(target_os = "linux"))]
pub fn isolate(_: &Rights) -> Result<Isolation, IsolationError> {
    Ok(Isolation::Unsupported)
}

/// Ends this process when its parent ends.
#[cfg(target_os = "linux")]
fn end_with_parent() -> io::Result<()> {
    // SAFETY: `prctl` only takes numbers here.
    match unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// A core dump is a file with all of the process's memory.
#[cfg(target_os = "linux")]
fn no_core_dump() -> io::Result<()> {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the structure lives as long as the call.
    match unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const none) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Limits the time for which this process can compute, on all of its threads together. The kernel kills it then.
#[cfg(unix)]
pub fn limit_cpu_time(seconds: u64) -> io::Result<()> {
    let limit = libc::rlimit { rlim_cur: seconds, rlim_max: seconds };
    // SAFETY: the structure lives as long as the call.
    match unsafe { libc::setrlimit(libc::RLIMIT_CPU, &raw const limit) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
