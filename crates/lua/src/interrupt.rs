//! What ends a run from outside: Ctrl-C, SIGTERM, SIGHUP, or the time that it was given. A
//! waiting call is dropped; a running loop gets an error, again and again, so that no
//! `pcall` swallows it. What listens to neither ends the process.

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

use crate::host::interrupted;

/// Rare enough to cost nothing, and often enough to come at once.
const EVERY: u32 = 10_000;
/// How long what listens to nothing may go on.
const GRACE: Duration = Duration::from_millis(500);
/// How long what has listened may take to put things in order: who has sent SIGTERM waits five
/// seconds and no longer.
const ORDER: Duration = Duration::from_millis(4200);

/// The codes with which a process ends that is ended so.
pub const OUT_OF_TIME: i32 = exit_code::OUT_OF_TIME as i32;
const SIGNALLED: i32 = exit_code::SIGNALLED as i32;

pub struct Interrupt {
    /// The code of what has happened; 0 before anything has.
    up: AtomicI32,
    told: Notify,
    heard: AtomicBool,
    /// While there is a prompt, Ctrl-C and the end of its time end a line and no more.
    at_prompt: AtomicBool,
    line_told: Notify,
    /// Ctrl-C is for a program that has the terminal.
    elsewhere: AtomicBool,
}

impl Interrupt {
    /// At the prompt Ctrl-C interrupts a line; a second one ends the process, as SIGTERM does.
    pub fn at_prompt(lua: &Lua) -> io::Result<Arc<Self>> {
        let interrupt = Self::for_run(lua, None, |_| {})?;
        interrupt.at_prompt.store(true, Ordering::SeqCst);
        Ok(interrupt)
    }

    /// The code of what ends the process, also from the prompt.
    pub fn ends(&self) -> Option<i32> {
        self.code().filter(|code| !ends_line(*code))
    }

    /// A script ends with a signal, or when its time is up; what it has begun on machines is
    /// cancelled first. `last` is done where it does not listen.
    pub fn for_run(
        lua: &Lua,
        timeout: Option<Duration>,
        last: impl Fn(i32) + Send + Sync + 'static,
    ) -> io::Result<Arc<Self>> {
        let interrupt = Interrupt::new();
        lua.set_app_data(interrupt.clone());
        let last = Arc::new(last);
        let (on_signal, say) = (interrupt.clone(), last.clone());
        on_signals(&heeded(), move |signal| {
            if signal == SIGINT && on_signal.elsewhere.load(Ordering::SeqCst) {
                return;
            }
            let code = SIGNALLED + signal;
            let again = on_signal.raise(code);
            if again || !on_signal.is_for_line(code) {
                let (this, say) = (on_signal.clone(), say.clone());
                thread::spawn(move || this.insist(code, again, &*say));
            }
        })?;
        if let Some(timeout) = timeout {
            // Not always: looking at the flag costs a loop that computes as much again.
            watch(&interrupt, lua, EVERY).map_err(|e| io::Error::other(e.to_string()))?;
            let on_time = interrupt.clone();
            let until = Instant::now() + timeout;
            thread::Builder::new().name("moonfleet-time".to_owned()).spawn(move || {
                thread::sleep(until.saturating_duration_since(Instant::now()));
                on_time.raise(OUT_OF_TIME);
                on_time.insist(OUT_OF_TIME, false, &*last);
            })?;
        }
        Ok(interrupt)
    }

    fn new() -> Arc<Self> {
        Arc::new(Interrupt {
            up: AtomicI32::new(0),
            told: Notify::new(),
            heard: AtomicBool::new(false),
            at_prompt: AtomicBool::new(false),
            line_told: Notify::new(),
            elsewhere: AtomicBool::new(false),
        })
    }

    /// Ends the process where nothing else does.
    fn insist(&self, code: i32, at_once: bool, last: &dyn Fn(i32)) {
        thread::sleep(if at_once { Duration::ZERO } else { GRACE });
        if self.heard.load(Ordering::SeqCst) && !at_once {
            thread::sleep(ORDER);
            end_soon(code);
        } else {
            end_soon(code);
            last(code);
        }
        exit_hooks::exit(code);
    }

    /// Whether it was up already.
    fn raise(&self, code: i32) -> bool {
        let before = self.up.swap(code, Ordering::SeqCst);
        self.line_told.notify_waiters();
        if !self.is_for_line(code) {
            self.told.notify_waiters();
        }
        before != 0
    }

    fn is_for_line(&self, code: i32) -> bool {
        self.at_prompt.load(Ordering::SeqCst) && ends_line(code)
    }

