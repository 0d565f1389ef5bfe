//! The virtual machine that scripts run in: its libraries, its globals, running chunks and
//! reporting their errors.

use futures_util::future::LocalBoxFuture;
use mlua::{Function, Lua, LuaOptions, MultiValue, Result, StdLib, Table, Value};
use moonfleet_bindings::{Service, answer_shapes};
use moonfleet_client::shutdown;
use moonfleet_core::Failure;
use moonfleet_core::exit_code::INCOMPLETE;
use moonfleet_core::exit_hooks;
use moonfleet_engine::Context;
use moonfleet_report::Layout;
use moonfleet_report::columns::set_answer_shapes;

use crate::aws::{self, Caller};
use crate::containment::{self, Bounds};
use crate::failure;
use crate::host::{HOST, Incomplete, exit_code, without_preamble};
use crate::output::{self, Output};
use crate::script::is_declared_service;
use crate::{error_value, library, local_files, require, terminal_output};

/// Creates a global when a script first names it.
pub type Global = fn(&Lua, &Caller) -> Result<Value>;

/// Adds functions of the program to a machine. The table is the prelude's.
pub type Install = fn(&Lua, &Table) -> Result<()>;

/// Actions of `os.exit` before it ends the process.
#[derive(Clone, Copy)]
pub struct ExitHooks {
    /// Ends the run and returns its exit code.
    pub conclude: fn(&Lua, i32) -> i32,
    /// Prints how the run ended.
    pub announce: fn(&Lua, i32),
}

impl Default for ExitHooks {
    fn default() -> Self {
        ExitHooks { conclude: |_, code| code, announce: |_, _| () }
    }
}

/// Builds a machine.
pub struct Builder<'a> {
    context: &'a Context,
    output: Output,
    bounds: Bounds,
    globals: Vec<(&'static str, Global)>,
    installs: Vec<Install>,
    exit: ExitHooks,
}

impl Builder<'_> {
    pub fn output(self, output: Output) -> Self {
        Builder { output, ..self }
    }

    pub fn bounds(self, bounds: Bounds) -> Self {
        Builder { bounds, ..self }
    }

    pub fn exit_hooks(self, exit: ExitHooks) -> Self {
        Builder { exit, ..self }
    }

    /// Adds a global, which is created when a script first names it.
    pub fn global(mut self, name: &'static str, make: Global) -> Self {
        self.globals.push((name, make));
        self
    }

    /// Adds a step that runs after the libraries are loaded and before the containment is installed.
    pub fn install(mut self, install: Install) -> Self {
        self.installs.push(install);
        self
    }

    /// Returns the names of the globals except AWS's services.
    pub fn global_names(&self) -> Vec<&'static str> {
        self.globals.iter().map(|(name, _)| *name).collect()
    }

    pub fn build(self) -> Result<Vm> {
        let libraries = StdLib::ALL_SAFE | StdLib::DEBUG;
        // SAFETY: `debug` is loaded for tracebacks and metatables, and restricted by the containment; no C module is loaded.
        let lua = unsafe { Lua::unsafe_new_with(libraries, LuaOptions::new()) };
        aws::prepare(&lua)?;
        let host = lua.create_table()?;
        host.raw_set("pending", Lua::poll_pending())?;
        host.raw_set("rows", aws::rows(&lua)?)?;
        host.raw_set("exit", lua.create_function(exit)?)?;
        host.raw_set("write_failed", lua.create_function(output::write_failed)?)?;
        terminal_output::install(&lua, &host)?;
        library::install(&lua, &host)?;
        local_files::install(&lua, &library::host_module(&lua)?, self.context)?;
        lua.load(include_str!("prelude.lua")).set_name("=moonfleet").call::<()>(&host)?;
        lua.set_named_registry_value(HOST, &host)?;
        error_value::install(&lua)?;
        require::install(&lua)?;
        output::install(&lua, self.output)?;
        set_answer_shapes(answer_shapes);
        if let Some(clock) = self.context.clock() {
            lua.set_app_data(clock);
        }
        lua.set_app_data(self.exit);
        let default = Caller::for_process(self.context);
        host.raw_set("service", aws::prompt_services(&lua, &default)?)?;
        set_globals(&lua, default.clone(), self.globals)?;
        for install in self.installs {
            install(&lua, &host)?;
        }
        containment::install(&lua, &host, self.bounds)?;
        Ok(Vm { lua, default })
    }
}

pub struct Vm {
    lua: Lua,
    default: Caller,
}

