//! `ec2.wait`: the waiters of a service, bound when a script names them. The bindings poll and decide whether
//! the state is reached; this module decides when to poll again and for how long.

use std::time::{Duration, Instant};

use mlua::{Function, Lua, Result, Table, Value};
use moonfleet_bindings::{Answer, Polled, Service, Waiter};
use moonfleet_client::{CallOptions, spawn};
use moonfleet_core::Error;
use moonfleet_core::{Map, suggest};
use moonfleet_engine::Context;
use moonfleet_engine::dispatch::admit;
use moonfleet_engine::waiter::{Poll, Polls};

use super::{Caller, answer, options};
use crate::host::host;
use crate::options::Options;

/// The default timeout.
const TIMEOUT: Duration = Duration::from_secs(600);

pub(super) fn waiters(lua: &Lua, caller: &Caller, service: &'static Service) -> Result<Table> {
    let table = lua.create_table()?;
    let metatable = lua.create_table()?;
    let caller = caller.clone();
    let index = lua.create_function(move |lua, (_, name): (Table, String)| match service.waiter(&name) {
        Some(waiter) => bind(lua, &caller, service, waiter),
        None => {
            let nearest = suggest::nearest(&name, service.waiters().iter().map(|w| w.name));
            let hint = nearest.map_or(String::new(), |n| format!("; did you mean {}.wait.{n}?", service.name));
            Err(mlua::Error::runtime(format!("{}.wait.{name}: no such waiter{hint}", service.name)))
        }
    })?;
    metatable.raw_set("__index", index)?;
    let names = service.waiters().iter().map(|waiter| waiter.name);
    let names = lua.create_table_from(names.map(|name| (name, true)))?;
    let walk = lua.create_function(move |lua, _: Table| Ok((host(lua, "next")?, names.clone())))?;
    metatable.raw_set("__pairs", walk)?;
    table.set_metatable(Some(metatable))?;
    Ok(table)
}

fn bind(lua: &Lua, caller: &Caller, service: &'static Service, waiter: &'static Waiter) -> Result<Function> {
    let caller = caller.clone();
    lua.create_async_function(move |lua, (input, options): (Option<Table>, Value)| {
        let session = caller.session();
        async move {
            let name = format!("{}.wait.{}", service.name, waiter.name);
            let (input, times) = times(&lua, &name, input)?;
            let (session, options) = options::read(&name, session, options)?;
            let input = super::input(&lua, service, &format!("wait.{}", waiter.name), &Value::Table(input))?;
            let input = admit(&session, service, waiter.operation, input).map_err(|e| waiter_error(waiter, e))?;
            let in_plan = session.guard().plan().is_some();
            let wait = Wait { session, service, waiter, times, options, in_plan };
            match wait.run(input).await.map_err(mlua::Error::external)? {
                Some(last) => answer::table(&lua, last).map(Value::Table),
                None => Ok(Value::Boolean(true)),
            }
        }
    })
}

/// Converts the error of a wrong input: the waiter has more parameters than its operation.
fn waiter_error(waiter: &Waiter, error: Error) -> mlua::Error {
    let mut message = error.message;
    if message.contains("unknown parameter") {
        message += "; a waiter also has the parameters timeout and delay";
    }
    mlua::Error::external(Error { operation: Some(format!("wait.{}", waiter.name)), message, ..error })
}

struct Times {
    timeout: Duration,
    delay: Option<Duration>,
}

/// Separates `timeout` and `delay` from the parameters of the operation. The table of the script is not
/// changed.
fn times(lua: &Lua, name: &str, input: Option<Table>) -> Result<(Table, Times)> {
    let copy = lua.create_table()?;
    let own = lua.create_table()?;
    if let Some(input) = input {
        input.for_each(|key: Value, value: Value| {
            let is_own = key.as_string().is_some_and(|key| key == "timeout" || key == "delay");
            if is_own { own.raw_set(key, value) } else { copy.raw_set(key, value) }
        })?;
    }
    let mut options = Options::read(name, Value::Table(own))?;
    let times = Times { timeout: options.duration("timeout")?.unwrap_or(TIMEOUT), delay: options.duration("delay")? };
    Ok((copy, times))
}

struct Wait {
    session: Context,
    service: &'static Service,
    waiter: &'static Waiter,
    times: Times,
    options: CallOptions,
    /// Whether changes are only planned. The state may then depend on a change that was not made, so the waiter polls
    /// only once.
    in_plan: bool,
}

impl Wait {
    /// Polls until the state is reached. Returns the answer of the last poll; none if an error is the expected state.
    async fn run(&self, input: Map) -> std::result::Result<Option<Answer>, Error> {
        let deadline = Instant::now() + self.times.timeout;
        let mut polls = Polls::new(&self.session, self.service, self.waiter, &self.options);
        let mut delay = self.times.delay.unwrap_or(self.waiter.min_delay);
        loop {
            // Even a poll at the end of the timeout gets this minimum of time.
            let limit = deadline.saturating_duration_since(Instant::now()).max(MIN_POLL_TIME);
            let Poll { result, states } = polls.poll(&input, limit).await?;
            let failure = match result {
                Some(Ok(Polled::Done(answer))) => return Ok(answer),
                Some(Ok(Polled::NotYet)) if self.in_plan => return Ok(None),
                Some(Ok(Polled::NotYet)) => None,
                Some(Err(error)) => Some(self.with_last_state(&states, error)),
                None => return Err(self.timeout(&states)),
            };
            // Retryable errors are waited for too.
            if let Some(error) = failure.filter(|error| !error.retryable) {
                return Err(error);
            }
            let remaining = deadline.saturating_duration_since(Instant::now());
            if remaining.is_zero() {
                return Err(self.timeout(&states));
            }
            let pause =
                if self.times.delay.is_some() { delay } else { delay.mul_f64(fastrand::f64().mul_add(0.5, 0.5)) };
            spawn(async move { tokio::time::sleep(pause.min(remaining)).await }).await.ok();
            if self.times.delay.is_none() {
                delay = (delay * 2).min(self.waiter.max_delay);
            }
        }
    }

    fn timeout(&self, states: &[(String, usize)]) -> Error {
        let message = format!("the state was not reached within {:?}", self.times.timeout);
        let error = Error {
            service: Some(self.service.name.to_owned()),
            region: self.session.region(),
            account: self.session.account(),
            retryable: true,
            ..Error::new("WaiterTimeout", message)
        };
        self.with_last_state(states, error)
    }

    /// Adds the name of the waiter and the states that the last poll saw to an error.
    fn with_last_state(&self, states: &[(String, usize)], mut error: Error) -> Error {
        let texts = states.iter().map(|(state, times)| match times {
            1 => state.clone(),
            times => format!("{state} ({times})"),
        });
        let state = texts.collect::<Vec<_>>().join(", ");
        error.operation = Some(format!("wait.{}", self.waiter.name));
        if !state.is_empty() {
            error.message = format!("{}; the last state was {state}", error.message.trim_end_matches('.'));
            error.state = Some(state);
        }
        error
    }
}

/// The minimum time limit of a poll.
const MIN_POLL_TIME: Duration = Duration::from_millis(500);
