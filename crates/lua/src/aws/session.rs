//! Sessions as scripts see them: a table with every service, with functions that return the
//! caller identity and assume a role.

use std::time::Duration;

use mlua::{AnyUserData, Error, Lua, LuaSerdeExt, MultiValue, Result, Table, UserData, Value};
use moonfleet_client::{CallOptions, MfaSession, Role, SessionSettings};
use moonfleet_engine::Context;

use super::service::demand;
use super::{Caller, any_service, service_table};
use crate::options::Options;

/// The key of the session in the metatable of a session's table.
const SESSION: &str = "__session";

struct SessionHolder(Context);

impl UserData for SessionHolder {}

pub fn table(lua: &Lua, caller: &Caller) -> Result<Table> {
    let table = lua.create_table()?;
    let this = caller.clone();
    let whoami = move |lua: Lua, _: MultiValue| {
        let session = this.session();
        async move { whoami(&lua, &session).await }
    };
    table.raw_set("whoami", lua.create_async_function(whoami)?)?;
    let this = caller.clone();
    table.raw_set("assume", lua.create_function(move |lua, arguments| assume(lua, &this.session(), arguments))?)?;
    // The fields of a session hide the service `account`.
    let this = caller.clone();
    let service = move |lua: &Lua, name: String| service_table(lua, &this, demand("aws.service", &name)?);
    table.raw_set("service", lua.create_function(service)?)?;
    let metatable = lua.create_table()?;
    let this = caller.clone();
    let index = lua.create_function(move |lua, (table, name): (Table, String)| {
        let text =
            |text: Option<String>| text.map_or(Ok(Value::Nil), |text| lua.create_string(text).map(Value::String));
        match name.as_str() {
            "region" => return text(this.session().region()),
            "account" => return text(this.session_in_all_regions().account()),
            "profile" => return text(this.session_in_all_regions().settings().principal.profile.clone()),
            _ => {}
        }
        let Some(service) = any_service(&name) else { return Ok(Value::Nil) };
        let bound = Value::Table(service_table(lua, &this, service)?);
        table.raw_set(name, &bound)?;
        Ok(bound)
    })?;
    metatable.raw_set("__index", index)?;
    let this = caller.clone();
    metatable.raw_set("__tostring", lua.create_function(move |_, _: Table| Ok(described(&this.session())))?)?;
    if let Caller::Session(session) = caller {
        metatable.raw_set(SESSION, lua.create_userdata(SessionHolder(session.clone()))?)?;
    }
    table.set_metatable(Some(metatable))?;
    Ok(table)
}

pub fn session_table(lua: &Lua, session: &Context) -> Result<Table> {
    table(lua, &Caller::Session(session.clone()))
}

/// Returns the session of a session's table; none for other tables.
pub fn session_of(table: &Table) -> Result<Option<Context>> {
    let Some(metatable) = table.metatable() else { return Ok(None) };
    let holder: Option<AnyUserData> = metatable.raw_get(SESSION)?;
    holder.map(|holder| holder.borrow::<SessionHolder>().map(|holder| holder.0.clone())).transpose()
}

/// Describes a session: `session (profile prod, role …, eu-central-1)`.
fn described(session: &Context) -> String {
    let principal = &session.settings().principal;
    let profile = principal.profile.as_ref().map(|profile| format!("profile {profile}"));
    let roles = principal.roles.iter().map(|role| format!("role {}", role.arn));
    let mfa = principal.mfa.as_ref().map(|mfa| format!("MFA {}", mfa.serial));
    let words: Vec<String> = profile.into_iter().chain(mfa).chain(roles).chain(session.region()).collect();
    format!("session ({})", words.join(", "))
}

/// `aws.whoami()`: returns {account, arn, id, region}.
async fn whoami(lua: &Lua, session: &Context) -> Result<Table> {
    let caller = session.caller().await.map_err(Error::external)?;
    let table = lua.create_table()?;
    table.raw_set("account", caller.account.as_str())?;
    table.raw_set("arn", caller.arn.as_str())?;
    table.raw_set("id", caller.id.as_str())?;
    table.raw_set("region", session.region())?;
    Ok(table)
}

