//! Logins that AWS's own tools make of an identity: to a database of RDS, a cluster of EKS, a registry of ECR.
//! The passwords and tokens are secrets; `reveal` returns their text.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use mlua::{Error, Function, Lua, Result, Table, Value};
use moonfleet_bindings::{Service, SignedCall};
use moonfleet_client::CallOptions;
use moonfleet_core::error::{self, INVALID_INPUT};
use moonfleet_core::{Map, Value as Data, known_secrets};
use moonfleet_engine::dispatch::{Dispatched, dispatch};

use crate::aws::{Caller, answer};
use crate::options::Options;
use crate::secret;
use crate::time::Time;

/// `rds.auth_token{host=, port=, user=, region=}`: returns the password of a database user for 15 minutes.
pub(super) fn database(lua: &Lua, caller: Caller) -> Result<Function> {
    lua.create_async_function(move |lua, options: Value| {
        let session = caller.session();
        async move {
            const NAME: &str = "rds.auth_token";
            let mut options = Options::read(NAME, options)?;
            let (host, user) = (options.string("host")?, options.string("user")?);
            let (port, region) = (options.integer("port")?, options.string("region")?);
            let port = match port.map(u16::try_from) {
                Some(Err(_)) => {
                    return Err(options.wrong("port", "from 0 to 65535", &port.unwrap_or_default().to_string()));
                }
                Some(Ok(port)) => Some(port),
                None => None,
            };
            options.finish()?;
            let (Some(host), Some(port), Some(user)) = (host, port, user) else {
                return Err(invalid(format!("{NAME}: the options host, port and user are required")));
            };
            let token = session.session().database_token(&host, port, &user, region.as_deref()).await;
            hidden(&lua, &token.map_err(Error::external)?)
        }
    })
}

/// The time for which EKS accepts a token is 15 minutes; clients renew it a minute earlier.
const TOKEN_LASTS: Duration = Duration::from_mins(14);

/// `eks.token(cluster)`: returns the bearer token for the API of a cluster and the time at which to renew it. The token is a
/// signed call of sts.get_caller_identity, which EKS makes to learn the identity.
pub(super) fn cluster(lua: &Lua, caller: Caller) -> Result<Function> {
    lua.create_async_function(move |lua, cluster: Value| {
        let session = caller.session();
        async move {
            let Some(cluster) = cluster.as_string().and_then(|name| name.to_str().ok()).map(|name| name.to_owned())
            else {
                let got = cluster.type_name();
                return Err(invalid(format!("eks.token: expected the name of a cluster, got {got}")));
            };
            let call = SignedCall {
                service: "sts",
                operation: "get_caller_identity",
                input: &Map::default(),
                headers: &[("x-k8s-aws-id", &*cluster)],
                parameters: &[],
            };
            let url = session.session().presign(call, Duration::from_mins(1)).await;
            let url = url.map_err(Error::external)?;
            let login = lua.create_table()?;
            login.raw_set("token", hidden(&lua, &format!("k8s-aws-v1.{}", BASE64_URL_SAFE_NO_PAD.encode(url)))?)?;
            login.raw_set("expires_at", lua.create_userdata(Time(session.now() + TOKEN_LASTS))?)?;
            Ok(login)
        }
    })
}

/// The registry of ECR's public gallery, which its answer does not name.
const PUBLIC_REGISTRY: &str = "public.ecr.aws";

/// `ecr.login()`: returns the user, the password and the registry for `docker login`.
pub(super) fn registry(lua: &Lua, caller: Caller, service: &'static Service) -> Result<Function> {
    lua.create_async_function(move |lua, ()| {
        let session = caller.session();
        async move {
            let operation = service.operation("get_authorization_token").expect("ECR has the operation");
            let sent = dispatch(session, service, operation, Data::Nil, CallOptions::default()).await;
            let Dispatched::Answer(found) = sent.map_err(Error::external)? else {
                return Err(invalid(format!("{}.login cannot be planned", service.name)));
            };
            let data: Table = answer::table(&lua, found)?.get("authorization_data")?;
            // A list with one login for each registry that the call names; without names it is one.
            let data = data.raw_get::<Option<Table>>(1)?.unwrap_or(data);
            let token = secret::text(&data.get::<Value>("authorization_token")?).unwrap_or_default();
            let pair = BASE64_STANDARD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let Some((user, password)) = pair.as_deref().and_then(|pair| pair.split_once(':')) else {
                return Err(Error::runtime(format!(
                    "{}.login: the token of the answer is no user and password",
                    service.name
                )));
            };
            let endpoint: Option<String> = data.get("proxy_endpoint")?;
            let registry = endpoint.map_or_else(|| PUBLIC_REGISTRY.to_owned(), |url| url.replace("https://", ""));
            let login = lua.create_table()?;
            login.raw_set("user", user)?;
            login.raw_set("password", hidden(&lua, password)?)?;
            login.raw_set("registry", registry)?;
            login.raw_set("expires_at", data.get::<Value>("expires_at")?)?;
            Ok(login)
        }
    })
}

fn hidden(lua: &Lua, text: &str) -> Result<Value> {
    known_secrets::remember(text.as_bytes());
    secret::hidden(lua, text)
}

fn invalid(problem: String) -> Error {
    Error::external(error::Error::new(INVALID_INPUT, problem))
}
