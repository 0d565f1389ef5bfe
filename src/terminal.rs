//! The terminal: confirmation prompts, and its echo. The echo is off while a code is typed. If the process
//! ends in between, an exit hook must turn the echo on again, because the thread that waits for the code cannot.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use moonfleet_core::{Ask, sanitize};

/// Asks on standard error and reads standard input. Hidden answers are read from the terminal device.
pub(crate) struct Terminal;

impl Ask for Terminal {
    fn is_possible(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    fn line(&self, question: &str, is_wanted: &AtomicBool) -> io::Result<String> {
        let mut out = io::stderr();
        out.write_all(question.as_bytes())?;
        out.flush()?;
        read_line(is_wanted)
    }

    fn hidden(&self, question: &str) -> io::Result<String> {
        let _echo = Echo::save();
        rpassword::prompt_password(&*sanitize::line(question))
    }
}

/// Reads a line. Returns an empty line once `is_wanted` is false.
#[cfg(unix)]
fn read_line(is_wanted: &AtomicBool) -> io::Result<String> {
    let mut input = libc::pollfd { fd: libc::STDIN_FILENO, events: libc::POLLIN, revents: 0 };
    while is_wanted.load(Ordering::SeqCst) {
        // SAFETY: one structure that lives as long as the call.
        match unsafe { libc::poll(&raw mut input, 1, 100) } {
            0 => {}
            -1 if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
            -1 => return Err(io::Error::last_os_error()),
            _ => {
                let mut line = String::new();
                io::stdin().read_line(&mut line)?;
                return Ok(line);
            }
        }
    }
    Ok(String::new())
}

/// Discards typed and pasted input that is not read yet.
pub(crate) fn discard_input() {
    #[cfg(unix)]
    // SAFETY: `tcflush` takes a number, and fails if it is no terminal.
    unsafe {
        libc::tcflush(libc::STDIN_FILENO, libc::TCIFLUSH);
    }
}

#[cfg(not(unix))]
fn read_line(_: &AtomicBool) -> io::Result<String> {
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(line)
}

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::os::fd::AsRawFd;
    use std::sync::{Mutex, PoisonError};

    static SAVED: Mutex<Option<libc::termios>> = Mutex::new(None);

    /// Holds the saved settings of the terminal while a hidden answer is typed.
    pub(crate) struct Echo;

    impl Echo {
        pub(crate) fn save() -> Self {
            let read = |terminal: File| {
                // SAFETY: zeros are a valid termios, and it is only used once it is filled.
                let mut settings = unsafe { std::mem::zeroed() };
                // SAFETY: the pointer is to a termios that lives as long as the call.
                let read = unsafe { libc::tcgetattr(terminal.as_raw_fd(), &raw mut settings) };
                (read == 0).then_some(settings)
            };
            let settings = File::open("/dev/tty").ok().and_then(read);
            *SAVED.lock().unwrap_or_else(PoisonError::into_inner) = settings;
            Echo
        }
    }

    impl Drop for Echo {
        fn drop(&mut self) {
            *SAVED.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    /// Restores the saved settings of the terminal, if any.
    pub(crate) fn restore() {
        let Some(settings) = SAVED.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        if let Ok(terminal) = File::open("/dev/tty") {
            // SAFETY: the settings were read from this terminal.
            unsafe { libc::tcsetattr(terminal.as_raw_fd(), libc::TCSANOW, &raw const settings) };
        }
    }
}

#[cfg(not(unix))]
mod unix {
    pub struct Echo;

    impl Echo {
        pub fn save() -> Self {
            Echo
        }
    }

    pub fn restore() {}
}

pub(crate) use unix::{Echo, restore};
