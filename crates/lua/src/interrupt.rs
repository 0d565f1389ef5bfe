//! Interrupts: Ctrl-C, SIGTERM, SIGHUP, and the time limit of a run. A waiting call is dropped; a
//! running loop gets an error at each instruction, so that no `pcall` can swallow it. If neither
//! has an effect, the process ends.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use mlua::{Error, HookTriggers, Lua, VmState};
use moonfleet_core::{exit_code, exit_hooks};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use tokio::sync::Notify;

use crate::host::set_interrupted;

/// The number of instructions between two checks: rare enough to cost nothing, and often enough to react at once.
const CHECK_INTERVAL: u32 = 10_000;
/// The time that code which does not react may still take.
const GRACE: Duration = Duration::from_millis(500);
/// The time that code which does react may take to clean up: senders of SIGTERM often wait only five
/// seconds before they kill the process.
const CLEANUP: Duration = Duration::from_millis(4200);

/// The exit code after a time limit.
pub const OUT_OF_TIME: i32 = exit_code::OUT_OF_TIME as i32;
/// The exit code after a signal is this plus its number.
const SIGNALLED: i32 = exit_code::SIGNALLED as i32;

pub struct Interrupt {
    /// The exit code of the interrupt; 0 if there is none.
    code: AtomicI32,
    /// Notified by interrupts that end the run.
    run_interrupted: Notify,
    /// Whether the run has reacted to the interrupt.
    has_reacted: AtomicBool,
    /// While there is a prompt, Ctrl-C and the time limit end only the current line.
    at_prompt: AtomicBool,
    /// Notified by every interrupt.
    line_interrupted: Notify,
    /// Whether another program has the terminal, and with it Ctrl-C.
    ignores_ctrl_c: AtomicBool,
}

impl Interrupt {
    /// Handles interrupts at the prompt: Ctrl-C interrupts a line; a second one ends the process, as SIGTERM does.
    pub fn at_prompt(lua: &Lua) -> io::Result<Arc<Self>> {
        let interrupt = Self::for_run(lua, None, |_| {})?;
        interrupt.at_prompt.store(true, Ordering::SeqCst);
        Ok(interrupt)
    }

    /// Returns the exit code if the interrupt ends the process, even at the prompt.
    pub fn process_exit_code(&self) -> Option<i32> {
        self.code().filter(|code| !ends_line(*code))
    }

    /// Handles interrupts of a script: a signal or the time limit ends it, after its commands on machines
    /// are cancelled. Calls `on_forced_end` if the script does not react.
    pub fn for_run(
        lua: &Lua,
        timeout: Option<Duration>,
        on_forced_end: impl Fn(i32) + Send + Sync + 'static,
    ) -> io::Result<Arc<Self>> {
        let interrupt = Interrupt::new();
        lua.set_app_data(interrupt.clone());
        let on_forced_end = Arc::new(on_forced_end);
        let (on_signal, on_end) = (interrupt.clone(), on_forced_end.clone());
        on_signals(&handled_signals(), move |signal| {
            if signal == SIGINT && on_signal.ignores_ctrl_c.load(Ordering::SeqCst) {
                return;
            }
            let code = SIGNALLED + signal;
            let is_repeated = on_signal.raise(code);
            if is_repeated || !on_signal.is_for_line(code) {
                let (this, on_end) = (on_signal.clone(), on_end.clone());
                thread::spawn(move || this.force_end(code, is_repeated, &*on_end));
            }
        })?;
        if let Some(timeout) = timeout {
            // Only with a time limit: the check doubles the time of a loop that only computes.
            watch(&interrupt, lua, CHECK_INTERVAL).map_err(|e| io::Error::other(e.to_string()))?;
            let on_time = interrupt.clone();
            let until = Instant::now() + timeout;
            thread::Builder::new().name("moonfleet-time".to_owned()).spawn(move || {
                thread::sleep(until.saturating_duration_since(Instant::now()));
                on_time.raise(OUT_OF_TIME);
                on_time.force_end(OUT_OF_TIME, false, &*on_forced_end);
            })?;
        }
        Ok(interrupt)
    }

