//! `moonfleet apply`: carries out a plan that was saved, on exactly what it lists, where all
//! of that still is as it was.

use std::path::Path;
use std::sync::Arc;

use moonfleet_bindings::{Answer, View};
use moonfleet_client::CallOptions;
use moonfleet_client::send;
use moonfleet_core::Error;
use moonfleet_core::Failure;
use moonfleet_core::{Planned, Value, sanitize};
use moonfleet_engine::Context;
use moonfleet_engine::guard::describe::{describe_targets, differences};
use moonfleet_engine::guard::plan::{COLUMNS, PlannedChange, rows};
use moonfleet_engine::guard::{Guard, GuardedCall, MESSAGES, agrees, plan_file};
use moonfleet_lua::vm::Vm;
use moonfleet_report::Layout;

pub(crate) async fn run(file: &Path, session: &Context, vm: &Vm) -> Result<(), Failure> {
    let changes = plan_file::load(file, session).map_err(|e| Failure::usage(e.to_string()))?;
    let changes: Vec<Arc<PlannedChange>> = changes.into_iter().map(Arc::new).collect();
    let guard = session.guard();
    for change in &changes {
        guard.check(&change.session, change.service, change.operation).map_err(Failure::from)?;
    }
    let asks = asks(session, &changes)?;
    check(guard, &changes).await?;
    show(vm, &changes)?;
    if asks {
        if !agrees(session.ask(), question(changes.len())).await.map_err(Failure::from)? {
            return Err(Failure::refused("nothing was done: it was not confirmed"));
        }
        // Whoever was asked may have taken an hour.
        guard.begin();
        check(guard, &changes).await?;
    }
    carry_out(&changes).await
}

fn question(changes: usize) -> String {
    match changes {
        1 => "Make this change? [y/N] ".to_owned(),
        _ => format!("Make these {changes} changes? [y/N] "),
    }
}

/// Whether all is as it was planned.
async fn check(guard: &Guard, changes: &[Arc<PlannedChange>]) -> Result<(), Failure> {
    let different = different(guard, changes).await.map_err(Failure::from)?;
    if different.is_empty() {
        return Ok(());
    }
    Err(Failure::refused(format!("nothing was done, not all is as it was planned:\n  {}", different.join("\n  "))))
}

/// Whether somebody is asked; an error where somebody must be and nobody is there.
fn asks(session: &Context, changes: &[Arc<PlannedChange>]) -> Result<bool, Failure> {
    let guard = session.guard();
    if guard.says_yes() || changes.is_empty() {
        return Ok(false);
    }
    let destroys = changes.iter().find(|change| guard.rules(&change.session).asks_about(change.operation));
    match destroys {
        _ if session.ask().is_possible() => Ok(true),
        Some(change) => Err(Failure::refused(format!(
            "nothing was done: {} has the risk {}, and there is no terminal to ask at; --yes says that it is meant",
            change.name(),
            change.operation.risk
        ))),
        None => Ok(false),
    }
}

/// What is not as it was planned, a line for each difference. The guard's own refusals are errors.
async fn different(guard: &Guard, changes: &[Arc<PlannedChange>]) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    for (at, change) in changes.iter().enumerate() {
        let told = |what: String| format!("change {} ({}): {}", at + 1, change.name(), sanitize::line(&what));
        let account = &change.session.caller().await?.account;
        if *account != change.account {
            found.push(told(format!("the account was {}, now it is {account}", change.account)));
            // What is there is somebody else's.
            continue;
        }
        let PlannedChange { session, service, operation, input, .. } = &**change;
        let now = guard.examine(GuardedCall { session, service, operation, input }).await?;
        let was = |id: &String| change.targets.iter().any(|seen| seen.target.id == *id);
        let is = |id: &String| now.iter().any(|target| target.id == *id);
        found.extend(
            now.iter().filter(|target| !was(&target.id)).map(|target| told(format!("{} is chosen now", target.id))),
        );
        let gone = change.targets.iter().filter(|seen| !is(&seen.target.id));
        found.extend(gone.map(|seen| told(format!("{} is chosen no more", seen.target.id))));
        let targets: Vec<_> = change.targets.iter().map(|seen| seen.target.clone()).collect();
        let seen = describe_targets(session, service, operation, &targets).await;
        for (before, now) in change.targets.iter().zip(&seen) {
            let name = before.name.as_ref().map_or(String::new(), |name| format!(" ({name})"));
            found.extend(
                differences(before, now).into_iter().map(|what| told(format!("{}{name} {what}", before.target.id))),
            );
        }
    }
    Ok(found)
}

fn show(vm: &Vm, changes: &[Arc<PlannedChange>]) -> Result<(), Failure> {
    let columns = COLUMNS.iter().filter(|name| **name != "check").map(|name| (*name).to_owned()).collect();
    let columns = Some(columns);
    vm.report(&rows(changes), &Layout { columns, may_drop: false, ..Layout::default() }).and_then(|()| vm.flush())
}

/// One after the other; the first that fails is the last.
async fn carry_out(changes: &[Arc<PlannedChange>]) -> Result<(), Failure> {
    let mut answers: Vec<Answer> = Vec::new();
    for (at, change) in changes.iter().enumerate() {
        let left = changes.len() - at - 1;
        let told = |problem: String| {
            let after = if left == 0 { String::new() } else { format!("; {left} after it were not tried") };
            Failure::failed(format!("change {} of {} failed, {at} are done{after}: {problem}", at + 1, changes.len()))
        };
        let input = filled(Value::Map(change.input.clone()), &answers).map_err(told)?;
        let Value::Map(input) = input else { unreachable!("a map stays one") };
        let session = change.session.clone();
        let answer = send(session, change.service, change.operation, input, CallOptions::default()).await;
        let answer = answer.map_err(|e| told(e.to_string()))?;
        tracing::info!(target: MESSAGES, "{} of {}: {} is done", at + 1, changes.len(), change.name());
        answers.push(answer);
    }
    Ok(())
}

/// The input with what earlier changes have given.
fn filled(value: Value, answers: &[Answer]) -> Result<Value, String> {
    match value {
        Value::Planned(planned) => resolve_input(&planned, answers),
        Value::List(items) => {
            items.into_iter().map(|item| filled(item, answers)).collect::<Result<_, _>>().map(Value::List)
        }
        Value::Map(map) => {
            let fields = map.0.into_iter().map(|(name, value)| Ok((name, filled(value, answers)?)));
            fields.collect::<Result<_, String>>().map(Value::Map)
        }
        other => Ok(other),
    }
}

fn resolve_input(planned: &Planned, answers: &[Answer]) -> Result<Value, String> {
    let missing = || format!("change {} has not given {}", planned.change, planned.path.join("."));
    let answer = answers.get(planned.change.wrapping_sub(1)).ok_or_else(missing)?;
    let mut at = View::Structure(&**answer).to_value();
    for step in &planned.path {
        at = match at {
            Value::Map(mut map) => map.take(step),
            Value::List(items) => item(items, step),
            _ => Value::Nil,
        };
    }
    if at.is_nil() { Err(missing()) } else { Ok(at) }
}

/// An item by its number, or the value of a tag by its key.
fn item(items: Vec<Value>, step: &str) -> Value {
    if let Ok(number) = step.parse::<usize>()
        && let Some(item) = items.get(number.wrapping_sub(1))
    {
        return item.clone();
    }
    let of_key = items.into_iter().find_map(|item| match item {
        Value::Map(mut pair) if matches!(pair.get("key"), Some(Value::String(key)) if key == step) => {
            Some(pair.take("value"))
        }
        _ => None,
    });
    of_key.unwrap_or_default()
}
