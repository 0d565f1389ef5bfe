//! Resolves a chain of names to a symbol: a service, an operation, a module, the result of a call, or an existing
//! value. No code of the user is run.

use mlua::Value;
use moonfleet_bindings::{Operation, Service, Waiter};
use moonfleet_core::{Shape, Type};
use moonfleet_engine::Context;
use moonfleet_lua::aws::{NamedBinding, any_service, named, session, session_used_by};
use moonfleet_lua::time::Time;
use moonfleet_lua::tokens::Token;
use moonfleet_lua::vm::Vm;

use super::values;
use crate::repl::complete::cursor_context::{Chain, ChainStep};
use crate::repl::complete::local_vars::{LocalValue, declared};
use crate::repl::complete::type_expr;

/// The session that would make a call. `None` if it is not known before the code runs.
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
    /// The output of an operation, from its declaration.
    Structure(&'static Shape),
    Data(Type),
    /// The list that `all` returns.
    Items(&'static Operation),
    /// One item of that list.
    Item(&'static Operation),
    /// A type from the stubs.
    Stub(String),
    Value(Value),
}

/// The longest chain of locals to follow, where each is initialized with another one.
const MAX_DEPTH: usize = 8;

/// Resolves a chain after these tokens. Returns `None` if it is unknown.
pub(super) fn resolve_chain(vm: &Vm, before: &[Token<'_>], chain: &Chain<'_>) -> Option<Symbol> {
    follow(vm, before, chain, MAX_DEPTH)
}

fn follow(vm: &Vm, before: &[Token<'_>], chain: &Chain<'_>, depth: usize) -> Option<Symbol> {
    let deeper = depth.checked_sub(1)?;
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
    match any_service(name) {
        Some(service) => Some(Symbol::Service(service, Some(vm.session()))),
        None => stubs.function(name).map(|_| Symbol::Function(name.to_owned())),
    }
}

pub(super) fn from_value(value: Value) -> Symbol {
    // A value that cannot be inspected is treated like any other.
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
            Symbol::Stub("moonfleet.Error".to_owned())
        }
        Value::String(_) => Symbol::Module("string".to_owned()),
        _ => Symbol::Value(value),
    }
}

fn next(vm: &Vm, symbol: Symbol, step: ChainStep<'_>) -> Option<Symbol> {
    Some(match (symbol, step) {
        (Symbol::Session(caller), ChainStep::Field(name)) => match any_service(name) {
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
        (Symbol::Data(Type::Structure(shape)), step) => return next(vm, Symbol::Structure(shape.get()), step),
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
        (Symbol::Stub(ty), ChainStep::Field(name)) => from_type_expr(&type_expr::field(&ty, name)?),
        (Symbol::Stub(ty), ChainStep::Index) => from_type_expr(&type_expr::item(&ty)?),
        (Symbol::Stub(ty), ChainStep::Call) => from_type_expr(&type_expr::returned(&ty)?),
        (Symbol::Value(Value::Table(table)), ChainStep::Field(name)) => from_value(values::get(vm, &table, name)?),
        // All items are assumed to be like the first.
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
    Some(Symbol::Stub(type_expr::field(module, name)?))
}

fn from_type_expr(ty: &str) -> Symbol {
    let ty = ty.split(' ').next().unwrap_or(ty);
    match ty.trim_end_matches('?') {
        "Session" => Symbol::Session(None),
        "Time" => Symbol::Module("Time".to_owned()),
        ty => Symbol::Stub(ty.to_owned()),
    }
}

/// Returns the structures with the fields of an item, each with the fields that it contributes (`None` for all).
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
