//! The host functions of the module `unit`: they change the account of a test, and run scripts on it.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use clap::ValueEnum;
use jiff::SignedDuration;
use mlua::{Error, Lua, Result, Table, Value};
use moonfleet_bindings::{Operation, Service, service_names};
use moonfleet_core::error;
use moonfleet_core::error::INVALID_INPUT;
use moonfleet_core::exit_code::INCOMPLETE;
use moonfleet_core::suggest;
use moonfleet_core::{Failure, FailureKind};
use moonfleet_lua::aws::{any_service, to_data};
use moonfleet_lua::convert::from_value;
use moonfleet_lua::interrupt::Interrupt;
use moonfleet_lua::library::host_module;
use moonfleet_lua::options::Options;
use moonfleet_lua::test_output::{Printed, Stderr};
use moonfleet_lua::vm::Vm;
use moonfleet_report::Format;
use moonfleet_sandbox::{ApiError, Sandbox};

use super::answers::{self, AnswerFunctions};
use super::machine::{MachineOptions, TestMachine};
use crate::plan_report::report_plan;
use crate::runner::{Script, exit_code};
use crate::script_source::load_script;

/// Installs the functions. Must be called before the test file runs.
pub(super) fn install(
    vm: &Vm,
    sandbox: &Sandbox,
    folder: Option<&Path>,
    interrupt: &Arc<Interrupt>,
    answers: &Rc<AnswerFunctions>,
) -> Result<()> {
    let lua = vm.lua();
    let host = host_module(lua)?;
    let account = sandbox.clone();
    host.raw_set("advance", lua.create_function(move |_, seconds: f64| advance(&account, seconds))?)?;
    let account = sandbox.clone();
    let fail = move |_: &Lua, given: (String, String, String, u16, usize)| fail(&account, given);
    host.raw_set("fail", lua.create_function(fail)?)?;
    let (account, answers) = (sandbox.clone(), answers.clone());
    let answer = move |lua: &Lua, given: (String, Value)| answer(lua, &account, &answers, given);
    host.raw_set("answer", lua.create_function(answer)?)?;
    let (account, folder, interrupt) = (sandbox.clone(), folder.map(Path::to_owned), interrupt.clone());
    let script = move |lua: Lua, (name, args, options): (String, Table, Value)| {
        let (account, folder, interrupt) = (account.clone(), folder.clone(), interrupt.clone());
        async move {
            let options = machine_options(options)?;
            let words = words(&args)?;
            let ran = run_script(&account, folder.as_deref(), &interrupt, &name, &words, options).await;
            let ran = ran.map_err(|failure| wrong(format!("unit.run: {failure}")))?;
            let result = lua.create_table()?;
            result.raw_set("code", ran.code)?;
            result.raw_set("stdout", ran.stdout)?;
            result.raw_set("stderr", ran.stderr)?;
            let rows = match &ran.rows {
                moonfleet_core::Value::Nil => Value::Table(lua.create_table()?),
                rows => from_value(&lua, rows)?,
            };
            result.raw_set("rows", rows)?;
            Ok(result)
        }
    };
    host.raw_set("script", lua.create_async_function(script)?)
}

fn advance(sandbox: &Sandbox, seconds: f64) -> Result<()> {
    let by = SignedDuration::try_from_secs_f64(seconds).map_err(|e| wrong(format!("unit.advance: {e}")))?;
    sandbox.clock().advance(by);
    Ok(())
}

fn fail(
    sandbox: &Sandbox,
    (operation, code, message, status, times): (String, String, String, u16, usize),
) -> Result<()> {
    operation_named("unit.fail", &operation)?;
    sandbox.inject(&operation, ApiError::new(code, message).with_status(status), times);
    Ok(())
}

fn answer(lua: &Lua, sandbox: &Sandbox, functions: &AnswerFunctions, (name, answer): (String, Value)) -> Result<()> {
    let (service, operation) = operation_named("unit.answer", &name)?;
    let prepared = match answer {
        Value::Function(function) => functions.add(service, operation, function),
        table @ Value::Table(_) => {
            let fields = to_data(lua, service, operation.output(), &table)?;
            answers::fixed(service, operation, fields)
                .map_err(|error| wrong(format!("unit.answer: {}", error.message)))?
        }
        other => {
            let kind = other.type_name();
            return Err(wrong(format!("unit.answer: expected a table or a function as the answer, got {kind}")));
        }
    };
    sandbox.prepare_answer(&format!("{}.{}", service.name, operation.name), prepared);
    Ok(())
}

