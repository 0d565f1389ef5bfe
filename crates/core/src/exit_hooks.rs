//! What has to be put in order before the process ends, however it ends: the terminal's echo,
//! half-written files.

use std::sync::{Mutex, PoisonError};

static HOOKS: Mutex<Vec<fn()>> = Mutex::new(Vec::new());

/// Adds a hook, which [`run`] calls. A hook has to bear being called more than once.
pub fn register(hook: fn()) {
    HOOKS.lock().unwrap_or_else(PoisonError::into_inner).push(hook);
}

/// Calls all hooks.
pub fn run() {
    let hooks = HOOKS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    hooks.iter().for_each(|hook| hook());
}

/// Ends the process without unwinding, after all hooks.
#[allow(clippy::exit, reason = "the one place that ends the process from elsewhere than main")]
pub fn exit(code: i32) -> ! {
    run();
    std::process::exit(code)
}
