//! Captures the output of a machine under test.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mlua::{Error, Lua, LuaString, Result, Table, Value};

use crate::host::HOST;
use crate::vm::Vm;

/// The standard output of one machine.
#[derive(Clone, Default)]
pub struct Captured(Rc<RefCell<Vec<u8>>>);

/// The records that `report.print` printed last; set only for machines under test.
#[derive(Default)]
pub struct Printed(pub moonfleet_core::Value);

/// Raised by `os.exit`, so that it ends the script under test and not its test.
#[derive(Debug, thiserror::Error)]
#[error("os.exit({0})")]
pub struct Exited(pub i32);

impl Captured {
    /// Redirects the standard output of the machine to here, and its standard error to the process's
    /// [`Stderr`].
    pub fn install(vm: &Vm) -> Result<Self> {
        let captured = Captured::default();
        let lua = vm.lua();
        lua.set_app_data(Printed::default());
        let host: Table = lua.named_registry_value(HOST)?;
        let stdout = captured.clone();
        let keep = move |_: &Lua, (is_error, text): (bool, LuaString)| match is_error {
            true => Stderr.write_all(&text.as_bytes()).map_err(Error::external),
            false => stdout.0.borrow_mut().write_all(&text.as_bytes()).map_err(Error::external),
        };
        host.raw_set("captured", lua.create_function(keep)?)?;
        host.raw_set("exit", lua.create_function(exit)?)?;
        Ok(captured)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.borrow()).into_owned()
    }
}

fn exit(lua: &Lua, code: Value) -> Result<()> {
    Err(Error::external(Exited(crate::host::exit_code(lua, code)?)))
}

static STDERR: Mutex<Option<Vec<u8>>> = Mutex::new(None);

fn sink() -> MutexGuard<'static, Option<Vec<u8>>> {
    STDERR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Standard error, or the buffer that captures it for a test.
pub struct Stderr;

impl Stderr {
    /// Captures further output in `next`, and returns the previous capture. None stops capturing.
    pub fn keep(next: Option<Vec<u8>>) -> Option<Vec<u8>> {
        std::mem::replace(&mut *sink(), next)
    }
}

impl Write for Stderr {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        match &mut *sink() {
            Some(kept) => kept.write(text),
            None => io::stderr().write(text),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