    /// The code of what has happened.
    pub fn code(&self) -> Option<i32> {
        Some(self.up.load(Ordering::SeqCst)).filter(|code| *code != 0)
    }

    /// For the next line at the prompt. What ends the process stays.
    pub fn lower(self: &Arc<Self>, lua: &Lua) -> mlua::Result<()> {
        if self.ends().is_none() {
            self.up.store(0, Ordering::SeqCst);
            interrupted(lua, false)?;
        }
        watch(self, lua, EVERY)
    }

    /// Another machine that is to listen as well.
    pub fn attend(self: &Arc<Self>, lua: &Lua) -> mlua::Result<()> {
        lua.set_app_data(self.clone());
        self.lower(lua)
    }

    /// A prompt inside a script, for as long as the guard is kept.
    pub fn prompting(self: &Arc<Self>) -> Flag {
        Flag::raise(self, |interrupt| &interrupt.at_prompt)
    }

    /// Another program has the terminal, and Ctrl-C with it.
    pub fn elsewhere(self: &Arc<Self>) -> Flag {
        Flag::raise(self, |interrupt| &interrupt.elsewhere)
    }

    /// The work's result; none where it was interrupted while it waited.
    pub async fn guard<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let done = self.until_told(&self.told, work).await;
        // Not before the work is gone: what it does at its end may listen to nothing.
        self.heard.store(self.code().is_some(), Ordering::SeqCst);
        done
    }

    /// The same for a line at the prompt, which may be all that is interrupted.
    pub async fn guard_line<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.until_told(&self.line_told, work).await
    }

    /// A line that may take so long and no longer.
    pub async fn guard_line_for<T>(
        self: &Arc<Self>,
        limit: Option<Duration>,
        work: impl Future<Output = T>,
    ) -> io::Result<Option<T>> {
        // The clock's thread ends with this.
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

    async fn until_told<T>(&self, told: &Notify, work: impl Future<Output = T>) -> Option<T> {
        let mut told = pin!(told.notified());
        // From here on nothing is missed, also while the work has not waited yet.
        told.as_mut().enable();
        if self.code().is_none()
            && let Either::Left((result, _)) = select(pin!(work), told).await
        {
            return Some(result);
        }
        None
    }
}

fn ends_line(code: i32) -> bool {
    [SIGNALLED + SIGINT, OUT_OF_TIME].contains(&code)
}

/// Something that is so until this is dropped, and then as it was before.
pub struct Flag {
    of: Arc<Interrupt>,
    which: fn(&Interrupt) -> &AtomicBool,
    before: bool,
}

impl Flag {
    fn raise(of: &Arc<Interrupt>, which: fn(&Interrupt) -> &AtomicBool) -> Self {
        let before = which(of).swap(true, Ordering::SeqCst);
        Flag { of: of.clone(), which, before }
    }
}

impl Drop for Flag {
    fn drop(&mut self) {
        (self.which)(&self.of).store(self.before, Ordering::SeqCst);
    }
}

/// From here on a loop that computes is ended as well: there is something to put in order.
pub fn listen(lua: &Lua) -> mlua::Result<()> {
    let interrupt = lua.app_data_ref::<Arc<Interrupt>>().map(|interrupt| interrupt.clone());
    interrupt.map_or(Ok(()), |interrupt| watch(&interrupt, lua, EVERY))
}

/// What is printed goes out with the end of the process, and waits for a reader. One who reads
/// nothing keeps no process alive.
pub fn end_soon(code: i32) {
    const LAST: Duration = Duration::from_millis(200);
    let end = move || {
        thread::sleep(LAST);
        moonfleet_report::discard_drafts();
        // SAFETY: it ends the process and touches nothing in it.
        unsafe { libc::_exit(code) }
    };
    // Without a thread more there is only the other way out.
    let _ = thread::Builder::new().spawn(end);
}

/// Whoever has started us with `nohup` wants us to outlive the terminal.
fn heeded() -> Vec<i32> {
    // SAFETY: it asks how a signal is dealt with, and fills what it is given.
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

/// Looks at the flag now and then; once it is up, every instruction is an error, or a loop
/// around `pcall` would catch one and go on.
fn watch(interrupt: &Arc<Interrupt>, lua: &Lua, every: u32) -> mlua::Result<()> {
    let this = interrupt.clone();
    lua.set_global_hook(HookTriggers::new().every_nth_instruction(every), move |lua, _| {
        let Some(code) = this.code() else { return Ok(VmState::Continue) };
        if every > 1 {
            interrupted(lua, true)?;
            watch(&this, lua, 1)?;
        }
        Err(Error::runtime(if code == OUT_OF_TIME { "out of time" } else { "interrupted" }))
    })
}
