//! The engine of a run: the guard that every change passes, plans, the record of calls, undo,
//! and Run Command over fleets. The crate does not depend on Lua or on a terminal.

mod context;
pub mod dispatch;
mod download;
pub mod fleet;
pub mod guard;
mod partial_failure;
pub mod record;
pub mod remote;
pub mod undo;
pub mod waiter;

pub use context::Context;
