//! What could stand where the cursor is, by the call or the table around it.

use moonfleet_bindings::{Operation, Service};
use moonfleet_core::{Field, Pairs, Shape, Type};
use moonfleet_lua::vm::Vm;

use crate::repl::complete::cursor_context::{Bracket, CursorContext, Frame, TableKey, chain};
use crate::repl::complete::symbol::{CallerSession, Symbol, resolve_chain};
use crate::repl::complete::type_expr;

#[derive(Clone)]
pub(super) enum Expected {
    /// The parameters of a call; a waiter takes some of its own.
    Parameters(CallContext, bool),
    /// A value inside of a call's parameters.
    Value {
        call: CallContext,
        ty: Type,
        name: &'static str,
    },
    FilterName(CallContext),
    /// A value, or a list of them.
    FilterValue(CallContext, String),
    TagKey(CallContext),
    TagValue(CallContext, String),
    /// What a function of the program's own takes.
    Written {
        ty: String,
        name: String,
        caller: CallerSession,
    },
    /// The name of a topic of `help`.
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

/// Of a waiter's own parameters.
pub(super) const WAIT_OPTIONS: &str = "moonfleet.WaitOptions";
const CALL_OPTIONS: &str = "moonfleet.CallOptions";

/// What the table, or the call, is given that is open here.
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

/// What the innermost element of this bracket is to be.
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

/// What stands where a value begins that has nothing around it but a callee: `require "…`.
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
    let written = |ty: &str, name: &str| {
        Some(Expected::Written { ty: ty.to_owned(), name: name.to_owned(), caller: Some(vm.session()) })
    };
    match (symbol, index) {
        (Symbol::Operation(service, operation, caller) | Symbol::Form(_, service, operation, caller), 0) => {
            Some(Expected::Parameters(CallContext { service, operation, caller }, false))
        }
        (Symbol::Waiter(service, waiter, caller), 0) => {
            Some(Expected::Parameters(CallContext { service, operation: waiter.operation, caller }, true))
        }
        (Symbol::Operation(..) | Symbol::Form(..) | Symbol::Waiter(..), 1) => written(CALL_OPTIONS, ""),
        (Symbol::Function(name), 0) if name == "help" => Some(Expected::Topic),
        (Symbol::Function(name), index) => {
            let function = type_expr::stubs().function(&name)?;
            let parameter = function.parameters.get(index)?;
            written(&parameter.ty, &parameter.name)
        }
        // `fun(role_arn: string, options?: aws.AssumeOptions): Session`
        (Symbol::Written(ty), index) => {
            let (name, ty) = type_expr::parameters(&ty).into_iter().nth(index)?;
            written(&ty, &name)
        }
        _ => None,
    }
}

/// What a table of this kind has under a key.
fn under(expected: Expected, frame: &Frame<'_>, key: TableKey<'_>) -> Option<Expected> {
    match (expected, key) {
        (Expected::Parameters(call, waits), TableKey::Name(name)) => match call.operation.input().field(name) {
            Some(field) => Some(value(call, field)),
            None if waits => {
                let ty = type_expr::field(WAIT_OPTIONS, name)?;
                Some(Expected::Written { ty, name: name.to_owned(), caller: call.caller })
            }
            None => None,
        },
        (Expected::Value { call, ty, name }, key) => match (ty, key, ty.pairs()) {
            (_, TableKey::Name(key), Some((_, Pairs::KeyValue))) => Some(Expected::TagValue(call, key.to_owned())),
            (_, TableKey::Name(key), Some((_, Pairs::KeyValues { .. }))) => {
                Some(Expected::FilterValue(call, key.to_owned()))
            }
            (Type::List(item), TableKey::Index, _) => Some(Expected::Value { call, ty: *item, name }),
            (Type::Map(item), TableKey::Name(_), _) => Some(Expected::Value { call, ty: *item, name }),
            (Type::Structure(shape), TableKey::Name(key), _) => in_structure_field(call, shape(), frame, key),
            _ => None,
        },
        (Expected::FilterValue(call, name), TableKey::Index) => Some(Expected::FilterValue(call, name)),
        (Expected::Written { ty, caller, .. }, TableKey::Name(key)) => {
            Some(Expected::Written { ty: type_expr::field(&ty, key)?, name: key.to_owned(), caller })
        }
        (Expected::Written { ty, name, caller }, TableKey::Index) => {
            Some(Expected::Written { ty: type_expr::item(&ty)?, name, caller })
        }
        _ => None,
    }
}

/// Tags and filters that are written in AWS's own form: `{key = …, value = …}`.
fn in_structure_field(call: CallContext, shape: &'static Shape, frame: &Frame<'_>, key: &str) -> Option<Expected> {
    let field = shape.field(key)?;
    let given = |name: &str| {
        let (_, text) = frame.given.iter().find(|(given, _)| *given == name)?;
        text.map(str::to_owned)
    };
    match shape.pairs() {
        Some(Pairs::KeyValue) if key == "key" && matches!(field.ty, Type::String) => Some(Expected::TagKey(call)),
        Some(Pairs::KeyValue) if key == "value" => Some(Expected::TagValue(call, given("key")?)),
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
