//! `task.map`: calls one function for every item of a list.

use futures_util::stream::{FuturesUnordered, StreamExt};
use mlua::{Error, Lua, LuaSerdeExt, Result, Value};

use super::callable::{CallResult, Callable};
use crate::options::Options;

const LIMIT: usize = 16;

struct MapOptions {
    limit: usize,
    collect: bool,
}

impl MapOptions {
    fn read(options: Value) -> Result<Self> {
        let mut options = Options::read("task.map", options)?;
        let limit = options.integer("limit")?.unwrap_or(LIMIT as i64);
        let limit = usize::try_from(limit).ok().filter(|limit| *limit > 0);
        let limit = limit.ok_or_else(|| options.wrong("limit", "at least 1", "a smaller number"))?;
        let collect = match options.string("on_error")?.as_deref() {
            None | Some("raise") => false,
            Some("collect") => true,
            Some(other) => return Err(options.wrong("on_error", "\"raise\" or \"collect\"", &format!("{other:?}"))),
        };
        options.finish()?;
        Ok(MapOptions { limit, collect })
    }
}

/// `task.map(list, fn, {limit=16, on_error="raise"})`: calls fn(item, index) for every item, at most
/// `limit` at the same time. Returns the results in the order of the list. With `on_error="collect"` the
/// errors are the second result, a list of {index, item, error}; otherwise the first error cancels all.
pub(super) async fn map(lua: Lua, (list, function, options): (Value, Value, Value)) -> Result<CallResult> {
    let Value::Table(list) = list else {
        let kind = list.type_name();
        return Err(Error::external(format!("task.map: the first argument must be a list, got {kind}")));
    };
    let function = Callable::read(&lua, function, "task.map: the second argument")?;
    let options = MapOptions::read(options)?;
    let len = list.raw_len();
    let is_list = list.metatable().is_some_and(|metatable| metatable == lua.array_metatable());
    if !is_list && list.pairs::<Value, Value>().count() != len {
        let problem = "task.map: the first argument must be a list, got a table with names or gaps";
        return Err(Error::external(format!("{problem}; for named functions, use task.all")));
    }
    let results = lua.create_table_with_capacity(len, 0)?;
    results.set_metatable(Some(lua.array_metatable()))?;
    let errors = lua.create_table()?;
    errors.set_metatable(Some(lua.array_metatable()))?;
    let mut running = FuturesUnordered::new();
    let mut next = 0;
    loop {
        while next < len && running.len() < options.limit {
            next += 1;
            let call = function.call((list.get::<Value>(next)?, next));
            running.push(async move { (next, call.await) });
        }
        let Some((index, result)) = running.next().await else { break };
        match result? {
            Ok(mut values) => results.raw_set(index, values.pop_front())?,
            Err(error) if options.collect => {
                let entry = lua.create_table()?;
                entry.set("index", index)?;
                entry.set("item", list.get::<Value>(index)?)?;
                entry.set("error", error)?;
                errors.raw_push(entry)?;
            }
            // Dropping the other calls cancels them.
            Err(error) => return Ok(Err(error)),
        }
    }
    let errors = options.collect.then_some(errors);
    Ok(Ok([results].into_iter().chain(errors).map(Value::Table).collect()))
}
