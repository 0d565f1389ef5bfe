//! The Lua machine of the program: with the embedded library, `repl()`, and the exit hooks of
//! unattended runs.

use mlua::{Lua, Value};
use moonfleet_engine::Context;
use moonfleet_lua::host::missing_results;
use moonfleet_lua::{Builder, ExitHooks, set_library_files};

use crate::{assets, contained, repl, unattended};

/// Returns the builder of a machine for this context.
pub fn builder(context: &Context) -> Builder<'_> {
    set_library_files(&assets::Library);
    moonfleet_lua::builder(context)
        .global("repl", |lua, caller| repl::global(lua, caller).map(Value::Function))
        .install(repl::install)
        .exit_hooks(ExitHooks { conclude: unattended::conclude_exit, announce: announce_exit })
}

/// Tells how the run has ended, before `os.exit` ends the process.
fn announce_exit(lua: &Lua, code: i32) {
    match contained::link() {
        // The system keeps the lowest byte of an exit code.
        Some(link) => link.end(Ok(code.to_le_bytes()[0]), missing_results(lua)),
        None => unattended::log_summary(lua, code),
    }
}
