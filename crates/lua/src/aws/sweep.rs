//! `sweep` in Lua: calls one function in many regions and accounts at once. Failed regions and accounts are
//! listed beside the results, and are never treated as empty.

use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::{Either, join_all, select};
use mlua::{Error, Function, Lua, LuaSerdeExt, MultiValue, Result, Table, Value};
use moonfleet_client::by_name::{maps, read, text};
use moonfleet_core::Map;
use moonfleet_core::error;
use moonfleet_core::error::INVALID_INPUT;
use moonfleet_engine::Context;
use tokio::sync::Semaphore;

use super::answer::{RowLabels, labelled};
use super::caller::{Caller, scope};
use super::region_visit::{GLOBAL, RegionVisit};
use super::session;
use super::session::{role, session_of, session_table};
use super::swept::remember;
use crate::failure::describe_raised;
use crate::host::{host, mark_incomplete};
use crate::options::Options;

/// The default number of calls at the same time.
const LIMIT: usize = 32;
/// The region that lists all regions, if the session has no region.
const DEFAULT_REGION: &str = "us-east-1";

pub fn module(lua: &Lua, default: &Caller) -> Result<Table> {
    let sweep = lua.create_table()?;
    let caller = default.clone();
    let regions = move |lua: Lua, (regions, function, options): (Value, Function, Value)| {
        let here = caller.session();
        async move {
            let mut options = Options::read("sweep.regions", options)?;
            let limit = limit(&mut options)?;
            options.finish()?;
            let regions = Regions::read("sweep.regions", regions)?;
            let account = SweepCaller { name: None, session: Ok(here) };
            run(&lua, vec![account], regions, function, limit).await
        }
    };
    sweep.raw_set("regions", lua.create_async_function(regions)?)?;
    let caller = default.clone();
    let accounts = move |lua: Lua, (accounts, function, options): (Table, Function, Value)| {
        let here = caller.session();
        async move {
            let mut options = Options::read("sweep.accounts", options)?;
            let limit = limit(&mut options)?;
            let regions = Regions::read("sweep.accounts", options.value("regions")?)?;
            let accounts = read_accounts(&here, &accounts, &mut options)?;
            options.finish()?;
            run(&lua, accounts, regions, function, limit).await
        }
    };
    sweep.raw_set("accounts", lua.create_async_function(accounts)?)?;
    Ok(sweep)
}

fn limit(options: &mut Options) -> Result<usize> {
    let requested = options.integer("limit")?.unwrap_or(LIMIT as i64);
    let limit = usize::try_from(requested).ok().filter(|limit| (1..=1000).contains(limit));
    limit.ok_or_else(|| options.wrong("limit", "from 1 to 1000", &requested.to_string()))
}

/// The regions of a sweep. Without a choice, only the session's own region: all regions must be requested.
#[derive(Clone)]
pub enum Regions {
    Own,
    All,
    Named(Vec<String>),
}

impl Regions {
    pub fn read(function: &str, value: Value) -> Result<Self> {
        let wrong = || {
            Error::external(format!(
                "{function}: regions must be a list of names, \"all\", or nil for the session's region"
            ))
        };
        match value {
            Value::Nil => Ok(Regions::Own),
            Value::String(text) if text == "all" => Ok(Regions::All),
            Value::Table(list) => {
                let names = list.sequence_values::<String>().collect::<Result<Vec<_>>>().map_err(|_| wrong())?;
                if names.is_empty() {
                    let problem =
                        "the list of regions is empty; use \"all\" for all regions, or nil for the session's region";
                    return Err(Error::external(format!("{function}: {problem}")));
                }
                // The value of a list argument on the command line: --regions all.
                if names == ["all"] {
                    return Ok(Regions::All);
                }
                Ok(Regions::Named(names))
            }
            _ => Err(wrong()),
        }
    }
}

/// An account of a sweep: its name in the script, and its session.
struct SweepCaller {
    name: Option<String>,
    session: std::result::Result<Context, Value>,
}