/// `aws.assume(role_arn, options)`, which can also be called as `prod:assume(role_arn, options)`.
fn assume(lua: &Lua, session: &Context, mut arguments: MultiValue) -> Result<Table> {
    if arguments.front().is_some_and(Value::is_table) {
        arguments.pop_front();
    }
    let arn = match arguments.pop_front() {
        Some(Value::String(arn)) => arn.to_str()?.to_owned(),
        _ => return Err(Error::external("aws.assume: the first argument must be the ARN of the role, as a string")),
    };
    let mut options = Options::read("aws.assume", arguments.pop_front().unwrap_or(Value::Nil))?;
    let mut settings = session.settings().clone();
    settings.principal.roles.push(role(&mut options, arn)?);
    settings.region = options.string("region")?.or(settings.region);
    options.finish()?;
    session_table(lua, &session.with(settings))
}

/// Reads the options of a role.
pub fn role(options: &mut Options, arn: String) -> Result<Role> {
    let role = Role {
        arn,
        external_id: options.secret("external_id")?,
        mfa_serial: options.string("mfa_serial")?,
        session_name: options.string("session_name")?,
        duration: options.duration("duration")?,
    };
    role.check().map_err(Error::external)?;
    check_duration(options, role.duration)?;
    Ok(role)
}

/// Reads the options of an MFA session, which has no role.
fn mfa_session(options: &mut Options, serial: String) -> Result<MfaSession> {
    let duration = options.duration("duration")?;
    check_duration(options, duration)?;
    Ok(MfaSession { serial, duration })
}

fn check_duration(options: &Options, duration: Option<Duration>) -> Result<()> {
    match duration {
        Some(duration) if duration < Duration::from_secs(900) => {
            Err(options.wrong("duration", "at least \"15m\", the minimum of AWS", &format!("{}s", duration.as_secs())))
        }
        _ => Ok(()),
    }
}

/// `aws.session{profile=, region=, …}`
pub fn open(lua: &Lua, origin: &Caller, options: Value) -> Result<Table> {
    let mut options = Options::read("aws.session", options)?;
    let session = session(&origin.session(), &mut options)?;
    options.finish()?;
    session_table(lua, &session)
}

/// Returns a session with the settings of `origin`, changed by the options.
pub fn session(origin: &Context, options: &mut Options) -> Result<Context> {
    let mut settings: SessionSettings = origin.settings().clone();
    if let Some(profile) = options.string("profile")? {
        settings.principal.profile = Some(profile);
        // The roles and the MFA session belong to the previous profile.
        settings.principal.roles.clear();
        settings.principal.mfa = None;
    }
    if let Some(url) = options.string("endpoint_url")? {
        settings.principal.endpoint_url = Some(url);
    }
    match options.string("role_arn")? {
        Some(arn) => settings.principal.roles.push(role(options, arn)?),
        None => {
            options.need("role_arn", &["external_id", "session_name"])?;
            match options.string("mfa_serial")? {
                Some(serial) => settings.principal.mfa = Some(mfa_session(options, serial)?),
                None => options.need("mfa_serial", &["duration"])?,
            }
        }
    }
    settings.region = options.string("region")?.or(settings.region);
    let CallOptions { timeout, retries, max_pages: _ } = super::options::read_call_options(options)?;
    settings.calls.timeout = timeout.or(settings.calls.timeout);
    settings.calls.retries = retries.or(settings.calls.retries);
    settings.adaptive = match options.string("retry_mode")?.as_deref() {
        None => settings.adaptive,
        Some("standard") => false,
        Some("adaptive") => true,
        Some(other) => {
            return Err(options.wrong("retry_mode", "\"standard\" or \"adaptive\"", &format!("{other:?}")));
        }
    };
    Ok(origin.with(settings))
}

/// `aws.use(session)` sets the default session and returns the previous one; `aws.use()` restores the
/// session that the process started with.
pub fn switch(lua: &Lua, default: &Caller, to: Value) -> Result<Table> {
    let next = match &to {
        Value::Nil => default.initial(),
        Value::Table(table) => session_of(table)?,
        _ => None,
    };
    let next = next.ok_or_else(|| {
        Error::external("aws.use: expected a session from aws.session{…} or aws.assume(…), or no argument")
    })?;
    session_table(lua, &default.replace(next))
}

/// `aws.profiles()`
pub async fn profiles(lua: Lua, session: Context) -> Result<Value> {
    let names = session.profiles().await.map_err(Error::external)?;
    let list = lua.create_sequence_from(names)?;
    list.set_metatable(Some(lua.array_metatable()))?;
    Ok(Value::Table(list))
}
