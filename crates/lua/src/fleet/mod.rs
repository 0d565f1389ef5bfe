//! `fleet` in Lua: runs commands on machines, and converts targets, options and results.

mod order;
mod result;
mod targets;

use futures_util::future::join;
use mlua::{Error, Function, Lua, MultiValue, Result, Table, Value};
use moonfleet_engine::Context;
use moonfleet_engine::fleet::engine::{Engine, Gathered};
use moonfleet_engine::fleet::plan::{FleetPlan, describe, each_once};
use moonfleet_engine::fleet::progress::RunProgress;
use moonfleet_engine::fleet::systems_manager::{FleetLocation, may_send, may_send_to};
use moonfleet_engine::fleet::{FleetTarget, RunRequest, TargetOutcome, attached};
use tokio::sync::mpsc::UnboundedReceiver;

use self::targets::{Chosen, NamedPlaces, row};
use crate::aws::Caller;
use crate::failure::describe_raised;
use crate::host::host;
use crate::interrupt;
use crate::options::Options;

pub(crate) fn module(lua: &Lua, caller: &Caller) -> Result<Table> {
    let fleet = lua.create_table()?;
    let this = caller.clone();
    let run = move |lua: Lua, (targets, work, options)| {
        let here = this.session();
        async move { run(&lua, here, targets, work, options).await }
    };
    fleet.raw_set("run", lua.create_async_function(run)?)?;
    let this = caller.clone();
    let plan = move |lua: Lua, (targets, options)| {
        let here = this.session();
        async move { plan(&lua, here, targets, options).await }
    };
    fleet.raw_set("plan", lua.create_async_function(plan)?)?;
    let this = caller.clone();
    let attach = move |lua: Lua, (commands, options)| {
        let here = this.session();
        async move { attach(&lua, here, commands, options).await }
    };
    fleet.raw_set("attach", lua.create_async_function(attach)?)?;
    Ok(fleet)
}

/// `fleet.plan(targets, {regions=, sessions=})`: returns a row for each target.
async fn plan(lua: &Lua, here: Context, targets: Value, options: Value) -> Result<Table> {
    let mut options = Options::read("fleet.plan", options)?;
    let chosen = Chosen::read("fleet.plan", &here, &targets, &mut options)?;
    options.finish()?;
    let plan = chosen.resolve().await?;
    result::list(lua, plan.targets.iter().map(|target| row(lua, target)))
}

/// `fleet.run(targets, command, options)`
async fn run(lua: &Lua, here: Context, targets: Value, work: Value, options: Value) -> Result<Table> {
    let mut options = Options::read("fleet.run", options)?;
    let chosen = Chosen::read("fleet.run", &here, &targets, &mut options)?;
    let request = order::read(&mut options, work, &chosen.choices)?;
    let listener = callback(lua, &mut options)?;
    options.finish()?;
    may_send(&here).await.map_err(Error::external)?;
    let FleetPlan { locations, targets } = chosen.resolve().await?;
    order::check(&request, &targets)?;
    for (location, session) in locations.iter().enumerate() {
        let ids: Vec<String> =
            targets.iter().filter(|target| target.location == location).map(|target| target.id.clone()).collect();
        if !ids.is_empty() {
            may_send_to(session, &ids).await.map_err(Error::external)?;
        }
    }
    if targets.is_empty() {
        let regions = locations.iter().filter_map(|session| session.region()).collect::<Vec<_>>().join(", ");
        let place = if regions.is_empty() { regions } else { format!(" in {regions}") };
        tracing::warn!("fleet.run: no command was sent, because no running machine matches the targets{place}");
    }
    let run = format!("mf-{:08x}", fastrand::u32(..));
    let gathered = gather(lua, &locations, targets, &request, listener, run, async |engine| engine.run().await).await?;
    result::table(lua, gathered)
}

/// `fleet.attach(command_ids, options)`: waits for the results of commands that were sent before.
async fn attach(lua: &Lua, here: Context, commands: Value, options: Value) -> Result<Table> {
    let mut options = Options::read("fleet.attach", options)?;
    let places = NamedPlaces::read("fleet.attach", &here, &mut options)?;
    let request = order::read_attach(&mut options)?;
    let listener = callback(lua, &mut options)?;
    options.finish()?;
    let wrong = || Error::external("fleet.attach: expected the id of a command, or a list of ids");
    let commands = match commands {
        Value::String(id) => vec![id.to_str()?.to_owned()],
        Value::Table(list) => list.sequence_values::<String>().collect::<Result<Vec<_>>>().map_err(|_| wrong())?,
        _ => Vec::new(),
    };
    if commands.is_empty() {
        return Err(wrong());
    }
    let places = each_once(places.sessions().await?).await.map_err(Error::external)?;
    let (targets, commands) = attached::find(&places, commands).await.map_err(Error::external)?;
    let work = async |engine: &Engine<'_, FleetLocation<'_>>| engine.attach(commands).await;
    let mut gathered = gather(lua, &places, targets, &request, listener, String::new(), work).await?;
    // There is no plan that the targets could differ from.
    gathered.planned = gathered.outcomes.len();
    result::table(lua, gathered)
}

/// Runs an engine, and shows its progress.
async fn gather(
    lua: &Lua,
    sessions: &[Context],
    targets: Vec<FleetTarget>,
    request: &RunRequest,
    listener: Option<Function>,
    run: String,
    work: impl AsyncFnOnce(&Engine<'_, FleetLocation<'_>>) -> Gathered,
) -> Result<Gathered> {
    interrupt::listen(lua)?;
    let bar = sessions.first().and_then(|session| session.progress().start(targets.len()));
    let (progress, finished) = RunProgress::new(bar, targets.len(), sessions.len());
    let places: Vec<FleetLocation<'_>> =
        sessions.iter().map(|session| FleetLocation { session: session.clone(), request }).collect();
    let engine = Engine::new(&places, targets, request, &progress, run);
    let (mut gathered, reported) = join(progress.until(work(&engine)), report_outcomes(lua, finished, listener)).await;
    reported?;
    // Of machines that Systems Manager has chosen itself, only the ids are known.
    let (mut added, outcomes): (Vec<_>, Vec<_>) = gathered.outcomes.drain(gathered.planned..).unzip();
    describe(sessions, &mut added).await;
    gathered.outcomes.extend(added.into_iter().zip(outcomes));
    Ok(gathered)
}

fn callback(lua: &Lua, options: &mut Options) -> Result<Option<Function>> {
    match options.value("on_result")? {
        Value::Nil => Ok(None),
        Value::Function(function) => host(lua, "guarded")?.call(function).map(Some),
        other => Err(options.wrong("on_result", "a function", other.type_name())),
    }
}

/// Calls the `on_result` function for each finished target, while the others continue.
async fn report_outcomes(
    lua: &Lua,
    mut finished: UnboundedReceiver<(FleetTarget, TargetOutcome)>,
    listener: Option<Function>,
) -> Result<()> {
    while let Some((target, outcome)) = finished.recv().await {
        let Some(listener) = &listener else { continue };
        let returned: MultiValue = listener.call_async(result::row(lua, &target, &outcome)?).await?;
        if let (Some(Value::Boolean(false)), Some(error)) = (returned.front(), returned.get(1)) {
            tracing::warn!("fleet.run: on_result failed: {}", describe_raised(lua, error));
        }
    }
    Ok(())
}