impl Vm {
    /// Returns the builder of a machine whose globals call AWS with this context.
    pub fn builder(context: &Context) -> Builder<'_> {
        Builder {
            context,
            output: Output::default(),
            bounds: Bounds::default(),
            globals: Vec::new(),
            installs: Vec::new(),
            exit: ExitHooks::default(),
        }
    }

    /// Returns the machine that a Lua function runs in.
    pub fn for_caller(lua: &Lua, default: &Caller) -> Self {
        Vm { lua: lua.clone(), default: default.clone() }
    }

    /// Returns another handle of the same machine.
    pub fn another(&self) -> Self {
        Vm::for_caller(&self.lua, &self.default)
    }

    pub fn lua(&self) -> &Lua {
        &self.lua
    }

    /// Returns the default session, which the global services use.
    pub fn session(&self) -> Context {
        self.default.session()
    }

    /// Sets the default session.
    pub fn switch(&self, session: &Context) {
        self.default.replace(session.clone());
    }

    /// Returns whether no part of the results is missing.
    pub fn is_complete(&self) -> bool {
        self.lua.app_data_ref::<Incomplete>().is_none()
    }

    /// Compiles a chunk of text; errors show its name.
    pub fn load(&self, source: &[u8], name: &str) -> std::result::Result<Function, Failure> {
        let source = without_preamble(source);
        self.or_failure(containment::make_room(&self.lua))?;
        self.lua
            .load(source)
            .set_name(name)
            .set_mode(mlua::chunk::ChunkMode::Text)
            .into_function()
            .map_err(|e| failure::from_error(&self.lua, e))
    }

    /// Runs a function to its end. A failure has the place where the error was raised.
    pub fn run(
        &self,
        function: Function,
        arguments: MultiValue,
    ) -> LocalBoxFuture<'static, std::result::Result<MultiValue, Failure>> {
        let lua = self.lua.clone();
        Box::pin(async move {
            let result = run(&lua, function, arguments).await;
            result.unwrap_or_else(|e| Err(failure::from_error(&lua, e)))
        })
    }
}

/// `os.exit(code)`: ends the process in the same way as the end of the script does.
fn exit(lua: &Lua, code: Value) -> Result<()> {
    let code = exit_code(lua, code)?;
    output::flush(lua)?;
    let hooks = lua.app_data_ref::<ExitHooks>().map(|hooks| *hooks).unwrap_or_default();
    let code = (hooks.conclude)(lua, code);
    output::flush(lua)?;
    shutdown();
    let is_complete = lua.app_data_ref::<Incomplete>().is_none();
    let code = if code == 0 && !is_complete { INCOMPLETE.into() } else { code };
    (hooks.announce)(lua, code);
    exit_hooks::exit(code)
}

/// Showing results.
impl Vm {
    pub fn show(&self, results: &MultiValue) -> std::result::Result<(), Failure> {
        self.or_failure(results.iter().try_for_each(|value| output::show(&self.lua, value)))?;
        self.flush()?;
        self.warn_first_pages(results)
    }

    /// Warns about results that are only the first page of an answer.
    pub fn warn_first_pages(&self, results: &MultiValue) -> std::result::Result<(), Failure> {
        self.or_failure(results.iter().try_for_each(|value| {
            if let Some(advice) = aws::first_page_advice(&self.lua, value)? {
                tracing::warn!("this is only the first page: {advice}");
            }
            Ok(())
        }))
    }

    pub fn print(&self, text: &str) -> std::result::Result<(), Failure> {
        self.or_failure(output::print(&self.lua, text))
    }

    /// Shows records of the program in the format of results.
    pub fn report(&self, records: &moonfleet_core::Value, layout: &Layout) -> std::result::Result<(), Failure> {
        self.or_failure(output::report(&self.lua, records, layout))
    }

    /// Writes the buffered output.
    pub fn flush(&self) -> std::result::Result<(), Failure> {
        self.or_failure(containment::make_room(&self.lua).and_then(|()| output::flush(&self.lua)))
    }

    /// Ends an unfinished line of output, which the prompt would overwrite.
    pub fn end_line(&self) -> std::result::Result<(), Failure> {
        let is_unfinished =
            self.lua.named_registry_value::<Table>(HOST).and_then(|host| host.raw_get("is_line_unfinished"));
        if is_unfinished.unwrap_or(false) { self.print("\n").and_then(|()| self.flush()) } else { Ok(()) }
    }

    /// Converts an error of this machine into the failure that a person reads.
    pub fn or_failure<T>(&self, result: Result<T>) -> std::result::Result<T, Failure> {
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
        Some(Value::Table(raised)) => {
            let traceback: String = raised.raw_get("traceback")?;
            Ok(Err(failure::from_raised(lua, raised.raw_get("error")?, &traceback)))
        }
        // If memory or the stack is exhausted, the message handler cannot run and there is no traceback.
        bare => Ok(Err(failure::from_raised(lua, bare.unwrap_or(Value::Nil), ""))),
    }
}

/// Returns the service of a global: one of the SDK, or one that the header of the running script declares.
fn global_service(lua: &Lua, name: &str) -> Option<&'static Service> {
    match is_declared_service(lua, name) {
        true => aws::any_service(name),
        false => aws::resolve(name),
    }
}

/// Makes globals and services available; each is created when a script first names it.
fn set_globals(lua: &Lua, default: Caller, globals: Vec<(&'static str, Global)>) -> Result<()> {
    let metatable = lua.create_table()?;
    let index = lua.create_function(move |lua, (table, name): (Table, Value)| {
        let Value::String(text) = &name else { return Ok(Value::Nil) };
        let text = text.to_string_lossy();
        let value = match globals.iter().find(|(global, _)| *global == text) {
            Some((_, make)) => make(lua, &default)?,
            None => match global_service(lua, &text) {
                Some(service) => Value::Table(aws::service_table(lua, &default, service)?),
                None => return Ok(Value::Nil),
            },
        };
        // The library adds functions to modules of the same name.
        let value = match value {
            Value::Table(module) => Value::Table(library::extended(lua, &text, module)?),
            other => other,
        };
        table.raw_set(name, &value)?;
        Ok(value)
    })?;
    metatable.raw_set("__index", index)?;
    lua.globals().set_metatable(Some(metatable))
}
