//! Secrets in Lua: values that can be compared, stored and passed to AWS, and are printed as
//! `<secret>`. `reveal` returns the text.

use mlua::{Error, Lua, MetaMethod, Result, UserData, UserDataMethods, Value};
use moonfleet_core::Secret;
use moonfleet_core::error;
use moonfleet_core::error::INVALID_INPUT;

/// A secret as scripts hold it.
pub struct LuaSecret(pub Secret);

impl UserData for LuaSecret {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(MetaMethod::ToString, |_, _, ()| Ok(Secret::SHOWN));
        methods.add_meta_function(MetaMethod::Eq, |_, (a, b): (Value, Value)| {
            Ok(secret(&a).is_some_and(|a| secret(&b).is_some_and(|b| a == b)))
        });
        // Without this error, `<secret>` in a command or a file would cause a failure much later.
        methods.add_meta_function(MetaMethod::Concat, |_, _: (Value, Value)| -> Result<()> {
            Err(invalid(
                "a secret cannot be joined to text; use reveal(value) for its text, tostring(value) for a placeholder",
            ))
        });
    }
}

pub fn hidden(lua: &Lua, text: impl AsRef<[u8]>) -> Result<Value> {
    lua.create_userdata(LuaSecret(Secret::new(text.as_ref()))).map(Value::UserData)
}

/// Returns the text of a string or of a secret; none for other values.
pub fn text(value: &Value) -> Option<String> {
    match secret(value) {
        Some(secret) => String::from_utf8(secret.reveal().to_vec()).ok(),
        None => Some(value.as_string()?.to_str().ok()?.to_owned()),
    }
}

/// Returns the bytes of a secret; none for other values.
pub(crate) fn bytes(value: &Value) -> Option<Vec<u8>> {
    secret(value).map(|secret| secret.reveal().to_vec())
}

/// `reveal(value)`: returns the text of a secret; other values are returned unchanged. Tables are refused, so that a
/// script names each value that it reveals.
pub fn reveal(lua: &Lua, value: Value) -> Result<Value> {
    match (secret(&value), &value) {
        (Some(secret), _) => lua.create_string(secret.reveal()).map(Value::String),
        (None, Value::Table(_)) => {
            Err(invalid("reveal: expected one value, for example reveal(parameter.value), got table"))
        }
        (None, _) => Ok(value),
    }
}

fn secret(value: &Value) -> Option<Secret> {
    Some(value.as_userdata()?.borrow::<LuaSecret>().ok()?.0.clone())
}

fn invalid(problem: &str) -> Error {
    Error::external(error::Error::new(INVALID_INPUT, problem))
}