/// Reads accounts: profiles, role ARNs, options of a session, or sessions.
fn read_accounts(here: &Context, list: &Table, options: &mut Options) -> Result<Vec<SweepCaller>> {
    let shared = |options: &mut Options, arn: &str| role(options, arn.to_owned());
    // Reads the options of roles even if no account needs them, so that their names are known.
    let _ = shared(options, "arn:aws:iam::123456789012:role/example")?;
    let mut accounts = Vec::new();
    for (at, entry) in (1..).zip(list.sequence_values::<Value>()) {
        let (name, session) = match entry? {
            Value::String(text) if text.as_bytes().starts_with(b"arn:") => {
                let arn = text.to_str()?.to_owned();
                let role = shared(options, &arn)?;
                (arn, here.in_role(role))
            }
            Value::String(text) => {
                let profile = text.to_str()?.to_owned();
                let mut settings = here.settings().clone();
                settings.principal.profile = Some(profile.clone());
                settings.principal.roles.clear();
                (profile, here.with(settings))
            }
            Value::Table(table) => match session_of(&table)? {
                Some(session) => (named(&session), session),
                None => {
                    let mut session_options = Options::read("sweep.accounts", Value::Table(table))?;
                    let session = session::session(here, &mut session_options)?;
                    session_options.finish()?;
                    (named(&session), session)
                }
            },
            other => {
                let kind = other.type_name();
                let expected = "a profile's name, a role's ARN, options of aws.session, or a session";
                return Err(Error::external(format!("sweep.accounts: item {at} must be {expected}, got {kind}")));
            }
        };
        accounts.push(SweepCaller { name: Some(name), session: Ok(session) });
    }
    if accounts.is_empty() {
        return Err(Error::external("sweep.accounts: the list of accounts is empty; pass at least one"));
    }
    Ok(accounts)
}

fn named(session: &Context) -> String {
    let principal = &session.settings().principal;
    let role = principal.roles.last().map(|role| role.arn.clone());
    role.or_else(|| principal.profile.clone()).unwrap_or_else(|| "default".to_owned())
}

/// The result of one call.
struct SweepResult {
    name: Option<String>,
    account: Option<String>,
    region: Option<String>,
    result: std::result::Result<Value, Value>,
}

async fn run(
    lua: &Lua,
    accounts: Vec<SweepCaller>,
    regions: Regions,
    function: Function,
    limit: usize,
) -> Result<Table> {
    let function: Function = host(lua, "guarded")?.call(function)?;
    // Each account has its share of the limit, so that an account whose calls all wait does not block the
    // others.
    let share = limit.div_ceil(accounts.len());
    let permits = Arc::new(Semaphore::new(limit.max(if accounts.len() > limit { 0 } else { share * accounts.len() })));
    let sweeps = accounts.into_iter().map(|account| {
        let (permits, regions, function) = (permits.clone(), regions.clone(), &function);
        let account_permits = Rc::new(Semaphore::new(share));
        async move { sweep_account(lua, account, regions, function, &permits, &account_permits).await }
    });
    let mut results = Vec::new();
    for account_results in join_all(sweeps).await {
        results.extend(account_results?);
    }
    envelope(lua, results)
}

/// Calls the function in all regions of an account, or once if its result does not depend on the region.
async fn sweep_account(
    lua: &Lua,
    account: SweepCaller,
    regions: Regions,
    function: &Function,
    permits: &Semaphore,
    account_permits: &Semaphore,
) -> Result<Vec<SweepResult>> {
    let name = account.name;
    let failed = |name, account, error: Value| SweepResult { name, account, region: None, result: Err(error) };
    let session = match account.session {
        Ok(session) => session,
        Err(error) => return Ok(vec![failed(name, None, error)]),
    };
    let names = {
        let _permits = (account_permits.acquire().await, permits.acquire().await);
        match learn_account(&session).await {
            Ok(()) => region_names(&session, regions).await,
            Err(error) => Err(error),
        }
    };
    let names = match names {
        Ok(names) => names,
        Err(error) => {
            return Ok(vec![failed(name, session.account(), raised(error))]);
        }
    };
    let visits = RegionVisit::of_regions(names.len());
    let calls = names.into_iter().zip(visits).map(|(region, visit)| {
        let session = region.as_ref().map_or(session.clone(), |region| session.in_region(region));
        let name = name.clone();
        async move {
            let _permits = (account_permits.acquire().await, permits.acquire().await);
            let argument = session_table(lua, &session)?;
            let call = scope(session.clone(), visit.clone(), function.call_async::<MultiValue>(argument));
            let mut returned = match select(pin!(call), pin!(visit.repeats())).await {
                Either::Left((returned, _)) => returned?.into_iter(),
                Either::Right(_) => return Ok(None),
            };
            visit.ended();
            let is_ok = matches!(returned.next(), Some(Value::Boolean(true)));
            let value = returned.next().unwrap_or(Value::Nil);
            let result = if is_ok { Ok(value) } else { Err(value) };
            let region = if visit.is_global() { Some(GLOBAL.to_owned()) } else { session.region() };
            Ok(Some(SweepResult { name, account: session.account(), region, result }))
        }
    });
    join_all(calls).await.into_iter().filter_map(Result::transpose).collect()
}

