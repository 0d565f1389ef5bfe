//! Standard output for commands without a Lua machine, and a check that it is open.
//!
//! If a standard stream is closed when the process starts, Rust's runtime opens `/dev/null` for it, and output
//! would be lost without an error.

use std::io::{self, Write};

use moonfleet_core::Failure;

/// Prints a text. A closed pipe is no failure: its reader has seen enough.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let failed = |why: String| Err(Failure::failed(format!("cannot write to standard output: {why}")));
    if !text.is_empty() && unix::was_closed() {
        return failed("it is closed; open it, or send it to /dev/null".to_owned());
    }
    let mut out = io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => failed(error.to_string()),
        _ => Ok(()),
    }
}

/// Makes writes to standard output fail if it was closed when the process started.
pub fn fail_if_closed() {
    unix::fail_if_closed();
}

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::os::fd::AsRawFd;
    use std::sync::atomic::{AtomicBool, Ordering};

    static CLOSED: AtomicBool = AtomicBool::new(false);

    // The runtime opens the streams before `main`, so the check must run before the runtime.
    #[used]
    #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
    #[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
    static CHECK: extern "C" fn() = check;

    extern "C" fn check() {
        // SAFETY: `fcntl` reads the flags of a descriptor, and fails if it is closed.
        let flags = unsafe { libc::fcntl(libc::STDOUT_FILENO, libc::F_GETFD) };
        CLOSED.store(flags == -1, Ordering::Relaxed);
    }

    pub(super) fn was_closed() -> bool {
        CLOSED.load(Ordering::Relaxed)
    }

    /// Opens a read-only file as standard output: every write to it is an error.
    pub(super) fn fail_if_closed() {
        if was_closed()
            && let Ok(null) = File::open("/dev/null")
        {
            // SAFETY: `dup2` takes two numbers; no other thread runs yet.
            unsafe { libc::dup2(null.as_raw_fd(), libc::STDOUT_FILENO) };
        }
    }
}

#[cfg(not(unix))]
mod unix {
    pub(super) fn was_closed() -> bool {
        false
    }

    pub(super) fn fail_if_closed() {}
}
