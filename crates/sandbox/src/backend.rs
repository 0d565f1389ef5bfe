//! The shared part of a sandbox: its clock, its registry and the state behind a lock.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::clock::Clock;
use crate::prepared_answers::PreparedAnswers;
use crate::registry::Registry;
use crate::state::SandboxState;

pub(crate) struct Backend {
    pub clock: Clock,
    pub registry: Registry,
    pub answers: PreparedAnswers,
    state: Mutex<SandboxState>,
}

impl Backend {
    pub(crate) fn new(clock: Clock, registry: Registry, state: SandboxState) -> Backend {
        Backend { clock, registry, answers: PreparedAnswers::default(), state: Mutex::new(state) }
    }

    /// Locks the state. A handler that panicked must not take every later call down with it.
    pub(crate) fn state(&self) -> MutexGuard<'_, SandboxState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