    fn new() -> Arc<Self> {
        Arc::new(Interrupt {
            code: AtomicI32::new(0),
            run_interrupted: Notify::new(),
            has_reacted: AtomicBool::new(false),
            at_prompt: AtomicBool::new(false),
            line_interrupted: Notify::new(),
            ignores_ctrl_c: AtomicBool::new(false),
        })
    }

    /// Ends the process if the run does not end by itself in time; immediately if `at_once`.
    fn force_end(&self, code: i32, at_once: bool, on_forced_end: &dyn Fn(i32)) {
        thread::sleep(if at_once { Duration::ZERO } else { GRACE });
        if self.has_reacted.load(Ordering::SeqCst) && !at_once {
            thread::sleep(CLEANUP);
            end_soon(code);
        } else {
            end_soon(code);
            on_forced_end(code);
        }
        exit_hooks::exit(code);
    }

    /// Records an interrupt; returns whether there was one already.
    fn raise(&self, code: i32) -> bool {
        let before = self.code.swap(code, Ordering::SeqCst);
        self.line_interrupted.notify_waiters();
        if !self.is_for_line(code) {
            self.run_interrupted.notify_waiters();
        }
        before != 0
    }

    fn is_for_line(&self, code: i32) -> bool {
        self.at_prompt.load(Ordering::SeqCst) && ends_line(code)
    }

    /// Returns the exit code of the interrupt; none if there is none.
    pub fn code(&self) -> Option<i32> {
        Some(self.code.load(Ordering::SeqCst)).filter(|code| *code != 0)
    }

    /// Resets the interrupt for the next line at the prompt, unless it ends the process.
    pub fn reset(self: &Arc<Self>, lua: &Lua) -> mlua::Result<()> {
        if self.process_exit_code().is_none() {
            self.code.store(0, Ordering::SeqCst);
            set_interrupted(lua, false)?;
        }
        watch(self, lua, CHECK_INTERVAL)
    }

    /// Lets the interrupt act on another machine too.
    pub fn add_machine(self: &Arc<Self>, lua: &Lua) -> mlua::Result<()> {
        lua.set_app_data(self.clone());
        self.reset(lua)
    }

    /// Enters a prompt inside a script, until the guard is dropped.
    pub fn enter_prompt(self: &Arc<Self>) -> Flag {
        Flag::raise(self, |interrupt| &interrupt.at_prompt)
    }

    /// Ignores Ctrl-C until the guard is dropped, because another program has the terminal.
    pub fn ignore_ctrl_c(self: &Arc<Self>) -> Flag {
        Flag::raise(self, |interrupt| &interrupt.ignores_ctrl_c)
    }

    /// Runs work that interrupts of the run can cancel. Returns none if it was cancelled.
    pub async fn guard<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let done = self.until_notified(&self.run_interrupted, work).await;
        // Only after the work is dropped: its cleanup may not react to interrupts.
        self.has_reacted.store(self.code().is_some(), Ordering::SeqCst);
        done
    }

    /// Runs a line at the prompt, which every interrupt can cancel. Returns none if it was cancelled.
    pub async fn guard_line<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.until_notified(&self.line_interrupted, work).await
    }

    /// Runs a line at the prompt with a time limit.
    pub async fn guard_line_for<T>(
        self: &Arc<Self>,
        limit: Option<Duration>,
        work: impl Future<Output = T>,
    ) -> io::Result<Option<T>> {
        // The thread of the clock ends when this is dropped.
        let _clock = limit.map(|limit| self.clock(limit)).transpose()?;
        Ok(self.guard_line(work).await)
    }

    fn clock(self: &Arc<Self>, limit: Duration) -> io::Result<mpsc::Sender<()>> {
        let (done, wait) = mpsc::channel();
        let this = self.clone();
        thread::Builder::new().name("moonfleet-time".to_owned()).spawn(move || {
            if wait.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout) {
                this.raise(OUT_OF_TIME);
            }
        })?;
        Ok(done)
    }

    async fn until_notified<T>(&self, interrupt: &Notify, work: impl Future<Output = T>) -> Option<T> {
        let mut interrupted = pin!(interrupt.notified());
        // From here on no notification is missed, even before the work waits.
        interrupted.as_mut().enable();
        if self.code().is_none()
            && let Either::Left((result, _)) = select(pin!(work), interrupted).await
        {
            return Some(result);
        }
        None
    }
}

