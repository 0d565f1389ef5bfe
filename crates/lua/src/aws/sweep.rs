//! `sweep` in Lua: one function in many regions and accounts at once. What did not answer
//! is named beside what did, and never passed off as empty.

use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::join_all;
use mlua::{Error, Function, Lua, LuaSerdeExt, MultiValue, Result, Table, Value};
use moonfleet_client::by_name::{maps, read, text};
use moonfleet_core::Map;
use moonfleet_core::error;
use moonfleet_core::error::INVALID_INPUT;
use moonfleet_engine::Context;
use tokio::sync::Semaphore;

use super::answer::{RowLabels, labelled};
use super::caller::{Caller, scope};
use super::session;
use super::session::{held, role, session_table};
use crate::failure::describe_raised;
use crate::host::{host, incomplete};
use crate::options::Options;

/// How many functions run at once, where nobody says.
const LIMIT: usize = 32;
/// Where the list of regions is asked for by a session that has none.
const ANYWHERE: &str = "us-east-1";

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
    let limit = options.integer("limit")?.unwrap_or(LIMIT as i64);
    let limit = usize::try_from(limit).ok().filter(|limit| (1..=1000).contains(limit));
    limit.ok_or_else(|| options.wrong("limit", "from 1 to 1000", "that"))
}

/// The session's own region, unless somebody names others: nobody means the world by nothing.
#[derive(Clone)]
pub enum Regions {
    Own,
    All,
    Named(Vec<String>),
}

impl Regions {
    pub fn read(function: &str, given: Value) -> Result<Self> {
        let wrong = || {
            Error::external(format!("{function}: regions are a list of names, \"all\", or nil for the session's own"))
        };
        match given {
            Value::Nil => Ok(Regions::Own),
            Value::String(text) if text == "all" => Ok(Regions::All),
            Value::Table(list) => {
                let names = list.sequence_values::<String>().collect::<Result<Vec<_>>>().map_err(|_| wrong())?;
                if names.is_empty() {
                    let problem = "the list of regions is empty, which is not the same as all; say \"all\" or nil";
                    return Err(Error::external(format!("{function}: {problem}")));
                }
                // As a list of words says it, which is what a script gets from the command line.
                if names == ["all"] {
                    return Ok(Regions::All);
                }
                Ok(Regions::Named(names))
            }
            _ => Err(wrong()),
        }
    }
}

/// Whom a sweep asks, and by what name the script knows it.
struct SweepCaller {
    name: Option<String>,
    session: std::result::Result<Context, Value>,
}

/// Profiles, role ARNs, options of a session, or sessions.
fn read_accounts(here: &Context, list: &Table, options: &mut Options) -> Result<Vec<SweepCaller>> {
    let shared = |options: &mut Options, arn: &str| role(options, arn.to_owned());
    // Read even where no role needs them, so that they are known names.
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
            Value::Table(table) => match held(&table)? {
                Some(session) => (named(&session), session),
                None => {
                    let mut given = Options::read("sweep.accounts", Value::Table(table))?;
                    let session = session::session(here, &mut given)?;
                    given.finish()?;
                    (named(&session), session)
                }
            },
            other => {
                let kind = other.type_name();
                let expected = "a profile's name, a role's ARN, options of aws.session, or a session";
                return Err(Error::external(format!("sweep.accounts: item {at} must be {expected}, not a {kind}")));
            }
        };
        accounts.push(SweepCaller { name: Some(name), session: Ok(session) });
    }
    if accounts.is_empty() {
        return Err(Error::external("sweep.accounts: the list of accounts is empty; name at least one"));
    }
    Ok(accounts)
}

fn named(session: &Context) -> String {
    let principal = &session.settings().principal;
    let role = principal.roles.last().map(|role| role.arn.clone());
    role.or_else(|| principal.profile.clone()).unwrap_or_else(|| "default".to_owned())
}

/// What one function gave in one place.
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
    // Each account has its share, so that one whose calls all wait does not hold the places
    // of the others.
    let share = limit.div_ceil(accounts.len());
    let places = Arc::new(Semaphore::new(limit.max(if accounts.len() > limit { 0 } else { share * accounts.len() })));
    let sweeps = accounts.into_iter().map(|account| {
        let (places, regions, function) = (places.clone(), regions.clone(), &function);
        let own = Rc::new(Semaphore::new(share));
        async move { over(lua, account, regions, function, &places, &own).await }
    });
    let mut outcomes = Vec::new();
    for of_account in join_all(sweeps).await {
        outcomes.extend(of_account?);
    }
    envelope(lua, outcomes)
}

/// All regions of an account.
async fn over(
    lua: &Lua,
    account: SweepCaller,
    regions: Regions,
    function: &Function,
    places: &Semaphore,
    own: &Semaphore,
) -> Result<Vec<SweepResult>> {
    let name = account.name;
    let failed = |name, account, error: Value| SweepResult { name, account, region: None, result: Err(error) };
    let session = match account.session {
        Ok(session) => session,
        Err(error) => return Ok(vec![failed(name, None, error)]),
    };
    let asked = {
        let _places = (own.acquire().await, places.acquire().await);
        match learn_account(&session).await {
            Ok(()) => region_names(&session, regions).await,
            Err(error) => Err(error),
        }
    };
    let names = match asked {
        Ok(names) => names,
        Err(error) => {
            return Ok(vec![failed(name, session.account(), raised(error))]);
        }
    };
    let calls = names.into_iter().map(|region| {
        let session = region.as_ref().map_or(session.clone(), |region| session.in_region(region));
        let name = name.clone();
        async move {
            let _places = (own.acquire().await, places.acquire().await);
            let argument = session_table(lua, &session)?;
            let mut told = scope(session.clone(), function.call_async::<MultiValue>(argument)).await?.into_iter();
            let is_ok = matches!(told.next(), Some(Value::Boolean(true)));
            let value = told.next().unwrap_or(Value::Nil);
            let result = if is_ok { Ok(value) } else { Err(value) };
            Ok(SweepResult { name, account: session.account(), region: session.region(), result })
        }
    });
    join_all(calls).await.into_iter().collect()
}

/// Finds out who asks, by a call in the session's region: credentials are of one partition.
async fn learn_account(session: &Context) -> std::result::Result<(), error::Error> {
    somewhere(session).learn_account().await
}

fn somewhere(session: &Context) -> Context {
    if session.region().is_some() { session.clone() } else { session.in_region(ANYWHERE) }
}

/// The regions to go through; none stands for the session's own, whatever that is.
pub async fn region_names(
    session: &Context,
    regions: Regions,
) -> std::result::Result<Vec<Option<String>>, error::Error> {
    match regions {
        Regions::Own => Ok(vec![None]),
        Regions::Named(names) => Ok(names.into_iter().map(Some).collect()),
        Regions::All => {
            let session = somewhere(session);
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

/// `{results=, errors=, complete=}`
fn envelope(lua: &Lua, outcomes: Vec<SweepResult>) -> Result<Table> {
    let results = super::answer::list(lua, 0)?;
    let errors = super::answer::list(lua, 0)?;
    for SweepResult { name, account, region, result } in outcomes {
        match result {
            Ok(value) => {
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
                let why = describe_raised(lua, &error);
                tracing::warn!("not complete, {place} did not answer: {why}");
                incomplete(lua, format!("{place}: {why}"));
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

/// A list is rows, any other value is one, and nothing is none.
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
            "a sweep's function must return rows, not an iterator; use .all in place of .items",
        ))),
        other => Ok(vec![other]),
    }
}
