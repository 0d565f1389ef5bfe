//! Converts the results of a run for scripts.

use std::collections::BTreeSet;
use std::rc::Rc;

use mlua::{Lua, LuaSerdeExt, MultiValue, Result, Table, Value};
use moonfleet_core::counted;
use moonfleet_engine::fleet::engine::Gathered;
use moonfleet_engine::fleet::status::count_verdicts;
use moonfleet_engine::fleet::{FleetTarget, TargetOutcome, TargetVerdict};
use moonfleet_report::{MemberOutput, group_output};

use super::targets;
use crate::host::mark_incomplete;
use crate::time::Time;

/// Returns `{results=, counts=, command_ids=, unplanned=}` with `ok()`, `failed()` and `grouped()`.
pub(super) fn table(lua: &Lua, gathered: Gathered) -> Result<Table> {
    let Gathered { outcomes, planned, commands } = gathered;
    let results = list(lua, outcomes.iter().map(|(target, outcome)| row(lua, target, outcome)))?;
    let counts = lua.create_table()?;
    for (verdict, count) in count_verdicts(outcomes.iter().map(|(_, outcome)| outcome.verdict)) {
        // `planned` occurs only with --plan; otherwise its count of 0 would be noise.
        if verdict != TargetVerdict::Planned || count > 0 {
            counts.raw_set(verdict.to_string(), count)?;
        }
    }
    let is_ok = outcomes.iter().all(|(_, outcome)| outcome.verdict == TargetVerdict::Ok);
    // Planned machines do not count as failed.
    let is_fine = |verdict| [TargetVerdict::Ok, TargetVerdict::Planned].contains(&verdict);
    let failed = outcomes.iter().filter(|(_, outcome)| !is_fine(outcome.verdict)).count();
    if failed > 0 {
        mark_incomplete(
            lua,
            format!("the command did not succeed on {failed} of {}", counted(outcomes.len(), "machine")),
        );
    }
    let table = lua.create_table()?;
    table.raw_set("results", &results)?;
    table.raw_set("counts", counts)?;
    table.raw_set("command_ids", list(lua, commands.iter().map(|id| lua.create_string(id)))?)?;
    let added: Vec<&str> = outcomes[planned..].iter().map(|(target, _)| target.id.as_str()).collect();
    if !added.is_empty() {
        let machines = counted(added.len(), "machine");
        tracing::warn!("fleet: Systems Manager chose {machines} outside of the plan: {}", added.join(", "));
    }
    table.raw_set("unplanned", list(lua, added.into_iter().map(|id| lua.create_string(id)))?)?;

    let methods = lua.create_table()?;
    methods.raw_set("ok", lua.create_function(move |_, _: MultiValue| Ok(is_ok))?)?;
    let failed = move |lua: &Lua, _: MultiValue| {
        let rows = results.sequence_values::<Table>().collect::<Result<Vec<_>>>()?;
        let is_bad = |row: &Table| row.raw_get::<String>("status").is_ok_and(|status| status != "ok");
        list(lua, rows.into_iter().filter(is_bad).map(Ok))
    };
    methods.raw_set("failed", lua.create_function(failed)?)?;
    let columns = columns(&outcomes);
    let outcomes = Rc::new(outcomes);
    let group = move |_: &Lua, _: MultiValue| {
        let answers: Vec<_> = outcomes.iter().map(|(target, outcome)| answer(target, outcome)).collect();
        Ok(group_output(&answers))
    };
    methods.raw_set("grouped", lua.create_function(group)?)?;
    let metatable = lua.create_table()?;
    metatable.raw_set("__index", methods)?;
    metatable.raw_set("__records", "results")?;
    metatable.raw_set("__columns", list(lua, columns.into_iter().map(|name| lua.create_string(name)))?)?;
    table.set_metatable(Some(metatable))?;
    Ok(table)
}

/// Returns the columns of a run's table: columns that would be the same for all machines are left out.
fn columns(outcomes: &[(FleetTarget, TargetOutcome)]) -> Vec<&'static str> {
    let accounts: BTreeSet<_> = outcomes.iter().map(|(target, _)| &target.account).collect();
    let any = |is_so: fn(&TargetOutcome) -> bool| outcomes.iter().any(|(_, outcome)| is_so(outcome));
    let columns = [
        ("name", true),
        ("instance_id", true),
        ("account", accounts.len() > 1),
        ("region", true),
        ("status", true),
        ("exit_code", any(|outcome| outcome.exit_code != Some(0))),
        ("truncated", any(|outcome| outcome.truncated)),
        ("detail", any(|outcome| outcome.verdict != TargetVerdict::Ok)),
        ("stdout", true),
        ("stderr", any(|outcome| !outcome.stderr.is_empty())),
    ];
    columns.into_iter().filter_map(|(column, is_shown)| is_shown.then_some(column)).collect()
}

pub(super) fn row(lua: &Lua, target: &FleetTarget, outcome: &TargetOutcome) -> Result<Table> {
    let row = targets::row(lua, target)?;
    row.raw_set("id", target.id.as_str())?;
    row.raw_set("status", outcome.verdict.to_string())?;
    row.raw_set("detail", outcome.detail.as_str())?;
    row.raw_set("command_id", outcome.command_id.as_deref())?;
    row.raw_set("exit_code", outcome.exit_code)?;
    row.raw_set("stdout", outcome.stdout.as_str())?;
    row.raw_set("stderr", outcome.stderr.as_str())?;
    row.raw_set("truncated", outcome.truncated)?;
    row.raw_set("started", time(lua, outcome.started.as_deref())?)?;
    row.raw_set("ended", time(lua, outcome.ended.as_deref())?)?;
    Ok(row)
}

/// Converts a time of Systems Manager, which is text. Text that is not a time stays unchanged.
fn time(lua: &Lua, text: Option<&str>) -> Result<Value> {
    let Some(text) = text else { return Ok(Value::Nil) };
    match text.parse() {
        Ok(time) => lua.create_userdata(Time(time)).map(Value::UserData),
        Err(_) => lua.create_string(text).map(Value::String),
    }
}

/// Returns a list that is recognized as one even when it is empty.
pub(super) fn list<T: mlua::IntoLua>(lua: &Lua, items: impl Iterator<Item = Result<T>>) -> Result<Table> {
    let list = lua.create_sequence_from(items.collect::<Result<Vec<_>>>()?)?;
    list.set_metatable(Some(lua.array_metatable()))?;
    Ok(list)
}

/// Returns the output of a machine, or the reason why there is none.
fn answer(target: &FleetTarget, outcome: &TargetOutcome) -> MemberOutput {
    let name = if target.name.is_empty() { &target.id } else { &target.name };
    let outputs = [outcome.stdout.as_str(), outcome.stderr.as_str()].into_iter().filter(|text| !text.is_empty());
    let mut text = outputs.collect::<Vec<_>>().join("\n");
    if text.is_empty() && outcome.verdict != TargetVerdict::Ok {
        text = format!("({}: {})", outcome.verdict, outcome.detail);
    }
    MemberOutput { name: name.clone(), text }
}
