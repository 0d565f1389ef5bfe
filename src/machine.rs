//! The Lua machine as the program has it: with the embedded library, the prompt, and what ends
//! an unattended run.

use mlua::Value;
use moonfleet_engine::Context;
use moonfleet_lua::{Builder, ExitHooks, set_library_files};

use crate::{assets, repl, unattended};

/// Begins a machine.
pub fn builder(context: &Context) -> Builder<'_> {
    set_library_files(&assets::Library);
    moonfleet_lua::builder(context)
        .global("repl", |lua, caller| repl::global(lua, caller).map(Value::Function))
        .install(repl::install)
        .exit_hooks(ExitHooks { conclude: unattended::concluded, announce: unattended::log_summary })
}
