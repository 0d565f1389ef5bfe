//! What a chain of names stands for: a service, an operation, a module, what a call would
//! give, or a value that is there. Nothing of a script's is run to find out.

use mlua::Value;
use moonfleet_bindings::{Operation, Service, Waiter};
use moonfleet_core::{Shape, Type};
use moonfleet_engine::Context;
use moonfleet_lua::aws::{Named, named, resolve, session, speaks_for};
use moonfleet_lua::time::Time;
use moonfleet_lua::tokens::Token;
use moonfleet_lua::vm::Vm;

use super::values;
use crate::repl::complete::cursor_context::{Chain, Step};
use crate::repl::complete::local_vars::{Local, declared};
use crate::repl::complete::type_expr;

/// In whose name a call would be made; none where that is not known before it is run.
pub type Whose = Option<Context>;

#[derive(Clone)]
pub enum Thing {
    Session(Whose),
    Service(&'static Service, Whose),
    Waiters(&'static Service, Whose),
    Waiter(&'static Service, &'static Waiter, Whose),
    Operation(&'static Service, &'static Operation, Whose),
    Form(&'static str, &'static Service, &'static Operation, Whose),
    /// A module or a class of the stubs.
    Module(String),
    Function(String),
    /// What an operation gives, by its declaration.
    Structure(&'static Shape),
    Data(Type),
    /// What `all` gives, and one of these.
    Items(&'static Operation),
    Item(&'static Operation),
    /// A type of the stubs.
    Written(String),
    Value(Value),
}

/// How far locals are followed that begin as each other.
const DEEPEST: usize = 8;

/// What a chain stands for, after these tokens; none where that is not to be told.
pub fn of_chain(vm: &Vm, before: &[Token<'_>], chain: &Chain<'_>) -> Option<Thing> {
    follow(vm, before, chain, DEEPEST)
}

fn follow(vm: &Vm, before: &[Token<'_>], chain: &Chain<'_>, deep: usize) -> Option<Thing> {
    let deeper = deep.checked_sub(1)?;
    let root = match declared(before, chain.root) {
        Some(Local::Is(chain)) => follow(vm, before, &chain, deeper)?,
        Some(Local::Each(mut chain)) => {
            chain.steps.pop().filter(|step| *step == Step::Call)?;
            match follow(vm, before, &chain, deeper)? {
                Thing::Form("items", _, operation, _) => Thing::Item(operation),
                Thing::Form("pages", _, operation, _) => Thing::Structure(operation.output()),
                _ => return None,
            }
        }
        Some(Local::Unknown) => return None,
        None => root(vm, chain.root)?,
    };
    chain.steps.iter().try_fold(root, |thing, step| next(vm, thing, *step))
}

fn root(vm: &Vm, name: &str) -> Option<Thing> {
    let value = values::named(vm, name);
    let stubs = type_expr::known();
    if name == "aws" && (value.is_nil() || value.is_table()) {
        return Some(Thing::Session(Some(vm.session())));
    }
    let is_module = value.is_nil() || value.as_table().is_some_and(|table| values::is_module(vm, name, table));
    if stubs.is_global(name) && is_module {
        return Some(Thing::Module(name.to_owned()));
    }
    if !value.is_nil() {
        return match value.is_function() && stubs.function(name).is_some() {
            true => Some(Thing::Function(name.to_owned())),
            false => Some(of_value(value)),
        };
    }
    match resolve(name) {
        Some(service) => Some(Thing::Service(service, Some(vm.session()))),
        None => stubs.function(name).map(|_| Thing::Function(name.to_owned())),
    }
}

pub fn of_value(value: Value) -> Thing {
    // What cannot be looked at is a value like any other.
    let whose = || speaks_for(&value).ok().flatten();
    match named(&value) {
        Ok(Some(Named::Operation(service, operation))) => return Thing::Operation(service, operation, whose()),
        Ok(Some(Named::Service(service))) => return Thing::Service(service, whose()),
        _ => {}
    }
    match &value {
        Value::Table(table) => match session::held(table) {
            Ok(Some(session)) => Thing::Session(Some(session)),
            _ => Thing::Value(value),
        },
        Value::UserData(userdata) if userdata.is::<Time>() => Thing::Module("Time".to_owned()),
        Value::Error(error) if error.downcast_ref::<moonfleet_core::Error>().is_some() => {
            Thing::Written("moonfleet.Error".to_owned())
        }
        Value::String(_) => Thing::Module("string".to_owned()),
        _ => Thing::Value(value),
    }
}

fn next(vm: &Vm, thing: Thing, step: Step<'_>) -> Option<Thing> {
    Some(match (thing, step) {
        (Thing::Session(whose), Step::Field(name)) => match resolve(name) {
            Some(service) => Thing::Service(service, whose),
            None => of_function("aws", name)?,
        },
        (Thing::Service(service, whose), Step::Field("wait")) => Thing::Waiters(service, whose),
        (Thing::Service(service, whose), Step::Field(name)) => {
            Thing::Operation(service, service.operation(name)?, whose)
        }
        (Thing::Waiters(service, whose), Step::Field(name)) => Thing::Waiter(service, service.waiter(name)?, whose),
        (Thing::Waiter(_, waiter, _), Step::Call) => Thing::Structure(waiter.operation.output()),
        (Thing::Operation(service, operation, whose), Step::Field(name)) => {
            let form = moonfleet_lua::aws::forms(operation).find(|form| *form == name)?;
            Thing::Form(form, service, operation, whose)
        }
        (Thing::Operation(_, operation, _), Step::Call) => Thing::Structure(operation.output()),
        (Thing::Form("all", _, operation, _), Step::Call) => Thing::Items(operation),
        (Thing::Items(operation), Step::Index) => Thing::Item(operation),
        (Thing::Item(operation), Step::Field(name)) => {
            let mut shapes = item_shapes(operation).into_iter();
            Thing::Data(shapes.find_map(|(shape, _)| shape.field(name))?.ty)
        }
        (Thing::Structure(shape), Step::Field(name)) => Thing::Data(shape.field(name)?.ty),
        (Thing::Data(Type::Structure(shape)), step) => return next(vm, Thing::Structure(shape()), step),
        (Thing::Data(Type::List(item)), Step::Index) => Thing::Data(*item),
        (Thing::Data(Type::Map(value)), Step::Field(_)) => Thing::Data(*value),
        (Thing::Module(module), Step::Field(name)) => match values::in_module(vm, &module, name) {
            Some(value) if !value.is_function() => of_value(value),
            _ => of_function(&module, name)?,
        },
        (Thing::Function(name), Step::Call) => {
            let function = type_expr::known().function(&name)?;
            of_written(function.returned.first()?)
        }
        (Thing::Written(ty), Step::Field(name)) => of_written(&type_expr::field(&ty, name)?),
        (Thing::Written(ty), Step::Index) => of_written(&type_expr::item(&ty)?),
        (Thing::Written(ty), Step::Call) => of_written(&type_expr::returned(&ty)?),
        (Thing::Value(Value::Table(table)), Step::Field(name)) => of_value(values::get(vm, &table, name)?),
        // Whichever it is, the others are like it.
        (Thing::Value(Value::Table(table)), Step::Index) => of_value(table.raw_get(1).ok()?),
        _ => return None,
    })
}

fn of_function(module: &str, name: &str) -> Option<Thing> {
    let stubs = type_expr::known();
    let full = [".", ":"].map(|mark| format!("{module}{mark}{name}"));
    if let Some(full) = full.into_iter().find(|full| stubs.function(full).is_some()) {
        return Some(Thing::Function(full));
    }
    Some(Thing::Written(type_expr::field(module, name)?))
}

fn of_written(ty: &str) -> Thing {
    let ty = ty.split(' ').next().unwrap_or(ty);
    match ty.trim_end_matches('?') {
        "Session" => Thing::Session(None),
        "Time" => Thing::Module("Time".to_owned()),
        ty => Thing::Written(ty.to_owned()),
    }
}

/// The structures that give an item its fields, and which of theirs it takes.
pub fn item_shapes(operation: &Operation) -> Vec<(&'static Shape, Option<&'static [&'static str]>)> {
    let Some(items) = &operation.items else { return Vec::new() };
    let walk =
        |path: &[&str]| path.iter().try_fold(operation.output(), |shape, step| shape.field(step)?.ty.structure());
    let parent = items.path.split_last().and_then(|(_, path)| walk(path));
    let own = walk(items.path).map(|shape| (shape, None));
    own.into_iter()
        .chain(parent.filter(|_| !items.inherits.is_empty()).map(|shape| (shape, Some(items.inherits))))
        .collect()
}
