//! Services as names at the prompt: a name that no variable, module or global has is the service of that name.

use mlua::{Function, Lua, Result, Table, Value};

use super::service::ServiceTable;
use super::{Caller, any_service};

/// Returns the function that returns the service of a name, or nil. It returns the same table each time.
pub fn prompt_services(lua: &Lua, caller: &Caller) -> Result<Function> {
    let (caller, known) = (caller.clone(), lua.create_table()?);
    lua.create_function(move |lua, name: Value| {
        let Some(text) = name.as_string() else { return Ok(Value::Nil) };
        let made: Option<Table> = known.raw_get(text)?;
        if let Some(made) = made {
            return Ok(Value::Table(made));
        }
        let Some(service) = any_service(&text.to_string_lossy()) else { return Ok(Value::Nil) };
        let table = ServiceTable::for_unassigned_name(&caller, service).create(lua)?;
        known.raw_set(text, &table)?;
        Ok(Value::Table(table))
    })
}
