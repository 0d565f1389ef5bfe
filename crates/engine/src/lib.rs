//! What a run may do and what it has done: the guard that every change passes, plans, the
//! record of calls and their undoing, and Run Command over fleets. Nothing here knows Lua or a
//! terminal.

mod context;
pub mod dispatch;
pub mod fleet;
pub mod guard;
mod partial_failure;
pub mod record;
pub mod undo;

pub use context::Context;
