//! Ctrl-C while something runs: a waiting call is dropped, a running loop gets an error,
//! and the prompt comes back. A second one ends the process, for what listens to neither.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use futures_util::future::{Either, select};
use mlua::{Error, HookTriggers, Lua, VmState};
use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;
use tokio::sync::Notify;

/// Rare enough to cost nothing, and often enough to come at once.
const EVERY: u32 = 10_000;

#[derive(Default)]
pub struct Interrupt {
    up: AtomicBool,
    told: Notify,
}

impl Interrupt {
    pub fn install(lua: &Lua) -> io::Result<Arc<Self>> {
        let interrupt = Arc::new(Interrupt::default());
        let mut signals = Signals::new([SIGINT])?;
        let on_signal = interrupt.clone();
        thread::Builder::new().name("moonfleet-signals".to_owned()).spawn(move || {
            for _ in signals.forever() {
                if on_signal.up.swap(true, Ordering::SeqCst) {
                    std::process::exit(130);
                }
                on_signal.told.notify_waiters();
            }
        })?;
        let in_loops = interrupt.clone();
        let hooked = lua.set_global_hook(HookTriggers::new().every_nth_instruction(EVERY), move |_, _| match in_loops
            .up
            .load(Ordering::Relaxed)
        {
            true => Err(Error::runtime("interrupted")),
            false => Ok(VmState::Continue),
        });
        hooked.map_err(|e| io::Error::other(e.to_string()))?;
        Ok(interrupt)
    }

    /// The work's result; none where it was interrupted while it waited.
    pub async fn guard<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.up.store(false, Ordering::SeqCst);
        match select(pin!(work), pin!(self.told.notified())).await {
            Either::Left((result, _)) => Some(result),
            Either::Right(_) => None,
        }
    }
}
