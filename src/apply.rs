//! `moonfleet apply`: carries out a saved plan on exactly the resources that it lists, if all of them are still as
//! they were when the plan was made.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use moonfleet_bindings::Answer;
use moonfleet_client::CallOptions;
use moonfleet_client::{Session, send};
use moonfleet_core::Error;
use moonfleet_core::Failure;
use moonfleet_core::{Planned, Value, sanitize};
use moonfleet_engine::Context;
use moonfleet_engine::guard::describe::{describe_targets, differences};
use moonfleet_engine::guard::plan::{COLUMNS, DryRunCheck, PlannedChange, dry_run, rows};
use moonfleet_engine::guard::{Guard, GuardedCall, MESSAGES, ask_yes_no, plan_file};
use moonfleet_lua::vm::Vm;
use moonfleet_report::Layout;

pub(crate) async fn run(file: &Path, session: &Context, vm: &Vm) -> Result<(), Failure> {
    let changes = plan_file::load(file, session).map_err(|e| Failure::usage(e.to_string()))?;
    let changes: Vec<Arc<PlannedChange>> = changes.into_iter().map(Arc::new).collect();
    let guard = session.guard();
    confirm_endpoints(session, &changes).await?;
    for change in &changes {
        guard.check(&change.session, change.service, change.operation).map_err(Failure::from)?;
    }
    let needs_confirmation = needs_confirmation(session, &changes)?;
    check(guard, &changes).await?;
    show(vm, &changes)?;
    if needs_confirmation {
        if !ask_yes_no(session.ask(), question(changes.len())).await.map_err(Failure::from)? {
            return Err(Failure::refused("nothing was changed: the plan was not confirmed"));
        }
        // The confirmation may have taken an hour.
        guard.begin();
        check(guard, &changes).await?;
    }
    carry_out(guard, &changes).await
}

/// Asks about endpoints that the plan names and the command line does not: a plan of another author could send
/// signed calls to a server of theirs.
async fn confirm_endpoints(session: &Context, changes: &[Arc<PlannedChange>]) -> Result<(), Failure> {
    let endpoint = |session: &Session| session.settings().principal.endpoint_url.clone();
    let confirmed = endpoint(session);
    let others: BTreeSet<String> = changes
        .iter()
        .filter_map(|change| endpoint(&change.session))
        .filter(|url| confirmed.as_ref() != Some(url))
        .collect();
    if others.is_empty() || session.is_sandbox() {
        return Ok(());
    }
    let urls = others.into_iter().collect::<Vec<_>>().join(", ");
    if !session.ask().is_possible() {
        return Err(Failure::refused(format!(
            "nothing was changed: the plan sends its calls to {urls}; repeat the endpoint as --endpoint-url"
        )));
    }
    let question = format!("The plan sends its calls to {urls} instead of AWS. Continue? [y/N] ");
    match ask_yes_no(session.ask(), question).await.map_err(Failure::from)? {
        true => Ok(()),
        false => Err(Failure::refused("nothing was changed: the endpoint was not confirmed")),
    }
}

fn question(changes: usize) -> String {
    match changes {
        1 => "Make this change? [y/N] ".to_owned(),
        _ => format!("Make these {changes} changes? [y/N] "),
    }
}

/// Returns an error if anything differs from the plan.
async fn check(guard: &Guard, changes: &[Arc<PlannedChange>]) -> Result<(), Failure> {
    let changed = changed_since_plan(guard, changes).await.map_err(Failure::from)?;
    if changed.is_empty() {
        return Ok(());
    }
    let changed = changed.join("\n  ");
    Err(Failure::refused(format!("nothing was changed, because resources differ from the plan:\n  {changed}")))
}

/// Whether to ask for a confirmation. Returns an error if one is required and there is no terminal.
fn needs_confirmation(session: &Context, changes: &[Arc<PlannedChange>]) -> Result<bool, Failure> {
    let guard = session.guard();
    if guard.skips_confirmation() || changes.is_empty() {
        return Ok(false);
    }
    let risky = changes.iter().find(|change| guard.rules(&change.session).needs_confirmation(change.operation.risk));
    match risky {
        _ if session.ask().is_possible() => Ok(true),
        Some(change) => Err(Failure::refused(format!(
            "nothing was changed: {} (risk {}) needs a confirmation, and there is no terminal; --yes skips it",
            change.name(),
            change.operation.risk
        ))),
        None => Ok(false),
    }
}

