//! What the machine's own functions share: the table that the prelude keeps for the program,
//! and what of a run was not answered.

use mlua::{Function, Lua, Result, Table, Value};

/// Where a machine keeps the table of the program's functions.
pub const HOST: &str = "moonfleet.host";

/// From here on no coroutine is begun or goes on, or all are again.
pub fn interrupted(lua: &Lua, is_up: bool) -> Result<()> {
    lua.named_registry_value::<Table>(HOST)?.raw_set("interrupted", is_up)
}

/// A function of the prelude's.
pub fn host(lua: &Lua, name: &str) -> Result<Function> {
    lua.named_registry_value::<Table>(HOST)?.raw_get(name)
}

/// What was asked about and did not answer; set once there is any.
pub struct Incomplete(Vec<String>);

pub fn incomplete(lua: &Lua, what: String) {
    if let Some(mut missing) = lua.app_data_mut::<Incomplete>() {
        missing.0.push(what);
        return;
    }
    lua.set_app_data(Incomplete(vec![what]));
}

pub fn missing(lua: &Lua) -> Vec<String> {
    lua.app_data_ref::<Incomplete>().map(|missing| missing.0.clone()).unwrap_or_default()
}

/// `#!/usr/bin/env moonfleet`; the line stays, so that line numbers stay true.
pub fn without_shebang(source: &[u8]) -> &[u8] {
    if source.starts_with(b"#") {
        let end = source.iter().position(|byte| *byte == b'\n').unwrap_or(source.len());
        return &source[end..];
    }
    source
}

pub fn asked_code(lua: &Lua, code: Value) -> Result<i32> {
    match code {
        Value::Nil | Value::Boolean(true) => Ok(0),
        Value::Boolean(false) => Ok(1),
        other => <i32 as mlua::FromLua>::from_lua(other, lua),
    }
}
