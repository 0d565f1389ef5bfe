//! Restrictions that a script cannot bypass. Always: it can load only text chunks, and cannot change
//! the internals of the program. Under `--contain`: it cannot write files or start processes. Under
//! `--memory`: its memory is limited. `require.rs` restricts the files that `require` reads.

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

/// The restrictions that the command line sets.
#[derive(Clone, Default)]
pub struct Bounds {
    pub contained: bool,
    pub memory: Option<ByteSize>,
    /// Further folders with modules.
    pub paths: Vec<PathBuf>,
}

/// Installs the restrictions. Must come last, after the program has taken its references to Lua's functions.
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

/// Checks that the script may write a file; every function that writes one for a script calls this first.
pub fn may_write(lua: &Lua, function: &str) -> Result<()> {
    if is_contained(lua) { Err(refused(function, "it writes a file")) } else { Ok(()) }
}

/// Returns whether the run is `--contain`.
pub fn is_contained(lua: &Lua) -> bool {
    lua.app_data_ref::<Bounds>().is_some_and(|bounds| bounds.contained)
}

/// Checks that the script may start a process.
pub fn may_start(lua: &Lua, what: &str) -> Result<()> {
    if is_contained(lua) { Err(refused(what, "it starts a process")) } else { Ok(()) }
}

/// Returns the error of an action that `--contain` forbids.
pub fn refused(what: &str, why: &str) -> Error {
    let message = format!("{what}: refused, nothing was done: {why}, and the run is --contain");
    Error::external(error::Error::new(REFUSED, message))
}

// Memory.

/// Bytes that are always left for the program, so that a line at the prompt can still free memory.
const RESERVE: usize = 512 << 10;

/// The smallest limit that `--memory` accepts; nothing runs with less.
pub const MIN_MEMORY: ByteSize = ByteSize::mib(1);

/// Sets the memory limit, and raises it if the script has used the reserve of the program.
pub fn make_room(lua: &Lua) -> Result<()> {
    let Some(limit) = limit(lua) else { return Ok(()) };
    lua.set_memory_limit(limit.max(lua.used_memory() + RESERVE)).map(drop)
}

fn limit(lua: &Lua) -> Option<usize> {
    let memory = lua.app_data_ref::<Bounds>()?.memory?;
    Some(usize::try_from(memory.as_u64()).unwrap_or(usize::MAX))
}

/// The message of Lua when memory is exhausted.
const OUT_OF_MEMORY: &str = "not enough memory";

/// Returns the message of an error; if memory is exhausted, with the next step.
pub fn with_advice(lua: &Lua, message: String) -> String {
    match limit(lua).filter(|_| message.ends_with(OUT_OF_MEMORY)) {
        Some(_) => format!("{OUT_OF_MEMORY}: the script has reached its limit; raise it with --memory"),
        None => message,
    }
}

/// The memory limit of the process, as a multiple of the limit of the script: a list that is shown
/// exists in Lua, in the program, and as text.
const PROCESS_FACTOR: u64 = 4;
/// Bytes that the program needs in addition, for its start and for requests.
const PROCESS_OVERHEAD: u64 = 64 << 20;
const INTERVAL: Duration = Duration::from_millis(20);

/// The message of a process that exceeds [`process_limit`].
pub const PROCESS_TOO_LARGE: &str =
    "not enough memory: the process takes far more than the limit of the script; raise it with --memory";

/// Returns the bytes that a process may take whose script has this limit.
pub fn process_limit(memory: ByteSize) -> u64 {
    memory.as_u64().saturating_mul(PROCESS_FACTOR).saturating_add(PROCESS_OVERHEAD)
}

/// Watches the memory of the whole process, since Lua's limit does not count the copies that the program
/// makes of a script's values. Calls `end` with a message if the process takes too much.
pub fn watch_process(memory: ByteSize, end: impl FnOnce(&str) + Send + 'static) -> io::Result<()> {
    let used = || memory_stats().map_or(0, |stats| stats.physical_mem as u64);
    let limit = process_limit(memory).saturating_add(used());
    let watch = move || {
        while used() <= limit {
            thread::sleep(INTERVAL);
        }
        end(PROCESS_TOO_LARGE);
    };
    thread::Builder::new().name("moonfleet-memory".to_owned()).spawn(watch).map(drop)
}

/// The memory that a conversion of values may still take. A table that occurs many times is copied many
/// times, so each copy is counted before it is made.
pub struct MemoryShare {
    left: usize,
}

impl MemoryShare {
    pub fn new(lua: &Lua) -> Self {
        MemoryShare { left: limit(lua).unwrap_or(usize::MAX) }
    }

    pub fn take(&mut self, bytes: usize) -> Result<()> {
        self.left = self.left.checked_sub(bytes).ok_or_else(|| Error::MemoryError(OUT_OF_MEMORY.to_owned()))?;
        Ok(())
    }

    /// Counts the values in a text. Each value except the first one follows one of the separators.
    pub fn take_values(&mut self, text: &[u8], separators: &[u8]) -> Result<()> {
        let values = text.iter().filter(|byte| separators.contains(byte)).count();
        self.take(values.saturating_mul(size_of::<Value>()))
    }
}
