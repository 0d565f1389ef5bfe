//! The globals of the program: one line for each Lua interface of this crate.

use mlua::{Lua, Result, Table, Value};
use moonfleet_engine::Context;

use crate::aws;
use crate::vm::{Builder, Vm};
use crate::{access, csv, encoding, fleet, help, imds, json, log, quote, report, script, secret, task, time, windows};

/// Returns the builder of a machine with all interfaces.
pub fn builder(context: &Context) -> Builder<'_> {
    Vm::builder(context)
        .global("access", |lua, _| module(access::module(lua)))
        .global("aws", |lua, caller| module(aws::module(lua, caller)))
        .global("base64", |lua, _| module(encoding::base64(lua)))
        .global("csv", |lua, _| module(csv::module(lua)))
        .global("fleet", |lua, caller| module(fleet::module(lua, caller)))
        .global("help", |lua, _| help::global::global(lua).map(Value::Function))
        .global("imds", |lua, caller| module(imds::module(lua, &caller.session())))
        .global("json", |lua, _| module(json::module(lua)))
        .global("log", |lua, _| module(log::module(lua)))
        .global("powershell", |lua, _| module(quote::powershell(lua)))
        .global("report", |lua, caller| module(report::module(lua, caller)))
        .global("reveal", |lua, _| function(lua, secret::reveal))
        .global("script", |lua, _| script::global(lua).map(Value::Function))
        .global("sh", |lua, _| module(quote::sh(lua)))
        .global("sweep", |lua, caller| module(aws::sweep::module(lua, caller)))
        .global("task", |lua, _| module(task::module(lua)))
        .global("time", |lua, _| module(time::module(lua)))
        .global("url", |lua, _| module(encoding::url(lua)))
        .global("windows", |lua, _| module(windows::module(lua)))
}

fn module(table: Result<Table>) -> Result<Value> {
    table.map(Value::Table)
}

fn function(lua: &Lua, function: fn(&Lua, Value) -> Result<Value>) -> Result<Value> {
    lua.create_function(function).map(Value::Function)
}
