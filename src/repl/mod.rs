//! The prompt: reads lines, evaluates them and shows the results, until the input ends. `repl()` opens a prompt inside
//! a script, which waits until it is closed.

mod command_table;
mod commands;
mod editor;
mod helper;
mod history_file;
mod input;
mod locals;
mod prompt;
mod scope;
mod session_export;
mod shell;

pub mod complete;
pub mod resource_cache;
pub mod show;

use std::fs;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_executor::block_on;
use mlua::{Function, Lua, MultiValue, Table, Value};
use moonfleet_core::Failure;
use moonfleet_core::known_secrets::is_known_in;
use moonfleet_lua::Vm;
use moonfleet_lua::aws::Caller;
use moonfleet_lua::aws::swept;
use moonfleet_lua::failure;
use moonfleet_lua::field_hints;
use moonfleet_lua::help::global as help;
use moonfleet_lua::host::{forget_missing_results, host};
use moonfleet_lua::interrupt::{Interrupt, OUT_OF_TIME};
use moonfleet_lua::report::OutputStyle;
use tokio::sync::Mutex;

use crate::contained::is_isolated;
use crate::settings;
use complete::Completer;
use editor::{Editor, Event};
use input::Input;
use prompt::Accounts;
use scope::PromptScope;
use session_export::Accepted;
use show::{Results, Timing};

pub use helper::read_while_typed;
pub use scope::{Locals, install};

pub struct Prompt {
    vm: Vm,
    editor: Rc<Mutex<Editor>>,
    interrupt: Arc<Interrupt>,
    scope: PromptScope,
    completer: Completer,
    results: Results,
    accounts: Accounts,
    /// The lines that ran without an error, for `.save`.
    accepted: Vec<Accepted>,
    /// The last line, for `.edit`.
    last: String,
    timing: bool,
    /// The time limit of a line.
    limit: Option<Duration>,
    /// Whether `repl()` opened the prompt, so that its lines belong to the run of the script.
    is_in_script: bool,
    leaves: bool,
}

/// Runs the prompt as the main task of the process.
pub fn run(vm: &Vm, limit: Option<Duration>) -> Result<(), Failure> {
    let interrupt = Interrupt::at_prompt(vm.lua()).map_err(|e| Failure::usage(format!("cannot catch Ctrl-C: {e}")))?;
    let scope = PromptScope::install(vm.lua()).map_err(|e| failure::from_host(&e))?;
    let mut prompt = Prompt::new(vm.another(), interrupt, scope)?;
    prompt.limit = limit;
    if let Some(mut output) = vm.lua().app_data_mut::<OutputStyle>() {
        output.style.advice = Some(".output json shows them");
    }
    eprintln!(
        "Moonfleet {}: a Lua shell for AWS. An expression prints its value; .help lists commands; Ctrl-D leaves.",
        env!("CARGO_PKG_VERSION")
    );
    block_on(async {
        if let Err(failure) = prompt.start_up().await {
            eprintln!("{failure}");
        }
        prompt.run_lines().await
    })
}

/// Lets a chunk use all names that a line at the prompt can use.
pub fn use_prompt_scope(lua: &Lua, chunk: &Function) -> mlua::Result<()> {
    PromptScope::install(lua)?.apply(chunk)
}

/// Returns the Lua function `repl`.
pub fn global(lua: &Lua, default: &Caller) -> mlua::Result<Function> {
    let default = default.clone();
    let open = move |lua: Lua, scope: (Table, Table, Table)| {
        let vm = Vm::for_caller(&lua, &default);
        async move { run_in_script(vm, scope.into()).await }
    };
    host(lua, "opener")?.call(lua.create_async_function(open)?)
}

async fn run_in_script(vm: Vm, scope: PromptScope) -> mlua::Result<()> {
    let refused = |problem: &str| mlua::Error::runtime(format!("repl: {problem}"));
    if !vm.session().ask().is_possible() {
        return Err(refused("there is no terminal; run the script from a file at a terminal"));
    }
    let interrupt = vm.lua().app_data_ref::<Arc<Interrupt>>().map(|interrupt| interrupt.clone());
    let interrupt = interrupt.ok_or_else(|| refused("not available here, for example in a test"))?;
    let failed = |failure: Failure| refused(&failure.to_string());
    vm.flush().map_err(failed)?;
    let _lines = interrupt.enter_prompt();
    let mut prompt = Prompt::new(vm, interrupt.clone(), scope).map_err(failed)?;
    prompt.is_in_script = true;
    eprintln!("The script is paused; its variables can be used here. Ctrl-D resumes it.");
    prompt.run_lines().await.map_err(failed)?;
    interrupt.reset(prompt.vm.lua())
}

impl Prompt {
    fn new(vm: Vm, interrupt: Arc<Interrupt>, scope: PromptScope) -> Result<Self, Failure> {
        let editor = shared_editor(vm.lua())?;
        let (accounts, accepted, last) = Default::default();
        let (results, timing, limit, is_in_script, leaves) = Default::default();
        let completer = Completer::default();
        Ok(Prompt {
            vm,
            editor,
            interrupt,
            scope,
            completer,
            results,
            accounts,
            accepted,
            last,
            timing,
            limit,
            is_in_script,
            leaves,
        })
    }

    /// Runs the user's `init.lua`.
    async fn start_up(&mut self) -> Result<(), Failure> {
        if is_isolated() {
            return Ok(());
        }
        let Some(file) = settings::folder().map(|folder| folder.join("init.lua")) else { return Ok(()) };
        let source = match fs::read(&file) {
            Ok(source) => source,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(Failure::failed(format!("cannot read {}: {e}", file.display()))),
        };
        let chunk = self.vm.load(&source, &format!("@{}", file.display()))?;
        self.finish(chunk, MultiValue::new()).await?;
        self.vm.flush()
    }

