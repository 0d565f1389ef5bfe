//! Functions of services beside their operations, as AWS's own tools have them: values for DynamoDB, signed URLs, logins.

mod library;
mod logins;
mod presign;

use mlua::{Function, Lua, Result};
use moonfleet_bindings::Service;

use super::{Caller, dynamodb};

/// The functions of a service: names, and types for editors.
type Functions = &'static [(&'static str, &'static str)];

const SERVICES: [(&str, Functions); 6] = [
    (
        "dynamodb",
        &[
            ("binary", "fun(bytes: string): any"),
            ("binary_set", "fun(items: any[]): any[]"),
            ("map", "fun(entries: table<string, any>): table<string, any>"),
            ("number", "fun(text: string): any"),
            ("number_set", "fun(items: any[]): any[]"),
            ("string_set", "fun(items: string[]): string[]"),
        ],
    ),
    ("ecr", &[("login", LOGIN)]),
    ("ecr_public", &[("login", LOGIN)]),
    ("eks", &[("token", "fun(cluster: string): { token: Secret, expires_at: Time }")]),
    ("rds", &[("auth_token", "fun(options: { host: string, port: integer, user: string, region?: string }): Secret")]),
    (
        "s3",
        &[(
            "presign",
            "fun(options: { bucket: string, key: string, method?: \"GET\"|\"PUT\"|\"HEAD\"|\"DELETE\", \
             expires?: string|number, region?: string, [string]: any }): string",
        )],
    ),
];

const LOGIN: &str = "fun(): { user: string, password: Secret, registry: string, expires_at: Time }";

/// Returns the functions of a service.
pub fn functions(service: &Service) -> Functions {
    SERVICES.iter().find(|(name, _)| *name == service.name).map_or(&[], |(_, functions)| functions)
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
        for (service, functions) in SERVICES {
            let service = moonfleet_bindings::service(service).expect("a service");
            for (name, _) in functions {
                assert!(service.operation(name).is_none(), "{}.{name} is an operation", service.name);
                let is_made = service.name != "dynamodb" || dynamodb::function(&lua, name).is_ok_and(|f| f.is_some());
                assert!(is_made, "there is no dynamodb.{name}");
            }
        }
    }
}
