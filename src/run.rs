//! What a process does: prepares a machine for what the command line asks, runs it, and
//! tells how it ended.

use std::cell::Cell;
use std::io::{IsTerminal, Read};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::CommandFactory as _;
use futures_executor::block_on;
use jiff::Timestamp;
use mlua::{Function, MultiValue, Value};
use moonfleet_client::{Hooks, Principal, SessionSettings, TRACE, shutdown};
use moonfleet_core::exit_code::{DONE, FAILED, INCOMPLETE};
use moonfleet_core::exit_hooks;
use moonfleet_core::known_secrets;
use moonfleet_core::suggest;
use moonfleet_core::{Failure, FailureKind};
use moonfleet_engine::Context;
use moonfleet_engine::fleet::FLEET_MESSAGES;
use moonfleet_engine::guard::{DeclaredRisk, Guard, GuardOptions, MESSAGES, Rules, plan, plan_file};
use moonfleet_engine::record::Recorder;
use moonfleet_lua::containment::Bounds;
use moonfleet_lua::containment::watch_process;
use moonfleet_lua::failure;
use moonfleet_lua::interrupt::{Interrupt, OUT_OF_TIME, end_soon};
use moonfleet_lua::output::Output;
use moonfleet_lua::require::ScriptFolder;
use moonfleet_lua::script;
use moonfleet_lua::set_library_files;
use moonfleet_lua::test_output::Stderr;
use moonfleet_lua::vm::Vm;
use moonfleet_report::{Layout, Template};
use moonfleet_sandbox::{Clock, Sandbox};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::cli::{Cli, Command, LogFormat, TypesCommand};
use crate::deliver::DeliverySettings;
use crate::machine;
use crate::simulation::sandbox_hooks;
use crate::terminal::{self, Terminal};
use crate::unattended::{Job, Summary, UnattendedRun};
use crate::{
    apply, assets, completions, new, policy, repl, schedule, script_list, settings, testing, types, unattended, undo,
};

