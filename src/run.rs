//! What a process does: prepares a machine for what the command line asks, runs it, and
//! tells how it ended.

use std::cell::Cell;
use std::io::IsTerminal;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use jiff::Timestamp;
use mlua::{Function, MultiValue};
use moonfleet_client::{Hooks, Principal, SessionSettings, TRACE, shutdown};
use moonfleet_core::exit_code::{DONE, FAILED, INCOMPLETE};
use moonfleet_core::exit_hooks;
use moonfleet_core::known_secrets;
use moonfleet_core::{Failure, FailureKind};
use moonfleet_engine::Context;
use moonfleet_engine::fleet::FLEET_MESSAGES;
use moonfleet_engine::guard::{Guard, GuardOptions, MESSAGES, Rules};
use moonfleet_engine::record::Recorder;
use moonfleet_lua::containment::Bounds;
use moonfleet_lua::containment::watch_process;
use moonfleet_lua::failure;
use moonfleet_lua::interrupt::{Interrupt, end_soon};
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
use crate::cli::{Cli, Command, LogFormat, TypesCommand};
use crate::failure_report::report_failure;
use crate::log_lines::{self, LogLines};
use crate::machine;
use crate::plan_report::report_plan;
use crate::runner::{RunPreparation, Runner, ended_from_outside};
use crate::script_source::{load_script, standard_input};
use crate::simulation::sandbox_hooks;
use crate::standard_output;
use crate::terminal::{self, Terminal};
use crate::unattended::{Job, Summary};
use crate::{apply, completions, new, policy, repl, schedule, script_list, settings, testing, types, unattended, undo};

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
        Some(Command::Completions { shell }) => return into_exit_code(print_text(&completions::render(*shell))),
        Some(Command::Test(tests)) => return into_exit_code(testing::run(cli, tests)),
        Some(Command::Schedule(order)) => {
            return into_exit_code(schedule::run(order, now).and_then(|text| print_text(&text)));
        }
        Some(Command::Scripts { words, .. }) => return into_exit_code(script_list::list(cli, words)),
        Some(Command::Help { write_reference: Some(folder), .. }) => {
            return into_exit_code(script_list::write_reference(folder));
        }
        Some(Command::Help { name, .. }) => return into_exit_code(script_list::help(cli, name)),
        Some(Command::New { name }) => return into_exit_code(new::begin(name).and_then(|said| print_text(&said))),
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
    let ended = act(cli, &session, &vm, job.map(|job| RunPreparation { job, places, summary: summary.clone() }));
    let ended = match session.guard().plan() {
        Some(plan) => report_plan(cli.plan_out.as_deref(), plan, &vm, ended),
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

fn print_text(text: &str) -> Result<u8, Failure> {
    standard_output::print(text).map(|()| DONE)
}

/// What has no machine of its own.
fn into_exit_code(done: Result<u8, Failure>) -> ExitCode {
    done.map_or_else(|failure| report_failure(&failure), ExitCode::from)
}

fn end_of_memory(why: &str) {
    let failure = failure::from_host(&mlua::Error::runtime(why));
    end_soon(FAILED.into());
    report_failure(&failure);
    exit_hooks::exit(FAILED.into());
}

/// What needs no machine.
fn manage_types(TypesCommand::Install { folder }: &TypesCommand) -> ExitCode {
    match types::install(folder.as_deref()) {
        Ok(told) => into_exit_code(print_text(&told)),
        Err(e) => report_failure(&failure::from_host(&mlua::Error::external(e))),
    }
}

fn act(cli: &Cli, session: &Context, vm: &Vm, preparation: Option<RunPreparation>) -> Result<u8, Failure> {
    if is_prompt(cli) {
        return repl::run(vm, cli.timeout).map(|()| DONE);
    }
    match &cli.command {
        Some(Command::Undo { record }) => return undo::run(session, record).map(|()| DONE),
        Some(Command::Policy { of, arguments }) => return print_policy(cli, vm, of, arguments),
        _ => {}
    }
    let timeout = cli.timeout;
    let summary = preparation.as_ref().and_then(|preparation| preparation.summary.clone());
    let say = move |code| {
        report_failure(&ended_from_outside(code, timeout));
        if let Some(summary) = &summary {
            summary.log(code);
        }
    };
    let interrupt = Interrupt::for_run(vm.lua(), timeout, say);
    let interrupt = interrupt.map_err(|e| Failure::usage(format!("signals cannot be caught: {e}")))?;
    let run = Runner { cli, session, vm, timeout, interrupt, preparation: Cell::new(preparation) };
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
            let (source, chunk_name) = load_script(vm, script)?;
            run.script(&source, &chunk_name, script, arguments)
        }
        Some(Command::File(words)) => {
            let mut words = words.iter().map(|word| word.to_string_lossy().into_owned());
            let file = words.next().unwrap_or_default();
            let (source, chunk_name) = load_script(vm, &file)?;
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
    let (source, _) = load_script(vm, of)?;
    let is_done = policy::print_from_script(cli, &source, of, arguments)?;
    Ok(if is_done { DONE } else { INCOMPLETE })
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
    let to_stderr = tracing_subscriber::fmt::layer().with_writer(|| known_secrets::Redacted(LogLines(Stderr)));
    let ansi = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let format = match cli.log_format {
        LogFormat::Text => {
            to_stderr.without_time().with_target(false).with_ansi(ansi).fmt_fields(log_lines::fields()).boxed()
        }
        LogFormat::Json => to_stderr.json().flatten_event(true).boxed(),
    };
    // Only a second start in one process could fail here, and then the first one logs.
    let _ = tracing_subscriber::registry().with(format).with(filter).try_init();
}
