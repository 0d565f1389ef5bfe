//! Standard output, where the program has no Lua machine to print with, and whether it was open at all.
//!
//! Rust's runtime opens `/dev/null` in the place of a stream that was closed when the process began, and
//! what is printed would be lost without an error.

use std::io::{self, Write};

use moonfleet_core::Failure;

/// Prints a text. A closed pipe is no failure.
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

/// Lets writes to a standard output that was closed fail.
pub fn fail_if_closed() {
    unix::fail_if_closed();
}

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::os::fd::AsRawFd;
    use std::sync::atomic::{AtomicBool, Ordering};

    static CLOSED: AtomicBool = AtomicBool::new(false);

    // The runtime opens the streams before `main`, so this has to come before the runtime.
    #[used]
    #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
    #[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
    static LOOK: extern "C" fn() = look;

    extern "C" fn look() {
        // SAFETY: it asks for the flags of a descriptor, which may be closed.
        let flags = unsafe { libc::fcntl(libc::STDOUT_FILENO, libc::F_GETFD) };
        CLOSED.store(flags == -1, Ordering::Relaxed);
    }

    pub(super) fn was_closed() -> bool {
        CLOSED.load(Ordering::Relaxed)
    }

    /// A file that is open for reading answers every write with an error.
    pub(super) fn fail_if_closed() {
        if was_closed()
            && let Ok(null) = File::open("/dev/null")
        {
            // SAFETY: both descriptors are open, and no other thread is there yet.
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