fn ends_line(code: i32) -> bool {
    [SIGNALLED + SIGINT, OUT_OF_TIME].contains(&code)
}

/// Sets a flag until this is dropped, and then restores its previous value.
pub struct Flag {
    interrupt: Arc<Interrupt>,
    which: fn(&Interrupt) -> &AtomicBool,
    before: bool,
}

impl Flag {
    fn raise(interrupt: &Arc<Interrupt>, which: fn(&Interrupt) -> &AtomicBool) -> Self {
        let before = which(interrupt).swap(true, Ordering::SeqCst);
        Flag { interrupt: interrupt.clone(), which, before }
    }
}

impl Drop for Flag {
    fn drop(&mut self) {
        (self.which)(&self.interrupt).store(self.before, Ordering::SeqCst);
    }
}

/// Checks for interrupts in loops that only compute too, because there are commands to cancel at the end.
pub fn listen(lua: &Lua) -> mlua::Result<()> {
    let interrupt = lua.app_data_ref::<Arc<Interrupt>>().map(|interrupt| interrupt.clone());
    interrupt.map_or(Ok(()), |interrupt| watch(&interrupt, lua, CHECK_INTERVAL))
}

/// Ends the process after a moment, without flushing. The normal end flushes standard output and waits for its
/// reader; a reader that does not read must not keep the process alive.
pub fn end_soon(code: i32) {
    const DELAY: Duration = Duration::from_millis(200);
    let end = move || {
        thread::sleep(DELAY);
        moonfleet_report::discard_drafts();
        // SAFETY: `_exit` ends the process and accesses no memory of it.
        unsafe { libc::_exit(code) }
    };
    // If no thread can be started, the normal end remains.
    let _ = thread::Builder::new().spawn(end);
}

/// Returns the signals to handle. SIGHUP stays ignored if it is: `nohup` lets the process outlive the terminal.
pub fn handled_signals() -> Vec<i32> {
    // SAFETY: `sigaction` with a null action only writes the current action into `now`.
    let is_ignored = unsafe {
        let mut now: libc::sigaction = std::mem::zeroed();
        libc::sigaction(SIGHUP, std::ptr::null(), &raw mut now) == 0 && now.sa_sigaction == libc::SIG_IGN
    };
    let hangup = Some(SIGHUP).filter(|_| !is_ignored);
    [SIGINT, SIGTERM].into_iter().chain(hangup).collect()
}

fn on_signals(signals: &[i32], act: impl Fn(i32) + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new(signals)?;
    let listen = move || signals.forever().for_each(act);
    thread::Builder::new().name("moonfleet-signals".to_owned()).spawn(listen).map(drop)
}

/// Checks for an interrupt after every `every` instructions. After one, each instruction raises an error:
/// a loop around `pcall` could catch a single one and continue.
fn watch(interrupt: &Arc<Interrupt>, lua: &Lua, every: u32) -> mlua::Result<()> {
    let this = interrupt.clone();
    lua.set_global_hook(HookTriggers::new().every_nth_instruction(every), move |lua, _| {
        let Some(code) = this.code() else { return Ok(VmState::Continue) };
        if every > 1 {
            set_interrupted(lua, true)?;
            watch(&this, lua, 1)?;
        }
        Err(Error::runtime(if code == OUT_OF_TIME { "out of time" } else { "interrupted" }))
    })
}
