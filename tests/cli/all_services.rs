//! The guard over a read and a change of every service, in the simulated account.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use moonfleet_models::risk::{Risk, judge};
use moonfleet_models::{Kind, Operation, Reference, Service, service, service_names};
use serde_json::Value;

use crate::support::sandbox;

/// Returns a value with all required fields, as Lua.
fn value(service: &Service, to: &Reference, depth: usize) -> String {
    let shape = service.shape(to.target);
    match &shape.kind {
        // Items of DynamoDB are plain values.
        Kind::Structure(_) if shape.name == "AttributeValue" && service.name.starts_with("dynamodb") => {
            "'x'".to_owned()
        }
        Kind::Structure(structure) if depth < 24 => {
            let members = structure.members.iter();
            // A union has one field.
            let needed: Vec<_> = match structure.union {
                true => members.take(1).collect(),
                false => members.filter(|member| member.required).collect(),
            };
            let fields = needed.iter().map(|m| format!("['{}'] = {}", m.name, value(service, &m.target, depth + 1)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        Kind::List { item, .. } => format!("{{{}}}", value(service, item, depth + 1)),
        Kind::Map { value: of, .. } => format!("{{x = {}}}", value(service, of, depth + 1)),
        Kind::String { values } => format!("'{}'", values.first().map_or("x", |value| value)),
        Kind::Integer | Kind::Long | Kind::Float | Kind::Double => "1".to_owned(),
        Kind::Boolean => "true".to_owned(),
        Kind::Timestamp(_) => "0".to_owned(),
        Kind::Structure(_) | Kind::Blob => "'x'".to_owned(),
        Kind::Document => "{x = 1}".to_owned(),
    }
}

/// Returns the first operation for which `is_wanted` holds, with a call of it.
fn call(service: &'static Service, is_wanted: impl Fn(Risk) -> bool) -> Option<(&'static Operation, String)> {
    let of =
        |operation: &&Operation| judge(&service.name, &operation.name).is_some_and(|judged| is_wanted(judged.risk));
    let operation = service.operations().find(of)?;
    let input = operation.input.as_ref().map_or("{}".to_owned(), |input| value(service, input, 0));
    Some((operation, format!("aws.service('{}').{}({input})", service.name, operation.name)))
}

#[test]
fn every_service_is_guarded_planned_and_recorded() {
    let (mut chunk, mut planning) = (String::new(), String::new());
    let (mut reads, mut changes) = (BTreeSet::new(), BTreeSet::new());
    for service in service_names().filter_map(service) {
        let name = |operation: &Operation| format!("{}.{}", service.name, operation.name);
        if let Some((operation, call)) = call(service, |risk| risk > Risk::Read) {
            writeln!(chunk, "refused('{}', pcall(function() return {call} end))", name(operation)).unwrap();
            writeln!(planning, "check('{}', pcall(function() return {call} end))", name(operation)).unwrap();
            changes.insert(name(operation));
        }
        if let Some((operation, call)) = call(service, |risk| risk == Risk::Read) {
            writeln!(chunk, "read('{}', pcall(function() return {call} end))", name(operation)).unwrap();
            reads.insert(name(operation));
        }
    }
    assert!(reads.len() >= 430 && changes.len() >= 400, "{} reads, {} changes", reads.len(), changes.len());

    let script = format!(
        "local function refused(name, ok, e) assert(not ok and e.code == 'Refused', name .. ': ' .. tostring(e)) end
         local function read(name, ok, e)
           assert(ok or (e.code ~= 'Refused' and e.code ~= 'InvalidInput'), name .. ': ' .. tostring(e))
         end
         {chunk}"
    );
    let ran = sandbox().args(["--read-only", "--record", "calls.jsonl"]).script(&script).code(0);
    let record = ran.read("calls.jsonl");
    let recorded: BTreeSet<String> = record
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .filter_map(|line| Some(format!("{}.{}", line["service"].as_str()?, line["operation"].as_str()?)))
        .collect();
    let missing: Vec<_> = reads.union(&changes).filter(|name| !recorded.contains(*name)).collect();
    assert!(missing.is_empty(), "the record has no line of {missing:?}");

    let script = format!(
        "local function check(name, ok, e) assert(ok, name .. ': ' .. tostring(e)) end
         {planning}"
    );
    let ran = sandbox().args(["--plan", "--output", "json"]).script(&script).code(0);
    let plan = ran.json();
    let planned: BTreeSet<&str> =
        plan.as_array().into_iter().flatten().filter_map(|row| row["operation"].as_str()).collect();
    let missing: Vec<_> = changes.iter().filter(|name| !planned.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "the plan does not list {missing:?}");
}