/// Returns a line for each difference between the plan and the present. The guard's own refusals are errors.
async fn changed_since_plan(guard: &Guard, changes: &[Arc<PlannedChange>]) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    for (at, change) in changes.iter().enumerate() {
        let line =
            |difference: String| format!("change {} ({}): {}", at + 1, change.name(), sanitize::line(&difference));
        let account = &change.session.caller().await?.account;
        if *account != change.account {
            found.push(line(format!("the account was {}, and is now {account}", change.account)));
            // Resources of another account cannot be compared.
            continue;
        }
        let PlannedChange { session, service, operation, input, .. } = &**change;
        let call = GuardedCall { session, service, operation, input };
        let now = guard.examine(call).await?;
        // For example, someone has turned on termination protection.
        if matches!(change.check, DryRunCheck::Passed)
            && let DryRunCheck::Failed(error) = dry_run(call).await
        {
            found.push(line(format!("EC2 would refuse it now: {error}")));
        }
        let was = |id: &String| change.targets.iter().any(|seen| seen.target.id == *id);
        let is = |id: &String| now.iter().any(|target| target.id == *id);
        found.extend(now.iter().filter(|target| !was(&target.id)).map(|target| line(format!("{} is new", target.id))));
        let gone = change.targets.iter().filter(|seen| !is(&seen.target.id));
        found.extend(gone.map(|seen| line(format!("{} is no longer a target", seen.target.id))));
        let targets: Vec<_> = change.targets.iter().map(|seen| seen.target.clone()).collect();
        let seen = describe_targets(session, service, operation, &targets).await;
        for (before, now) in change.targets.iter().zip(&seen) {
            let name = before.name.as_ref().map_or(String::new(), |name| format!(" ({name})"));
            found.extend(
                differences(before, now).into_iter().map(|text| line(format!("{}{name} {text}", before.target.id))),
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

/// Makes the changes one after the other, and stops at the first that fails.
async fn carry_out(guard: &Guard, changes: &[Arc<PlannedChange>]) -> Result<(), Failure> {
    let mut answers: Vec<Answer> = Vec::new();
    for (at, change) in changes.iter().enumerate() {
        let left = changes.len() - at - 1;
        let failed = |problem: String| {
            let number = at + 1;
            let count = changes.len();
            Failure::failed(format!("change {number} of {count} failed ({at} done, {left} not tried): {problem}"))
        };
        let input = filled(Value::Map(change.input.clone()), &answers).map_err(failed)?;
        let Value::Map(input) = input else { unreachable!("a map stays a map") };
        let PlannedChange { session, service, operation, .. } = &**change;
        let call = GuardedCall { session, service, operation, input: &input };
        guard.check_protection_again(call).await.map_err(|e| failed(e.to_string()))?;
        let answer = send(session.clone(), change.service, change.operation, input, CallOptions::default()).await;
        let answer = answer.map_err(|e| failed(e.to_string()))?;
        tracing::info!(target: MESSAGES, "{} of {}: {} is done", at + 1, changes.len(), change.name());
        answers.push(answer);
    }
    Ok(())
}

/// Returns the input with the placeholders replaced by results of earlier changes.
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
    let missing = || format!("change {} did not return {}", planned.change, planned.path.join("."));
    let answer = answers.get(planned.change.wrapping_sub(1)).ok_or_else(missing)?;
    let mut at = Value::Map(answer.to_map());
    for step in &planned.path {
        at = match at {
            Value::Map(mut map) => map.take(step),
            Value::List(items) => item(items, step),
            _ => Value::Nil,
        };
    }
    if at.is_nil() { Err(missing()) } else { Ok(at) }
}

/// Returns an item by its number, or the value of a tag by its key.
fn item(items: Vec<Value>, step: &str) -> Value {
    if let Ok(number) = step.parse::<usize>()
        && let Some(item) = items.get(number.wrapping_sub(1))
    {
        return item.clone();
    }
    let tag_value = items.into_iter().find_map(|item| match item {
        Value::Map(mut pair) if matches!(pair.get("key"), Some(Value::String(key)) if key == step) => {
            Some(pair.take("value"))
        }
        _ => None,
    });
    tag_value.unwrap_or_default()
}
