//! The services in a header: globals while the script runs, in its own code and in the modules that it uses.

use mlua::{Error, Lua, Result, Value};
use moonfleet_bindings::{basic_service, nearest_service, service_name};

use crate::aws::{NamedBinding, named};

/// The names that the header of the running script declares.
struct DeclaredServices(Vec<String>);

/// Checks that there are services of these names.
pub(super) fn check(names: &[String]) -> Result<()> {
    let is_unknown = |name: &&String| service_name(name).is_none();
    let Some(unknown) = names.iter().find(is_unknown) else { return Ok(()) };
    let hint = nearest_service(unknown)
        .map_or_else(|| "aws.services() lists them".to_owned(), |near| format!("did you mean \"{near}\"?"));
    Err(Error::runtime(format!("script: services: there is no service \"{unknown}\"; {hint}")))
}

/// Makes these services globals, until another script begins.
pub fn declare_services(lua: &Lua, names: &[String]) {
    lua.set_app_data(DeclaredServices(names.to_vec()));
}

/// Returns whether a name is a global of the running script because of its header.
pub(crate) fn is_declared_service(lua: &Lua, name: &str) -> bool {
    lua.app_data_ref::<DeclaredServices>().is_some_and(|declared| declared.0.iter().any(|declared| declared == name))
}

/// Removes the globals of the header; a variable that the script has assigned to such a name stays.
pub(super) fn forget(lua: &Lua) -> Result<()> {
    let Some(DeclaredServices(names)) = lua.remove_app_data() else { return Ok(()) };
    for name in names.iter().filter(|name| basic_service(name).is_none()) {
        let value: Value = lua.globals().raw_get(name.as_str())?;
        if matches!(named(&value)?, Some(NamedBinding::Service(_))) {
            lua.globals().raw_set(name.as_str(), Value::Nil)?;
        }
    }
    Ok(())
}
