//! Groups of functions that run at the same time: `task.all` waits for all of them, `task.race` for
//! the first one.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;

use futures_util::stream::{FuturesUnordered, StreamExt};
use mlua::{Error, IntoLua, Lua, LuaSerdeExt, MultiValue, Result, Table, Value};

use super::callable::{CallResult, Callable};

/// `task.all{f, g}` or `task.all{a = f, b = g}`: returns the result of each under its key. The first
/// error cancels all.
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

/// `task.race{f, g}` or `task.race{a = f, b = g}`: returns the result and the key of the function that
/// finishes first; if it fails, raises its error.
pub(super) async fn race(lua: Lua, functions: Value) -> Result<CallResult> {
    let group = TaskGroup::read(&lua, "task.race", functions)?;
    let Some((key, outcome)) = group.start().next().await else {
        return Err(wrong("task.race", "there are no functions to run; pass at least one"));
    };
    let key = key.into_lua(&lua)?;
    Ok(outcome?.map(|mut results| MultiValue::from_iter([results.pop_front().unwrap_or(Value::Nil), key])))
}

/// Functions by their keys: items in order, names in alphabetical order. The order of Lua differs between
/// runs, and functions that never wait would finish in that order.
struct TaskGroup(BTreeMap<TaskKey, Callable>);

impl TaskGroup {
    fn read(lua: &Lua, function: &str, value: Value) -> Result<Self> {
        let Value::Table(table) = value else {
            let kind = value.type_name();
            return Err(wrong(
                function,
                format!("expected a table of functions, for example {function}{{a = f, b = g}}, got {kind}"),
            ));
        };
        let mut group = BTreeMap::new();
        for pair in table.pairs::<Value, Value>() {
            let (key, callable) = pair?;
            let key = match key {
                Value::Integer(number) => TaskKey::Item(number),
                Value::String(name) => TaskKey::Name(name.as_bytes().to_vec()),
                other => {
                    return Err(wrong(
                        function,
                        format!("a value of type {} is not a key; use names, or a list", other.type_name()),
                    ));
                }
            };
            group.insert(key, callable);
        }
        check_keys(function, &group)?;
        let read = |(key, callable)| {
            let callable = Callable::read(lua, callable, format_args!("{function}: {key}"))?;
            Ok((key, callable))
        };
        group.into_iter().map(read).collect::<Result<_>>().map(TaskGroup)
    }

    fn empty_results(&self, lua: &Lua) -> Result<Table> {
        let is_list = !self.0.keys().any(|key| matches!(key, TaskKey::Name(_)));
        let results = lua.create_table_with_capacity(if is_list { self.0.len() } else { 0 }, 0)?;
        results.set_metatable(is_list.then(|| lua.array_metatable()))?;
        Ok(results)
    }

    /// Starts all functions. Dropping the returned value cancels those that still run.
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

/// Checks that the keys are either names or the items 1 to n. A gap in a list, for example after a
/// false condition, would silently drop functions.
fn check_keys(function: &str, group: &BTreeMap<TaskKey, Value>) -> Result<()> {
    let mut expected = 1;
    for key in group.keys() {
        match key {
            TaskKey::Item(number) if *number != expected => {
                return Err(wrong(
                    function,
                    format!("there is an item {number} but no item {expected}; fill the gap, or use names"),
                ));
            }
            TaskKey::Item(_) => expected += 1,
            TaskKey::Name(_) if expected > 1 => {
                return Err(wrong(
                    function,
                    format!("the table has both items and the name {key}; use either items or names"),
                ));
            }
            TaskKey::Name(_) => {}
        }
    }
    Ok(())
}

fn wrong(function: &str, problem: impl fmt::Display) -> Error {
    Error::external(format!("{function}: {problem}"))
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
    fn keys_are_names_or_a_list_without_gaps() {
        let items = |numbers: &[i64]| checked(numbers.iter().map(|number| TaskKey::Item(*number)));
        assert_eq!(items(&[]), Ok(()));
        assert_eq!(items(&[2, 1, 3]), Ok(()));
        assert_eq!(checked([name("b"), name("a")]), Ok(()));
        let gap = |had: i64, lacks: i64| {
            Err(format!("f: there is an item {had} but no item {lacks}; fill the gap, or use names"))
        };
        assert_eq!(items(&[2]), gap(2, 1));
        assert_eq!(items(&[1, 2, 4]), gap(4, 3));
        assert_eq!(items(&[0, 1]), gap(0, 1));
        assert_eq!(items(&[-1]), gap(-1, 1));
        let mixed = "f: the table has both items and the name `a`; use either items or names";
        assert_eq!(checked([name("a"), TaskKey::Item(1)]), Err(mixed.to_owned()));
    }

    #[test]
    fn keys_are_returned_to_lua_unchanged() {
        let lua = Lua::new();
        let key: Value = TaskKey::Item(7).into_lua(&lua).unwrap();
        assert_eq!(key.as_integer(), Some(7));
        let bytes = TaskKey::Name(vec![b'a', 0xff]).into_lua(&lua).unwrap();
        assert_eq!(*bytes.as_string().unwrap().as_bytes(), [b'a', 0xff]);
    }
}
