//! The terminal's echo: it is off while a code is typed, and whoever ends the process
//! meanwhile must turn it on again, since the thread that waits for the code cannot.

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::os::fd::AsRawFd;
    use std::sync::{Mutex, PoisonError};

    static BEFORE: Mutex<Option<libc::termios>> = Mutex::new(None);

    /// Held while somebody types what is not to be seen.
    pub struct Echo;

    impl Echo {
        pub fn kept() -> Self {
            let read = |terminal: File| {
                // SAFETY: it is filled by the call that is told its address, or not used.
                let mut settings = unsafe { std::mem::zeroed() };
                let read = unsafe { libc::tcgetattr(terminal.as_raw_fd(), &raw mut settings) };
                (read == 0).then_some(settings)
            };
            let settings = File::open("/dev/tty").ok().and_then(read);
            *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = settings;
            Echo
        }
    }

    impl Drop for Echo {
        fn drop(&mut self) {
            *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    /// As it was before somebody began to type.
    pub fn restore() {
        let Some(settings) = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        if let Ok(terminal) = File::open("/dev/tty") {
            // SAFETY: the settings are the terminal's own of a moment ago.
            unsafe { libc::tcsetattr(terminal.as_raw_fd(), libc::TCSANOW, &raw const settings) };
        }
    }
}

#[cfg(not(unix))]
mod unix {
    pub struct Echo;

    impl Echo {
        pub fn kept() -> Self {
            Echo
        }
    }

    pub fn restore() {}
}

pub use unix::{Echo, restore};