pub fn run(cli: &Cli) -> ExitCode {
    exit_hooks::register(terminal::restore);
    exit_hooks::register(moonfleet_report::discard_drafts);
    set_library_files(&assets::Library);
    known_secrets::remember_environment();
    log_to_stderr(cli);
    if cli.command.is_some() && (cli.execute.is_some() || cli.print.is_some()) {
        return report_failure(&Failure::usage("-e and -p stand alone: nothing can follow them"));
    }
    let job = match job(cli) {
        Ok(job) => job,
        Err(failure) => return report_failure(&failure),
    };
    let summary = job.as_ref().filter(|_| cli.unattended.are_given()).map(|job| Arc::new(Summary::new(&job.name)));
    let now = cli.sandbox_now.unwrap_or_else(Timestamp::now);
    match &cli.command {
        Some(Command::Types(command)) => return manage_types(command),
        Some(Command::Completions { shell }) => return ended_as(said_so(&completions::render(*shell))),
        Some(Command::Test(tests)) => return ended_as(testing::run(cli, tests)),
        Some(Command::Schedule(order)) => return ended_as(schedule::run(order, now).and_then(|text| said_so(&text))),
        Some(Command::Scripts { words, .. }) => return ended_as(script_list::list(cli, words)),
        Some(Command::Help { write_reference: Some(folder), .. }) => {
            return ended_as(script_list::write_reference(folder));
        }
        Some(Command::Help { name, .. }) => return ended_as(script_list::help(cli, name)),
        Some(Command::New { name }) => return ended_as(new::begin(name).and_then(|said| said_so(&said))),
        _ => {}
    }
    // What a rehearsal does is done in the sandbox, where no rules are needed.
    let own = match if cli.rehearse { Ok(settings::Settings::default()) } else { settings::load() } {
        Ok(own) => own,
        Err(e) => return report_failure(&Failure::usage(e.to_string())),
    };
    // Held until the process ends.
    let _lock = match job.as_ref().map(|job| unattended::lock(&cli.unattended, job)).transpose() {
        Ok(lock) => lock,
        Err(failure) => return report_failure(&failure),
    };
    let places = own.places.clone();
    let format = cli.output.or(own.output).unwrap_or_default();
    let template = match cli.template.as_ref().or(own.template.as_ref()).map(|file| Template::read(file)).transpose() {
        Ok(template) => template,
        Err(e) => return report_failure(&Failure::usage(e.to_string())),
    };
    let output = Output { format, style: cli.style(&own), pager: own.pager.clone(), template };
    let principal =
        Principal { profile: cli.profile.clone(), endpoint_url: cli.endpoint_url.clone(), ..Principal::default() };
    let settings = SessionSettings { principal, region: cli.region.clone(), ..SessionSettings::default() };
    let sandbox = cli.sandbox.then(|| Sandbox::seeded_on(Clock::running_from(now)));
    let rules = Rules { read_only: cli.read_only, max_targets: cli.max_targets, ..Rules::default() };
    let plan = cli.plan || cli.plan_out.is_some();
    let guard = Guard::new(GuardOptions { rules, user: own.rules, yes: cli.yes, plan });
    let recorder = match cli.record.as_ref().map(|file| Recorder::open(file, !cli.rehearse)).transpose() {
        Ok(recorder) => recorder,
        Err(e) => return report_failure(&Failure::usage(e.to_string())),
    };
    let hooks = sandbox.map_or_else(Hooks::default, sandbox_hooks);
    let session = Context::new(
        settings,
        Hooks { ask: Arc::new(Terminal), progress: Arc::new(Terminal), ..hooks },
        guard,
        recorder,
    );
    let bounds = Bounds { contained: cli.contain, memory: cli.memory, paths: cli.path.clone() };
    let vm = match machine::builder(&session).output(output).bounds(bounds).build() {
        // The end of the process frees all there is. A script's finalizers could keep it from that.
        Ok(vm) => ManuallyDrop::new(vm),
        Err(e) => return report_failure(&failure::from_host(&e)),
    };
    if let Some(memory) = cli.memory
        && let Err(e) = watch_process(memory, end_of_memory)
    {
        return report_failure(&Failure::usage(format!("--memory cannot be watched: {e}")));
    }
    if let Some(summary) = &summary {
        vm.lua().set_app_data(summary.clone());
    }
    let ended = act(cli, &session, &vm, job.map(|job| Ahead { job, places, summary: summary.clone() }));
    let ended = match session.guard().plan() {
        Some(plan) => planned(cli.plan_out.as_deref(), plan, &vm, ended),
        None => ended,
    };
    let ended = ended.and_then(|code| vm.flush().map(|()| code));
    let ended = unattended::conclude(vm.lua(), ended);
    shutdown();
    let recorded = session
        .recorder()
        .map_or(Ok(()), |recorder| recorder.complete())
        .map_err(|e| failure::from_host(&mlua::Error::external(e)));
    let ended = ended.and_then(|code| recorded.map(|()| code));
    let code = match ended {
        Ok(0) if !vm.is_complete() => INCOMPLETE,
        Ok(code) => code,
        Err(failure) => {
            if let FailureKind::Ended(code) = failure.kind {
                end_soon(code.into());
            }
            report_failure(&failure);
            failure.exit_code()
        }
    };
    if let Some(summary) = summary {
        summary.log(code.into());
    }
    ExitCode::from(code)
}

/// The run that is asked for. What is for runs is for nothing else.
fn job(cli: &Cli) -> Result<Option<Job>, Failure> {
    let (job, what) = match &cli.command {
        // It is for the run that is to come.
        Some(Command::Schedule(_)) => return Ok(None),
        None if is_prompt(cli) => (None, "the prompt"),
        _ => (Job::from_cli(cli), "this"),
    };
    if job.is_none() {
        cli.unattended.refuse(what)?;
    }
    Ok(job)
}

fn is_prompt(cli: &Cli) -> bool {
    let asks = [&cli.execute, &cli.print].iter().any(|chunk| chunk.is_some()) || cli.command.is_some();
    !asks && std::io::stdin().is_terminal()
}

/// What there is to do for a run before it begins.
struct Ahead {
    job: Job,
    places: DeliverySettings,
    summary: Option<Arc<Summary>>,
}

fn said_so(text: &str) -> Result<u8, Failure> {
    // It is on the disk too, or can be said again: nobody need hear of a closed pipe.
    let _ = std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes());
    Ok(DONE)
}

/// What has no machine of its own.
fn ended_as(done: Result<u8, Failure>) -> ExitCode {
    done.map_or_else(|failure| report_failure(&failure), ExitCode::from)
}

fn end_of_memory(why: &str) {
    let failure = failure::from_host(&mlua::Error::runtime(why));
    end_soon(FAILED.into());
    report_failure(&failure);
    exit_hooks::exit(FAILED.into());
}

