//! The prompt: reads, evaluates, shows, until the input ends. `repl()` opens one inside a
//! script, which waits meanwhile.

mod command_table;
mod commands;
mod editor;
mod helper;
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
use moonfleet_lua::failure;
use moonfleet_lua::help::global as help;
use moonfleet_lua::host::host;
use moonfleet_lua::interrupt::{Interrupt, OUT_OF_TIME};
use moonfleet_lua::report::OutputStyle;
use tokio::sync::Mutex;

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
    /// What has run without an error.
    accepted: Vec<Accepted>,
    /// What `.edit` goes on with.
    last: String,
    timing: bool,
    /// How long a line may take.
    limit: Option<Duration>,
    /// Whether each line is a run of its own, or a part of a script's.
    is_in_script: bool,
    leaves: bool,
}

/// The prompt that the process is.
pub fn run(vm: &Vm, limit: Option<Duration>) -> Result<(), Failure> {
    let interrupt =
        Interrupt::at_prompt(vm.lua()).map_err(|e| Failure::usage(format!("Ctrl-C cannot be caught: {e}")))?;
    let scope = PromptScope::install(vm.lua()).map_err(|e| failure::from_host(&e))?;
    let mut prompt = Prompt::new(vm.another(), interrupt, scope)?;
    prompt.limit = limit;
    eprintln!("Moonfleet {}: Lua over AWS. An expression prints its value; Ctrl-D leaves.", env!("CARGO_PKG_VERSION"));
    block_on(async {
        if let Err(failure) = prompt.start_up().await {
            eprintln!("{failure}");
        }
        prompt.talk().await
    })
}

/// Lets a chunk that somebody has typed see what a line of the prompt sees.
pub fn typed(lua: &Lua, chunk: &Function) -> mlua::Result<()> {
    PromptScope::install(lua)?.gives(chunk)
}

/// `repl()` in Lua.
pub fn global(lua: &Lua, default: &Caller) -> mlua::Result<Function> {
    let default = default.clone();
    let open = move |lua: Lua, scope: (Table, Table, Table)| {
        let vm = Vm::for_caller(&lua, &default);
        async move { inside(vm, scope.into()).await }
    };
    host(lua, "opener")?.call(lua.create_async_function(open)?)
}

