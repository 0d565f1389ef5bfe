//! An operation as a Lua value: callable, with its other forms as fields.

use std::sync::Arc;
use std::time::Duration;

use mlua::{AnyUserData, Error, Function, Lua, MetaMethod, Result, Table, UserData, UserDataMethods, Value};
use moonfleet_bindings::{Item, Operation, Service, Waiter, items, suggest};

use super::answer;
use super::call::{admit, call};
use super::pages::Pager;
use crate::lua::convert::to_value;
use crate::lua::time::to_duration;
use crate::session::{Repeat, Session, spawn};

#[derive(Clone)]
pub struct BoundOperation {
    pub session: Arc<Session>,
    pub service: &'static Service,
    pub operation: &'static Operation,
}

impl UserData for BoundOperation {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_async_meta_method(MetaMethod::Call, |lua, this, input: Value| {
            let this = this.clone();
            async move { this.once(&lua, input).await }
        });
        methods.add_meta_method(MetaMethod::Index, |lua, this, form: String| this.form(lua, &form));
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| {
            Ok(format!("operation {} ({})", this.name(), this.operation.risk))
        });
    }
}

const FORMS: [&str; 3] = ["all", "items", "pages"];

impl BoundOperation {
    fn name(&self) -> String {
        format!("{}.{}", self.service.name, self.operation.name)
    }

    fn form(&self, lua: &Lua, form: &str) -> Result<Function> {
        let this = self.clone();
        match form {
            "all" => lua.create_async_function(move |lua, input: Value| {
                let this = this.clone();
                async move { this.all(&lua, input).await }
            }),
            "items" => lua.create_function(move |lua, input: Value| this.items(lua, input)),
            "pages" => lua.create_function(move |lua, input: Value| this.pages(lua, input)),
            _ => Err(Error::runtime(match suggest::nearest(form, FORMS) {
                Some(nearest) => format!("{}.{form}: did you mean {}.{nearest}?", self.name(), self.name()),
                None => format!("{}.{form}: an operation has the forms .all, .items and .pages", self.name()),
            })),
        }
    }

    async fn once(&self, lua: &Lua, input: Value) -> Result<Table> {
        let input = to_value(lua, &input)?;
        let answer = call(&self.session, self.service, self.operation, input).await.map_err(Error::external)?;
        answer::table(lua, answer)
    }

    fn pager(&self, lua: &Lua, input: &Value) -> Result<Pager> {
        Pager::new(&self.session, self.service, self.operation, to_value(lua, input)?).map_err(Error::external)
    }

    /// Every item of every page.
    async fn all(&self, lua: &Lua, input: Value) -> Result<Table> {
        self.check_items("all")?;
        let mut pager = self.pager(lua, &input)?;
        let list = answer::list(lua, 0)?;
        while let Some(page) = pager.next().await.map_err(Error::external)? {
            for item in items(self.operation, page) {
                list.raw_push(answer::item(lua, self.operation, item)?)?;
            }
        }
        Ok(list)
    }

    /// An iterator over all items that holds one page.
    fn items(&self, lua: &Lua, input: Value) -> Result<Function> {
        self.check_items("items")?;
        let cursor = lua.create_userdata(Cursor {
            operation: self.operation,
            pager: self.pager(lua, &input)?,
            page: Vec::new().into_iter(),
        })?;
        let step: Function = lua.named_registry_value("moonfleet.items")?;
        step.call(cursor)
    }

    fn pages(&self, lua: &Lua, input: Value) -> Result<Function> {
        let pager = lua.create_userdata(Pages(self.pager(lua, &input)?))?;
        lua.create_async_function(move |lua, _: mlua::Variadic<Value>| {
            let pager = pager.clone();
            async move {
                let mut pager = pager.borrow_mut::<Pages>()?;
                match pager.0.next().await.map_err(Error::external)? {
                    Some(page) => answer::table(&lua, page).map(Value::Table),
                    None => Ok(Value::Nil),
                }
            }
        })
    }

    fn check_items(&self, form: &str) -> Result<()> {
        if self.operation.items.is_some() {
            return Ok(());
        }
        let name = self.name();
        Err(Error::runtime(format!("{name}.{form}: its answer has no one list; use {name} or {name}.pages")))
    }
}