/// Shows what was planned, whichever way the run has ended, and keeps it where it is whole.
pub fn planned(
    plan_out: Option<&Path>,
    plan: &plan::ChangePlan,
    vm: &Vm,
    ended: Result<u8, Failure>,
) -> Result<u8, Failure> {
    let changes = plan.changes();
    match changes.is_empty() {
        true => vm.report(&plan.rows(), &Layout::default())?,
        false => vm.report(
            &plan.rows(),
            &Layout { columns: Some(plan::COLUMNS.map(str::to_owned).to_vec()), ..Layout::default() },
        )?,
    }
    vm.flush()?;
    if changes.is_empty() && ended.is_ok() {
        tracing::info!(target: MESSAGES, "nothing would change");
    }
    if let Some(why) = plan.stopped() {
        let told = format!("{why}\nthe plan ends there and is not the whole of it; nothing was done");
        return Err(Failure::incomplete(told));
    }
    let code = ended?;
    let failing = changes.iter().filter(|change| matches!(change.check, plan::DryRunCheck::Failed(_))).count();
    if failing > 0 {
        return Err(Failure::failed(format!("{failing} of {} changes would fail; nothing was done", changes.len())));
    }
    if let Some(file) = plan_out {
        plan_file::save(file, &changes).map_err(|e| Failure::failed(e.to_string()))?;
        tracing::info!(target: MESSAGES, "nothing was done; `moonfleet apply {}` does what is listed", file.display());
    }
    Ok(code)
}

/// What needs no machine.
fn manage_types(TypesCommand::Install { folder }: &TypesCommand) -> ExitCode {
    match types::install(folder.as_deref()) {
        Ok(told) => ended_as(said_so(&told)),
        Err(e) => report_failure(&failure::from_host(&mlua::Error::external(e))),
    }
}

fn act(cli: &Cli, session: &Context, vm: &Vm, ahead: Option<Ahead>) -> Result<u8, Failure> {
    if is_prompt(cli) {
        return repl::run(vm, cli.timeout).map(|()| DONE);
    }
    match &cli.command {
        Some(Command::Undo { record }) => return undo::run(session, record).map(|()| DONE),
        Some(Command::Policy { of, arguments }) => return print_policy(cli, vm, of, arguments),
        _ => {}
    }
    let timeout = cli.timeout;
    let summary = ahead.as_ref().and_then(|ahead| ahead.summary.clone());
    let say = move |code| {
        report_failure(&ended(code, timeout));
        if let Some(summary) = &summary {
            summary.log(code);
        }
    };
    let interrupt = Interrupt::for_run(vm.lua(), timeout, say);
    let interrupt = interrupt.map_err(|e| Failure::usage(format!("signals cannot be caught: {e}")))?;
    let run = Run { cli, session, vm, timeout, interrupt, ahead: Cell::new(ahead) };
    if let Some(chunk) = &cli.execute {
        run.prepare(chunk.as_bytes())?;
        let chunk = typed(vm, vm.load(chunk.as_bytes(), "=-e")?)?;
        return run.wait(chunk, MultiValue::new()).map(|_| DONE);
    }
    if let Some(expression) = &cli.print {
        run.prepare(expression.as_bytes())?;
        let expression = typed(vm, vm.load(format!("return {expression}").as_bytes(), "=-p")?)?;
        let results = run.wait(expression, MultiValue::new())?;
        return vm.show(&results).map(|()| DONE);
    }
    match &cli.command {
        Some(Command::Run { script, arguments }) => {
            let (source, chunk_name) = find(vm, script)?;
            run.script(&source, &chunk_name, script, arguments)
        }
        Some(Command::File(words)) => {
            let mut words = words.iter().map(|word| word.to_string_lossy().into_owned());
            let file = words.next().unwrap_or_default();
            let (source, chunk_name) = find(vm, &file)?;
            run.script(&source, &chunk_name, &file, &words.collect::<Vec<_>>())
        }
        Some(Command::Apply { plan }) => run.interruptible(apply::run(plan, session, vm)).map(|()| DONE),
        Some(_) => unreachable!("it is no run of a script"),
        None => {
            let source = standard_input()?;
            run.script(&source, "=stdin", "-", &[])
        }
    }
}

/// A chunk of the command line's is as good as a line at the prompt.
fn typed(vm: &Vm, chunk: Function) -> Result<Function, Failure> {
    vm.or_failure(repl::typed(vm.lua(), &chunk)).map(|()| chunk)
}

