//! Helpers for functions of the machine: the table of the prelude's functions, and the list of missing
//! parts of the results of a run.

use mlua::{Function, Lua, Result, Table, Value};

/// The key of the table with the prelude's functions, in the registry of Lua.
pub const HOST: &str = "moonfleet.host";

/// Sets whether the machine is interrupted; while it is, no coroutine starts or continues.
pub fn set_interrupted(lua: &Lua, interrupted: bool) -> Result<()> {
    lua.named_registry_value::<Table>(HOST)?.raw_set("interrupted", interrupted)
}

/// Returns a function of the prelude.
pub fn host(lua: &Lua, name: &str) -> Result<Function> {
    lua.named_registry_value::<Table>(HOST)?.raw_get(name)
}

/// The missing parts of the results of this run; set as soon as there is one.
pub struct Incomplete(Vec<String>);

/// Records that a part of the results is missing, once for each reason; the run then exits with 3.
pub fn mark_incomplete(lua: &Lua, reason: String) {
    if let Some(mut missing) = lua.app_data_mut::<Incomplete>() {
        if !missing.0.contains(&reason) {
            missing.0.push(reason);
        }
        return;
    }
    lua.set_app_data(Incomplete(vec![reason]));
}

/// Returns the missing parts of the results of this run.
pub fn missing_results(lua: &Lua) -> Vec<String> {
    lua.app_data_ref::<Incomplete>().map(|missing| missing.0.clone()).unwrap_or_default()
}

/// Forgets the missing parts of the results, because another run begins.
pub fn forget_missing_results(lua: &Lua) {
    lua.remove_app_data::<Incomplete>();
}

/// Removes a byte order mark, which editors of Windows write, and `#!/usr/bin/env moonfleet`, as Lua does for files. The
/// line break stays, so that line numbers are correct.
pub fn without_preamble(source: &[u8]) -> &[u8] {
    let source = source.strip_prefix(b"\xef\xbb\xbf").unwrap_or(source);
    if source.starts_with(b"#") {
        let end = source.iter().position(|byte| *byte == b'\n').unwrap_or(source.len());
        return &source[end..];
    }
    source
}

/// Converts the argument of `os.exit` into an exit code.
pub fn exit_code(lua: &Lua, code: Value) -> Result<i32> {
    match code {
        Value::Nil | Value::Boolean(true) => Ok(0),
        Value::Boolean(false) => Ok(1),
        other => <i32 as mlua::FromLua>::from_lua(other, lua),
    }
}