struct Pages(Pager);

impl UserData for Pages {}

/// The state of an iteration. `next` gives an item without waiting, or nothing where a
/// page has to come first: only then does a coroutine have to be left.
struct Cursor {
    operation: &'static Operation,
    pager: Pager,
    page: std::vec::IntoIter<Item>,
}

impl UserData for Cursor {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method_mut("next", |lua, this, ()| match this.page.next() {
            Some(item) => answer::item(lua, this.operation, item),
            None => Ok(Value::Nil),
        });
        methods.add_async_function("turn", |lua: Lua, cursor: AnyUserData| async move {
            let mut this = cursor.borrow_mut::<Cursor>()?;
            let Some(page) = this.pager.next().await.map_err(Error::external)? else { return Ok(false) };
            this.page = items(this.operation, page).into_iter();
            // The collector sees a hundred bytes of a row and not the thousands that it keeps.
            lua.gc_step()?;
            Ok(true)
        });
    }
}

/// What `items` returns to a script, written in Lua so that a step costs no coroutine.
pub fn prepare(lua: &Lua) -> Result<()> {
    let items: Function = lua
        .load(
            "local cursor = ... \
             local next, turn = cursor.next, cursor.turn \
             return function() \
               local item = next(cursor) \
               while item == nil do \
                 if not turn(cursor) then return nil end \
                 item = next(cursor) \
               end \
               return item \
             end",
        )
        .set_name("=moonfleet")
        .into_function()?;
    lua.set_named_registry_value("moonfleet.items", items)
}

/// `ec2.wait`: the service's waiters, bound when they are named.
pub fn waiters(lua: &Lua, session: &Arc<Session>, service: &'static Service) -> Result<Table> {
    let table = lua.create_table()?;
    let metatable = lua.create_table()?;
    let session = session.clone();
    metatable.raw_set(
        "__index",
        lua.create_function(move |lua, (_, name): (Table, String)| match service.waiter(&name) {
            Some(waiter) => bind_waiter(lua, &session, service, waiter),
            None => {
                let nearest = suggest::nearest(&name, service.waiters.iter().map(|w| w.name));
                let hint = nearest.map_or(String::new(), |n| format!("; did you mean {}.wait.{n}?", service.name));
                Err(Error::runtime(format!("{}.wait.{name}: no such waiter{hint}", service.name)))
            }
        })?,
    )?;
    table.set_metatable(Some(metatable))?;
    Ok(table)
}

const WAIT: Duration = Duration::from_secs(600);

fn bind_waiter(
    lua: &Lua,
    session: &Arc<Session>,
    service: &'static Service,
    waiter: &'static Waiter,
) -> Result<Function> {
    let session = session.clone();
    lua.create_async_function(move |lua, input: Option<Table>| {
        let session = session.clone();
        async move {
            let input = match input {
                Some(input) => copy(&lua, &input)?,
                None => lua.create_table()?,
            };
            let timeout = match input.raw_get::<Value>("timeout")? {
                Value::Nil => WAIT,
                given => to_duration(&given).map_err(Error::external)?,
            };
            input.raw_set("timeout", Value::Nil)?;
            let input = admit(&session, service, waiter.operation, to_value(&lua, &Value::Table(input))?)
                .map_err(Error::external)?;
            let client = session.client(service, Repeat::Safe).await.map_err(Error::external)?;
            let waited = spawn(waiter.wait(&client, input, timeout)).await;
            let region = session.region();
            let name = format!("wait.{}", waiter.name);
            match waited.map_err(|panic| Error::runtime(panic.to_string()))? {
                Ok(Some(answer)) => answer::table(&lua, answer).map(Value::Table),
                Ok(None) => Ok(Value::Boolean(true)),
                Err(failure) => {
                    let error = crate::error::Error::of_call(service.name, &name, region.as_deref(), failure);
                    Err(Error::external(error))
                }
            }
        }
    })
}

/// The caller's table stays as it is.
fn copy(lua: &Lua, table: &Table) -> Result<Table> {
    let copy = lua.create_table()?;
    table.for_each(|key: Value, value: Value| copy.raw_set(key, value))?;
    Ok(copy)
}
