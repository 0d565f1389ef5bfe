//! Names that an expression can be made of: globals, locals, and the fields of what stands
//! before a dot.

use std::collections::BTreeSet;

use mlua::{Table, Value};
use moonfleet_bindings::{Operation, SERVICES};
use moonfleet_core::{Shape, Type};
use moonfleet_lua::aws::{ALIASES, forms};
use moonfleet_lua::tokens::{Kind, is_name, keywords};
use moonfleet_lua::vm::Vm;

use super::rank::{Offer, chosen};
use super::{Completion, values};
use crate::repl::complete::cursor_context::{Chain, Place};
use crate::repl::complete::symbol::{Thing, item_shapes, of_chain};
use crate::repl::complete::{lua_string, type_expr};

/// What a bare word can begin.
pub fn names(vm: &Vm, place: &Place<'_>) -> Vec<Offer> {
    let stubs = type_expr::known();
    let services = SERVICES.iter().map(|service| (service.name, "service"));
    let aliases = ALIASES.iter().map(|(alias, name)| (*alias, *name));
    let modules = stubs.modules().filter(|name| stubs.is_global(name)).map(|name| (name, "module"));
    let functions = stubs.functions().filter(|name| !name.contains(['.', ':'])).map(|name| (name, "function"));
    let locals = locals(place).into_iter().map(|name| (name, "local"));
    let mut offers: Vec<Offer> = Vec::new();
    let mut seen = BTreeSet::new();
    for (name, note) in locals.chain(services).chain(aliases).chain(modules).chain(functions) {
        if seen.insert(name.to_owned()) {
            offers.push(Offer::new(name, note));
        }
    }
    for (name, note) in values::scopes(vm).iter().flat_map(values::fields) {
        if is_name(&name) && seen.insert(name.clone()) {
            offers.push(Offer::new(name, note));
        }
    }
    if !place.typed.is_empty() {
        offers.extend(keywords().map(|keyword| Offer::new(keyword, "")));
    }
    offers
}

/// Names that the text before the cursor declares.
fn locals<'a>(place: &Place<'a>) -> Vec<&'a str> {
    let mut found = Vec::new();
    let mut declares = false;
    for token in &place.before {
        match token.kind {
            Kind::Keyword => declares = matches!(token.text, "local" | "for" | "function"),
            Kind::Name if declares => found.push(token.text),
            Kind::Symbol if matches!(token.text, "," | "(") => {}
            _ => declares = false,
        }
    }
    found
}

/// What can follow the dot, or the colon.
pub fn fields(vm: &Vm, place: &Place<'_>, owner: &Chain<'_>, mark: &str) -> Completion {
    let nothing = Completion { start: place.start, candidates: Vec::new() };
    let Some(thing) = of_chain(vm, &place.before, owner) else { return nothing };
    let mut offers = of_thing(vm, &thing, owner);
    if mark == ":" {
        offers.retain(|offer| offer.note.starts_with("function") || offer.note.starts_with('('));
        offers.retain(|offer| is_name(&offer.name));
        return chosen(place.start, place.typed, offers);
    }
    if offers.iter().all(|offer| is_name(&offer.name)) {
        return chosen(place.start, place.typed, offers);
    }
    // What is no name stands in brackets, in place of the dot.
    let offers = offers.into_iter().map(|offer| {
        let text = lua_string::field(&offer.name);
        offer.inserts(text)
    });
    let start = place.before.last().map_or(place.start, |dot| dot.start);
    chosen(start, place.typed, offers.collect())
}

pub fn of_thing(vm: &Vm, thing: &Thing, owner: &Chain<'_>) -> Vec<Offer> {
    match thing {
        Thing::Session(_) => of_session(owner.root == "aws" && owner.steps.is_empty()),
        Thing::Service(service, _) => {
            let operations = service.operations().iter().map(risky);
            let wait = (!service.waiters().is_empty()).then(|| Offer::new("wait", "waiters"));
            operations.chain(wait).collect()
        }
        Thing::Waiters(service, _) => {
            service.waiters().iter().map(|waiter| Offer::new(waiter.name, waiter.operation.name)).collect()
        }
        Thing::Operation(_, operation, _) => forms(operation).map(|form| Offer::new(form, given(operation))).collect(),
        Thing::Module(module) => of_module(vm, module),
        Thing::Structure(shape) => of_shape(shape, None),
        Thing::Data(Type::Structure(shape)) => of_shape(shape(), None),
        Thing::Item(operation) => {
            item_shapes(operation).into_iter().flat_map(|(shape, only)| of_shape(shape, only)).collect()
        }
        Thing::Written(ty) => of_written(ty),
        Thing::Value(Value::Table(table)) => of_table(table),
        _ => Vec::new(),
    }
}

fn risky(operation: &Operation) -> Offer {
    Offer::new(operation.name, operation.risk.to_string())
}

/// What an operation is a list of.
fn given(operation: &Operation) -> String {
    operation.items.as_ref().map_or(String::new(), |items| items.path.join("."))
}

fn of_session(is_module: bool) -> Vec<Offer> {
    let services = SERVICES.iter().map(|service| Offer::new(service.name, "service"));
    let aliases = ALIASES.iter().map(|(alias, name)| Offer::new(*alias, *name));
    let mut offers: Vec<Offer> = services.chain(aliases).collect();
    let own = if is_module { functions("aws") } else { Vec::new() };
    for offer in own.into_iter().chain(of_written("Session")) {
        if !offers.iter().any(|known| known.name == offer.name) {
            offers.push(offer);
        }
    }
    offers
}

fn of_module(vm: &Vm, module: &str) -> Vec<Offer> {
    let mut offers = functions(module);
    offers.extend(of_written(module));
    let made: Option<Table> = vm.lua().globals().raw_get(module).unwrap_or_default();
    for (name, note) in made.iter().flat_map(values::fields) {
        if !offers.iter().any(|known| known.name == name) {
            offers.push(Offer::new(name, note));
        }
    }
    offers
}

/// The functions of a module or a class, with how they are called.
fn functions(module: &str) -> Vec<Offer> {
    let stubs = type_expr::known();
    let own = |name: &str| {
        let rest = name.strip_prefix(module)?.strip_prefix(['.', ':'])?;
        let called = stubs.function(name)?.signature;
        Some(Offer::new(rest, called.strip_prefix(name).unwrap_or_default()))
    };
    stubs.functions().filter_map(own).collect()
}

fn of_written(ty: &str) -> Vec<Offer> {
    let fields = type_expr::fields(ty).into_iter().filter(|field| is_name(&field.name));
    let fields = fields.map(|field| {
        let called = field.ty.strip_prefix("fun").filter(|rest| rest.starts_with('(')).map(str::to_owned);
        Offer::new(field.name, called.unwrap_or(field.ty))
    });
    fields.chain(functions(ty)).collect()
}

fn of_shape(shape: &'static Shape, only: Option<&[&str]>) -> Vec<Offer> {
    let fields = shape.fields.iter().filter(|field| only.is_none_or(|only| only.contains(&field.name())));
    fields.map(|field| Offer::new(field.name(), field.ty.to_string())).collect()
}

fn of_table(table: &Table) -> Vec<Offer> {
    values::fields(table).into_iter().map(|(name, note)| Offer::new(name, note)).collect()
}
