//! `task` in Lua: plain blocking style, real concurrency. Every function runs as a
//! coroutine of its own; while one waits, the others go on. A function that is cancelled
//! ends where it waits, and the call that it waits for with it. One that only computes
//! waits nowhere and cannot be ended before its time.

mod callable;
mod group;
mod map;

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use mlua::{Error, FromLuaMulti, Function, Lua, MultiValue, Result, Table, Value};
use moonfleet_client::spawn;

use self::callable::{CallResult, Callable};
use crate::host::host;

pub(crate) fn module(lua: &Lua) -> Result<Table> {
    let task = lua.create_table()?;
    task.set("all", raising(lua, group::run_all)?)?;
    task.set("map", raising(lua, map::map)?)?;
    task.set("race", raising(lua, group::race)?)?;
    task.set("sleep", lua.create_async_function(sleep)?)?;
    task.set("timeout", raising(lua, timeout)?)?;
    Ok(task)
}

/// A function for scripts that raises, unchanged, what a function of theirs has raised.
fn raising<A, F, R>(lua: &Lua, function: F) -> Result<Function>
where
    A: FromLuaMulti,
    F: Fn(Lua, A) -> R + 'static,
    R: Future<Output = Result<CallResult>> + 'static,
{
    let told = lua.create_async_function(move |lua, arguments| {
        let outcome = function(lua, arguments);
        async move {
            Ok(match outcome.await? {
                Ok(mut results) => {
                    results.push_front(Value::Boolean(true));
                    results
                }
                Err(error) => MultiValue::from_iter([Value::Boolean(false), error]),
            })
        }
    })?;
    host(lua, "raising")?.call(told)
}

/// `task.timeout(duration, fn, ...)`: what `fn(...)` returns, or an error with the code
/// `Timeout` where it waits longer than that.
async fn timeout(lua: Lua, (limit, function, arguments): (Value, Value, MultiValue)) -> Result<CallResult> {
    let limit = duration("task.timeout", &limit)?;
    let function = Callable::read(&lua, function, "task.timeout: its second argument")?;
    let over = pin!(spawn(async move { tokio::time::sleep(limit).await }));
    // The function is asked first: what is done when the time is over is done.
    match select(pin!(function.call(arguments)), over).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(_) => {
            let error = moonfleet_core::Error::new("Timeout", format!("task.timeout: not done within {limit:?}"));
            Err(Error::external(moonfleet_core::Error { retryable: true, ..error }))
        }
    }
}

/// `task.sleep(seconds)`, or a duration such as "500ms".
async fn sleep(_: Lua, time: Value) -> Result<()> {
    let time = duration("task.sleep", &time)?;
    spawn(async move { tokio::time::sleep(time).await }).await.map_err(|panic| Error::runtime(panic.to_string()))
}

fn duration(of: &str, given: &Value) -> Result<Duration> {
    super::time::to_duration(given).map_err(|e| Error::runtime(format!("{of}: {e}")))
}
