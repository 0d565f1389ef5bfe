//! An operation as a Lua value: callable, with its other forms as fields.

use mlua::{AnyUserData, Error, Function, Lua, MetaMethod, Result, Table, UserData, UserDataMethods, Value};
use moonfleet_bindings::{Item, Operation, Risk, Service, items};
use moonfleet_client::Pager;
use moonfleet_core::suggest;
use moonfleet_engine::dispatch::{Dispatched, admit, dispatch};

use super::{Caller, answer, options};
use crate::aws::placeholder::PlannedValue;

#[derive(Clone)]
pub(super) struct BoundOperation {
    pub caller: Caller,
    pub service: &'static Service,
    pub operation: &'static Operation,
}

impl UserData for BoundOperation {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_async_meta_method(MetaMethod::Call, |lua, this, given: Given| {
            let this = this.clone();
            async move { this.once(&lua, given).await }
        });
        methods.add_meta_method(MetaMethod::Index, |lua, this, form: String| this.form(lua, &form));
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| {
            Ok(format!("operation {} ({})", this.name(), this.operation.risk))
        });
    }
}

/// The parameters, and how the call is to be made.
type Given = (Value, Value);

const FORMS: [&str; 3] = ["all", "items", "pages"];

/// Those of an operation's forms that it has.
pub fn forms(operation: &Operation) -> impl Iterator<Item = &'static str> {
    let has = |form: &&str| match *form {
        "pages" => operation.pages.is_some(),
        _ => operation.items.is_some(),
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
            "all" => lua.create_async_function(move |lua, given: Given| {
                let this = this.clone();
                async move { this.all_items(&lua, given).await }
            }),
            "items" => lua.create_function(move |lua, given: Given| this.items(lua, given)),
            "pages" => lua.create_function(move |lua, given: Given| this.pages(lua, given)),
            _ => Err(Error::runtime(match suggest::nearest(form, FORMS) {
                Some(nearest) => format!("{}.{form}: did you mean {}.{nearest}?", self.name(), self.name()),
                None => format!("{}.{form}: an operation has the forms .all, .items and .pages", self.name()),
            })),
        }
    }

    async fn once(&self, lua: &Lua, (input, given): Given) -> Result<Value> {
        let (session, options) = options::read(&self.name(), self.caller.session(), given)?;
        let input = super::input(lua, self.service, self.operation.name, &input)?;
        match dispatch(session.clone(), self.service, self.operation, input, options).await.map_err(Error::external)? {
            Dispatched::Answer(answer) => {
                let has_more = self.operation.next_token(&*answer).is_some();
                let table = answer::table(lua, answer)?;
                if has_more {
                    answer::is_part(lua, &table, self.every_page())?;
                }
                Ok(Value::Table(table))
            }
            Dispatched::Planned(change) => {
                lua.create_userdata(PlannedValue::answer(session, self.operation, change)).map(Value::UserData)
            }
        }
    }

    /// `ec2.describe_vpcs.all_items{…} gives every page`
    fn every_page(&self) -> String {
        let form = if self.operation.items.is_some() { "all" } else { "pages" };
        format!("{}.{form}{{…}} gives every page", self.name())
    }

    fn pager(&self, lua: &Lua, (input, given): Given) -> Result<Pager> {
        if self.operation.risk > Risk::Read {
            let name = self.name();
            return Err(Error::runtime(format!("{name} changes something and has no pages; call {name} itself")));
        }
        let (session, options) = options::read(&self.name(), self.caller.session(), given)?;
        let input = super::input(lua, self.service, self.operation.name, &input)?;
        let input = admit(&session, self.service, self.operation, input).map_err(Error::external)?;
        Ok(Pager::new(session.session().clone(), self.service, self.operation, input, options))
    }

    /// Every item of every page.
    async fn all_items(&self, lua: &Lua, given: Given) -> Result<Table> {
        self.check_items("all")?;
        let mut pager = self.pager(lua, given)?;
        let list = answer::list(lua, 0)?;
        while let Some(page) = pager.next().await.map_err(Error::external)? {
            for item in items(self.operation, page) {
                list.raw_push(answer::item(lua, self.operation, item)?)?;
            }
        }
        Ok(list)
    }

    /// An iterator over all items that holds one page.
    fn items(&self, lua: &Lua, given: Given) -> Result<Function> {
        self.check_items("items")?;
        let cursor = lua.create_userdata(Cursor {
            operation: self.operation,
            pager: self.pager(lua, given)?,
            page: Vec::new().into_iter(),
        })?;
        let step: Function = lua.named_registry_value("moonfleet.items")?;
        step.call(cursor)
    }

    fn pages(&self, lua: &Lua, given: Given) -> Result<Function> {
        let pager = lua.create_userdata(PageIterator(self.pager(lua, given)?))?;
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
        if self.operation.items.is_some() {
            return Ok(());
        }
        let name = self.name();
        Err(Error::runtime(format!("{name}.{form}: its answer has no one list; use {name} or {name}.pages")))
    }
}

/// Enough for a whole collection where a script keeps little, and little where it keeps much.
const STEPS: usize = 16;

struct PageIterator(Pager);

impl UserData for PageIterator {}

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
            // The collector sees a hundred bytes of a row and not the thousands that it keeps:
            // those of the page before this one should be gone before the next one is asked for.
            for _ in 0..STEPS {
                if lua.gc_step()? {
                    break;
                }
            }
            let Some(page) = this.pager.next().await.map_err(Error::external)? else { return Ok(false) };
            this.page = items(this.operation, page).into_iter();
            Ok(true)
        });
    }
}

/// What `items` returns to a script, written in Lua so that a step costs no coroutine.
pub(super) fn prepare(lua: &Lua) -> Result<()> {
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
