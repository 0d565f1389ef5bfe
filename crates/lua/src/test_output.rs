//! What a machine under test says, kept for whoever tests it instead of shown.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mlua::{Error, Lua, LuaString, Result, Table, Value};

use crate::host::HOST;
use crate::vm::Vm;

/// What is printed, of one machine.
#[derive(Clone, Default)]
pub struct Captured(Rc<RefCell<Vec<u8>>>);

/// What `report.print` has shown last, as data; set for machines under test alone.
#[derive(Default)]
pub struct Printed(pub moonfleet_core::Value);

/// `os.exit` ends a script that is tested, and not its test.
#[derive(Debug, thiserror::Error)]
#[error("os.exit({0})")]
pub struct Exited(pub i32);

impl Captured {
    /// From here on what the machine prints is kept here, and what it says on standard error in
    /// the process's [`Stderr`].
    pub fn install(vm: &Vm) -> Result<Self> {
        let captured = Captured::default();
        let lua = vm.lua();
        lua.set_app_data(Printed::default());
        let host: Table = lua.named_registry_value(HOST)?;
        let into = captured.clone();
        let keep = move |_: &Lua, (is_error, text): (bool, LuaString)| match is_error {
            true => Stderr.write_all(&text.as_bytes()).map_err(Error::external),
            false => into.0.borrow_mut().write_all(&text.as_bytes()).map_err(Error::external),
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
    Err(Error::external(Exited(crate::host::asked_code(lua, code)?)))
}

static STDERR: Mutex<Option<Vec<u8>>> = Mutex::new(None);

fn sink() -> MutexGuard<'static, Option<Vec<u8>>> {
    STDERR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Standard error, or what is kept of it for a test.
pub struct Stderr;

impl Stderr {
    /// Keeps what follows, and gives what was kept before.
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
