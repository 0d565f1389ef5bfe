//! The life of a process: prepares a machine for the command line, runs the command, and reports how it ended.

use std::io::IsTerminal;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use futures_executor::block_on;
use jiff::Timestamp;
use mlua::{Function, MultiValue};
use moonfleet_client::{Hooks, TRACE, shutdown};
use moonfleet_core::exit_code::{DONE, FAILED, INCOMPLETE};
use moonfleet_core::exit_hooks;
use moonfleet_core::known_secrets;
use moonfleet_core::{Failure, FailureKind, counted};
use moonfleet_engine::Context;
use moonfleet_engine::fleet::FLEET_MESSAGES;
use moonfleet_engine::guard::{Guard, GuardOptions, MESSAGES, Rules, Spent};
use moonfleet_engine::record::Recorder;
use moonfleet_engine::remote::AllowedSessions;
use moonfleet_lua::containment::Bounds;
use moonfleet_lua::containment::watch_process;
use moonfleet_lua::failure;
use moonfleet_lua::interrupt::end_soon;
use moonfleet_lua::output::Output;
use moonfleet_lua::set_library_files;
use moonfleet_lua::test_output::Stderr;
use moonfleet_lua::vm::Vm;
use moonfleet_report::Template;
use moonfleet_sandbox::{Clock, Sandbox};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::assets;
use crate::cli::{Cli, Command, LogFormat, ModelsCommand, TypesCommand};
use crate::failure_report::report_failure;
use crate::log_lines::{self, LogLines};
use crate::machine;
use crate::plan_report::report_plan;
use crate::runner::{RunPreparation, Runner, prepare};
use crate::script_source::locate_script;
use crate::simulation::sandbox_hooks;
use crate::standard_output;
use crate::terminal::{self, Terminal};
use crate::unattended::{Examined, Job, Summary};
use crate::work::Work;
use crate::{
    apply, completions, contained, models, new, policy, repl, schedule, script_list, settings, testing, types,
    unattended, undo,
};

