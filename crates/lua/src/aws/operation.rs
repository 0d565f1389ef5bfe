//! An operation as a Lua value: callable, with its other forms as fields.

use mlua::{
    AnyUserData, Error, Function, IntoLuaMulti as _, Lua, MetaMethod, MultiValue, Result, Table, UserData,
    UserDataMethods, Value,
};
use moonfleet_bindings::{Item, Operation, Risk, Service, items};
use moonfleet_client::Pager;
use moonfleet_core::suggest;
use moonfleet_engine::dispatch::{Dispatched, admit, dispatch};

use super::{Caller, answer, events, options};
use crate::aws::placeholder::PlannedValue;

#[derive(Clone)]
pub(super) struct BoundOperation {
    pub caller: Caller,
    pub service: &'static Service,
    pub operation: &'static Operation,
}

impl UserData for BoundOperation {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_async_meta_method(MetaMethod::Call, |lua, this, arguments: Arguments| {
            let this = this.clone();
            async move { this.once(&lua, arguments).await }
        });
        methods.add_meta_method(MetaMethod::Index, |lua, this, form: String| this.form(lua, &form));
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| {
            Ok(format!("operation {} ({})", this.name(), this.operation.risk))
        });
    }
}

/// The arguments of an operation: parameters, and options of the call.
type Arguments = (Value, Value);

const FORMS: [&str; 3] = ["all", "items", "pages"];

/// Returns the forms that an operation has.
pub fn forms(operation: &Operation) -> impl Iterator<Item = &'static str> {
    let has = |form: &&str| match *form {
        "pages" => operation.pages.is_some(),
        _ => operation.items.is_some() && operation.unfollowed_token().is_none(),
    };
    FORMS.into_iter().filter(has).filter(|_| operation.risk == Risk::Read)
}

impl BoundOperation {
    fn name(&self) -> String {
        format!("{}.{}", self.service.name, self.operation.name)
    }

    fn form(&self, lua: &Lua, form: &str) -> Result<Function> {
        let this = self.clone();
        match form {
            "all" => lua.create_async_function(move |lua, arguments: Arguments| {
                let this = this.clone();
                async move { this.all_items(&lua, arguments).await }
            }),
            "items" => lua.create_async_function(move |lua, arguments: Arguments| {
                let this = this.clone();
                async move { this.items(&lua, arguments).await }
            }),
            "pages" => lua.create_async_function(move |lua, arguments: Arguments| {
                let this = this.clone();
                async move { this.pages(&lua, arguments).await }
            }),
            _ => Err(Error::runtime(match suggest::nearest(form, FORMS) {
                Some(nearest) => format!("{}.{form}: did you mean {}.{nearest}?", self.name(), self.name()),
                None => format!("{}.{form}: no such form; use .all, .items or .pages", self.name()),
            })),
        }
    }

    async fn once(&self, lua: &Lua, (input, options): Arguments) -> Result<MultiValue> {
        let input = super::input(lua, self.service, self.operation.name, &input)?;
        let session = self.caller.session_for(self.service, self.operation, &input).await;
        let (session, options) = options::read(&self.name(), session, options)?;
        match dispatch(session.clone(), self.service, self.operation, input, options.clone())
            .await
            .map_err(Error::external)?
        {
            Dispatched::Answer(answer) => {
                let events = events::iterator(lua, &session, self.service, self.operation, &answer, &options)?;
                if let Some(events) = events {
                    return Ok(events);
                }
                let has_more = self.operation.next_page(&answer).is_some();
                let table = answer::table(lua, answer)?;
                if has_more {
                    answer::mark_first_page(lua, &table, self.every_page())?;
                }
                table.into_lua_multi(lua)
            }
            Dispatched::Planned(call) => {
                lua.create_userdata(PlannedValue::answer(session, self.operation, &call))?.into_lua_multi(lua)
            }
        }
    }

    /// Returns how to get all pages: `ec2.describe_vpcs.all{…} returns all pages`.
    fn every_page(&self) -> String {
        let form = if self.operation.items.is_some() { "all" } else { "pages" };
        format!("{}.{form}{{…}} returns all pages", self.name())
    }

