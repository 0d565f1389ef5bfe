//! What could stand where the cursor is, by the call or the table around it.

use moonfleet_bindings::{Operation, Service};
use moonfleet_core::{Field, Pairs, Shape, Type};
use moonfleet_lua::vm::Vm;

use crate::repl::complete::cursor_context::{Bracket, Frame, Key, Place, chain};
use crate::repl::complete::symbol::{Thing, Whose, of_chain};
use crate::repl::complete::type_expr;

#[derive(Clone)]
pub enum Wanted {
    /// The parameters of a call; a waiter takes some of its own.
    Parameters(Call, bool),
    /// A value inside of a call's parameters.
    Value {
        call: Call,
        ty: Type,
        name: &'static str,
    },
    FilterName(Call),
    /// A value, or a list of them.
    FilterValue(Call, String),
    TagKey(Call),
    TagValue(Call, String),
    /// What a function of the program's own takes.
    Written {
        ty: String,
        name: String,
        whose: Whose,
    },
    /// The name of a topic of `help`.
    Topic,
    /// The name of a module of the library.
    Module,
}

#[derive(Clone)]
pub struct Call {
    pub service: &'static Service,
    pub operation: &'static Operation,
    pub whose: Whose,
}

/// Of a waiter's own parameters.
pub const WAIT_OPTIONS: &str = "moonfleet.WaitOptions";
const CALL_OPTIONS: &str = "moonfleet.CallOptions";

/// What the table, or the call, is given that is open here.
pub fn inside(vm: &Vm, place: &Place<'_>, at: usize) -> Option<Wanted> {
    let frame = &place.frames[at];
    if frame.bracket != Bracket::Table {
        return None;
    }
    let around = at.checked_sub(1).map(|at| &place.frames[at]);
    if around.is_some_and(|around| around.value(&place.before) == frame.open) {
        return element(vm, place, at - 1);
    }
    let callee = frame.open.checked_sub(1).filter(|at| place.before[*at].ends_value())?;
    argument(vm, place, callee + 1, 0)
}

/// What the innermost element of this bracket is to be.
pub fn element(vm: &Vm, place: &Place<'_>, at: usize) -> Option<Wanted> {
    let frame = &place.frames[at];
    match frame.bracket {
        Bracket::Table => under(inside(vm, place, at)?, frame, frame.key(&place.before)),
        Bracket::Call => {
            frame.open.checked_sub(1).filter(|at| place.before[*at].ends_value())?;
            argument(vm, place, frame.open, frame.index)
        }
        Bracket::Index | Bracket::Block => None,
    }
}

/// What stands where a value begins that has nothing around it but a callee: `require "…`.
pub fn bare_argument(vm: &Vm, place: &Place<'_>) -> Option<Wanted> {
    place.before.last().filter(|callee| callee.ends_value())?;
    argument(vm, place, place.before.len(), 0)
}

fn argument(vm: &Vm, place: &Place<'_>, callee: usize, index: usize) -> Option<Wanted> {
    let chain = chain(&place.before, callee)?;
    if chain.root == "require" && chain.steps.is_empty() && index == 0 {
        return Some(Wanted::Module);
    }
    let thing = of_chain(vm, &place.before, &chain)?;
    let written = |ty: &str, name: &str| {
        Some(Wanted::Written { ty: ty.to_owned(), name: name.to_owned(), whose: Some(vm.session()) })
    };
    match (thing, index) {
        (Thing::Operation(service, operation, whose) | Thing::Form(_, service, operation, whose), 0) => {
            Some(Wanted::Parameters(Call { service, operation, whose }, false))
        }
        (Thing::Waiter(service, waiter, whose), 0) => {
            Some(Wanted::Parameters(Call { service, operation: waiter.operation, whose }, true))
        }
        (Thing::Operation(..) | Thing::Form(..) | Thing::Waiter(..), 1) => written(CALL_OPTIONS, ""),
        (Thing::Function(name), 0) if name == "help" => Some(Wanted::Topic),
        (Thing::Function(name), index) => {
            let function = type_expr::known().function(&name)?;
            let parameter = function.parameters.get(index)?;
            written(&parameter.ty, &parameter.name)
        }
        // `fun(role_arn: string, options?: aws.AssumeOptions): Session`
        (Thing::Written(ty), index) => {
            let (name, ty) = type_expr::parameters(&ty).into_iter().nth(index)?;
            written(&ty, &name)
        }
        _ => None,
    }
}

/// What a table of this kind has under a key.
fn under(wanted: Wanted, frame: &Frame<'_>, key: Key<'_>) -> Option<Wanted> {
    match (wanted, key) {
        (Wanted::Parameters(call, waits), Key::Name(name)) => match call.operation.input().field(name) {
            Some(field) => Some(value(call, field)),
            None if waits => {
                let ty = type_expr::field(WAIT_OPTIONS, name)?;
                Some(Wanted::Written { ty, name: name.to_owned(), whose: call.whose })
            }
            None => None,
        },
        (Wanted::Value { call, ty, name }, key) => match (ty, key, ty.pairs()) {
            (_, Key::Name(key), Some((_, Pairs::KeyValue))) => Some(Wanted::TagValue(call, key.to_owned())),
            (_, Key::Name(key), Some((_, Pairs::KeyValues { .. }))) => Some(Wanted::FilterValue(call, key.to_owned())),
            (Type::List(item), Key::Index, _) => Some(Wanted::Value { call, ty: *item, name }),
            (Type::Map(item), Key::Name(_), _) => Some(Wanted::Value { call, ty: *item, name }),
            (Type::Structure(shape), Key::Name(key), _) => in_structure(call, shape(), frame, key),
            _ => None,
        },
        (Wanted::FilterValue(call, name), Key::Index) => Some(Wanted::FilterValue(call, name)),
        (Wanted::Written { ty, whose, .. }, Key::Name(key)) => {
            Some(Wanted::Written { ty: type_expr::field(&ty, key)?, name: key.to_owned(), whose })
        }
        (Wanted::Written { ty, name, whose }, Key::Index) => {
            Some(Wanted::Written { ty: type_expr::item(&ty)?, name, whose })
        }
        _ => None,
    }
}

/// Tags and filters that are written in AWS's own form: `{key = …, value = …}`.
fn in_structure(call: Call, shape: &'static Shape, frame: &Frame<'_>, key: &str) -> Option<Wanted> {
    let field = shape.field(key)?;
    let given = |name: &str| {
        let (_, text) = frame.given.iter().find(|(given, _)| *given == name)?;
        text.map(str::to_owned)
    };
    match shape.pairs() {
        Some(Pairs::KeyValue) if key == "key" && matches!(field.ty, Type::String) => Some(Wanted::TagKey(call)),
        Some(Pairs::KeyValue) if key == "value" => Some(Wanted::TagValue(call, given("key")?)),
        Some(Pairs::KeyValues { key: own, .. }) if key == own && matches!(field.ty, Type::String) => {
            Some(Wanted::FilterName(call))
        }
        Some(Pairs::KeyValues { key: own, values }) if key == values => Some(Wanted::FilterValue(call, given(own)?)),
        _ => Some(value(call, field)),
    }
}

fn value(call: Call, field: &'static Field) -> Wanted {
    Wanted::Value { call, ty: field.ty, name: field.name() }
}
