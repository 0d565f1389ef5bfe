//! Completion in the table of a call, and after an `=`.

use moonfleet_core::{Field, Pairs, Shape, Type};
use moonfleet_lua::help::StubEntry;
use moonfleet_lua::tokens::is_name;
use moonfleet_lua::vm::Vm;

use super::rank::{Offer, chosen};
use super::text::{filter_names, tag_keys, texts};
use super::{Completer, Completion, expression};
use crate::repl::complete::cursor_context::CursorContext;
use crate::repl::complete::expected::{Expected, WAIT_OPTIONS, element, inside};
use crate::repl::complete::{lua_string, type_expr};

/// Completes a key, or an item of a list.
pub(super) fn complete(completer: &Completer, vm: &Vm, context: &CursorContext<'_>) -> Completion {
    let innermost = context.frames.len() - 1;
    let Some(expected) = inside(vm, context, innermost) else {
        return chosen(context.start, context.typed, expression::names(vm, context));
    };
    let keys = keys(completer, &expected);
    if !keys.is_empty() {
        let offers = keys.into_iter().filter(|key| !is_given(context, &key.name));
        return chosen(context.start, context.typed, offers.map(|key| assigned(context, key)).collect());
    }
    value(completer, vm, context)
}

/// Completes a value if one begins at the cursor, else a part of an expression.
pub(super) fn value(completer: &Completer, vm: &Vm, context: &CursorContext<'_>) -> Completion {
    let innermost = context.frames.len().checked_sub(1).filter(|_| context.begins_value());
    let expected = innermost.and_then(|innermost| element(vm, context, innermost));
    let mut offers = expected.map(|expected| value_literals(completer, &expected)).unwrap_or_default();
    if offers.is_empty() || !context.typed.is_empty() {
        offers.extend(expression::names(vm, context));
    }
    chosen(context.start, context.typed, offers)
}

/// Returns the keys of a table of this kind: parameters, filters, tags.
pub(super) fn keys(completer: &Completer, expected: &Expected) -> Vec<Offer> {
    match expected {
        Expected::Parameters(call, waits) => {
            let own = if *waits { type_expr::fields(WAIT_OPTIONS) } else { Vec::new() };
            parameters(call.operation.input()).chain(own.iter().map(option)).collect()
        }
        Expected::Value { call, ty, .. } => match (ty, ty.pairs()) {
            (_, Some((_, Pairs::KeyValue { .. }))) => tag_keys(completer, call),
            (_, Some((shape, Pairs::KeyValues { .. }))) => filter_names(completer, call, shape),
            (Type::Structure(shape), _) => parameters(shape.get()).collect(),
            _ => Vec::new(),
        },
        Expected::Stub { ty, .. } => {
            let fields = type_expr::fields(ty);
            fields.iter().filter(|field| is_name(&field.name)).map(option).collect()
        }
        _ => Vec::new(),
    }
}

fn parameters(shape: &'static Shape) -> impl Iterator<Item = Offer> {
    shape.fields.iter().map(parameter)
}

fn parameter(field: &'static Field) -> Offer {
    let note = if field.required { format!("required, {}", field.ty) } else { field.ty.to_string() };
    Offer::new(field.name(), note).first(field.required)
}

fn option(field: &StubEntry) -> Offer {
    let note = if field.optional { field.ty.clone() } else { format!("required, {}", field.ty) };
    Offer::new(&*field.name, note).first(!field.optional)
}

fn is_given(context: &CursorContext<'_>, name: &str) -> bool {
    let before = context.frames.last().is_some_and(|frame| frame.given.iter().any(|(given, _)| *given == name));
    before || context.given_later().contains(&name)
}

/// Returns a key with its `=`. A partial key is not closed.
fn assigned(context: &CursorContext<'_>, key: Offer) -> Offer {
    let text = match key.is_complete() {
        true if context.after.trim_start().starts_with('=') => lua_string::key(&key.name),
        true => format!("{} = ", lua_string::key(&key.name)),
        false => lua_string::key(&key.name).trim_end_matches("\"]").to_owned(),
    };
    key.inserts(text)
}

/// Returns values as expressions: strings in quotes, and lists in a table.
fn value_literals(completer: &Completer, expected: &Expected) -> Vec<Offer> {
    match expected {
        Expected::Value { ty: Type::Bool, .. } => booleans(),
        Expected::Value { call, ty: ty @ Type::List(item), name } => {
            let items = Expected::Value { call: call.clone(), ty: **item, name };
            let items = texts(completer, &items).into_iter().filter(|_| ty.pairs().is_none());
            let items: Vec<Offer> = items.map(listed).collect();
            if items.is_empty() { table(&ty.to_string()) } else { items }
        }
        Expected::Value { ty: ty @ (Type::Structure(_) | Type::Map(_)), .. } => table(&ty.to_string()),
        Expected::Parameters(call, _) => table(call.operation.input().name),
        Expected::Stub { ty, .. } if type_expr::is_boolean(ty) => booleans(),
        Expected::Stub { ty, .. } if type_expr::is_table(ty) => table(ty),
        _ => texts(completer, expected).into_iter().filter(Offer::is_complete).map(quoted).collect(),
    }
}

fn quoted(offer: Offer) -> Offer {
    let text = lua_string::quoted(&offer.name);
    offer.inserts(text)
}

fn listed(offer: Offer) -> Offer {
    let text = format!("{{{}}}", lua_string::quoted(&offer.name));
    offer.inserts(text)
}

fn booleans() -> Vec<Offer> {
    ["true", "false"].map(|word| Offer::new(word, "boolean")).into()
}

fn table(note: &str) -> Vec<Offer> {
    vec![Offer::new("{", note)]
}
