//! Functions of services beside their operations, as AWS's own tools have them: values for DynamoDB.

use mlua::{Function, Lua, Result};
use moonfleet_bindings::Service;

use super::{Caller, dynamodb};

/// The services with such functions, and their names.
const FUNCTIONS: [(&str, &[&str]); 1] =
    [("dynamodb", &["binary", "binary_set", "map", "number", "number_set", "string_set"])];

/// Returns the names of the functions of a service.
pub(super) fn names(service: &Service) -> &'static [&'static str] {
    FUNCTIONS.iter().find(|(name, _)| *name == service.name).map_or(&[], |(_, names)| names)
}

/// Returns the function of this name; `None` if the service has none.
pub(super) fn function(lua: &Lua, _: &Caller, service: &'static Service, name: &str) -> Result<Option<Function>> {
    match service.name {
        "dynamodb" => dynamodb::function(lua, name),
        _ => Ok(None),
    }
}