fn print_policy(cli: &Cli, vm: &Vm, of: &str, arguments: &[String]) -> Result<u8, Failure> {
    if policy::is_record(Path::new(of)) {
        return policy::print_from_record(Path::new(of)).map(|()| DONE);
    }
    if of == "-" {
        return Err(Failure::usage("a policy is of a file: a script on standard input cannot be read twice"));
    }
    let (source, _) = find(vm, of)?;
    let is_done = policy::print_from_script(cli, &source, of, arguments)?;
    Ok(if is_done { DONE } else { INCOMPLETE })
}

/// What a run ended with that was ended from outside.
fn ended(code: i32, timeout: Option<Duration>) -> Failure {
    match timeout.filter(|_| code == OUT_OF_TIME) {
        Some(timeout) => {
            Failure::exited(code, format!("the run was not done within {timeout:?}; give it more with --timeout"))
        }
        None => Failure::exited(code, "interrupted".to_owned()),
    }
}

struct Run<'a> {
    cli: &'a Cli,
    session: &'a Context,
    vm: &'a Vm,
    timeout: Option<Duration>,
    interrupt: Arc<Interrupt>,
    ahead: Cell<Option<Ahead>>,
}

impl Run<'_> {
    /// What could keep the report from its place is found out before the work for it is done.
    fn prepare(&self, source: &[u8]) -> Result<(), Failure> {
        let Some(Ahead { job, places, summary: Some(summary) }) = self.ahead.take() else { return Ok(()) };
        let options = &self.cli.unattended;
        self.interruptible(UnattendedRun::prepare(self.vm.lua(), options, job, source, self.session, &places, summary))
    }

    /// Runs a function to its end, or to the end of its time.
    fn wait(&self, function: Function, arguments: MultiValue) -> Result<MultiValue, Failure> {
        self.interruptible(self.vm.run(function, arguments))
    }

    fn interruptible<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let done = block_on(self.interrupt.guard(work));
        match (done, self.interrupt.code()) {
            (Some(done), None) => done,
            (_, code) => Err(ended(code.unwrap_or_default(), self.timeout)),
        }
    }

    fn script(&self, source: &[u8], chunk_name: &str, name: &str, words: &[String]) -> Result<u8, Failure> {
        self.prepare(source)?;
        let script = Script { source, chunk_name, name, words, rehearse: self.cli.rehearse };
        let results = self.interruptible(script.run(self.vm, self.session.guard()))?;
        Ok(exit_code(results.front()))
    }
}

/// A script and what it is given.
pub struct Script<'a> {
    pub source: &'a [u8],
    pub chunk_name: &'a str,
    pub name: &'a str,
    pub words: &'a [String],
    /// Its own example stands for arguments that are not given.
    pub rehearse: bool,
}

impl Script<'_> {
    /// A chunk that returns a header is run by it; any other has run when it returns.
    pub async fn run(&self, vm: &Vm, guard: &Guard) -> Result<MultiValue, Failure> {
        let Script { name, words, .. } = *self;
        let lua = vm.lua();
        let internal = |e: mlua::Error| failure::from_error(lua, e);
        script::forget(lua);
        let chunk = vm.load(self.source, self.chunk_name)?;
        if script::declares(self.source) {
            guard.declare(DeclaredRisk::NotYet).map_err(Failure::from)?;
        }
        let texts = words.iter().map(|word| lua.create_string(word).map(Value::String));
        let results = vm.run(chunk, texts.collect::<mlua::Result<_>>().map_err(internal)?).await?;
        let header = match script::header(lua, results.front()).map_err(internal)? {
            Some(header) => header,
            None if script::is_declared(lua) => {
                let problem = "the script's header is not what the script returns, so nothing was run";
                return Err(Failure::usage(format!("{name}: {problem}; write `return script {{ … }}`")));
            }
            None => return Ok(MultiValue::new()),
        };
        if words.iter().any(|word| word == "--help" || word == "-h") {
            return vm.print(&header.help(name)).map(|()| MultiValue::new());
        }
        let example = header.example(lua).map_err(internal)?.filter(|_| self.rehearse && words.is_empty());
        let arguments = example
            .map_or_else(|| header.parse(lua, words), Ok)
            .map_err(|t| t.advise(&format!("moonfleet help {name}")))?;
        guard.declare(DeclaredRisk::Risk(header.risk)).map_err(Failure::from)?;
        vm.run(header.run, MultiValue::from_iter([Value::Table(arguments)])).await
    }
}

/// The text of a script, and where it is.
pub struct Located {
    pub source: Vec<u8>,
    /// As messages call it.
    pub chunk_name: String,
    /// Where its own modules are; none where it comes from no folder.
    folder: Option<PathBuf>,
}

