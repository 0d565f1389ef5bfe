//! Hooks that clean up before the process ends, for any reason: they restore the terminal's echo
//! and remove half-written files.

use std::sync::{Mutex, PoisonError};

static HOOKS: Mutex<Vec<fn()>> = Mutex::new(Vec::new());

/// Adds a hook, which [`run`] calls. A hook may be called more than once.
pub fn register(hook: fn()) {
    HOOKS.lock().unwrap_or_else(PoisonError::into_inner).push(hook);
}

/// Calls all hooks.
pub fn run() {
    let hooks = HOOKS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    hooks.iter().for_each(|hook| hook());
}

/// Ends the process without unwinding, after all hooks.
#[allow(clippy::exit, reason = "the only function except main that ends the process")]
pub fn exit(code: i32) -> ! {
    run();
    std::process::exit(code)
}
