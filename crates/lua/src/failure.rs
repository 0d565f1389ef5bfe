//! Converts raised values into failures with a message, the place, and the frames of the script.
//! Frames of the program itself are left out.

use mlua::{Lua, Value};
use moonfleet_core::error::{Error, REFUSED};
use moonfleet_core::known_secrets::redact;
use moonfleet_core::{Failure, FailureKind, Value as Data, sanitize};

use super::convert::to_value;
use crate::containment::with_advice;
pub use crate::error_value::message as message_of;
use crate::test_output::Exited;
use moonfleet_report::cell;

use super::lua_advice::explained;
use super::output::Closed;
use crate::error_value::program_error;

/// Converts a raised value and its traceback.
pub fn from_raised(lua: &Lua, error: Value, traceback: &str) -> Failure {
    let (kind, message) = match error {
        Value::Error(error) => (kind_of(&error), message_of(&error)),
        other => (FailureKind::Failed, raised(lua, &other)),
    };
    let frames = traceback.lines().filter_map(frame).collect();
    Failure::new(kind, with_advice(lua, explained(message))).with_frames(frames)
}

/// Converts an error without a traceback.
pub fn from_error(lua: &Lua, error: mlua::Error) -> Failure {
    from_raised(lua, Value::Error(Box::new(error)), "")
}

/// Converts an error of the program itself, outside any script.
pub fn from_host(error: &mlua::Error) -> Failure {
    let is_closed = error.chain().any(|cause| cause.is::<Closed>());
    Failure::new(if is_closed { FailureKind::Closed } else { FailureKind::Failed }, message_of(error))
}

/// Describes a raised value in one line.
pub fn describe_raised(lua: &Lua, error: &Value) -> String {
    let failure = from_raised(lua, error.clone(), "");
    sanitize::line(&redact(failure.message())).into_owned()
}

fn kind_of(error: &mlua::Error) -> FailureKind {
    match (error, program_error(error)) {
        (mlua::Error::SyntaxError { incomplete_input: true, .. }, _) => FailureKind::UnfinishedInput,
        (_, Some(Error { code, .. })) if code == REFUSED => FailureKind::Refused,
        _ if error.chain().any(|cause| cause.is::<Closed>()) => FailureKind::Closed,
        _ => exited(error).map_or(FailureKind::Failed, FailureKind::Exited),
    }
}

/// Returns the argument of `os.exit` in a script under test.
fn exited(error: &mlua::Error) -> Option<u8> {
    let Exited(code) = error.chain().find_map(|cause| cause.downcast_ref())?;
    Some(u8::try_from(*code).unwrap_or(1))
}

/// Returns the text of a raised value: its `__tostring`, its `message`, or its contents.
fn raised(lua: &Lua, error: &Value) -> String {
    if error.is_nil() {
        return "error without a message (nil)".to_owned();
    }
    let own_text =
        error.as_table().is_none_or(|t| t.metatable().is_some_and(|m| m.contains_key("__tostring").unwrap_or(false)));
    if !own_text && let Ok(data) = to_value(lua, error) {
        let Data::Map(mut fields) = data else { return cell::plain(&data).into_owned() };
        let rest = |fields| cell::plain(&Data::Map(fields)).into_owned();
        return match fields.take("message") {
            Data::String(message) if fields.0.is_empty() => message,
            Data::String(message) => format!("{message} {}", rest(fields)),
            _ => rest(fields),
        };
    }
    error.to_string().unwrap_or_else(|_| format!("a {} was raised", error.type_name()))
}

/// Returns a line of a traceback, such as `demo.lua:3: in function 'f'`, if it is a frame of a script.
fn frame(line: &str) -> Option<String> {
    let line = line.strip_prefix('\t')?;
    let of_program =
        ["[C]:", "[C]", "moonfleet:", "__mlua", "stdlib/unit.lua:", "[string \"__mlua", "...\t", "(...tail calls...)"];
    (!of_program.iter().any(|start| line.starts_with(start))).then(|| line.to_owned())
}