impl Located {
    /// From here on the machine finds the modules beside it.
    pub fn into(self, vm: &Vm) -> (Vec<u8>, String) {
        if let Some(folder) = self.folder {
            vm.lua().set_app_data(ScriptFolder(folder));
        }
        (self.source, self.chunk_name)
    }
}

pub fn find(vm: &Vm, name: &str) -> Result<(Vec<u8>, String), Failure> {
    located(name).map(|found| found.into(vm))
}

pub fn file_source(vm: &Vm, file: &str) -> Result<(Vec<u8>, String), Failure> {
    of_file(file).map(|found| found.into(vm))
}

/// A script of the library by its name; anything that looks like a file is one.
pub fn located(name: &str) -> Result<Located, Failure> {
    let is_file = name == "-" || name.contains(std::path::MAIN_SEPARATOR) || name.ends_with(".lua");
    if is_file {
        return of_file(name);
    }
    if let Some(source) = assets::script(name) {
        return Ok(Located { source: source.into_owned(), chunk_name: format!("@{name}.lua"), folder: None });
    }
    if Path::new(name).exists() {
        return of_file(name);
    }
    let commands = Cli::command();
    let commands: Vec<&str> = commands.get_subcommands().map(clap::Command::get_name).collect();
    let scripts = assets::script_names();
    let known = commands.into_iter().chain(scripts.iter().map(String::as_str));
    let hint = match suggest::nearest(name, known) {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => "`moonfleet scripts` lists the scripts, `moonfleet --help` the commands".to_owned(),
    };
    Err(Failure::usage(format!("no command, script or file is called '{name}'; {hint}")))
}

fn of_file(file: &str) -> Result<Located, Failure> {
    if file == "-" {
        return Ok(Located { source: standard_input()?, chunk_name: "=stdin".to_owned(), folder: None });
    }
    let source = std::fs::read(file).map_err(|e| Failure::usage(format!("cannot read the script '{file}': {e}")))?;
    let folder = Path::new(file).parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = Some(folder.unwrap_or(Path::new(".")).to_owned());
    Ok(Located { source, chunk_name: format!("@{file}"), folder })
}

fn standard_input() -> Result<Vec<u8>, Failure> {
    let mut source = Vec::new();
    std::io::stdin()
        .read_to_end(&mut source)
        .map_err(|e| Failure::usage(format!("cannot read the script on standard input: {e}")))?;
    Ok(source)
}

/// `run` may return the exit code, as a C program's `main` does; anything else is success.
pub fn exit_code(result: Option<&Value>) -> u8 {
    match result {
        Some(Value::Integer(code)) => u8::try_from(*code).unwrap_or(1),
        _ => DONE,
    }
}

/// Says what the failure was; the code says of what kind.
pub fn report_failure(failure: &Failure) -> ExitCode {
    let code = failure.exit_code();
    if failure.kind == FailureKind::Closed {
        return ExitCode::from(code);
    }
    // A closed standard error leaves nobody to tell.
    let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("moonfleet: {failure}\n"));
    ExitCode::from(code)
}

/// Our own events and those of scripts; the SDK's would show what is nobody's business.
fn log_to_stderr(cli: &Cli) {
    let (host, script) = match cli.verbose {
        0 => (LevelFilter::WARN, LevelFilter::INFO),
        1 => (LevelFilter::INFO, LevelFilter::DEBUG),
        _ => (LevelFilter::DEBUG, LevelFilter::TRACE),
    };
    let trace = if cli.trace || cli.verbose > 1 { LevelFilter::INFO } else { LevelFilter::OFF };
    // Nobody watches; the summary tells what came of it.
    let is_unwatched = cli.unattended.are_given() && !std::io::stderr().is_terminal() && cli.verbose == 0;
    let stages = if is_unwatched { LevelFilter::WARN } else { LevelFilter::INFO };
    let filter = Targets::new()
        .with_target("moonfleet", host)
        .with_target("script", script)
        .with_target(TRACE, trace)
        .with_target(FLEET_MESSAGES, stages)
        .with_target(MESSAGES, LevelFilter::INFO);
    let to_stderr = tracing_subscriber::fmt::layer().with_writer(|| known_secrets::Redacted(Stderr));
    let ansi = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let format = match cli.log_format {
        LogFormat::Text => to_stderr.without_time().with_target(false).with_ansi(ansi).boxed(),
        LogFormat::Json => to_stderr.json().flatten_event(true).boxed(),
    };
    // Only a second start in one process could fail here, and then the first one logs.
    let _ = tracing_subscriber::registry().with(format).with(filter).try_init();
}
