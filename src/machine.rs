//! The Lua machine of the program: with the embedded library, `repl()`, and the exit hooks of
//! unattended runs.

use mlua::Value;
use moonfleet_engine::Context;
use moonfleet_lua::{Builder, ExitHooks, set_library_files};

use crate::{assets, repl, unattended};

/// Returns the builder of a machine for this context.
pub fn builder(context: &Context) -> Builder<'_> {
    set_library_files(&assets::Library);
    moonfleet_lua::builder(context)
        .global("repl", |lua, caller| repl::global(lua, caller).map(Value::Function))
        .install(repl::install)
        .exit_hooks(ExitHooks { conclude: unattended::conclude_exit, announce: unattended::log_summary })
}
