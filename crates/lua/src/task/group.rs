//! Functions that run at once: `task.all` waits for every one of them, `task.race` for
//! the first.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;

use futures_util::stream::{FuturesUnordered, StreamExt};
use mlua::{Error, IntoLua, Lua, LuaSerdeExt, MultiValue, Result, Table, Value};

use super::callable::{CallResult, Callable};

/// `task.all{f, g}` or `task.all{a = f, b = g}`: the result of each under its key. The
/// first error ends all.
pub(super) async fn run_all(lua: Lua, functions: Value) -> Result<CallResult> {
    let group = TaskGroup::read(&lua, "task.all", functions)?;
    let results = group.empty_results(&lua)?;
    let mut running = group.start();
    while let Some((key, outcome)) = running.next().await {
        match outcome? {
            Ok(mut values) => results.raw_set(key, values.pop_front())?,
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(MultiValue::from_iter([Value::Table(results)])))
}

/// `task.race{f, g}` or `task.race{a = f, b = g}`: the result of the one that is done
/// first, and its key; or its error.
pub(super) async fn race(lua: Lua, functions: Value) -> Result<CallResult> {
    let group = TaskGroup::read(&lua, "task.race", functions)?;
    let Some((key, outcome)) = group.start().next().await else {
        return Err(wrong("task.race", "there is nothing to run; give it a function at least"));
    };
    let key = key.into_lua(&lua)?;
    Ok(outcome?.map(|mut results| MultiValue::from_iter([results.pop_front().unwrap_or(Value::Nil), key])))
}

/// Items in their order, names by the alphabet: Lua's own order differs from run to run,
/// and functions that never wait would not always be done in the same one.
struct TaskGroup(BTreeMap<TaskKey, Callable>);

impl TaskGroup {
    fn read(lua: &Lua, of: &str, given: Value) -> Result<Self> {
        let Value::Table(table) = given else {
            let kind = given.type_name();
            return Err(wrong(of, format!("its functions come in a table, as in {of}{{a = f, b = g}}, not a {kind}")));
        };
        let mut group = BTreeMap::new();
        for pair in table.pairs::<Value, Value>() {
            let (key, function) = pair?;
            let key = match key {
                Value::Integer(number) => TaskKey::Item(number),
                Value::String(name) => TaskKey::Name(name.as_bytes().to_vec()),
                other => {
                    return Err(wrong(
                        of,
                        format!("a {} is no key; functions have names or come in a list", other.type_name()),
                    ));
                }
            };
            group.insert(key, function);
        }
        check_keys(of, &group)?;
        let read = |(key, function)| {
            let function = Callable::read(lua, function, format_args!("{of}: {key}"))?;
            Ok((key, function))
        };
        group.into_iter().map(read).collect::<Result<_>>().map(TaskGroup)
    }

    fn empty_results(&self, lua: &Lua) -> Result<Table> {
        let is_list = !self.0.keys().any(|key| matches!(key, TaskKey::Name(_)));
        let results = lua.create_table_with_capacity(if is_list { self.0.len() } else { 0 }, 0)?;
        results.set_metatable(is_list.then(|| lua.array_metatable()))?;
        Ok(results)
    }

    /// Dropping what this gives cancels what still runs.
    fn start(self) -> FuturesUnordered<impl Future<Output = (TaskKey, Result<CallResult>)>> {
        let start = |(key, function): (TaskKey, Callable)| {
            let call = function.call(());
            async move { (key, call.await) }
        };
        self.0.into_iter().map(start).collect()
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum TaskKey {
    Item(i64),
    Name(Vec<u8>),
}

impl IntoLua for TaskKey {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        match self {
            TaskKey::Item(number) => Ok(Value::Integer(number)),
            TaskKey::Name(name) => lua.create_string(name).map(Value::String),
        }
    }
}

impl fmt::Display for TaskKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TaskKey::Item(number) => write!(f, "item {number}"),
            TaskKey::Name(name) => write!(f, "`{}`", String::from_utf8_lossy(name)),
        }
    }
}

/// Either names, or the items 1 to n. A condition that was false leaves a gap, and what
/// it left out would be missing in the results without a word.
fn check_keys(of: &str, group: &BTreeMap<TaskKey, Value>) -> Result<()> {
    let mut expected = 1;
    for key in group.keys() {
        match key {
            TaskKey::Item(number) if *number != expected => {
                return Err(wrong(
                    of,
                    format!("there is an item {number} but no item {expected}; fill the gap, or give names"),
                ));
            }
            TaskKey::Item(_) => expected += 1,
            TaskKey::Name(_) if expected > 1 => {
                return Err(wrong(
                    of,
                    format!("it has both items and the name {key}; make it a list or a table of names"),
                ));
            }
            TaskKey::Name(_) => {}
        }
    }
    Ok(())
}

fn wrong(of: &str, problem: impl fmt::Display) -> Error {
    Error::external(format!("{of}: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(keys: impl IntoIterator<Item = TaskKey>) -> std::result::Result<(), String> {
        let group = keys.into_iter().map(|key| (key, Value::Nil)).collect();
        check_keys("f", &group).map_err(|e| e.to_string())
    }

    fn name(text: &str) -> TaskKey {
        TaskKey::Name(text.as_bytes().to_vec())
    }

    #[test]
    fn a_group_is_a_list_without_gaps_or_names() {
        let items = |numbers: &[i64]| checked(numbers.iter().map(|number| TaskKey::Item(*number)));
        assert_eq!(items(&[]), Ok(()));
        assert_eq!(items(&[2, 1, 3]), Ok(()));
        assert_eq!(checked([name("b"), name("a")]), Ok(()));
        let gap = |had: i64, lacks: i64| {
            Err(format!("f: there is an item {had} but no item {lacks}; fill the gap, or give names"))
        };
        assert_eq!(items(&[2]), gap(2, 1));
        assert_eq!(items(&[1, 2, 4]), gap(4, 3));
        assert_eq!(items(&[0, 1]), gap(0, 1));
        assert_eq!(items(&[-1]), gap(-1, 1));
        let mixed = "f: it has both items and the name `a`; make it a list or a table of names";
        assert_eq!(checked([name("a"), TaskKey::Item(1)]), Err(mixed.to_owned()));
    }

    #[test]
    fn keys_go_back_to_lua_as_they_came() {
        let lua = Lua::new();
        let key: Value = TaskKey::Item(7).into_lua(&lua).unwrap();
        assert_eq!(key.as_integer(), Some(7));
        let bytes = TaskKey::Name(vec![b'a', 0xff]).into_lua(&lua).unwrap();
        assert_eq!(*bytes.as_string().unwrap().as_bytes(), [b'a', 0xff]);
    }
}
