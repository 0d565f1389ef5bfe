//! Functions of scripts that the program calls, and their results.

use std::fmt::Display;
use std::future::Future;

use mlua::{Error, Function, IntoLuaMulti, Lua, MetaMethod, MultiValue, Result, Value};

use crate::host::host;

/// The results of a function, or the value that it raised.
pub(super) type CallResult = std::result::Result<MultiValue, Value>;

/// A function, or another value that can be called, for example an operation.
pub(super) struct Callable(Function);

impl Callable {
    /// Checks that a value can be called; `place` names it in the error.
    pub(super) fn read(lua: &Lua, value: Value, place: impl Display) -> Result<Self> {
        if !is_callable(&value) {
            let kind = value.type_name();
            return Err(Error::external(format!(
                "{place} must be a function, got {kind}; to pass a call, write function() return f(x) end"
            )));
        }
        host(lua, "guarded")?.call(value).map(Callable)
    }

    /// Calls the function. Dropping the returned future cancels the call.
    pub(super) fn call<A: IntoLuaMulti>(&self, arguments: A) -> impl Future<Output = Result<CallResult>> + use<A> {
        let call = self.0.call_async::<MultiValue>(arguments);
        async move {
            let mut results = call.await?;
            Ok(match results.pop_front() {
                Some(Value::Boolean(true)) => Ok(results),
                _ => Err(results.pop_front().unwrap_or(Value::Nil)),
            })
        }
    }
}

fn is_callable(value: &Value) -> bool {
    match value {
        Value::Function(_) => true,
        Value::Table(table) => table.metatable().is_some_and(|m| m.contains_key("__call").unwrap_or(false)),
        Value::UserData(object) => object.metatable().is_ok_and(|m| m.contains(MetaMethod::Call).unwrap_or(false)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_and_values_with_a_call_metamethod_are_callable() {
        let lua = Lua::new();
        let callable = |code: &str| is_callable(&lua.load(code).eval().unwrap());
        assert!(callable("print"));
        assert!(callable("function() end"));
        assert!(callable("setmetatable({}, {__call = print})"));
        for code in ["nil", "{}", "setmetatable({}, {})", "'print'", "io.stdout", "coroutine.create(print)"] {
            assert!(!callable(code), "{code}");
        }
    }

    #[test]
    fn errors_name_the_place_of_a_value_that_is_not_callable() {
        let error = Callable::read(&Lua::new(), Value::Integer(3), "f: item 1").err().unwrap();
        assert!(error.to_string().starts_with("f: item 1 must be a function, got integer; "), "{error}");
    }
}
