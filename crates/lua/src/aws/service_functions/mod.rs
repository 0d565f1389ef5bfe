//! Functions of services beside their operations, as AWS's own tools have them: values for DynamoDB, signed URLs, logins.

mod library;
mod logins;
mod presign;

use mlua::{Function, Lua, Result};
use moonfleet_bindings::Service;

use super::{Caller, dynamodb};

/// The services with such functions, and their names.
const FUNCTIONS: [(&str, &[&str]); 6] = [
    ("dynamodb", &["binary", "binary_set", "map", "number", "number_set", "string_set"]),
    ("ecr", &["login"]),
    ("ecr_public", &["login"]),
    ("eks", &["token"]),
    ("rds", &["auth_token"]),
    ("s3", &["cp", "ls", "presign", "sync"]),
];

/// Returns the names of the functions of a service.
pub(super) fn names(service: &Service) -> &'static [&'static str] {
    FUNCTIONS.iter().find(|(name, _)| *name == service.name).map_or(&[], |(_, names)| names)
}

/// Returns the function of this name; `None` if the service has none.
pub(super) fn function(lua: &Lua, caller: &Caller, service: &'static Service, name: &str) -> Result<Option<Function>> {
    let caller = caller.clone();
    match (service.name, name) {
        ("dynamodb", _) => dynamodb::function(lua, name),
        ("ecr" | "ecr_public", "login") => logins::registry(lua, caller, service).map(Some),
        ("eks", "token") => logins::cluster(lua, caller).map(Some),
        ("rds", "auth_token") => logins::database(lua, caller).map(Some),
        ("s3", "cp" | "ls" | "sync") => library::function(lua, &caller, service, "objects", name).map(Some),
        ("s3", "presign") => presign::object(lua, caller, service).map(Some),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_function_exists_and_no_operation_has_its_name() {
        let lua = Lua::new();
        for (service, names) in FUNCTIONS {
            let service = moonfleet_bindings::service(service).expect("a service");
            for name in names {
                assert!(service.operation(name).is_none(), "{}.{name} is an operation", service.name);
            }
            if service.name == "dynamodb" {
                assert!(names.iter().all(|name| dynamodb::function(&lua, name).is_ok_and(|found| found.is_some())));
            }
        }
    }
}
