//! The kind of value that is expected at the cursor, from the call or the table around it.

use moonfleet_bindings::{Operation, Service};
use moonfleet_core::{Field, Pairs, Shape, Type};
use moonfleet_lua::vm::Vm;

use crate::repl::complete::cursor_context::{Bracket, CursorContext, Frame, TableKey, chain};
use crate::repl::complete::symbol::{CallerSession, Symbol, resolve_chain};
use crate::repl::complete::type_expr;

#[derive(Clone)]
pub(super) enum Expected {
    /// The parameters of a call. True for a waiter, which has additional parameters.
    Parameters(CallContext, bool),
    /// A value inside the parameters of a call.
    Value {
        call: CallContext,
        ty: Type,
        name: &'static str,
    },
    FilterName(CallContext),
    /// A value of a filter, or a list of values.
    FilterValue(CallContext, String),
    TagKey(CallContext),
    TagValue(CallContext, String),
    /// A value of a type from the stubs.
    Stub {
        ty: String,
        name: String,
        caller: CallerSession,
    },
    /// The name of a help topic.
    Topic,
    /// The name of a module of the library.
    Module,
}

#[derive(Clone)]
pub(super) struct CallContext {
    pub service: &'static Service,
    pub operation: &'static Operation,
    pub caller: CallerSession,
}

/// The type of the additional parameters of a waiter.
pub(super) const WAIT_OPTIONS: &str = "moonfleet.WaitOptions";
const CALL_OPTIONS: &str = "moonfleet.CallOptions";

/// Returns what the table of this frame is expected to contain.
pub(super) fn inside(vm: &Vm, context: &CursorContext<'_>, at: usize) -> Option<Expected> {
    let frame = &context.frames[at];
    if frame.bracket != Bracket::Table {
        return None;
    }
    let around = at.checked_sub(1).map(|at| &context.frames[at]);
    if around.is_some_and(|around| around.value(&context.before) == frame.open) {
        return element(vm, context, at - 1);
    }
    let callee = frame.open.checked_sub(1).filter(|at| context.before[*at].ends_value())?;
    argument(vm, context, callee + 1, 0)
}

/// Returns what the innermost element of this frame is expected to be.
pub(super) fn element(vm: &Vm, context: &CursorContext<'_>, at: usize) -> Option<Expected> {
    let frame = &context.frames[at];
    match frame.bracket {
        Bracket::Table => under(inside(vm, context, at)?, frame, frame.key(&context.before)),
        Bracket::Call => {
            frame.open.checked_sub(1).filter(|at| context.before[*at].ends_value())?;
            argument(vm, context, frame.open, frame.index)
        }
        Bracket::Index | Bracket::Block => None,
    }
}

/// Returns the expected argument of a call without parentheses: `require "…`.
pub(super) fn bare_argument(vm: &Vm, context: &CursorContext<'_>) -> Option<Expected> {
    context.before.last().filter(|callee| callee.ends_value())?;
    argument(vm, context, context.before.len(), 0)
}

fn argument(vm: &Vm, context: &CursorContext<'_>, callee: usize, index: usize) -> Option<Expected> {
    let chain = chain(&context.before, callee)?;
    if chain.root == "require" && chain.steps.is_empty() && index == 0 {
        return Some(Expected::Module);
    }
    let symbol = resolve_chain(vm, &context.before, &chain)?;
    let stub = |ty: &str, name: &str| {
        Some(Expected::Stub { ty: ty.to_owned(), name: name.to_owned(), caller: Some(vm.session()) })
    };
    match (symbol, index) {
        (Symbol::Operation(service, operation, caller) | Symbol::Form(_, service, operation, caller), 0) => {
            Some(Expected::Parameters(CallContext { service, operation, caller }, false))
        }
        (Symbol::Waiter(service, waiter, caller), 0) => {
            Some(Expected::Parameters(CallContext { service, operation: waiter.operation, caller }, true))
        }
        (Symbol::Operation(..) | Symbol::Form(..) | Symbol::Waiter(..), 1) => stub(CALL_OPTIONS, ""),
        (Symbol::Function(name), 0) if name == "help" => Some(Expected::Topic),
        (Symbol::Function(name), index) => {
            let function = type_expr::stubs().function(&name)?;
            let parameter = function.parameters.get(index)?;
            stub(&parameter.ty, &parameter.name)
        }
        // `fun(role_arn: string, options?: aws.AssumeOptions): Session`
        (Symbol::Stub(ty), index) => {
            let (name, ty) = type_expr::parameters(&ty).into_iter().nth(index)?;
            stub(&ty, &name)
        }
        _ => None,
    }
}

/// Returns what a table of this kind is expected to contain under a key.
fn under(expected: Expected, frame: &Frame<'_>, key: TableKey<'_>) -> Option<Expected> {
    match (expected, key) {
        (Expected::Parameters(call, waits), TableKey::Name(name)) => match call.operation.input().field(name) {
            Some(field) => Some(value(call, field)),
            None if waits => {
                let ty = type_expr::field(WAIT_OPTIONS, name)?;
                Some(Expected::Stub { ty, name: name.to_owned(), caller: call.caller })
            }
            None => None,
        },
        (Expected::Value { call, ty, name }, key) => match (ty, key, ty.pairs()) {
            (_, TableKey::Name(key), Some((_, Pairs::KeyValue { .. }))) => {
                Some(Expected::TagValue(call, key.to_owned()))
            }
            (_, TableKey::Name(key), Some((_, Pairs::KeyValues { .. }))) => {
                Some(Expected::FilterValue(call, key.to_owned()))
            }
            (Type::List(item), TableKey::Index, _) => Some(Expected::Value { call, ty: *item, name }),
            (Type::Map(item), TableKey::Name(_), _) => Some(Expected::Value { call, ty: *item, name }),
            (Type::Structure(shape), TableKey::Name(key), _) => in_structure_field(call, shape.get(), frame, key),
            _ => None,
        },
        (Expected::FilterValue(call, name), TableKey::Index) => Some(Expected::FilterValue(call, name)),
        (Expected::Stub { ty, caller, .. }, TableKey::Name(key)) => {
            Some(Expected::Stub { ty: type_expr::field(&ty, key)?, name: key.to_owned(), caller })
        }
        (Expected::Stub { ty, name, caller }, TableKey::Index) => {
            Some(Expected::Stub { ty: type_expr::item(&ty)?, name, caller })
        }
        _ => None,
    }
}

/// Returns the expected value of a field, including tags and filters in AWS's form: `{key = …, value = …}`.
fn in_structure_field(call: CallContext, shape: &'static Shape, frame: &Frame<'_>, key: &str) -> Option<Expected> {
    let field = shape.field(key)?;
    let given = |name: &str| {
        let (_, text) = frame.given.iter().find(|(given, _)| *given == name)?;
        text.map(str::to_owned)
    };
    match shape.pairs() {
        Some(Pairs::KeyValue { key: own, .. }) if key == own && matches!(field.ty, Type::String) => {
            Some(Expected::TagKey(call))
        }
        Some(Pairs::KeyValue { key: own, value }) if key == value => Some(Expected::TagValue(call, given(own)?)),
        Some(Pairs::KeyValues { key: own, .. }) if key == own && matches!(field.ty, Type::String) => {
            Some(Expected::FilterName(call))
        }
        Some(Pairs::KeyValues { key: own, values }) if key == values => Some(Expected::FilterValue(call, given(own)?)),
        _ => Some(value(call, field)),
    }
}

fn value(call: CallContext, field: &'static Field) -> Expected {
    Expected::Value { call, ty: field.ty, name: field.name() }
}
