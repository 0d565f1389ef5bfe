//! Runs a chunk or a script in a machine, until it ends or its timeout expires.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use futures_executor::block_on;
use mlua::{Function, MultiValue, Value};
use moonfleet_core::exit_code::DONE;
use moonfleet_core::{Failure, sanitize};
use moonfleet_engine::Context;
use moonfleet_engine::guard::{DeclaredRisk, Guard};
use moonfleet_lua::failure;
use moonfleet_lua::interrupt::{Interrupt, OUT_OF_TIME};
use moonfleet_lua::script;
use moonfleet_lua::vm::Vm;

use crate::cli::Cli;
use crate::deliver::DeliverySettings;
use crate::unattended::{Job, Summary, UnattendedRun};

/// The data to prepare an unattended run before it begins.
pub(crate) struct RunPreparation {
    pub job: Job,
    pub delivery: DeliverySettings,
    pub summary: Option<Arc<Summary>>,
}

pub(crate) struct Runner<'a> {
    pub cli: &'a Cli,
    pub session: &'a Context,
    pub vm: &'a Vm,
    pub timeout: Option<Duration>,
    pub interrupt: Arc<Interrupt>,
    pub preparation: Cell<Option<RunPreparation>>,
}

impl Runner<'_> {
    /// Checks before the run that its report can be written and delivered.
    pub(crate) fn prepare(&self, source: &[u8]) -> Result<(), Failure> {
        let Some(RunPreparation { job, delivery, summary: Some(summary) }) = self.preparation.take() else {
            return Ok(());
        };
        let options = &self.cli.unattended;
        self.interruptible(UnattendedRun::prepare(
            self.vm.lua(),
            options,
            job,
            source,
            self.session,
            &delivery,
            summary,
        ))
    }

    /// Runs a function until it ends or the timeout expires.
    pub(crate) fn wait(&self, function: Function, arguments: MultiValue) -> Result<MultiValue, Failure> {
        self.interruptible(self.vm.run(function, arguments))
    }

    /// Waits for the work; a signal or the timeout ends it with a failure.
    pub(crate) fn interruptible<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let done = block_on(self.interrupt.guard(work));
        match (done, self.interrupt.code()) {
            (Some(done), None) => done,
            (_, code) => Err(interrupted(code.unwrap_or_default(), self.timeout)),
        }
    }

    /// Runs a script, and returns its exit code.
    pub(crate) fn script(&self, source: &[u8], chunk_name: &str, name: &str, words: &[String]) -> Result<u8, Failure> {
        self.prepare(source)?;
        let script = Script { source, chunk_name, name, words, rehearse: self.cli.rehearse };
        let results = self.interruptible(script.run(self.vm, self.session.guard()))?;
        Ok(exit_code(results.front()))
    }
}

/// A script and its arguments.
pub(crate) struct Script<'a> {
    pub source: &'a [u8],
    pub chunk_name: &'a str,
    pub name: &'a str,
    pub words: &'a [String],
    /// Whether a run without arguments uses those of the header's example.
    pub rehearse: bool,
}

impl Script<'_> {
    /// Runs the chunk, and then `run` of the header if the chunk returns one.
    pub(crate) async fn run(&self, vm: &Vm, guard: &Guard) -> Result<MultiValue, Failure> {
        let Script { name, words, .. } = *self;
        let lua = vm.lua();
        let internal = |e: mlua::Error| failure::from_error(lua, e);
        script::reset_declared(lua);
        let chunk = vm.load(self.source, self.chunk_name)?;
        if script::declares(self.source) {
            guard.declare(DeclaredRisk::NotYet).map_err(Failure::from)?;
        }
        let texts = words.iter().map(|word| lua.create_string(word).map(Value::String));
        let results = vm.run(chunk, texts.collect::<mlua::Result<_>>().map_err(internal)?).await?;
        let header = match script::header(lua, results.front()).map_err(internal)? {
            Some(header) => header,
            None if script::is_declared(lua) => {
                let problem = "the script does not return its header, so `run` was not called";
                return Err(Failure::usage(format!("{name}: {problem}; write `return script {{ … }}`")));
            }
            None => return Ok(MultiValue::new()),
        };
        if words.iter().any(|word| word == "--help" || word == "-h") {
            return vm.print(&sanitize::block(&header.help(name))).map(|()| MultiValue::new());
        }
        let example = header.example(lua).map_err(internal)?.filter(|_| self.rehearse && words.is_empty());
        let arguments = example
            .map_or_else(|| header.parse(lua, words), Ok)
            .map_err(|t| t.advise(&format!("moonfleet help {name}")))?;
        guard.declare(DeclaredRisk::Risk(header.risk)).map_err(Failure::from)?;
        vm.run(header.run, MultiValue::from_iter([Value::Table(arguments)])).await
    }
}

/// Returns the failure of a run that a signal or its timeout ended.
pub(crate) fn interrupted(code: i32, timeout: Option<Duration>) -> Failure {
    match timeout.filter(|_| code == OUT_OF_TIME) {
        Some(timeout) => {
            Failure::exited(code, format!("the run exceeded its time limit of {timeout:?}; raise --timeout"))
        }
        None => Failure::exited(code, "interrupted".to_owned()),
    }
}

/// Returns the exit code that `run` returned; any other result is success.
pub(crate) fn exit_code(result: Option<&Value>) -> u8 {
    match result {
        Some(Value::Integer(code)) => u8::try_from(*code).unwrap_or(1),
        _ => DONE,
    }
}
