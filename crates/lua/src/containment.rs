//! What a script cannot do, whatever it tries. Always: run anything but text, and reach what
//! the program's own functions rest on. Under `--contain`: write a file or start a process.
//! Under `--memory`: hold more than that. Where `require` may look is said in `require.rs`.

use std::io;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use bytesize::ByteSize;
use memory_stats::memory_stats;
use mlua::{Error, Lua, Result, Table};
use moonfleet_core::Value;
use moonfleet_core::error;
use moonfleet_core::error::REFUSED;

/// What the command line says of it.
#[derive(Clone, Default)]
pub struct Bounds {
    pub contained: bool,
    pub memory: Option<ByteSize>,
    /// Where modules are looked for as well.
    pub paths: Vec<PathBuf>,
}

/// Comes last, when the program has taken what it needs of Lua's libraries.
pub fn install(lua: &Lua, host: &Table, bounds: Bounds) -> Result<()> {
    host.raw_set("contained", bounds.contained)?;
    host.raw_set(
        "refuse",
        lua.create_function(|_, (what, why): (String, String)| -> Result<()> { Err(refused(&what, &why)) })?,
    )?;
    lua.load(include_str!("containment.lua")).set_name("=moonfleet").call::<()>(host)?;
    lua.set_app_data(bounds);
    make_room(lua)
}

/// Every function of the program's that writes a file for a script asks here first.
pub fn may_write(lua: &Lua, function: &str) -> Result<()> {
    if is_contained(lua) { Err(refused(function, "it writes a file")) } else { Ok(()) }
}

/// Whether no process may be started and no file written.
pub fn is_contained(lua: &Lua) -> bool {
    lua.app_data_ref::<Bounds>().is_some_and(|bounds| bounds.contained)
}

/// And what starts a process.
pub fn may_start(lua: &Lua, what: &str) -> Result<()> {
    if is_contained(lua) { Err(refused(what, "it starts a process")) } else { Ok(()) }
}

/// What a script hears that tries it all the same.
pub fn refused(what: &str, why: &str) -> Error {
    let message = format!("{what}: refused, nothing was done: {why}, the run is --contain");
    Error::external(error::Error::new(REFUSED, message))
}

// Memory.

/// What the program needs to run anything at all, also a line at the prompt that throws away
/// what has filled the memory.
const ROOM: usize = 512 << 10;

/// With less there is nothing to run.
pub const LEAST: ByteSize = ByteSize::mib(1);

/// Sets the limit, and leaves the program room where a script has left none.
pub fn make_room(lua: &Lua) -> Result<()> {
    let Some(limit) = limit(lua) else { return Ok(()) };
    lua.set_memory_limit(limit.max(lua.used_memory() + ROOM)).map(drop)
}

fn limit(lua: &Lua) -> Option<usize> {
    let memory = lua.app_data_ref::<Bounds>()?.memory?;
    Some(usize::try_from(memory.as_u64()).unwrap_or(usize::MAX))
}

/// How Lua says it, and whoever passes it on.
const USED_UP: &str = "not enough memory";

/// The message, and what to do where it is about memory.
pub fn with_advice(lua: &Lua, message: String) -> String {
    match limit(lua).filter(|_| message.ends_with(USED_UP)) {
        Some(_) => format!("{USED_UP}: the script has used up all that it may; give it more with --memory"),
        None => message,
    }
}

/// What the process may take, of the limit: a list that is shown is there as Lua's, as the
/// program's, and as text.
const TIMES: u64 = 4;
/// What is taken to begin, and by requests.
const BESIDES: u64 = 64 << 20;
const OFTEN: Duration = Duration::from_millis(20);

/// What the program makes of a script's values is not in Lua's books. `end` is told why when the
/// process has taken too much.
pub fn watch_process(memory: ByteSize, end: impl FnOnce(&str) + Send + 'static) -> io::Result<()> {
    let taken = || memory_stats().map_or(0, |taken| taken.physical_mem as u64);
    let most = memory.as_u64().saturating_mul(TIMES).saturating_add(BESIDES).saturating_add(taken());
    let watch = move || {
        while taken() <= most {
            thread::sleep(OFTEN);
        }
        end("not enough memory: what the script asks for takes far more than it may; give it more with --memory");
    };
    thread::Builder::new().name("moonfleet-memory".to_owned()).spawn(watch).map(drop)
}

/// A table that is in many places is made many times: it is counted before it is made.
pub struct MemoryShare {
    left: usize,
}

impl MemoryShare {
    pub fn new(lua: &Lua) -> Self {
        MemoryShare { left: limit(lua).unwrap_or(usize::MAX) }
    }

    pub fn take(&mut self, bytes: usize) -> Result<()> {
        self.left = self.left.checked_sub(bytes).ok_or_else(|| Error::MemoryError(USED_UP.to_owned()))?;
        Ok(())
    }

    /// For the values in a text, of which each but the first follows one of these characters.
    pub fn take_values(&mut self, text: &[u8], separators: &[u8]) -> Result<()> {
        let values = text.iter().filter(|byte| separators.contains(byte)).count();
        self.take(values.saturating_mul(size_of::<Value>()))
    }
}
