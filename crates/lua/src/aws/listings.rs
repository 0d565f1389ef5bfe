//! `aws.services()` and `aws.operations()`: all services and operations as records.

use mlua::{Lua, Result, Value};
use moonfleet_bindings::{ListedService, Risk, catalogue};
use moonfleet_core::{Map, Value as Data};

use super::service::demand;
use crate::convert::from_value;
use crate::options::Options;

/// `aws.services()`: returns all services. No model is read.
pub(super) fn services(lua: &Lua, (): ()) -> Result<Value> {
    let record = |listed: &ListedService| {
        let aliases: Vec<Data> = listed.aliases.iter().map(|alias| Data::from(*alias)).collect();
        record([
            ("name", Data::from(listed.name)),
            ("title", Data::from(listed.title)),
            ("operations", Data::Integer(i64::try_from(listed.operations.len()).unwrap_or(i64::MAX))),
            ("aliases", Data::List(aliases)),
        ])
    };
    from_value(lua, &Data::List(catalogue().iter().map(record).collect()))
}

/// `aws.operations{service = …, risk = …}`: returns the operations of all services, or of one, or with one risk.
pub(super) fn operations(lua: &Lua, options: Value) -> Result<Value> {
    let mut options = Options::read("aws.operations", options)?;
    let service = options.string("service")?.map(|name| demand("aws.operations", &name)).transpose()?;
    let risk = match options.string("risk")? {
        None => None,
        Some(name) => {
            let known = [Risk::Read, Risk::Write, Risk::Destroy].into_iter().find(|risk| risk.to_string() == name);
            Some(
                known
                    .ok_or_else(|| options.wrong("risk", "\"read\", \"write\" or \"destroy\"", &format!("{name:?}")))?,
            )
        }
    };
    options.finish()?;
    let listed = catalogue().iter().filter(|listed| service.is_none_or(|service| service.name == listed.name));
    let records = listed.flat_map(|listed| {
        let operations = listed.operations.iter().filter_map(move |name| Some((*name, listed.risk(name)?)));
        operations.filter(|(_, its)| risk.is_none_or(|risk| risk == *its)).map(|(name, its)| {
            record([
                ("service", Data::from(listed.name)),
                ("operation", Data::from(name)),
                ("risk", Data::from(its.to_string())),
            ])
        })
    });
    from_value(lua, &Data::List(records.collect()))
}

fn record<const N: usize>(fields: [(&str, Data); N]) -> Data {
    Data::Map(Map(fields.map(|(name, value)| (name.to_owned(), value)).into()))
}
