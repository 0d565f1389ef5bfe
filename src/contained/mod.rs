//! Contained processes: Lua of a stranger runs in a child process of this program that has no network, no
//! credentials, no environment, and no files except those that it is given.
//!
//! The child runs the same program. It takes its rights away (`moonfleet_isolation`) before it runs any Lua, and
//! asks its parent over a pipe for the calls that the script makes. Session, guard, record and reports stay in the
//! parent, which trusts nothing that comes out of the pipe.

mod child;
mod header;
mod link;
mod messages;
mod parent;
mod process;
mod readable;
mod relay;
mod watch;

pub(crate) use child::link;
pub use child::{enter, is_child, is_isolated};
pub(crate) use header::{header, header_with, headers};
pub(crate) use parent::{example, run, run_tests};