/// Learns the account of a session, with a call in its region: credentials belong to one partition.
async fn learn_account(session: &Context) -> std::result::Result<(), error::Error> {
    with_region(session).learn_account().await
}

/// Returns the session with its region, or with the default region if it has none.
fn with_region(session: &Context) -> Context {
    if session.region().is_some() { session.clone() } else { session.in_region(DEFAULT_REGION) }
}

/// Returns the names of the regions; none is the session's own region.
pub async fn region_names(
    session: &Context,
    regions: Regions,
) -> std::result::Result<Vec<Option<String>>, error::Error> {
    match regions {
        Regions::Own => Ok(vec![None]),
        Regions::Named(names) => Ok(names.into_iter().map(Some).collect()),
        Regions::All => {
            let session = with_region(session);
            let mut answer = read(&session, "ec2", "describe_regions", Map::default()).await?;
            let regions = maps(answer.take("regions"));
            let mut names: Vec<String> = regions.iter().map(|region| text(region, "region_name")).collect();
            names.sort();
            Ok(names.into_iter().map(Some).collect())
        }
    }
}

fn raised(error: error::Error) -> Value {
    Value::Error(Box::new(Error::external(error)))
}

/// Returns `{results=, errors=, complete=}`.
fn envelope(lua: &Lua, sweep_results: Vec<SweepResult>) -> Result<Table> {
    let results = super::answer::list(lua, 0)?;
    let errors = super::answer::list(lua, 0)?;
    for SweepResult { name, account, region, result } in sweep_results {
        match result {
            Ok(value) => {
                remember(lua, account.as_deref(), region.as_deref());
                let labels = [("account", account), ("region", region)];
                let labels = labels.into_iter().filter_map(|(name, text)| Some((name, text?))).collect();
                let labels: RowLabels = Rc::new(labels);
                for row in rows(lua, value)? {
                    results.raw_push(labelled(lua, row, &labels)?)?;
                }
            }
            Err(error) => {
                let place = [account.as_deref().or(name.as_deref()), region.as_deref()];
                let place: Vec<&str> = place.into_iter().flatten().collect();
                let place = if place.is_empty() { "the session's own account".to_owned() } else { place.join(" ") };
                let reason = describe_raised(lua, &error);
                tracing::warn!("incomplete: {place} failed: {reason}");
                mark_incomplete(lua, format!("{place}: {reason}"));
                let entry = lua.create_table()?;
                entry.raw_set("name", name)?;
                entry.raw_set("account", account)?;
                entry.raw_set("region", region)?;
                entry.raw_set("error", error)?;
                errors.raw_push(entry)?;
            }
        }
    }
    let complete = errors.raw_len() == 0;
    let envelope = lua.create_table()?;
    envelope.raw_set("results", results)?;
    envelope.raw_set("errors", errors)?;
    envelope.raw_set("complete", complete)?;
    let metatable = lua.create_table()?;
    metatable.raw_set("__records", "results")?;
    envelope.set_metatable(Some(metatable))?;
    Ok(envelope)
}

/// Returns the rows that a function returned: the items of a list, none for nil or an empty table, else the value itself.
fn rows(lua: &Lua, value: Value) -> Result<Vec<Value>> {
    match value {
        Value::Nil => Ok(Vec::new()),
        Value::Table(table) => {
            let is_list = table.raw_len() > 0 || table.metatable().is_some_and(|m| m == lua.array_metatable());
            if is_list {
                return table.sequence_values().collect();
            }
            let is_empty = table.is_empty() && table.metatable().is_none();
            Ok(if is_empty { Vec::new() } else { vec![Value::Table(table)] })
        }
        Value::Function(_) | Value::Thread(_) => Err(Error::external(error::Error::new(
            INVALID_INPUT,
            "the function of a sweep must return rows, not an iterator; use .all instead of .items",
        ))),
        other => Ok(vec![other]),
    }
}
