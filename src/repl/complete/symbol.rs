//! What a chain of names stands for: a service, an operation, a module, what a call would
//! give, or a value that is there. Nothing of a script's is run to find out.

use mlua::Value;
use moonfleet_bindings::{Operation, Service, Waiter};
use moonfleet_core::{Shape, Type};
use moonfleet_engine::Context;
use moonfleet_lua::aws::{NamedBinding, named, resolve, session, session_used_by};
use moonfleet_lua::time::Time;
use moonfleet_lua::tokens::Token;
use moonfleet_lua::vm::Vm;

use super::values;
use crate::repl::complete::cursor_context::{Chain, ChainStep};
use crate::repl::complete::local_vars::{LocalValue, declared};
use crate::repl::complete::type_expr;

/// In whose name a call would be made; none where that is not known before it is run.
pub(super) type CallerSession = Option<Context>;

#[derive(Clone)]
pub(super) enum Symbol {
    Session(CallerSession),
    Service(&'static Service, CallerSession),
    Waiters(&'static Service, CallerSession),
    Waiter(&'static Service, &'static Waiter, CallerSession),
    Operation(&'static Service, &'static Operation, CallerSession),
    Form(&'static str, &'static Service, &'static Operation, CallerSession),
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
pub(super) fn resolve_chain(vm: &Vm, before: &[Token<'_>], chain: &Chain<'_>) -> Option<Symbol> {
    follow(vm, before, chain, DEEPEST)
}

fn follow(vm: &Vm, before: &[Token<'_>], chain: &Chain<'_>, deep: usize) -> Option<Symbol> {
    let deeper = deep.checked_sub(1)?;
    let root = match declared(before, chain.root) {
        Some(LocalValue::Is(chain)) => follow(vm, before, &chain, deeper)?,
        Some(LocalValue::Each(mut chain)) => {
            chain.steps.pop().filter(|step| *step == ChainStep::Call)?;
            match follow(vm, before, &chain, deeper)? {
                Symbol::Form("items", _, operation, _) => Symbol::Item(operation),
                Symbol::Form("pages", _, operation, _) => Symbol::Structure(operation.output()),
                _ => return None,
            }
        }
        Some(LocalValue::Unknown) => return None,
        None => root(vm, chain.root)?,
    };
    chain.steps.iter().try_fold(root, |symbol, step| next(vm, symbol, *step))
}

fn root(vm: &Vm, name: &str) -> Option<Symbol> {
    let value = values::named(vm, name);
    let stubs = type_expr::stubs();
    if name == "aws" && (value.is_nil() || value.is_table()) {
        return Some(Symbol::Session(Some(vm.session())));
    }
    let is_module = value.is_nil() || value.as_table().is_some_and(|table| values::is_module(vm, name, table));
    if stubs.is_global(name) && is_module {
        return Some(Symbol::Module(name.to_owned()));
    }
    if !value.is_nil() {
        return match value.is_function() && stubs.function(name).is_some() {
            true => Some(Symbol::Function(name.to_owned())),
            false => Some(from_value(value)),
        };
    }
    match resolve(name) {
        Some(service) => Some(Symbol::Service(service, Some(vm.session()))),
        None => stubs.function(name).map(|_| Symbol::Function(name.to_owned())),
    }
}

pub(super) fn from_value(value: Value) -> Symbol {
    // What cannot be looked at is a value like any other.
    let caller = || session_used_by(&value).ok().flatten();
    match named(&value) {
        Ok(Some(NamedBinding::Operation(service, operation))) => {
            return Symbol::Operation(service, operation, caller());
        }
        Ok(Some(NamedBinding::Service(service))) => return Symbol::Service(service, caller()),
        _ => {}
    }
    match &value {
        Value::Table(table) => match session::session_of(table) {
            Ok(Some(session)) => Symbol::Session(Some(session)),
            _ => Symbol::Value(value),
        },
        Value::UserData(userdata) if userdata.is::<Time>() => Symbol::Module("Time".to_owned()),
        Value::Error(error) if error.downcast_ref::<moonfleet_core::Error>().is_some() => {
            Symbol::Written("moonfleet.Error".to_owned())
        }
        Value::String(_) => Symbol::Module("string".to_owned()),
        _ => Symbol::Value(value),
    }
}

fn next(vm: &Vm, symbol: Symbol, step: ChainStep<'_>) -> Option<Symbol> {
    Some(match (symbol, step) {
        (Symbol::Session(caller), ChainStep::Field(name)) => match resolve(name) {
            Some(service) => Symbol::Service(service, caller),
            None => return_symbol("aws", name)?,
        },
        (Symbol::Service(service, caller), ChainStep::Field("wait")) => Symbol::Waiters(service, caller),
        (Symbol::Service(service, caller), ChainStep::Field(name)) => {
            Symbol::Operation(service, service.operation(name)?, caller)
        }
        (Symbol::Waiters(service, caller), ChainStep::Field(name)) => {
            Symbol::Waiter(service, service.waiter(name)?, caller)
        }
        (Symbol::Waiter(_, waiter, _), ChainStep::Call) => Symbol::Structure(waiter.operation.output()),
        (Symbol::Operation(service, operation, caller), ChainStep::Field(name)) => {
            let form = moonfleet_lua::aws::forms(operation).find(|form| *form == name)?;
            Symbol::Form(form, service, operation, caller)
        }
        (Symbol::Operation(_, operation, _), ChainStep::Call) => Symbol::Structure(operation.output()),
        (Symbol::Form("all", _, operation, _), ChainStep::Call) => Symbol::Items(operation),
        (Symbol::Items(operation), ChainStep::Index) => Symbol::Item(operation),
        (Symbol::Item(operation), ChainStep::Field(name)) => {
            let mut shapes = item_shapes(operation).into_iter();
            Symbol::Data(shapes.find_map(|(shape, _)| shape.field(name))?.ty)
        }
        (Symbol::Structure(shape), ChainStep::Field(name)) => Symbol::Data(shape.field(name)?.ty),
        (Symbol::Data(Type::Structure(shape)), step) => return next(vm, Symbol::Structure(shape()), step),
        (Symbol::Data(Type::List(item)), ChainStep::Index) => Symbol::Data(*item),
        (Symbol::Data(Type::Map(value)), ChainStep::Field(_)) => Symbol::Data(*value),
        (Symbol::Module(module), ChainStep::Field(name)) => match values::module_field(vm, &module, name) {
            Some(value) if !value.is_function() => from_value(value),
            _ => return_symbol(&module, name)?,
        },
        (Symbol::Function(name), ChainStep::Call) => {
            let function = type_expr::stubs().function(&name)?;
            from_type_expr(function.returned.first()?)
        }
        (Symbol::Written(ty), ChainStep::Field(name)) => from_type_expr(&type_expr::field(&ty, name)?),
        (Symbol::Written(ty), ChainStep::Index) => from_type_expr(&type_expr::item(&ty)?),
        (Symbol::Written(ty), ChainStep::Call) => from_type_expr(&type_expr::returned(&ty)?),
        (Symbol::Value(Value::Table(table)), ChainStep::Field(name)) => from_value(values::get(vm, &table, name)?),
        // Whichever it is, the others are like it.
        (Symbol::Value(Value::Table(table)), ChainStep::Index) => from_value(table.raw_get(1).ok()?),
        _ => return None,
    })
}

fn return_symbol(module: &str, name: &str) -> Option<Symbol> {
    let stubs = type_expr::stubs();
    let full = [".", ":"].map(|mark| format!("{module}{mark}{name}"));
    if let Some(full) = full.into_iter().find(|full| stubs.function(full).is_some()) {
        return Some(Symbol::Function(full));
    }
    Some(Symbol::Written(type_expr::field(module, name)?))
}

fn from_type_expr(ty: &str) -> Symbol {
    let ty = ty.split(' ').next().unwrap_or(ty);
    match ty.trim_end_matches('?') {
        "Session" => Symbol::Session(None),
        "Time" => Symbol::Module("Time".to_owned()),
        ty => Symbol::Written(ty.to_owned()),
    }
}

/// The structures that give an item its fields, and which of theirs it takes.
pub(super) fn item_shapes(operation: &Operation) -> Vec<(&'static Shape, Option<&'static [&'static str]>)> {
    let Some(items) = &operation.items else { return Vec::new() };
    let walk =
        |path: &[&str]| path.iter().try_fold(operation.output(), |shape, step| shape.field(step)?.ty.structure());
    let parent = items.path.split_last().and_then(|(_, path)| walk(path));
    let own = walk(items.path).map(|shape| (shape, None));
    own.into_iter()
        .chain(parent.filter(|_| !items.inherits.is_empty()).map(|shape| (shape, Some(items.inherits))))
        .collect()
}
