//! The same face for every service: its name at the prompt, help, completion, checks and the record. The services and
//! operations come from the registry.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use futures_executor::block_on;
use mlua::MultiValue;
use moonfleet::machine;
use moonfleet::repl::complete::Completer;
use moonfleet::repl::use_prompt_scope;
use moonfleet::simulation::sandbox_hooks;
use moonfleet_bindings::{Operation, Risk, Service, catalogue};
use moonfleet_client::SessionSettings;
use moonfleet_core::Map;
use moonfleet_engine::Context;
use moonfleet_engine::guard::{Guard, GuardOptions};
use moonfleet_engine::record::{CallOutcome, Recorder, read_record};
use moonfleet_lua::Vm;
use moonfleet_lua::help;
use moonfleet_lua::tokens::is_name;
use moonfleet_sandbox::Sandbox;

#[test]
fn every_service_has_help() {
    for (service, operation) in examples() {
        let page = page(service.name);
        assert!(page.starts_with(&format!("{}: ", service.name)) && page.contains("https://"), "{page}");
        let name = format!("{}.{}", service.name, operation.name);
        let page = page_of_operation(&name);
        let risk = page.lines().find_map(|line| line.strip_prefix("  risk ")).unwrap_or_default().trim();
        assert_eq!(risk, operation.risk.to_string(), "{page}");
        assert!(page.contains("\nexample\n") && page.contains("https://"), "{page}");
        for field in operation.input().fields {
            assert!(page.contains(&format!("\n  {}", field.name())), "{}\n{page}", field.name());
        }
    }
}

fn page(topic: &str) -> String {
    help::render(&help::about(topic).unwrap_or_else(|unknown| panic!("{unknown}")), 100)
}

fn page_of_operation(name: &str) -> String {
    let page = page(name);
    assert!(page.starts_with(&format!("{name}\n")), "{page}");
    page
}

#[test]
fn every_service_is_completed_at_the_prompt() {
    let context = sandbox(Sandbox::seeded(), None);
    let vm = machine::builder(&context).build().expect("a machine");
    let completer = Completer::default();
    let completed = |line: &str| -> Vec<String> {
        let completion = completer.complete(&vm, line, line.len());
        let texts = completion.candidates.into_iter().map(|candidate| candidate.text);
        texts.map(|text| format!("{}{text}", &line[..completion.start])).collect()
    };
    for (service, operation) in examples() {
        let name = format!("{}.{}", service.name, operation.name);
        assert!(completed(&service.name[..service.name.len() - 1]).contains(&service.name.to_owned()), "{name}");
        assert!(completed(&name[..name.len() - 1]).contains(&name), "{name}");
        // Without parameters, any value could stand there.
        if operation.input().fields.is_empty() {
            continue;
        }
        let parameters: BTreeSet<String> = completed(&format!("{name}{{")).into_iter().collect();
        let expected: BTreeSet<String> =
            operation.input().fields.iter().map(|field| format!("{name}{{{} = ", key(field.name()))).collect();
        assert_eq!(parameters, expected);
    }
}

/// Returns the name of a parameter as Lua needs it.
fn key(name: &str) -> String {
    if is_name(name) { name.to_owned() } else { format!("[\"{name}\"]") }
}

#[test]
fn every_service_checks_its_parameters() {
    let context = sandbox(Sandbox::seeded(), None);
    let vm = machine::builder(&context).build().expect("a machine");
    for (service, operation) in examples() {
        let Some(field) = operation.input().fields.first() else { continue };
        let (name, parameter) = (format!("{}.{}", service.name, operation.name), field.name());
        let problem = run(&vm, &format!("{name}{{ {parameter}s_ = 1 }}")).expect_err("an unknown parameter");
        let expected = format!("{name}: unknown parameter '{parameter}s_'; did you mean '");
        assert!(problem.contains(&expected), "{problem}");
    }
}

#[test]
fn every_service_is_recorded() {
    let account = Sandbox::seeded();
    for (service, operation) in examples() {
        let answer = Arc::new(|_| Box::pin(async { Ok(Map::default()) }) as _);
        account.prepare_answer(&format!("{}.{}", service.name, operation.name), answer);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("record.jsonl");
    let context = sandbox(account, Some(&file));
    let vm = machine::builder(&context).build().expect("a machine");
    for (service, operation) in examples() {
        let example = help::operation_help(service, operation).example;
        run(&vm, &example).unwrap_or_else(|problem| panic!("{example}: {problem}"));
    }
    let record = read_record(&file).unwrap_or_else(|error| panic!("{error}"));
    let recorded = record.calls.iter().filter(|call| call.line.outcome == CallOutcome::Ok);
    let recorded: BTreeSet<_> = recorded.map(|call| (call.what.service.name, call.what.operation.name)).collect();
    for (service, operation) in examples() {
        assert!(recorded.contains(&(service.name, operation.name)), "{}.{}", service.name, operation.name);
    }
}

/// Returns an operation of each service that reads, or else the least dangerous one; with parameters, if there is such
/// an operation.
fn examples() -> impl Iterator<Item = (&'static Service, &'static Operation)> {
    let services = catalogue().iter().map(|listed| listed.service());
    services.map(|service| {
        let by_use = |operation: &&Operation| (operation.risk != Risk::Read, operation.input().fields.is_empty());
        (service, service.operations().iter().min_by_key(by_use).expect("a service has operations"))
    })
}

/// Returns a context whose calls go to this account, and are written to the file of a record.
fn sandbox(account: Sandbox, record: Option<&Path>) -> Context {
    let guard = Guard::new(GuardOptions { yes: true, ..GuardOptions::default() });
    let recorder = record.map(|file| Recorder::open(file, false).unwrap_or_else(|error| panic!("{error}")));
    Context::new(SessionSettings::default(), sandbox_hooks(account), guard, recorder)
}

/// Runs a line as the prompt does. Returns the message of an error.
fn run(vm: &Vm, line: &str) -> Result<(), String> {
    let chunk = vm.load(line.as_bytes(), "=line").map_err(|failure| failure.to_string())?;
    use_prompt_scope(vm.lua(), &chunk).map_err(|error| error.to_string())?;
    block_on(vm.run(chunk, MultiValue::new())).map(drop).map_err(|failure| failure.to_string())
}
