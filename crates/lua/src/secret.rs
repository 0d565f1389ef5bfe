//! Secrets in Lua: values that can be compared, kept and given back to AWS, and are shown as
//! `<secret>` wherever somebody prints them. `reveal` gives the text to whoever asks by name.

use mlua::{Error, Lua, MetaMethod, Result, UserData, UserDataMethods, Value};
use moonfleet_core::Error as Told;
use moonfleet_core::Secret;
use moonfleet_core::error::INVALID_INPUT;

/// A secret as scripts hold it.
pub struct LuaSecret(pub Secret);

impl UserData for LuaSecret {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(MetaMethod::ToString, |_, _, ()| Ok(Secret::SHOWN));
        methods.add_meta_function(MetaMethod::Eq, |_, (a, b): (Value, Value)| {
            Ok(secret(&a).is_some_and(|a| secret(&b).is_some_and(|b| a == b)))
        });
        // A command or a file that has `<secret>` in it goes wrong far from here, and later.
        methods.add_meta_function(MetaMethod::Concat, |_, _: (Value, Value)| -> Result<()> {
            Err(invalid("a secret is not joined to text; reveal(value) gives its text, tostring(value) a word for it"))
        });
    }
}

pub fn hidden(lua: &Lua, text: impl AsRef<[u8]>) -> Result<Value> {
    lua.create_userdata(LuaSecret(Secret::new(text.as_ref()))).map(Value::UserData)
}

/// The text of a string or of a secret.
pub fn text(value: &Value) -> Option<String> {
    match secret(value) {
        Some(secret) => String::from_utf8(secret.reveal().to_vec()).ok(),
        None => Some(value.as_string()?.to_str().ok()?.to_owned()),
    }
}

/// `reveal(value)`: a secret's text; what is none comes back as it is. Of a table each value is
/// asked for by name, so that nobody reveals more than is meant.
pub fn reveal(lua: &Lua, value: Value) -> Result<Value> {
    match (secret(&value), &value) {
        (Some(secret), _) => lua.create_string(secret.reveal()).map(Value::String),
        (None, Value::Table(_)) => {
            Err(invalid("reveal: it takes one value, as in reveal(parameter.value), not a table of them"))
        }
        (None, _) => Ok(value),
    }
}

fn secret(value: &Value) -> Option<Secret> {
    Some(value.as_userdata()?.borrow::<LuaSecret>().ok()?.0.clone())
}

fn invalid(problem: &str) -> Error {
    Error::external(Told::new(INVALID_INPUT, problem))
}
