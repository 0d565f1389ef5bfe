//! `task` in Lua: plain blocking style, real concurrency. Every function runs as a
//! coroutine of its own; while one waits, the others go on.

use futures_util::stream::{FuturesUnordered, StreamExt};
use mlua::{Error, Function, Lua, LuaSerdeExt, MultiValue, Result, Table, Value};

use super::host;
use super::options::Options;
use crate::session::spawn;

pub fn module(lua: &Lua) -> Result<Table> {
    let task = lua.create_table()?;
    task.set("map", host(lua, "raising")?.call::<Function>(lua.create_async_function(map)?)?)?;
    task.set("sleep", lua.create_async_function(sleep)?)?;
    Ok(task)
}

const LIMIT: usize = 16;

struct MapOptions {
    limit: usize,
    collect: bool,
}

impl MapOptions {
    fn read(options: Value) -> Result<Self> {
        let mut given = Options::read("task.map", options)?;
        let limit = given.integer("limit")?.unwrap_or(LIMIT as i64);
        let limit = usize::try_from(limit).ok().filter(|limit| *limit > 0);
        let limit = limit.ok_or_else(|| given.wrong("limit", "at least 1", "less"))?;
        let collect = match given.string("on_error")?.as_deref() {
            None | Some("raise") => false,
            Some("collect") => true,
            Some(other) => return Err(given.wrong("on_error", "\"raise\" or \"collect\"", &format!("{other:?}"))),
        };
        given.finish()?;
        Ok(MapOptions { limit, collect })
    }
}

/// `task.map(list, fn, {limit=16, on_error="raise"})`: fn(item, index) for every item,
/// many at once, results in the list's order. With `on_error="collect"` the errors are
/// the second result, a list of {index, item, error}; otherwise the first one ends all.
async fn map(lua: Lua, (list, function, options): (Table, Function, Value)) -> Result<(bool, Value, Value)> {
    let options = MapOptions::read(options)?;
    let function: Function = host(&lua, "guarded")?.call(function)?;
    let len = list.raw_len();
    let mut results = vec![Value::Nil; len];
    let errors = lua.create_table()?;
    errors.set_metatable(Some(lua.array_metatable()))?;
    let mut running = FuturesUnordered::new();
    let mut next = 0;
    loop {
        while next < len && running.len() < options.limit {
            next += 1;
            let item: Value = list.get(next)?;
            let call = function.call_async::<MultiValue>((item, next));
            running.push(async move { (next, call.await) });
        }
        let Some((index, outcome)) = running.next().await else { break };
        let mut outcome = outcome?.into_iter();
        match (outcome.next(), outcome.next().unwrap_or(Value::Nil)) {
            (Some(Value::Boolean(true)), value) => results[index - 1] = value,
            (_, error) if options.collect => {
                let entry = lua.create_table()?;
                entry.set("index", index)?;
                entry.set("item", list.get::<Value>(index)?)?;
                entry.set("error", error)?;
                errors.raw_push(entry)?;
            }
            (_, error) => {
                // Dropping the others cancels what they wait for.
                return Ok((false, error, Value::Nil));
            }
        }
    }
    let table = lua.create_table_with_capacity(len, 0)?;
    table.set_metatable(Some(lua.array_metatable()))?;
    for (at, value) in results.into_iter().enumerate() {
        table.raw_set(at + 1, value)?;
    }
    Ok((true, Value::Table(table), if options.collect { Value::Table(errors) } else { Value::Nil }))
}

/// `task.sleep(seconds)`, or a duration such as "500ms".
async fn sleep(_: Lua, duration: Value) -> Result<()> {
    let duration = super::time::to_duration(&duration).map_err(|e| Error::runtime(format!("task.sleep: {e}")))?;
    spawn(async move { tokio::time::sleep(duration).await }).await.map_err(|panic| Error::runtime(panic.to_string()))
}
