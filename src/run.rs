//! What a process does: prepares a machine for what the command line asks, runs it, and
//! tells how it ended.

use std::io::{IsTerminal, Read};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use futures_executor::block_on;
use mlua::{MultiValue, Value};
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::cli::{Cli, Command};
use crate::guard::Guard;
use crate::lua::{Output, ScriptFolder, Trouble, TroubleKind, Vm};
use crate::sandbox::Sandbox;
use crate::session::{Session, Settings};
use crate::{assets, repl, script};
use moonfleet_bindings::suggest;

pub fn run(cli: &Cli) -> ExitCode {
    log_to_stderr(cli.verbose);
    let settings =
        Settings { profile: cli.profile.clone(), region: cli.region.clone(), endpoint_url: cli.endpoint_url.clone() };
    let sandbox = cli.sandbox.then(Sandbox::seeded);
    let session = Session::new(settings, sandbox, Arc::new(Guard::default()));
    let vm = match Vm::new(&session, Output { format: cli.output, style: cli.style() }) {
        Ok(vm) => vm,
        Err(e) => return told(&Trouble::host(&e)),
    };
    match act(cli, &session, &vm).and_then(|code| vm.flush().map(|()| code)) {
        Ok(code) => code,
        Err(trouble) => told(&trouble),
    }
}

fn act(cli: &Cli, session: &Arc<Session>, vm: &Vm) -> Result<ExitCode, Trouble> {
    if cli.command.is_some() && (cli.execute.is_some() || cli.print.is_some()) {
        return Err(Trouble::usage("-e and -p stand alone: nothing can follow them"));
    }
    if let Some(chunk) = &cli.execute {
        let chunk = vm.load(chunk.as_bytes(), "=-e")?;
        return block_on(vm.run(chunk, MultiValue::new())).map(|_| ExitCode::SUCCESS);
    }
    if let Some(expression) = &cli.print {
        let expression = vm.load(format!("return {expression}").as_bytes(), "=-p")?;
        let results = block_on(vm.run(expression, MultiValue::new()))?;
        return vm.show(&results).map(|()| ExitCode::SUCCESS);
    }
    match &cli.command {
        Some(Command::Run { script, arguments }) => {
            let (source, chunk_name) = find(vm, script)?;
            run_script(session, vm, &source, &chunk_name, script, arguments)
        }
        Some(Command::File(words)) => {
            let mut words = words.iter().map(|word| word.to_string_lossy().into_owned());
            let file = words.next().unwrap_or_default();
            let (source, chunk_name) = file_source(vm, &file)?;
            run_script(session, vm, &source, &chunk_name, &file, &words.collect::<Vec<_>>())
        }
        None if std::io::stdin().is_terminal() => repl::run(session, vm).map(|()| ExitCode::SUCCESS),
        None => {
            let source = standard_input()?;
            run_script(session, vm, &source, "=stdin", "-", &[])
        }
    }
}

/// A script of the library by its name; anything that looks like a file is one.
fn find(vm: &Vm, name: &str) -> Result<(Vec<u8>, String), Trouble> {
    let is_file = name == "-" || name.contains(std::path::MAIN_SEPARATOR) || name.ends_with(".lua");
    if is_file {
        return file_source(vm, name);
    }
    if let Some(source) = assets::script(name) {
        return Ok((source.into_owned(), format!("@{name}.lua")));
    }
    if Path::new(name).is_file() {
        return file_source(vm, name);
    }
    let names = assets::script_names();
    let hint = match suggest::nearest(name, names.iter().map(String::as_str)) {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => format!("there are {}", names.join(", ")),
    };
    Err(Trouble::usage(format!("no script or file is called '{name}'; {hint}")))
}

fn file_source(vm: &Vm, file: &str) -> Result<(Vec<u8>, String), Trouble> {
    if file == "-" {
        return standard_input().map(|source| (source, "=stdin".to_owned()));
    }
    let source = std::fs::read(file).map_err(|e| Trouble::usage(format!("cannot read the script '{file}': {e}")))?;
    let folder = Path::new(file).parent().filter(|folder| !folder.as_os_str().is_empty());
    vm.lua().set_app_data(ScriptFolder(folder.unwrap_or(Path::new(".")).to_owned()));
    Ok((source, format!("@{file}")))
}

fn standard_input() -> Result<Vec<u8>, Trouble> {
    let mut source = Vec::new();
    std::io::stdin()
        .read_to_end(&mut source)
        .map_err(|e| Trouble::usage(format!("cannot read the script on standard input: {e}")))?;
    Ok(source)
}

/// A chunk that returns a header is run by it; any other has run when it returns.
fn run_script(
    session: &Session,
    vm: &Vm,
    source: &[u8],
    chunk_name: &str,
    name: &str,
    words: &[String],
) -> Result<ExitCode, Trouble> {
    let lua = vm.lua();
    let internal = |e: mlua::Error| Trouble::of(lua, Value::Error(Box::new(e)), "");
    let chunk = vm.load(source, chunk_name)?;
    let arguments = words.iter().map(|word| lua.create_string(word).map(Value::String)).collect::<mlua::Result<_>>();
    let results = block_on(vm.run(chunk, arguments.map_err(internal)?))?;
    let Some(header) = script::header(lua, results.front()).map_err(internal)? else {
        return Ok(ExitCode::SUCCESS);
    };
    if words.iter().any(|word| word == "--help" || word == "-h") {
        return vm.print(&header.help(name)).map(|()| ExitCode::SUCCESS);
    }
    let arguments = header.parse(lua, words).map_err(|t| t.advise(&format!("moonfleet run {name} --help")))?;
    session.guard.limit(header.risk);
    let results = block_on(vm.run(header.run, MultiValue::from_iter([Value::Table(arguments)])))?;
    Ok(exit_code(results.front()))
}

/// `run` may return the exit code, as a C program's `main` does; anything else is success.
fn exit_code(result: Option<&Value>) -> ExitCode {
    match result {
        Some(Value::Integer(code)) => u8::try_from(*code).map_or(ExitCode::FAILURE, ExitCode::from),
        _ => ExitCode::SUCCESS,
    }
}

/// Says what the trouble was; the code says of what kind.
fn told(trouble: &Trouble) -> ExitCode {
    let code = match trouble.kind {
        TroubleKind::Closed => return ExitCode::SUCCESS,
        TroubleKind::Failed | TroubleKind::Incomplete => 1,
        TroubleKind::Usage => 2,
        TroubleKind::Refused => 4,
    };
    // A closed standard error leaves nobody to tell.
    let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("moonfleet: {trouble}\n"));
    ExitCode::from(code)
}

/// Our own events and those of scripts; the SDK's would show what is nobody's business.
fn log_to_stderr(verbose: u8) {
    let (host, script) = match verbose {
        0 => (Level::WARN, Level::INFO),
        1 => (Level::INFO, Level::DEBUG),
        _ => (Level::DEBUG, Level::TRACE),
    };
    let format = tracing_subscriber::fmt::layer().without_time().with_target(false).with_writer(std::io::stderr);
    let ansi = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let filter = Targets::new().with_target("moonfleet", host).with_target("script", script);
    // Only a second start in one process could fail here, and then the first one logs.
    let _ = tracing_subscriber::registry().with(format.with_ansi(ansi)).with(filter).try_init();
}