    /// Reads and runs lines until the prompt is left.
    async fn run_lines(&mut self) -> Result<(), Failure> {
        while !self.leaves {
            self.interrupt.reset(self.vm.lua()).map_err(|e| failure::from_host(&e))?;
            let event = self.interrupt.clone().guard(self.read()).await;
            if let Some(code) = self.interrupt.process_exit_code() {
                return Err(Failure::exited(code, "interrupted".to_owned()));
            }
            match event.transpose()? {
                Some(Event::Line(text)) => self.run_line(&text).await?,
                Some(Event::End) => self.leaves = true,
                _ => {}
            }
        }
        Ok(())
    }

    async fn read(&mut self) -> Result<Event, Failure> {
        self.vm.end_line()?;
        self.scope.offer_locals(self.vm.lua());
        let prompt = prompt::text(&self.vm.session(), &self.accounts);
        self.editor.lock().await.read(prompt, |line, at| self.completer.complete(&self.vm, line, at)).await
    }

    /// Runs a line and prints its error. An error does not end the prompt.
    async fn run_line(&mut self, text: &str) -> Result<(), Failure> {
        let done = match Input::parse(text) {
            Input::Nothing => return Ok(()),
            Input::Leave => {
                self.leaves = true;
                Ok(())
            }
            Input::Command(name, rest) => commands::perform(self, name, rest).await,
            Input::Shell(command) => shell::run(self, command),
            Input::Help(topic) => self.help(topic),
            Input::Lua(text) => self.block(text).await,
        };
        if let Err(failure) = done {
            eprintln!("{failure}");
        }
        self.accounts.learn(&self.vm.session());
        self.keep(text).await
    }

    /// Adds a line to the history, unless it contains a known secret. Called after the line has run, because only then
    /// its secrets are known.
    async fn keep(&self, text: &str) -> Result<(), Failure> {
        let mut editor = self.editor.lock().await;
        if !is_known_in(text) {
            editor.keep(text.trim_end())?;
        }
        // The line may have made a secret of what an earlier one holds.
        editor.drop_secrets()
    }

    /// Runs lines of Lua.
    async fn block(&mut self, text: &str) -> Result<(), Failure> {
        self.last = text.to_owned();
        let line = self.scope.load(&self.vm, text)?;
        let accepted = Accepted::new(&self.vm, text, line.is_expression);
        self.evaluate(line.function, line.arguments).await?;
        self.accepted.push(accepted);
        Ok(())
    }

    /// Runs a function and shows its results.
    async fn evaluate(&mut self, function: Function, arguments: MultiValue) -> Result<(), Failure> {
        let timing = Timing::begin();
        let results = self.finish(function, arguments).await?;
        let cost = timing.cost();
        let printed = self.show(&results).and_then(|()| self.vm.flush());
        if self.timing {
            eprintln!("{cost}");
        }
        printed.map_err(|failure| if self.interrupt.code().is_some() { interrupted() } else { failure })
    }

    fn show(&mut self, results: &MultiValue) -> Result<(), Failure> {
        let interrupt = self.interrupt.clone();
        self.results.show(&self.vm, results, || interrupt.ignore_ctrl_c())
    }

    /// Runs a function until it ends, is interrupted or exceeds the time limit.
    async fn finish(&mut self, function: Function, arguments: MultiValue) -> Result<MultiValue, Failure> {
        let work = self.vm.run(function, arguments);
        self.interruptible(work).await?
    }

    /// Waits for the work; Ctrl-C or the time limit ends it with a failure.
    async fn interruptible<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        self.interrupt.reset(self.vm.lua()).map_err(|e| failure::from_host(&e))?;
        if !self.is_in_script {
            self.vm.session().begin_run();
            forget_missing_results(self.vm.lua());
            swept::forget(self.vm.lua());
            field_hints::forget(self.vm.lua());
        }
        let done = self.interrupt.guard_line_for(self.limit, work).await;
        let done = done.map_err(|e| Failure::failed(format!("cannot measure its time: {e}")))?;
        match (done, self.interrupt.code(), self.limit) {
            (Some(done), None, _) => Ok(done),
            (_, Some(OUT_OF_TIME), Some(limit)) => {
                Err(Failure::failed(format!("the line exceeded its time limit of {limit:?}; raise --timeout")))
            }
            _ => Err(interrupted()),
        }
    }

    /// Shows the help on a topic, in the pager if it is long.
    fn help(&self, topic: &str) -> Result<(), Failure> {
        let lua = self.vm.lua();
        let topic = (!topic.is_empty()).then(|| lua.create_string(topic)).transpose();
        let page = topic.and_then(|topic| help::page(lua, topic.map(Value::String).as_ref()));
        show::page(&self.vm, &self.vm.or_failure(page)?, || self.interrupt.ignore_ctrl_c())
    }
}

/// Returns the failure of an interrupted line. It begins with a line break, because the terminal has printed `^C`.
fn interrupted() -> Failure {
    Failure::failed("\ninterrupted")
}

/// Returns the editor, which all open prompts share.
fn shared_editor(lua: &Lua) -> Result<Rc<Mutex<Editor>>, Failure> {
    if let Some(editor) = lua.app_data_ref::<Rc<Mutex<Editor>>>() {
        return Ok(editor.clone());
    }
    let color = lua.app_data_ref::<OutputStyle>().is_some_and(|output| output.style.color);
    let editor = Rc::new(Mutex::new(Editor::start(color)?));
    lua.set_app_data(editor.clone());
    Ok(editor)
}
