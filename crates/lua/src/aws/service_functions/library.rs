//! Functions of the library that a service has beside its operations: `s3.sync` is `objects.sync`. The service becomes
//! their option of its name.

use mlua::{Function, Lua, Result};
use moonfleet_bindings::Service;

use super::super::Caller;
use super::super::service::service_table;

/// Returns a function of a module, for this service.
pub(super) fn function(
    lua: &Lua,
    caller: &Caller,
    service: &'static Service,
    module: &str,
    name: &str,
) -> Result<Function> {
    let bind: Function = lua
        .load(
            "local service_name, service, module, name = ... \
             return function(opts) \
               if opts ~= nil and type(opts) ~= 'table' then return require(module)[name](opts) end \
               local all = { [service_name] = service } \
               for key, value in pairs(opts or {}) do all[key] = value end \
               return require(module)[name](all) \
             end",
        )
        .set_name("=moonfleet")
        .into_function()?;
    bind.call((service.name, service_table(lua, caller, service)?, module, name))
}