async fn inside(vm: Vm, scope: PromptScope) -> mlua::Result<()> {
    let refused = |why: &str| mlua::Error::runtime(format!("repl: {why}"));
    if !vm.session().ask().is_possible() {
        return Err(refused("there is no terminal to ask at; run the script from one, and not from standard input"));
    }
    let interrupt = vm.lua().app_data_ref::<Arc<Interrupt>>().map(|interrupt| interrupt.clone());
    let interrupt = interrupt.ok_or_else(|| refused("nothing here can be interrupted"))?;
    let told = |failure: Failure| refused(&failure.to_string());
    vm.flush().map_err(told)?;
    let _lines = interrupt.prompting();
    let mut prompt = Prompt::new(vm, interrupt.clone(), scope).map_err(told)?;
    prompt.is_in_script = true;
    eprintln!("The script waits; its variables are here. Ctrl-D goes on with it.");
    prompt.talk().await.map_err(told)?;
    interrupt.lower(prompt.vm.lua())
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

    /// What the user has written for the start of each prompt.
    async fn start_up(&mut self) -> Result<(), Failure> {
        let Some(file) = settings::folder().map(|folder| folder.join("init.lua")) else { return Ok(()) };
        let source = match fs::read(&file) {
            Ok(source) => source,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(Failure::failed(format!("{} cannot be read: {e}", file.display()))),
        };
        let chunk = self.vm.load(&source, &format!("@{}", file.display()))?;
        self.finish(chunk, MultiValue::new()).await?;
        self.vm.flush()
    }

    async fn talk(&mut self) -> Result<(), Failure> {
        while !self.leaves {
            self.interrupt.lower(self.vm.lua()).map_err(|e| failure::from_host(&e))?;
            let event = self.interrupt.clone().guard(self.read()).await;
            if let Some(code) = self.interrupt.ends() {
                return Err(Failure::exited(code, "interrupted".to_owned()));
            }
            match event.transpose()? {
                Some(Event::Line(text)) => self.take(&text).await?,
                Some(Event::End) => self.leaves = true,
                _ => {}
            }
        }
        Ok(())
    }

    async fn read(&mut self) -> Result<Event, Failure> {
        self.vm.end_line()?;
        self.scope.is_open(self.vm.lua());
        let prompt = prompt::text(&self.vm.session(), &self.accounts);
        self.editor.lock().await.read(prompt, |line, at| self.completer.complete(&self.vm, line, at)).await
    }

    /// Does what a line says, and tells what came of it. Its errors end nothing.
    async fn take(&mut self, text: &str) -> Result<(), Failure> {
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

    /// Only when it has run it is known whether a password was in it.
    async fn keep(&self, text: &str) -> Result<(), Failure> {
        if is_known_in(text) {
            return Ok(());
        }
        self.editor.lock().await.keep(text.trim_end())
    }

    /// Some lines of Lua.
    async fn block(&mut self, text: &str) -> Result<(), Failure> {
        self.last = text.to_owned();
        let line = self.scope.load(&self.vm, text)?;
        let accepted = Accepted::new(&self.vm, text, line.is_expression);
        self.evaluate(line.function, line.arguments).await?;
        self.accepted.push(accepted);
        Ok(())
    }

    /// Runs a function and shows what it gives.
    async fn evaluate(&mut self, function: Function, arguments: MultiValue) -> Result<(), Failure> {
        let timing = Timing::begin();
        let results = self.finish(function, arguments).await?;
        let cost = timing.cost();
        let shown = self.show(&results).and_then(|()| self.vm.flush());
        if self.timing {
            eprintln!("{cost}");
        }
        shown.map_err(|failure| if self.interrupt.code().is_some() { interrupted() } else { failure })
    }

    fn show(&mut self, results: &MultiValue) -> Result<(), Failure> {
        let interrupt = self.interrupt.clone();
        self.results.show(&self.vm, results, || interrupt.elsewhere())
    }

    /// Runs a function to its end, or until somebody has enough of it.
    async fn finish(&mut self, function: Function, arguments: MultiValue) -> Result<MultiValue, Failure> {
        let work = self.vm.run(function, arguments);
        self.interruptible(work).await?
    }

    async fn interruptible<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        self.interrupt.lower(self.vm.lua()).map_err(|e| failure::from_host(&e))?;
        if !self.is_in_script {
            self.vm.session().guard().begin();
        }
        let done = self.interrupt.guard_line_for(self.limit, work).await;
        let done = done.map_err(|e| Failure::failed(format!("its time cannot be watched: {e}")))?;
        match (done, self.interrupt.code(), self.limit) {
            (Some(done), None, _) => Ok(done),
            (_, Some(OUT_OF_TIME), Some(limit)) => {
                Err(Failure::failed(format!("the line was not done within {limit:?}; give it more with --timeout")))
            }
            _ => Err(interrupted()),
        }
    }

    /// What `help("topic")` prints, by the pager where it is long.
    fn help(&self, topic: &str) -> Result<(), Failure> {
        let lua = self.vm.lua();
        let topic = (!topic.is_empty()).then(|| lua.create_string(topic)).transpose();
        let page = topic.and_then(|topic| help::page(lua, topic.map(Value::String).as_ref()));
        show::page(&self.vm, &self.vm.or_failure(page)?, || self.interrupt.elsewhere())
    }
}

/// The terminal has shown `^C` in the same line.
fn interrupted() -> Failure {
    Failure::failed("\ninterrupted")
}

/// One terminal has one editor, however many prompts are open on it.
fn shared_editor(lua: &Lua) -> Result<Rc<Mutex<Editor>>, Failure> {
    if let Some(editor) = lua.app_data_ref::<Rc<Mutex<Editor>>>() {
        return Ok(editor.clone());
    }
    let color = lua.app_data_ref::<OutputStyle>().is_some_and(|output| output.style.color);
    let editor = Rc::new(Mutex::new(Editor::start(color)?));
    lua.set_app_data(editor.clone());
    Ok(editor)
}
