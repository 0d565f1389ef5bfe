//! `task` in Lua: runs functions concurrently. Every function runs in its own coroutine; while one
//! waits, the others continue. A cancelled function ends at the call that it waits for, and that
//! call is cancelled too. A function that only computes cannot be cancelled.

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

/// Returns a function for scripts that raises the errors of their functions unchanged.
fn raising<A, F, R>(lua: &Lua, function: F) -> Result<Function>
where
    A: FromLuaMulti,
    F: Fn(Lua, A) -> R + 'static,
    R: Future<Output = Result<CallResult>> + 'static,
{
    let guarded = lua.create_async_function(move |lua, arguments| {
        let call = function(lua, arguments);
        async move {
            Ok(match call.await? {
                Ok(mut results) => {
                    results.push_front(Value::Boolean(true));
                    results
                }
                Err(error) => MultiValue::from_iter([Value::Boolean(false), error]),
            })
        }
    })?;
    host(lua, "raising")?.call(guarded)
}

/// `task.timeout(duration, fn, ...)`: returns the results of `fn(...)`. Raises an error with the code
/// `Timeout` if it takes longer.
async fn timeout(lua: Lua, (limit, function, arguments): (Value, Value, MultiValue)) -> Result<CallResult> {
    let limit = duration("task.timeout", &limit)?;
    let function = Callable::read(&lua, function, "task.timeout: the second argument")?;
    let over = pin!(spawn(async move { tokio::time::sleep(limit).await }));
    // The function is polled first: if it finishes exactly at the limit, its result counts.
    match select(pin!(function.call(arguments)), over).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => {
            let error = moonfleet_core::Error::new("Timeout", format!("task.timeout: not finished within {limit:?}"));
            Err(Error::external(moonfleet_core::Error { retryable: true, ..error }))
        }
    }
}

/// `task.sleep(duration)`: waits for seconds, or for a duration such as "500ms".
async fn sleep(_: Lua, time: Value) -> Result<()> {
    let time = duration("task.sleep", &time)?;
    spawn(async move { tokio::time::sleep(time).await }).await.map_err(|panic| Error::runtime(panic.to_string()))
}

fn duration(function: &str, value: &Value) -> Result<Duration> {
    super::time::to_duration(value).map_err(|e| Error::runtime(format!("{function}: {e}")))
}
