//! Ends a contained process that does not end by itself: after signals, at its time limit, or when it takes too much
//! memory.

use std::io::{self, IsTerminal as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use bytesize::ByteSize;
use moonfleet_core::Failure;
use moonfleet_core::exit_code::{OUT_OF_TIME, SIGNALLED};
use moonfleet_lua::containment::{PROCESS_TOO_LARGE, process_limit};
use moonfleet_lua::interrupt::handled_signals;
use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;

use super::process::Child;
use crate::cli::Cli;
use crate::runner::interrupted;

/// The time that a child has to clean up after a signal or its time limit, before it is killed. It needs less.
const CLEANUP: Duration = Duration::from_secs(6);
/// The pause between two looks at the memory of a child.
const INTERVAL: Duration = Duration::from_millis(20);

/// Watches a child. Clones watch the same one.
#[derive(Clone)]
pub(super) struct Watch {
    child: u32,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// The child ends, and its number can soon be that of another process.
    has_ended: bool,
    /// Why the child was killed.
    reason: Option<Failure>,
}

impl Watch {
    /// Passes signals on to a child.
    pub(super) fn signals(child: &Child) -> Result<Self, Failure> {
        let watch = Watch { child: child.id(), state: Arc::default() };
        watch.on_signals(|_, _| ())?;
        Ok(watch)
    }

    /// Passes signals on to a child that runs Lua, and keeps its limits. At a prompt, Ctrl-C and the time limit end
    /// only a line, which the child does by itself.
    pub(super) fn limits(child: &Child, cli: &Cli, is_prompt: bool) -> Result<Self, Failure> {
        let watch = Watch { child: child.id(), state: Arc::default() };
        watch.on_signals(move |watch, signal| {
            if signal != SIGINT || !is_prompt {
                watch.kill_after(CLEANUP, interrupted(i32::from(SIGNALLED) + signal, None));
            }
        })?;
        if let Some(timeout) = cli.timeout.filter(|_| !is_prompt) {
            watch.kill_after(timeout + CLEANUP, interrupted(OUT_OF_TIME.into(), Some(timeout)));
        }
        if let Some(memory) = cli.memory {
            let watch = watch.clone();
            thread::spawn(move || watch.limit_memory(memory));
        }
        Ok(watch)
    }

    /// Stops watching, because the child ends.
    pub(super) fn end(&self) {
        self.state().has_ended = true;
    }

    /// Stops watching. Returns why the child was killed, if it was.
    pub(super) fn reason(&self) -> Option<Failure> {
        self.end();
        self.state().reason.take()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes each signal on to the child, and then calls `react`.
    fn on_signals(&self, react: impl Fn(&Watch, i32) + Send + 'static) -> Result<(), Failure> {
        let signals = Signals::new(handled_signals());
        let mut signals = signals.map_err(|e| Failure::usage(format!("cannot catch signals: {e}")))?;
        let watch = self.clone();
        thread::spawn(move || {
            for signal in signals.forever() {
                // The terminal sends Ctrl-C to the child too.
                if signal != SIGINT || !has_terminal() {
                    watch.send(signal);
                }
                react(&watch, signal);
            }
        });
        Ok(())
    }

    /// Sends a signal to the child, unless it has ended.
    fn send(&self, signal: i32) {
        let state = self.state();
        if !state.has_ended {
            send_signal(self.child, signal);
        }
    }

    fn kill_after(&self, time: Duration, reason: Failure) {
        let watch = self.clone();
        thread::spawn(move || {
            thread::sleep(time);
            watch.kill(reason);
        });
    }

    fn kill(&self, reason: Failure) {
        let mut state = self.state();
        if !state.has_ended {
            state.reason.get_or_insert(reason);
            send_signal(self.child, libc::SIGKILL);
        }
    }

    /// Kills the child when it takes far more memory than the limit of its script: Lua's limit does not count the
    /// copies that the program makes of a script's values.
    fn limit_memory(&self, memory: ByteSize) {
        let limit = process_limit(memory);
        while !self.state().has_ended {
            if resident_bytes(self.child).is_some_and(|used| used > limit) {
                return self.kill(Failure::failed(PROCESS_TOO_LARGE));
            }
            thread::sleep(INTERVAL);
        }
    }
}

/// Returns the memory of a process; `None` if the system does not say.
fn resident_bytes(process: u32) -> Option<u64> {
    let pages = std::fs::read_to_string(format!("/proc/{process}/statm")).ok()?;
    let pages: u64 = pages.split(' ').nth(1)?.parse().ok()?;
    // SAFETY: `sysconf` only returns a number.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    Some(pages * u64::try_from(page).ok()?)
}

fn has_terminal() -> bool {
    io::stdin().is_terminal() || io::stdout().is_terminal() || io::stderr().is_terminal()
}

fn send_signal(process: u32, signal: i32) {
    if let Ok(process) = libc::pid_t::try_from(process) {
        // SAFETY: `kill` takes two numbers. The child is not waited for yet, so that its number is still its own.
        unsafe { libc::kill(process, signal) };
    }
}
