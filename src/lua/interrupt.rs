//! What ends a run from outside: Ctrl-C, SIGTERM, or the time that it was given. A
//! waiting call is dropped; a running loop gets an error, again and again, so that no
//! `pcall` swallows it. What listens to neither ends the process.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use mlua::{Error, HookTriggers, Lua, VmState};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use tokio::sync::Notify;

use crate::session::terminal;

/// Rare enough to cost nothing, and often enough to come at once.
const EVERY: u32 = 10_000;
/// How long what listens to nothing may go on.
const GRACE: Duration = Duration::from_millis(500);
/// How long what has listened may take to put things in order.
const ORDER: Duration = Duration::from_secs(8);

/// The codes with which a process ends that is ended so.
pub const OUT_OF_TIME: i32 = 5;
const SIGNALLED: i32 = 128;

pub struct Interrupt {
    /// The code of what has happened; 0 before anything has.
    up: AtomicI32,
    told: Notify,
    heard: AtomicBool,
}

impl Interrupt {
    /// At the prompt Ctrl-C interrupts a line; a second one ends the process, as SIGTERM does.
    pub fn at_prompt(lua: &Lua) -> io::Result<Arc<Self>> {
        let interrupt = Interrupt::new();
        watch(&interrupt, lua, EVERY).map_err(|e| io::Error::other(e.to_string()))?;
        let on_signal = interrupt.clone();
        on_signals(&[SIGINT, SIGTERM], move |signal| {
            let again = on_signal.raise(SIGNALLED + signal);
            if signal == SIGTERM || again {
                let this = on_signal.clone();
                thread::spawn(move || this.insist(SIGNALLED + signal, again, &|_| {}));
            }
        })?;
        Ok(interrupt)
    }

    /// The code of a signal that ends the process, also from the prompt.
    pub fn ends(&self) -> Option<i32> {
        self.code().filter(|code| *code == SIGNALLED + SIGTERM)
    }

    /// A script ends with a signal, or when its time is up; what it has begun on machines is
    /// cancelled first. `last` is done where it does not listen.
    pub fn of_run(
        lua: &Lua,
        timeout: Option<Duration>,
        last: impl Fn(i32) + Send + Sync + 'static,
    ) -> io::Result<Arc<Self>> {
        let interrupt = Interrupt::new();
        lua.set_app_data(interrupt.clone());
        let last = Arc::new(last);
        let (on_signal, say) = (interrupt.clone(), last.clone());
        on_signals(&[SIGINT, SIGTERM], move |signal| {
            let again = on_signal.raise(SIGNALLED + signal);
            let (this, say) = (on_signal.clone(), say.clone());
            thread::spawn(move || this.insist(SIGNALLED + signal, again, &*say));
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
        Arc::new(Interrupt { up: AtomicI32::new(0), told: Notify::new(), heard: AtomicBool::new(false) })
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
        terminal::restore();
        std::process::exit(code);
    }

    /// Whether it was up already.
    fn raise(&self, code: i32) -> bool {
        let before = self.up.swap(code, Ordering::SeqCst);
        self.told.notify_waiters();
        before != 0
    }

    /// The code of what has happened.
    pub fn code(&self) -> Option<i32> {
        Some(self.up.load(Ordering::SeqCst)).filter(|code| *code != 0)
    }

    /// For the next line at the prompt.
    pub fn lower(self: &Arc<Self>, lua: &Lua) -> mlua::Result<()> {
        self.up.store(0, Ordering::SeqCst);
        watch(self, lua, EVERY)
    }

    /// The work's result; none where it was interrupted while it waited.
    pub async fn guard<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let done = self.until_told(work).await;
        // Not before the work is gone: what it does at its end may listen to nothing.
        self.heard.store(self.code().is_some(), Ordering::SeqCst);
        done
    }

    async fn until_told<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut told = pin!(self.told.notified());
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
        // SAFETY: it ends the process and touches nothing in it.
        unsafe { libc::_exit(code) }
    };
    // Without a thread more there is only the other way out.
    let _ = thread::Builder::new().spawn(end);
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
            watch(&this, lua, 1)?;
        }
        Err(Error::runtime(if code == OUT_OF_TIME { "out of time" } else { "interrupted" }))
    })
}
