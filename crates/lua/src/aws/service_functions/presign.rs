//! `s3.presign`: a URL that anyone can use until it expires.
//!
//! The URL is a plain string, because it is made to be given to others. The log and the record redact it.

use std::time::Duration;

use mlua::{Error, Function, Lua, Result, Table, Value};
use moonfleet_bindings::{Service, SignedCall};
use moonfleet_engine::dispatch::admit;

use crate::aws::{Caller, input};
use crate::options::Options;

/// The options; all other names are parameters of the operation.
const OPTIONS: [&str; 3] = ["expires", "method", "region"];

/// The operation of each method.
const METHODS: [(&str, &str); 4] =
    [("DELETE", "delete_object"), ("GET", "get_object"), ("HEAD", "head_object"), ("PUT", "put_object")];

/// The default of boto3 and the AWS CLI.
const EXPIRES: Duration = Duration::from_hours(1);
const LONGEST: Duration = Duration::from_hours(24 * 7);

/// `s3.presign{bucket=, key=, method=, expires=, region=, …}`: returns the URL of an object.
pub(super) fn object(lua: &Lua, caller: Caller, service: &'static Service) -> Result<Function> {
    lua.create_async_function(move |lua, given: Value| {
        let session = caller.session();
        async move {
            let (options, parameters) = split(&lua, &given)?;
            let mut options = Options::read("s3.presign", options)?;
            let method = options.string("method")?.unwrap_or_else(|| "GET".to_owned());
            let expires = options.duration("expires")?.unwrap_or(EXPIRES);
            if !(Duration::from_secs(1)..=LONGEST).contains(&expires) {
                return Err(options.wrong("expires", "from \"1s\" to \"7d\"", &format!("{}s", expires.as_secs())));
            }
            let Some((_, operation)) = METHODS.iter().find(|(name, _)| *name == method) else {
                let names = METHODS.map(|(name, _)| name).join(", ");
                return Err(options.wrong("method", &format!("one of {names}"), &method));
            };
            let session = match options.string("region")? {
                Some(region) => session.in_region(&region),
                None => session,
            };
            let operation = service.operation(operation).expect("S3 has the operation");
            let input = input(&lua, service, operation.name, &parameters)?;
            let input = admit(&session, service, operation, input).map_err(Error::external)?;
            let (service, operation) = (service.name, operation.name);
            let call = SignedCall { service, operation, input: &input, headers: &[], parameters: &[] };
            let url = session.session().presign(call, expires).await;
            url.map_err(Error::external)
        }
    })
}

/// Returns the options and the parameters of one table.
fn split(lua: &Lua, given: &Value) -> Result<(Value, Value)> {
    let Value::Table(given) = given else { return Ok((given.clone(), Value::Nil)) };
    let (options, parameters): (Table, Table) = (lua.create_table()?, lua.create_table()?);
    for pair in given.pairs::<Value, Value>() {
        let (name, value) = pair?;
        let is_option =
            name.as_string().is_some_and(|name| OPTIONS.iter().any(|option| option.as_bytes() == &*name.as_bytes()));
        if is_option { &options } else { &parameters }.raw_set(name, value)?;
    }
    Ok((Value::Table(options), Value::Table(parameters)))
}
