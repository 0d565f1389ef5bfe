//! Standard output. All output goes through Lua's own file, so that the output of the script
//! and of the program stays in order. A closed pipe ends the script.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

use mlua::{AnyUserData, Error, Function, Lua, Result, Table, Variadic};
use moonfleet_core::Value;
use moonfleet_core::sanitize;
use moonfleet_report::{Format, Layout, Style, Template, render_with};

use super::convert::ConvertError;
use crate::host::host;
use crate::report::{OutputStyle, collected, records, write_output};

/// The settings for showing results.
#[derive(Clone, Default)]
pub struct Output {
    pub format: Format,
    pub style: Style,
    /// The pager for long results, from the settings.
    pub pager: Option<String>,
    /// The template for HTML; none for the built-in page.
    pub template: Option<Template>,
}

/// Raised when the reader of standard output has closed it.
#[derive(Debug, thiserror::Error)]
#[error("standard output is closed")]
pub struct Closed;

pub fn install(lua: &Lua, output: Output) -> Result<()> {
    let stdout: AnyUserData = lua.globals().get::<Table>("io")?.get("stdout")?;
    let out = Rc::new(RefCell::new(LuaFile { lua: lua.clone(), file: stdout, write: host(lua, "write_raw")? }));
    let Output { format, style, pager, template } = output;
    lua.set_app_data(OutputStyle { format, style, pager, template, out });
    Ok(())
}

/// A value in the form in which it is shown.
pub enum Rendered {
    Data(Value, Layout),
    /// The text of its `__tostring`.
    Text(String),
}

impl Rendered {
    pub fn write(&self, output: &OutputStyle, out: &mut dyn io::Write) -> io::Result<()> {
        match self {
            Rendered::Data(data, layout) => render_with(data, layout, output.format, &output.style, out),
            Rendered::Text(text) if output.format == Format::Md => {
                render_with(&Value::String(text.clone()), &Layout::default(), output.format, &output.style, out)
            }
            Rendered::Text(text) if output.style.terminal => writeln!(out, "{}", sanitize::block(text)),
            Rendered::Text(text) => writeln!(out, "{text}"),
        }
    }
}

/// Shows a value in the format of the run. A value that is not data is shown as text.
pub fn show(lua: &Lua, value: &mlua::Value) -> Result<()> {
    if collected(lua, value)? {
        return Ok(());
    }
    let shown = render_value(lua, value)?;
    write_output(lua, |output, out| shown.write(output, out))
}

pub fn render_value(lua: &Lua, value: &mlua::Value) -> Result<Rendered> {
    let format = lua.app_data_ref::<OutputStyle>().map(|style| style.format).unwrap_or_default();
    if value.is_nil() && format == Format::Table {
        return Ok(Rendered::Text("nil".to_owned()));
    }
    if format != Format::Json && value.is_table() && has_own_text(value) {
        return value.to_string().map(Rendered::Text);
    }
    match records(lua, value, Layout::default(), format) {
        Ok((data, layout)) => Ok(Rendered::Data(data, layout)),
        // A table is shown as its own text or its contents, never as its address.
        Err(e)
            if has_own_text(value)
                && e.chain().any(|cause| matches!(cause.downcast_ref(), Some(ConvertError::NotData { .. }))) =>
        {
            Ok(Rendered::Data(Value::String(value.to_string()?), Layout::default()))
        }
        Err(other) => Err(other),
    }
}

fn has_own_text(value: &mlua::Value) -> bool {
    let metatable = value.as_table().map(Table::metatable);
    metatable.is_none_or(|m| m.is_some_and(|m| m.contains_key("__tostring").unwrap_or(false)))
}

pub fn report(lua: &Lua, records: &Value, layout: &Layout) -> Result<()> {
    write_output(lua, |style, out| render_with(records, layout, style.format, &style.style, out))
}

pub fn print(lua: &Lua, text: &str) -> Result<()> {
    // Each write needs space in the memory of the script, whose limit can be small.
    const PIECE: usize = 64 << 10;
    write_output(lua, |_, out| text.as_bytes().chunks(PIECE).try_for_each(|piece| out.write_all(piece)))
}

pub fn flush(lua: &Lua) -> Result<()> {
    write_output(lua, |_, out| out.flush())
}

/// Converts the error of a write to standard output; a closed pipe becomes [`Closed`].
pub fn failed(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Error::external(Closed),
        _ if error.raw_os_error() == Some(BAD_FILE) => Error::runtime(NOT_OPEN),
        _ => Error::runtime(format!("cannot write to standard output: {error}")),
    }
}

const BROKEN_PIPE: i32 = 32;
const BAD_FILE: i32 = 9;
const NOT_OPEN: &str = "cannot write to standard output: it is closed; open it, or send it to /dev/null";

/// Raises the error of a failed write of Lua's: its message and the error number of the system.
pub fn write_failed(_: &Lua, (message, number): (String, Option<i32>)) -> Result<()> {
    static WAS_RAISED: AtomicBool = AtomicBool::new(false);
    Err(match number {
        // A script that caught the first error and continues to print would never end.
        Some(BROKEN_PIPE) if WAS_RAISED.swap(true, Ordering::Relaxed) => moonfleet_core::exit_hooks::exit(0),
        Some(BROKEN_PIPE) => Error::external(Closed),
        Some(BAD_FILE) => Error::runtime(NOT_OPEN),
        _ => Error::runtime(format!("cannot write to standard output: {message}")),
    })
}

/// Converts an error of Lua, which cannot leave its thread, into an `io::Error`, which must be able to.
fn to_io_error(error: Error) -> io::Error {
    if error.chain().any(|cause| cause.is::<Closed>()) {
        return io::ErrorKind::BrokenPipe.into();
    }
    io::Error::other(error.to_string())
}

struct LuaFile {
    lua: Lua,
    file: AnyUserData,
    /// Writes without sanitizing: tables are already sanitized, and have colours.
    write: Function,
}

impl LuaFile {
    fn check_result(results: Result<Variadic<mlua::Value>>) -> io::Result<()> {
        let results = results.map_err(to_io_error)?;
        match (results.first(), results.get(2)) {
            (Some(mlua::Value::Nil), Some(mlua::Value::Integer(number))) => {
                Err(io::Error::from_raw_os_error(i32::try_from(*number).unwrap_or_default()))
            }
            (Some(mlua::Value::Nil), _) => Err(io::Error::other("standard output cannot be written")),
            _ => Ok(()),
        }
    }
}

impl io::Write for LuaFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = self.lua.create_string(bytes).map_err(to_io_error)?;
        Self::check_result(self.write.call((&self.file, text))).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        use mlua::ObjectLike as _;
        Self::check_result(self.file.call_method("flush", ()))
    }
}