pub fn run(cli: &Cli) -> ExitCode {
    exit_hooks::register(terminal::restore);
    exit_hooks::register(moonfleet_report::discard_drafts);
    set_library_files(&assets::Library);
    known_secrets::remember_environment();
    log_to_stderr(cli);
    // A contained script gets the operations that this version was tested with.
    if !cli.contain {
        models::use_newer();
    }
    if cli.command.is_some() && (cli.execute.is_some() || cli.print.is_some()) {
        return report_failure(&Failure::usage("-e and -p cannot be combined with a command or a script"));
    }
    let job = match job(cli) {
        Ok(job) => job,
        Err(failure) => return report_failure(&failure),
    };
    let summary = job.as_ref().filter(|_| cli.unattended.is_unattended()).map(|job| Arc::new(Summary::new(&job.name)));
    let now = cli.sandbox_now.unwrap_or_else(Timestamp::now);
    match &cli.command {
        Some(Command::Types(command)) => return manage_types(command),
        Some(Command::Models { command }) => return manage_models(command.as_ref()),
        Some(Command::Completions { shell }) => return into_exit_code(print_text(&completions::render(*shell))),
        Some(Command::Test(tests)) => return into_exit_code(testing::run(cli, tests)),
        Some(Command::Schedule(options)) => {
            return into_exit_code(schedule::run(cli, options, now).and_then(|text| print_text(&text)));
        }
        Some(Command::Scripts { words, .. }) => return into_exit_code(script_list::list(cli, words)),
        Some(Command::Help { write_reference: Some(folder), .. }) => {
            return into_exit_code(script_list::write_reference(folder));
        }
        Some(Command::Help { name, .. }) => return into_exit_code(script_list::help(cli, name)),
        Some(Command::New { name }) => return into_exit_code(new::create(name).and_then(|text| print_text(&text))),
        _ => {}
    }
    // A rehearsal runs in the sandbox, which needs no rules.
    let user_settings = match if cli.rehearse { Ok(settings::Settings::default()) } else { settings::load() } {
        Ok(user_settings) => user_settings,
        Err(e) => return report_failure(&Failure::usage(e.to_string())),
    };
    // Held until the process ends.
    let _lock = match job.as_ref().map(|job| unattended::lock(&cli.unattended, job)).transpose() {
        Ok(lock) => lock,
        Err(failure) => return report_failure(&failure),
    };
    let delivery = user_settings.delivery.clone();
    let format = cli.output.or(user_settings.output).unwrap_or_default();
    let template = cli.template.as_ref().or(user_settings.template.as_ref());
    let template = match template.map(|file| Template::read(file)).transpose() {
        Ok(template) => template,
        Err(e) => return report_failure(&Failure::usage(e.to_string())),
    };
    let style = cli.style(&user_settings);
    let output = Output { format, style, pager: user_settings.pager.clone(), template };
    let sandbox = cli.sandbox.then(|| Sandbox::seeded_on(Clock::running_from(now)));
    let no_credentials = cli.no_credentials.unwrap_or(cli.contain);
    let rules = Rules {
        read_only: cli.read_only,
        no_credentials,
        max_targets: cli.max_targets.into(),
        max_cost: cli.max_cost,
        ..Rules::default()
    };
    let plan = cli.plan || cli.plan_out.is_some();
    let guard = Guard::new(GuardOptions { rules, user: user_settings.rules, yes: cli.yes, plan });
    let recorder = match cli.record.as_ref().map(|file| Recorder::open(file, !cli.rehearse)).transpose() {
        Ok(recorder) => recorder,
        Err(e) => return report_failure(&Failure::usage(e.to_string())),
    };
    let hooks = sandbox.map_or_else(Hooks::default, sandbox_hooks);
    let session = Context::new(
        cli.session_settings(),
        Hooks { ask: Arc::new(Terminal), progress: Arc::new(Terminal), ..hooks },
        guard,
        recorder,
    );
    let bounds = Bounds { contained: cli.contain, memory: cli.memory, paths: cli.path.clone() };
    let vm = match machine::builder(&session).output(output).bounds(bounds).build() {
        // Not dropped: the end of the process frees the memory, and finalizers of a script could delay it.
        Ok(vm) => ManuallyDrop::new(vm),
        Err(e) => return report_failure(&failure::from_host(&e)),
    };
    if let Some(memory) = cli.memory
        && let Err(e) = watch_process(memory, end_of_memory)
    {
        return report_failure(&Failure::usage(format!("cannot enforce --memory: {e}")));
    }
    if let Some(summary) = &summary {
        vm.lua().set_app_data(summary.clone());
    }
    let ended = act(cli, &session, &vm, job.map(|job| RunPreparation { job, delivery, summary: summary.clone() }), now);
    let ended = match session.guard().plan() {
        Some(plan) => report_plan(cli.plan_out.as_deref(), plan, &vm, ended),
        None => ended,
    };
    let ended = ended.and_then(|code| vm.flush().map(|()| code));
    report_costs(&session);
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

/// Says what the requests of the run have cost, or the changes of its plan will cost, if AWS charges for them.
fn report_costs(session: &Context) {
    let Spent { requests, amount } = session.guard().costs().spent();
    if requests > 0 {
        let planned = if session.guard().plan().is_some() { ", including the planned changes," } else { "" };
        let cost = if requests == 1 { "costs" } else { "cost" };
        tracing::info!(target: MESSAGES, "{}{planned} {cost} {amount}", counted(requests, "request"));
    }
}

/// Returns the run of a script that the command line describes, if any. Returns an error if there is none and
/// an option needs one.
fn job(cli: &Cli) -> Result<Option<Job>, Failure> {
    let job = match &cli.command {
        // The options belong to the scheduled run.
        Some(Command::Schedule(_)) => return Ok(None),
        None if is_prompt(cli) => None,
        _ => Job::from_cli(cli),
    };
    if job.is_none() {
        cli.unattended.refuse()?;
    }
    Ok(job)
}

fn is_prompt(cli: &Cli) -> bool {
    let has_task = [&cli.execute, &cli.print].iter().any(|chunk| chunk.is_some()) || cli.command.is_some();
    !has_task && std::io::stdin().is_terminal()
}

fn print_text(text: &str) -> Result<u8, Failure> {
    standard_output::print(text).map(|()| DONE)
}

/// Reports a failure. For commands that need no machine.
fn into_exit_code(done: Result<u8, Failure>) -> ExitCode {
    done.map_or_else(|failure| report_failure(&failure), ExitCode::from)
}

/// Ends the process when its memory exceeds --memory.
fn end_of_memory(reason: &str) {
    let failure = failure::from_host(&mlua::Error::runtime(reason));
    end_soon(FAILED.into());
    report_failure(&failure);
    exit_hooks::exit(FAILED.into());
}

/// Runs `moonfleet types`.
fn manage_types(TypesCommand::Install { services, folder }: &TypesCommand) -> ExitCode {
    match types::install(services, folder.as_deref()) {
        Ok(report) => into_exit_code(print_text(&report)),
        Err(e) => report_failure(&failure::from_host(&mlua::Error::external(e))),
    }
}

/// Runs `moonfleet models`.
fn manage_models(command: Option<&ModelsCommand>) -> ExitCode {
    match models::run(command) {
        Ok(report) => into_exit_code(print_text(&report)),
        Err(e) => report_failure(&failure::from_host(&mlua::Error::external(e))),
    }
}

/// Runs the prompt, a chunk, a script or a command that needs a machine. Returns the exit code.
fn act(
    cli: &Cli,
    session: &Context,
    vm: &Vm,
    preparation: Option<RunPreparation>,
    now: Timestamp,
) -> Result<u8, Failure> {
    match &cli.command {
        Some(Command::Undo { record }) => return undo::run(session, record).map(|()| DONE),
        Some(Command::Policy { source, arguments }) => return print_policy(cli, source, arguments),
        _ => {}
    }
    match Work::locate(cli, is_prompt(cli))? {
        Some(work) => match wall(cli, session, &work) {
            Some(sessions) => {
                let now = session.is_sandbox().then_some(now);
                let header = work.header()?;
                let script = Examined { source: work.source(), header: header.as_ref() };
                block_on(prepare(cli, session, vm, preparation, script))?;
                contained::run(cli, session, vm, work, sessions, now)
            }
            None => run_work(cli, session, vm, work, preparation),
        },
        None => {
            let Some(Command::Apply { plan }) = &cli.command else { unreachable!("other commands need no machine") };
            let runner = Runner::new(cli, session, vm, preparation)?;
            runner.interruptible(apply::run(plan, session, vm)).map(|()| DONE)
        }
    }
}

/// Returns the sessions of work that runs in a contained process; `None` for work that runs in this process.
fn wall(cli: &Cli, session: &Context, work: &Work) -> Option<AllowedSessions> {
    if cli.contain {
        return Some(if cli.rehearse { AllowedSessions::Any } else { AllowedSessions::own(&cli.allow_role) });
    }
    // A plan must not have any effect, so that a script which is only planned cannot write files either.
    let is_foreign = matches!(work, Work::Script { script, .. } if !script.is_own());
    (is_foreign && session.guard().plan().is_some() && !cli.trust).then_some(AllowedSessions::Any)
}

/// Runs Lua in this process. Returns the exit code.
pub(crate) fn run_work(
    cli: &Cli,
    session: &Context,
    vm: &Vm,
    work: Work,
    preparation: Option<RunPreparation>,
) -> Result<u8, Failure> {
    if matches!(work, Work::Prompt) {
        return repl::run(vm, cli.timeout).map(|()| DONE);
    }
    let run = Runner::new(cli, session, vm, preparation)?;
    match work {
        Work::Prompt => unreachable!("the prompt has no runner"),
        Work::Chunk(chunk) => {
            run.prepare(Examined { source: chunk.as_bytes(), header: None })?;
            let chunk = in_prompt_scope(vm, vm.load(chunk.as_bytes(), "=-e")?)?;
            run.wait(chunk, MultiValue::new()).map(|_| DONE)
        }
        Work::Expression(expression) => {
            run.prepare(Examined { source: expression.as_bytes(), header: None })?;
            let expression = in_prompt_scope(vm, vm.load(format!("return {expression}").as_bytes(), "=-p")?)?;
            let results = run.wait(expression, MultiValue::new())?;
            vm.show(&results).map(|()| DONE)
        }
        Work::Script { name, script, words } => run.script(script, &name, &words),
    }
}

/// Lets a chunk of the command line use all names that a line at the prompt can use.
fn in_prompt_scope(vm: &Vm, chunk: Function) -> Result<Function, Failure> {
    vm.or_failure(repl::use_prompt_scope(vm.lua(), &chunk)).map(|()| chunk)
}

fn print_policy(cli: &Cli, source: &str, arguments: &[String]) -> Result<u8, Failure> {
    if policy::is_record(Path::new(source)) {
        return policy::print_from_record(Path::new(source)).map(|()| DONE);
    }
    if source == "-" {
        return Err(Failure::usage("policy cannot read a script from standard input; save it in a file"));
    }
    let script = locate_script(source)?;
    // A script whose header cannot be read has no policy.
    contained::header(&script)?;
    let is_done = policy::print_from_script(cli, &script, source, arguments)?;
    Ok(if is_done { DONE } else { INCOMPLETE })
}

/// Logs the events of moonfleet and of scripts. The SDK's events are left out: they could show secrets.
pub(crate) fn log_to_stderr(cli: &Cli) {
    let (host, script) = match cli.verbose {
        0 => (LevelFilter::WARN, LevelFilter::INFO),
        1 => (LevelFilter::INFO, LevelFilter::DEBUG),
        _ => (LevelFilter::DEBUG, LevelFilter::TRACE),
    };
    let trace = if cli.trace || cli.verbose > 1 { LevelFilter::INFO } else { LevelFilter::OFF };
    // The summary of an unattended run is enough.
    let is_unwatched = cli.unattended.is_unattended() && !std::io::stderr().is_terminal() && cli.verbose == 0;
    let stages = if is_unwatched { LevelFilter::WARN } else { LevelFilter::INFO };
    let filter = Targets::new()
        .with_target("moonfleet", host)
        .with_target("script", script)
        .with_target(TRACE, trace)
        .with_target(FLEET_MESSAGES, stages)
        .with_target(MESSAGES, LevelFilter::INFO);
    let to_stderr = tracing_subscriber::fmt::layer().with_writer(|| known_secrets::Redacted(LogLines(Stderr)));
    let ansi = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let format = match cli.log_format {
        LogFormat::Text => {
            to_stderr.without_time().with_target(false).with_ansi(ansi).fmt_fields(log_lines::fields()).boxed()
        }
        LogFormat::Json => to_stderr.json().flatten_event(true).boxed(),
    };
    // Fails only if a logger exists already, for example in a test that runs this twice.
    let _ = tracing_subscriber::registry().with(format).with(filter).try_init();
}
