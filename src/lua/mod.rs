//! The virtual machine that scripts run in: its libraries, its globals, and how a chunk
//! is run and its error told.

pub mod captured;
pub mod contain;
pub mod convert;
mod csv;
mod errors;
pub mod failure;
mod imds;
pub mod interrupt;
pub mod json;
pub mod library;
mod log;
pub mod options;
pub mod output;
mod quote;
mod require;
pub mod secret;
mod task;
pub mod time;
pub mod tokens;

use futures_util::future::LocalBoxFuture;
use mlua::{Function, Lua, LuaOptions, MultiValue, Result, StdLib, Table, Value};
use moonfleet_bindings::answer_shapes;
use moonfleet_client::shutdown;
use moonfleet_core::exit_code::INCOMPLETE;
use moonfleet_core::exit_hooks;
use moonfleet_engine::Context;
use moonfleet_report::Layout;
use moonfleet_report::columns::set_answer_shapes;

use crate::aws::Caller;
use crate::{access, aws, fleet, help, outcome, repl, report, script};

pub use contain::Bounds;
pub use moonfleet_core::{Failure, FailureKind};
pub use output::Output;
pub use require::ScriptFolder;

const HOST: &str = "moonfleet.host";

pub struct Vm {
    lua: Lua,
    default: Caller,
}

/// What was asked about and did not answer; set once there is any.
struct Incomplete(Vec<String>);

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

impl Vm {
    /// A machine whose globals speak for this session.
    pub fn new(session: &Context, output: Output, bounds: Bounds) -> Result<Self> {
        let libraries = StdLib::ALL_SAFE | StdLib::DEBUG;
        // Safe as far as memory goes: `debug` is here for tracebacks and metatables, as in every Lua.
        let lua = unsafe { Lua::unsafe_new_with(libraries, LuaOptions::new()) };
        aws::prepare(&lua)?;
        let host = lua.create_table()?;
        host.raw_set("pending", Lua::poll_pending())?;
        host.raw_set("rows", aws::rows(&lua)?)?;
        host.raw_set("exit", lua.create_function(exit)?)?;
        host.raw_set("unwritten", lua.create_function(output::unwritten)?)?;
        library::install(&lua, &host)?;
        lua.load(include_str!("prelude.lua")).set_name("=moonfleet").call::<()>(&host)?;
        lua.set_named_registry_value(HOST, &host)?;
        errors::install(&lua)?;
        require::install(&lua)?;
        output::install(&lua, output)?;
        set_answer_shapes(answer_shapes);
        if let Some(simulation) = session.simulation() {
            lua.set_app_data(simulation.clock());
        }
        let default = Caller::of_process(session);
        globals(&lua, default.clone())?;
        repl::install(&lua, &host)?;
        contain::install(&lua, &host, bounds)?;
        Ok(Vm { lua, default })
    }

    /// The machine that a function of it is called by.
    pub fn of_caller(lua: &Lua, default: &Caller) -> Self {
        Vm { lua: lua.clone(), default: default.clone() }
    }

    /// The same machine.
    pub fn another(&self) -> Self {
        Vm::of_caller(&self.lua, &self.default)
    }

    pub fn lua(&self) -> &Lua {
        &self.lua
    }

    /// The session that the globals speak for now.
    pub fn session(&self) -> Context {
        self.default.session()
    }

    /// From now on they speak for another.
    pub fn switch(&self, session: &Context) {
        self.default.replace(session.clone());
    }

    /// Whether all that was asked about has answered.
    pub fn is_complete(&self) -> bool {
        self.lua.app_data_ref::<Incomplete>().is_none()
    }

    /// A chunk of text; what it is called shows in messages.
    pub fn load(&self, source: &[u8], name: &str) -> std::result::Result<Function, Failure> {
        let source = without_shebang(source);
        self.told(contain::make_room(&self.lua))?;
        self.lua
            .load(source)
            .set_name(name)
            .set_mode(mlua::chunk::ChunkMode::Text)
            .into_function()
            .map_err(|e| failure::from_error(&self.lua, e))
    }

    /// Runs a function to its end. An error comes back with where it was raised.
    pub fn run(
        &self,
        function: Function,
        arguments: MultiValue,
    ) -> LocalBoxFuture<'static, std::result::Result<MultiValue, Failure>> {
        let lua = self.lua.clone();
        Box::pin(async move {
            let told = run(&lua, function, arguments).await;
            told.unwrap_or_else(|e| Err(failure::from_error(&lua, e)))
        })
    }
}

/// `os.exit(code)`: as the script's end would be, wherever it is.
fn exit(lua: &Lua, code: Value) -> Result<()> {
    let code = asked_code(lua, code)?;
    output::flush(lua)?;
    let code = outcome::concluded(lua, code);
    output::flush(lua)?;
    shutdown();
    let is_complete = lua.app_data_ref::<Incomplete>().is_none();
    let code = if code == 0 && !is_complete { INCOMPLETE.into() } else { code };
    outcome::tell(lua, code);
    exit_hooks::exit(code)
}

fn asked_code(lua: &Lua, code: Value) -> Result<i32> {
    match code {
        Value::Nil | Value::Boolean(true) => Ok(0),
        Value::Boolean(false) => Ok(1),
        other => <i32 as mlua::FromLua>::from_lua(other, lua),
    }
}