/// Returns the operation of a name such as `rds.describe_db_instances`.
fn operation_named(function: &str, name: &str) -> Result<(&'static Service, &'static Operation)> {
    let Some((service_name, operation_name)) = name.split_once('.') else {
        let example = "such as rds.describe_db_instances";
        return Err(wrong(format!("{function}: expected SERVICE.OPERATION, {example}, not '{name}'")));
    };
    let did_you_mean = |near: Option<&str>| near.map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
    let service = any_service(service_name).ok_or_else(|| {
        let hint = did_you_mean(suggest::nearest(service_name, service_names()));
        wrong(format!("{function}: there is no service '{service_name}'{hint}"))
    })?;
    let operation = service.operation(operation_name).ok_or_else(|| {
        let hint = did_you_mean(service.nearest_operation(operation_name));
        wrong(format!("{function}: {} has no operation '{operation_name}'{hint}", service.name))
    })?;
    Ok((service, operation))
}

fn machine_options(options: Value) -> Result<MachineOptions> {
    let mut options = Options::read("unit.run", options)?;
    let format = match options.string("output")? {
        None => Format::default(),
        Some(name) => Format::from_str(&name, false).map_err(|_| options.wrong("output", "a format", &name))?,
    };
    let machine_options = MachineOptions {
        format,
        region: options.string("region")?,
        profile: options.string("profile")?,
        read_only: options.boolean("read_only")?.unwrap_or(false),
        plan: options.boolean("plan")?.unwrap_or(false),
        confirms: options.boolean("yes")? == Some(false),
    };
    options.finish()?;
    Ok(machine_options)
}

/// Returns the arguments as words of a command line. List items are passed unchanged.
fn words(args: &Table) -> Result<Vec<String>> {
    let mut words: Vec<String> = args.sequence_values::<String>().collect::<Result<_>>()?;
    let mut named = Vec::new();
    for pair in args.pairs::<Value, Value>() {
        let (Value::String(name), value) = pair? else { continue };
        let name = name.to_string_lossy();
        let text = match &value {
            Value::Table(list) => list.sequence_values::<String>().collect::<Result<Vec<_>>>()?.join(","),
            other => other.to_string()?,
        };
        named.push(format!("--{name}={text}"));
    }
    named.sort();
    words.extend(named);
    Ok(words)
}

/// The result of a script.
struct ScriptResult {
    code: u8,
    rows: moonfleet_core::Value,
    stdout: String,
    stderr: String,
}

/// Runs a script on its own machine, as the command line does.
async fn run_script(
    sandbox: &Sandbox,
    folder: Option<&Path>,
    interrupt: &Arc<Interrupt>,
    name: &str,
    words: &[String],
    options: MachineOptions,
) -> std::result::Result<ScriptResult, Failure> {
    let file = beside(folder, name);
    let path = file.as_ref().map_or_else(|| name.to_owned(), |file| file.display().to_string());
    let machine = TestMachine::new(sandbox, None, options)?;
    let (vm, guard) = (&machine.vm, machine.session.guard());
    let (source, chunk_name) = load_script(vm, &path)?;
    vm.or_failure(interrupt.add_machine(vm.lua()))?;
    let before = Stderr::keep(Some(Vec::new()));
    let script = Script { source: &source, chunk_name: &chunk_name, name, words, facts: None, rehearse: false };
    let ended = script.run(vm, &machine.session).await.map(|results| exit_code(results.front()));
    let ended = match guard.plan() {
        Some(plan) => report_plan(None, plan, vm, ended),
        None => ended,
    };
    let captured = Stderr::keep(before).unwrap_or_default();
    let mut stderr = String::from_utf8_lossy(&captured).into_owned();
    let code = match ended {
        Ok(0) if !vm.is_complete() => INCOMPLETE,
        Ok(code) => code,
        Err(failure) => {
            if !matches!(failure.kind, FailureKind::Exited(_)) {
                stderr += &format!("moonfleet: {failure}\n");
            }
            failure.exit_code()
        }
    };
    let rows = vm.lua().app_data_ref::<Printed>().map(|printed| printed.0.clone()).unwrap_or_default();
    Ok(ScriptResult { code, rows, stdout: machine.printed.text(), stderr })
}

/// Returns the script's file in the folder of the test, if it exists. The name may lack `.lua`.
fn beside(folder: Option<&Path>, name: &str) -> Option<PathBuf> {
    let folder = folder?;
    let names = [name.to_owned(), format!("{name}.lua")];
    let mut files = names.into_iter().filter(|name| name.ends_with(".lua")).map(|name| folder.join(name));
    files.find(|file| file.is_file())
}

fn wrong(problem: String) -> Error {
    Error::external(error::Error::new(INVALID_INPUT, problem))
}