    async fn pager(&self, lua: &Lua, (input, options): Arguments) -> Result<Pager> {
        if self.operation.risk > Risk::Read {
            let name = self.name();
            return Err(Error::runtime(format!("{name} changes something and has no pages; call {name}{{…}}")));
        }
        let input = super::input(lua, self.service, self.operation.name, &input)?;
        let session = self.caller.session_for(self.service, self.operation, &input).await;
        let (session, options) = options::read(&self.name(), session, options)?;
        let input = admit(&session, self.service, self.operation, input).map_err(Error::external)?;
        Ok(Pager::new(session.session().clone(), self.service, self.operation, input, options))
    }

    /// Returns the items of all pages.
    async fn all_items(&self, lua: &Lua, arguments: Arguments) -> Result<Table> {
        self.check_items("all")?;
        let mut pager = self.pager(lua, arguments).await?;
        let list = answer::list(lua, 0)?;
        while let Some(page) = pager.next().await.map_err(Error::external)? {
            for item in items(self.operation, &page) {
                list.raw_push(answer::item(lua, self.operation, item)?)?;
            }
        }
        Ok(list)
    }

    /// Returns an iterator over all items that holds only one page at a time.
    async fn items(&self, lua: &Lua, arguments: Arguments) -> Result<Function> {
        self.check_items("items")?;
        let cursor = lua.create_userdata(Cursor {
            operation: self.operation,
            pager: self.pager(lua, arguments).await?,
            page: Vec::new().into_iter(),
        })?;
        let step: Function = lua.named_registry_value("moonfleet.items")?;
        step.call(cursor)
    }

    async fn pages(&self, lua: &Lua, arguments: Arguments) -> Result<Function> {
        let pager = lua.create_userdata(PageIterator(self.pager(lua, arguments).await?))?;
        lua.create_async_function(move |lua, _: mlua::Variadic<Value>| {
            let pager = pager.clone();
            async move {
                let mut pager = pager.borrow_mut::<PageIterator>()?;
                match pager.0.next().await.map_err(Error::external)? {
                    Some(page) => answer::table(&lua, page).map(Value::Table),
                    None => Ok(Value::Nil),
                }
            }
        })
    }

    fn check_items(&self, form: &str) -> Result<()> {
        let name = self.name();
        if let Some(token) = self.operation.unfollowed_token() {
            let why = format!("the answer can go on at its `{token}`, and the model does not say how");
            return Err(Error::runtime(format!("{name}.{form}: {why}; call {name}{{…}} for each page")));
        }
        if self.operation.items.is_some() {
            return Ok(());
        }
        Err(Error::runtime(format!("{name}.{form}: the answer has no main list; use {name} or {name}.pages")))
    }
}

/// The number of steps of the garbage collector for each page: a whole collection if a script keeps little data,
/// and a small part of one if it keeps much.
const GC_STEPS: usize = 16;

struct PageIterator(Pager);

impl UserData for PageIterator {}

/// The state of an iteration. `next` returns an item without waiting, or nil if the next page is needed:
/// only then must the coroutine yield.
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
        methods.add_async_function("load_page", |lua: Lua, cursor: AnyUserData| async move {
            let mut this = cursor.borrow_mut::<Cursor>()?;
            // The collector counts a row as about a hundred bytes, not the thousands that it keeps alive,
            // so the rows of the previous page must be collected before the next page is requested.
            for _ in 0..GC_STEPS {
                if lua.gc_step()? {
                    break;
                }
            }
            let Some(page) = this.pager.next().await.map_err(Error::external)? else { return Ok(false) };
            this.page = items(this.operation, &page).into_iter();
            Ok(true)
        });
    }
}

/// Prepares the iterator of `items`, which is in Lua so that a step needs no coroutine.
pub(super) fn prepare(lua: &Lua) -> Result<()> {
    let items: Function = lua
        .load(
            "local cursor = ... \
             local next, load_page = cursor.next, cursor.load_page \
             return function() \
               local item = next(cursor) \
               while item == nil do \
                 if not load_page(cursor) then return nil end \
                 item = next(cursor) \
               end \
               return item \
             end",
        )
        .set_name("=moonfleet")
        .into_function()?;
    lua.set_named_registry_value("moonfleet.items", items)
}