/// Showing results.
impl Vm {
    pub fn show(&self, results: &MultiValue) -> std::result::Result<(), Failure> {
        self.told(results.iter().try_for_each(|value| output::show(&self.lua, value)))?;
        self.flush()?;
        self.tell_parts(results)
    }

    /// Whoever looks at a page of an answer should know that it was not the last.
    pub fn tell_parts(&self, results: &MultiValue) -> std::result::Result<(), Failure> {
        self.told(results.iter().try_for_each(|value| {
            if let Some(how) = aws::whole(&self.lua, value)? {
                tracing::warn!("there is more: {how}");
            }
            Ok(())
        }))
    }

    pub fn print(&self, text: &str) -> std::result::Result<(), Failure> {
        self.told(output::print(&self.lua, text))
    }

    /// Shows records of the program's own, as results are shown.
    pub fn report(&self, records: &moonfleet_core::Value, layout: &Layout) -> std::result::Result<(), Failure> {
        self.told(output::report(&self.lua, records, layout))
    }

    /// What is printed waits in a buffer; here it goes out, or fails to.
    pub fn flush(&self) -> std::result::Result<(), Failure> {
        self.told(contain::make_room(&self.lua).and_then(|()| output::flush(&self.lua)))
    }

    /// Ends a line that something was printed in, and that the prompt would be written over.
    pub fn end_line(&self) -> std::result::Result<(), Failure> {
        let goes_on = self.lua.named_registry_value::<Table>(HOST).and_then(|host| host.raw_get("goes_on"));
        if goes_on.unwrap_or(false) { self.print("\n").and_then(|()| self.flush()) } else { Ok(()) }
    }

    pub(crate) fn told<T>(&self, result: Result<T>) -> std::result::Result<T, Failure> {
        result.map_err(|e| failure::from_error(&self.lua, e))
    }
}

async fn run(
    lua: &Lua,
    function: Function,
    mut arguments: MultiValue,
) -> Result<std::result::Result<MultiValue, Failure>> {
    let run: Function = lua.named_registry_value::<Table>(HOST)?.raw_get("run")?;
    arguments.push_front(Value::Function(function));
    let mut results: MultiValue = run.call_async(arguments).await?;
    if let Some(Value::Boolean(true)) = results.pop_front() {
        return Ok(Ok(results));
    }
    match results.pop_front() {
        Some(Value::Table(told)) => {
            let traceback: String = told.raw_get("traceback")?;
            Ok(Err(failure::from_raised(lua, told.raw_get("error")?, &traceback)))
        }
        // Where memory or the stack is used up, nobody is asked where.
        bare => Ok(Err(failure::from_raised(lua, bare.unwrap_or(Value::Nil), ""))),
    }
}

/// `#!/usr/bin/env moonfleet`; the line stays, so that line numbers stay true.
pub fn without_shebang(source: &[u8]) -> &[u8] {
    if source.starts_with(b"#") {
        let end = source.iter().position(|byte| *byte == b'\n').unwrap_or(source.len());
        return &source[end..];
    }
    source
}

/// Modules and services, each made when it is first named.
fn globals(lua: &Lua, default: Caller) -> Result<()> {
    let metatable = lua.create_table()?;
    let index = lua.create_function(move |lua, (globals, name): (Table, Value)| {
        let Value::String(text) = &name else { return Ok(Value::Nil) };
        let value = match global(lua, &default, &text.to_string_lossy())? {
            Some(value) => value,
            None => return Ok(Value::Nil),
        };
        globals.raw_set(name, &value)?;
        Ok(value)
    })?;
    metatable.raw_set("__index", index)?;
    lua.globals().set_metatable(Some(metatable))
}

fn global(lua: &Lua, default: &Caller, name: &str) -> Result<Option<Value>> {
    let table = match name {
        "access" => access::lua::module(lua)?,
        "aws" => aws::module(lua, default)?,
        "csv" => csv::module(lua)?,
        "fleet" => fleet::lua::module(lua, default)?,
        "help" => return help::lua::global(lua).map(Value::Function).map(Some),
        "imds" => imds::module(lua, &default.session())?,
        "json" => json::module(lua)?,
        "log" => log::module(lua)?,
        "powershell" => quote::powershell(lua)?,
        "repl" => return repl::global(lua, default).map(Value::Function).map(Some),
        "report" => report::lua::module(lua, default)?,
        "sh" => quote::sh(lua)?,
        "sweep" => aws::sweep::module(lua, default)?,
        "reveal" => return lua.create_function(secret::reveal).map(Value::Function).map(Some),
        "script" => return script::global(lua).map(Value::Function).map(Some),
        "task" => task::module(lua)?,
        "time" => time::module(lua)?,
        _ => match aws::resolve(name) {
            Some(service) => aws::service_table(lua, default, service)?,
            None => return Ok(None),
        },
    };
    library::extended(lua, name, table).map(Value::Table).map(Some)
}

/// From here on no coroutine is begun or goes on, or all are again.
fn interrupted(lua: &Lua, is_up: bool) -> Result<()> {
    lua.named_registry_value::<Table>(HOST)?.raw_set("interrupted", is_up)
}

/// A function of the prelude's.
pub fn host(lua: &Lua, name: &str) -> Result<Function> {
    lua.named_registry_value::<Table>(HOST)?.raw_get(name)
}
