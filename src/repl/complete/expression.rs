//! Names in expressions: globals, locals, and the fields of the value before a dot.

use std::collections::BTreeSet;

use mlua::{Table, Value};
use moonfleet_bindings::{Operation, basic_service, catalogue};
use moonfleet_core::{Shape, Type};
use moonfleet_lua::aws::forms;
use moonfleet_lua::tokens::{TokenKind, is_name, keywords};
use moonfleet_lua::vm::Vm;

use super::rank::{Offer, chosen};
use super::{Completion, values};
use crate::repl::complete::cursor_context::{Chain, CursorContext};
use crate::repl::complete::symbol::{Symbol, item_shapes, resolve_chain};
use crate::repl::complete::{lua_string, type_expr};

/// Returns the names that a word can be completed to.
pub(super) fn names(vm: &Vm, context: &CursorContext<'_>) -> Vec<Offer> {
    let stubs = type_expr::stubs();
    let modules = stubs.modules().filter(|name| stubs.is_global(name)).map(|name| (name, "module"));
    let functions = stubs.functions().filter(|name| !name.contains(['.', ':'])).map(|name| (name, "function"));
    let locals = locals(context).into_iter().map(|name| (name, "local"));
    let mut offers: Vec<Offer> = Vec::new();
    let mut seen = BTreeSet::new();
    // Without a typed letter, hundreds of services would hide everything else.
    let is_offered = |name: &str| !context.typed.is_empty() || basic_service(name).is_some();
    let services = services().filter(|(name, _)| is_offered(name));
    for (name, note) in locals.chain(modules).chain(functions).chain(services) {
        if seen.insert(name.to_owned()) {
            offers.push(Offer::new(name, note));
        }
    }
    for (name, note) in values::scopes(vm).iter().flat_map(values::fields) {
        if is_name(&name) && seen.insert(name.clone()) {
            offers.push(Offer::new(name, note));
        }
    }
    if !context.typed.is_empty() {
        offers.extend(keywords().map(|keyword| Offer::new(keyword, "")));
    }
    offers
}

/// Returns the names of all services with their titles, and the aliases with the names that they mean.
fn services<'a>() -> impl Iterator<Item = (&'a str, &'static str)> {
    catalogue().iter().flat_map(|listed| {
        let aliases = listed.aliases.iter().map(|alias| (&**alias, listed.name));
        std::iter::once((listed.name, listed.title)).chain(aliases)
    })
}

/// Returns the names that the text before the cursor declares.
fn locals<'a>(context: &CursorContext<'a>) -> Vec<&'a str> {
    let mut found = Vec::new();
    let mut declares = false;
    for token in &context.before {
        match token.kind {
            TokenKind::Keyword => declares = matches!(token.text, "local" | "for" | "function"),
            TokenKind::Name if declares => found.push(token.text),
            TokenKind::Symbol if matches!(token.text, "," | "(") => {}
            _ => declares = false,
        }
    }
    found
}

/// Completes a field after a dot or a colon.
pub(super) fn fields(vm: &Vm, context: &CursorContext<'_>, owner: &Chain<'_>, mark: &str) -> Completion {
    let nothing = Completion { start: context.start, candidates: Vec::new() };
    let Some(symbol) = resolve_chain(vm, &context.before, owner) else { return nothing };
    let mut offers = member_offers(vm, &symbol, owner);
    if mark == ":" {
        offers.retain(|offer| offer.note.starts_with("function") || offer.note.starts_with('('));
        offers.retain(|offer| is_name(&offer.name));
        return chosen(context.start, context.typed, offers);
    }
    if offers.iter().all(|offer| is_name(&offer.name)) {
        return chosen(context.start, context.typed, offers);
    }
    // A field whose name is not an identifier needs brackets instead of the dot.
    let offers = offers.into_iter().map(|offer| {
        let text = lua_string::field(&offer.name);
        offer.inserts(text)
    });
    let start = context.before.last().map_or(context.start, |dot| dot.start);
    chosen(start, context.typed, offers.collect())
}

