//! Runs a chunk or a script in a machine, until it ends or its timeout expires.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use futures_executor::block_on;
use mlua::{Function, MultiValue, Value};
use moonfleet_core::exit_code::DONE;
use moonfleet_core::{Failure, FailureKind, sanitize};
use moonfleet_engine::Context;
use moonfleet_engine::guard::DeclaredRisk;
use moonfleet_lua::failure;
use moonfleet_lua::interrupt::{Interrupt, OUT_OF_TIME};
use moonfleet_lua::script::{self, Header, HeaderFacts, read_header};
use moonfleet_lua::vm::Vm;

use crate::cli::Cli;
use crate::contained::{self, header, is_isolated};
use crate::deliver::DeliverySettings;
use crate::failure_report::report_failure;
use crate::script_source::ScriptSource;
use crate::unattended::{Examined, Job, Summary, UnattendedRun};

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

impl<'a> Runner<'a> {
    /// Makes a runner, which reacts to signals and to the time limit from now on.
    pub(crate) fn new(
        cli: &'a Cli,
        session: &'a Context,
        vm: &'a Vm,
        preparation: Option<RunPreparation>,
    ) -> Result<Self, Failure> {
        let timeout = cli.timeout;
        let summary = preparation.as_ref().and_then(|preparation| preparation.summary.clone());
        let on_forced_end = move |code| {
            let failure = interrupted(code, timeout);
            match contained::link() {
                Some(link) => link.end(Err(failure), Vec::new()),
                None => drop(report_failure(&failure)),
            }
            if let Some(summary) = &summary {
                summary.log(code);
            }
        };
        let interrupt = Interrupt::for_run(vm.lua(), timeout, on_forced_end);
        let interrupt = interrupt.map_err(|e| Failure::usage(format!("cannot catch signals: {e}")))?;
        Ok(Runner { cli, session, vm, timeout, interrupt, preparation: Cell::new(preparation) })
    }

    /// Checks before the run that its report can be written and delivered.
    pub(crate) fn prepare(&self, script: Examined<'_>) -> Result<(), Failure> {
        self.interruptible(prepare(self.cli, self.session, self.vm, self.preparation.take(), script))
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
    pub(crate) fn script(&self, script: ScriptSource, name: &str, words: &[String]) -> Result<u8, Failure> {
        // A contained process cannot start another one, and nothing in it needs protection.
        let facts = match is_isolated() {
            true => read_header(&script.source, None),
            false => header(&script),
        };
        let facts = match facts {
            // A wrong header is an error of the run too, with its position in the file.
            Err(failure) if failure.kind == FailureKind::Usage => Err(failure),
            other => Ok(other?),
        };
        self.prepare(Examined { source: &script.source, header: facts.as_ref().ok().and_then(Option::as_ref) })?;
        if let (true, Ok(Some(facts))) = (asks_for_help(words), &facts) {
            return self.vm.print(&sanitize::block(&facts.help(name))).map(|()| DONE);
        }
        let (source, chunk_name) = script.attach(self.vm);
        let rehearse = self.cli.rehearse;
        let script = Script { source: &source, chunk_name: &chunk_name, name, words, facts: Some(&facts), rehearse };
        let results = self.interruptible(script.run(self.vm, self.session))?;
        Ok(exit_code(results.front()))
    }
}

/// Checks before an unattended run that its report can be written and delivered.
pub(crate) async fn prepare(
    cli: &Cli,
    session: &Context,
    vm: &Vm,
    preparation: Option<RunPreparation>,
    script: Examined<'_>,
) -> Result<(), Failure> {
    let Some(RunPreparation { job, delivery, summary: Some(summary) }) = preparation else { return Ok(()) };
    UnattendedRun::prepare(vm.lua(), &cli.unattended, job, script, session, &delivery, summary).await
}

/// A script and its arguments.
pub(crate) struct Script<'a> {
    pub source: &'a [u8],
    pub chunk_name: &'a str,
    pub name: &'a str,
    pub words: &'a [String],
    /// The header as it was read without running the script; `None` if it was not read.
    pub facts: Option<&'a Result<Option<HeaderFacts>, Failure>>,
    /// Whether a run without arguments uses those of the header's example.
    pub rehearse: bool,
}

impl Script<'_> {
    /// Runs the chunk, and then `run` of the header if the chunk returns one.
    pub(crate) async fn run(&self, vm: &Vm, session: &Context) -> Result<MultiValue, Failure> {
        let Script { name, words, .. } = *self;
        let lua = vm.lua();
        let internal = |e: mlua::Error| failure::from_error(lua, e);
        script::forget_header(lua).map_err(internal)?;
        script::declare_services(lua, &self.services());
        let chunk = vm.load(self.source, self.chunk_name)?;
        if script::declares(self.source) {
            session.guard().declare(DeclaredRisk::NotYet).map_err(Failure::from)?;
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
        self.check_header(&header).map_err(internal)??;
        if asks_for_help(words) {
            return vm.print(&sanitize::block(&header.help(name))).map(|()| MultiValue::new());
        }
        let example = header.example(lua).map_err(internal)?.filter(|_| self.rehearse && words.is_empty());
        let arguments = example
            .map_or_else(|| header.parse(lua, words), Ok)
            .map_err(|t| t.advise(&format!("moonfleet help {name}")))?;
        session.begin_script(header.risk).await?;
        vm.run(header.run, MultiValue::from_iter([Value::Table(arguments)])).await
    }

    /// Returns the services of the header. Code above the header can name them too, so they are needed before the chunk
    /// runs.
    fn services(&self) -> Vec<String> {
        match self.facts {
            None => read_header(self.source, None).ok().flatten().map(|facts| facts.services),
            Some(facts) => facts.as_ref().ok().and_then(Option::as_ref).map(|facts| facts.services.clone()),
        }
        .unwrap_or_default()
    }

    /// Refuses a header that is another one when the script runs: people have judged the script by the first.
    fn check_header(&self, header: &Header) -> mlua::Result<Result<(), Failure>> {
        let problem = match self.facts {
            None => None,
            Some(Err(failure)) => Some(format!("its header cannot be read without running it: {failure}")),
            Some(Ok(None)) => Some("its header is not written as `return script {`".to_owned()),
            Some(Ok(Some(facts))) => facts
                .difference(&HeaderFacts::from_header(header)?)
                .map(|field| format!("the {field} in its header is not the same when it runs as when it is only read")),
        };
        Ok(problem.map_or(Ok(()), |problem| {
            Err(Failure::usage(format!(
                "{}: `run` was not called: {problem}; write the header with literals",
                self.name
            )))
        }))
    }
}

fn asks_for_help(words: &[String]) -> bool {
    words.iter().any(|word| word == "--help" || word == "-h")
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