pub(super) fn member_offers(vm: &Vm, symbol: &Symbol, owner: &Chain<'_>) -> Vec<Offer> {
    match symbol {
        Symbol::Session(_) => session_offers(owner.root == "aws" && owner.steps.is_empty()),
        Symbol::Service(service, _) => {
            let operations = service.operations().iter().map(operation_offer);
            let wait = (!service.waiters().is_empty()).then(|| Offer::new("wait", "waiters"));
            operations.chain(wait).collect()
        }
        Symbol::Waiters(service, _) => {
            service.waiters().iter().map(|waiter| Offer::new(waiter.name, waiter.operation.name)).collect()
        }
        Symbol::Operation(_, operation, _) => {
            forms(operation).map(|form| Offer::new(form, item_path(operation))).collect()
        }
        Symbol::Module(module) => module_offers(vm, module),
        Symbol::Structure(shape) => shape_offers(shape, None),
        Symbol::Data(Type::Structure(shape)) => shape_offers(shape.get(), None),
        Symbol::Item(operation) => {
            item_shapes(operation).into_iter().flat_map(|(shape, only)| shape_offers(shape, only)).collect()
        }
        Symbol::Stub(ty) => type_offers(ty),
        Symbol::Value(Value::Table(table)) => table_offers(table),
        _ => Vec::new(),
    }
}

fn operation_offer(operation: &Operation) -> Offer {
    Offer::new(operation.name, operation.risk.to_string())
}

/// Returns the path to the items of an operation.
fn item_path(operation: &Operation) -> String {
    operation.items.as_ref().map_or(String::new(), |items| items.path.join("."))
}

fn session_offers(is_module: bool) -> Vec<Offer> {
    let own = if is_module { functions("aws") } else { Vec::new() };
    let services = services().map(|(name, note)| Offer::new(name, note));
    let mut seen = BTreeSet::new();
    let offers = own.into_iter().chain(type_offers("Session")).chain(services);
    offers.filter(|offer| seen.insert(offer.name.clone())).collect()
}

fn module_offers(vm: &Vm, module: &str) -> Vec<Offer> {
    let mut offers = functions(module);
    offers.extend(type_offers(module));
    let loaded: Option<Table> = vm.lua().globals().raw_get(module).unwrap_or_default();
    for (name, note) in loaded.iter().flat_map(values::fields) {
        if !offers.iter().any(|known| known.name == name) {
            offers.push(Offer::new(name, note));
        }
    }
    offers
}

/// Returns the functions of a module or a class, with their parameters.
fn functions(module: &str) -> Vec<Offer> {
    let stubs = type_expr::stubs();
    let own = |name: &str| {
        let rest = name.strip_prefix(module)?.strip_prefix(['.', ':'])?;
        let signature = stubs.function(name)?.signature;
        Some(Offer::new(rest, signature.strip_prefix(name).unwrap_or_default()))
    };
    stubs.functions().filter_map(own).collect()
}

fn type_offers(ty: &str) -> Vec<Offer> {
    let fields = type_expr::fields(ty).into_iter().filter(|field| is_name(&field.name));
    let fields = fields.map(|field| {
        let parameters = field.ty.strip_prefix("fun").filter(|rest| rest.starts_with('(')).map(str::to_owned);
        Offer::new(field.name, parameters.unwrap_or(field.ty))
    });
    fields.chain(functions(ty)).collect()
}

fn shape_offers(shape: &'static Shape, only: Option<&[&str]>) -> Vec<Offer> {
    let fields = shape.fields.iter().filter(|field| only.is_none_or(|only| only.contains(&field.name())));
    fields.map(|field| Offer::new(field.name(), field.ty.to_string())).collect()
}

fn table_offers(table: &Table) -> Vec<Offer> {
    values::fields(table).into_iter().map(|(name, note)| Offer::new(name, note)).collect()
}
