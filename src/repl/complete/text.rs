//! Completion in strings: values of enumerations, ids and names of resources, filters, help topics.

use moonfleet_bindings::filter_names as known_filters;
use moonfleet_client::by_name;
use moonfleet_core::{Enumeration, Pairs, Shape, Type};
use moonfleet_lua::tokens::Quote;
use moonfleet_lua::vm::Vm;

use super::rank::{Offer, chosen};
use super::{Completer, Completion, expression, plain, table, topics};
use crate::assets;
use crate::repl::complete::cursor_context::CursorContext;
use crate::repl::complete::expected::{CallContext, Expected, bare_argument, element, inside};
use crate::repl::complete::symbol::{CallerSession, Symbol, item_shapes, resolve_chain};
use crate::repl::complete::{lua_string, type_expr};
use crate::repl::resource_cache::{ListOperation, ResourceKind, Values};

pub(super) fn complete(completer: &Completer, vm: &Vm, context: &CursorContext<'_>, quote: Quote) -> Completion {
    let (offers, closing) = if let Some(at) = context.table_of_key() {
        let keys = inside(vm, context, at).map(|expected| table::keys(completer, &expected)).unwrap_or_default();
        let given = &context.frames[at].given;
        (keys.into_iter().filter(|key| !given.iter().any(|(name, _)| *name == key.name)).collect(), "] = ")
    } else if let Some((owner, _)) = context.owner() {
        let symbol = resolve_chain(vm, &context.before, &owner).filter(|symbol| !matches!(symbol, Symbol::Session(_)));
        (symbol.map(|symbol| expression::member_offers(vm, &symbol, &owner)).unwrap_or_default(), "]")
    } else {
        let innermost = context.frames.len().checked_sub(1).filter(|_| context.begins_value());
        let expected = match innermost {
            Some(innermost) => element(vm, context, innermost),
            None => bare_argument(vm, context),
        };
        (expected.map(|expected| texts(completer, &expected)).unwrap_or_default(), "")
    };
    let offers = offers.into_iter().filter_map(|offer| written_in(context, offer, quote, closing));
    chosen(context.start, context.typed, offers.collect())
}

/// Returns the offer escaped for this string, with the closing quote unless the string is closed already.
fn written_in(context: &CursorContext<'_>, offer: Offer, quote: Quote, closing: &str) -> Option<Offer> {
    let inside = lua_string::inside(&offer.name, quote)?;
    let text = match quote {
        Quote::Short(mark) if offer.is_complete() && !context.after.starts_with(mark) => {
            format!("{inside}{mark}{closing}")
        }
        _ => inside.clone(),
    };
    // The typed text is compared in its escaped form.
    Some(offer.inserts(text).typed_as(inside))
}

/// Returns the possible values of a string.
pub(super) fn texts(completer: &Completer, expected: &Expected) -> Vec<Offer> {
    match expected {
        Expected::Value { ty: Type::Enumeration(enumeration), .. } => enumeration_values(enumeration),
        Expected::Value { call, ty: Type::String, name } => {
            resources(completer, call, ListOperation::for_parameter(call.service, call.operation, name))
        }
        Expected::FilterName(call) => filters_of(completer, call),
        Expected::FilterValue(call, name) => filter_values(completer, call, name),
        Expected::TagKey(call) => tag_keys(completer, call),
        Expected::TagValue(call, key) => tag_values(completer, call, key),
        Expected::Stub { ty, name, caller } => {
            let literal = type_expr::texts(ty).into_iter().map(|text| Offer::new(text, ""));
            literal.chain(option_values(completer, name, caller)).collect()
        }
        Expected::Topic => topics(),
        Expected::Module => assets::modules().into_iter().map(|name| Offer::new(name, "module")).collect(),
        _ => Vec::new(),
    }
}

fn enumeration_values(enumeration: &Enumeration) -> Vec<Offer> {
    enumeration.values.iter().map(|value| Offer::new(*value, "")).collect()
}

fn resources(completer: &Completer, call: &CallContext, list: Option<ListOperation>) -> Vec<Offer> {
    let known = completer.values(&call.caller, list.map(ResourceKind::Resources));
    known.map(|values| named(&values)).unwrap_or_default()
}

fn named(values: &Values) -> Vec<Offer> {
    values.named.iter().map(plain).collect()
}

/// Returns the values of an option of the program's own functions, whose names follow those of operations.
fn option_values(completer: &Completer, name: &str, caller: &CallerSession) -> Vec<Offer> {
    let kind = match name {
        "profile" => Some(ResourceKind::Profiles),
        _ => ListOperation::for_name(name).map(ResourceKind::Resources),
    };
    let known = completer.values(caller, kind);
    known.map(|values| named(&values)).unwrap_or_default()
}

/// The keys of targets. The service model of Systems Manager does not list them.
const TARGETS: [&str; 4] = ["InstanceIds", "resource-groups:Name", "resource-groups:ResourceTypeFilters", "tag-key"];

/// Returns the known names of filters, or of targets. The service model of EC2 does not list filters, so those that the
/// sandbox knows are used. If it knows none, only filters for tags are offered.
pub(super) fn filter_names(completer: &Completer, call: &CallContext, shape: &Shape) -> Vec<Offer> {
    let Some(Pairs::KeyValues { key, .. }) = shape.pairs() else { return Vec::new() };
    match shape.field(key).map(|field| field.ty) {
        Some(Type::Enumeration(enumeration)) => enumeration_values(enumeration),
        _ if shape.name == "Target" => {
            let targets = TARGETS.iter().map(|name| Offer::new(*name, "target"));
            targets.chain(tags_as_filters(completer, call)).collect()
        }
        _ if call.service.name == "ec2" => {
            let names = known_filters(call.operation.name);
            let knows_tags = match names[..] {
                [] => item_shapes(call.operation).iter().any(|(shape, _)| shape.field("tags").is_some()),
                _ => names.contains(&"tag-key"),
            };
            let tags = if knows_tags { tags_as_filters(completer, call) } else { Vec::new() };
            names.iter().map(|name| Offer::new(*name, "filter")).chain(tags).collect()
        }
        _ => Vec::new(),
    }
}

/// Returns the names of filters for a filter in AWS's form.
fn filters_of(completer: &Completer, call: &CallContext) -> Vec<Offer> {
    let structures = call.operation.input().fields.iter().filter_map(|field| field.ty.pairs());
    let mut shapes = structures.filter(|(_, pairs)| matches!(pairs, Pairs::KeyValues { .. }));
    shapes.next().map(|(shape, _)| filter_names(completer, call, shape)).unwrap_or_default()
}

fn tags_as_filters(completer: &Completer, call: &CallContext) -> Vec<Offer> {
    let keys = tag_keys(completer, call).into_iter().map(|key| Offer::new(format!("tag:{}", key.name), "tag"));
    keys.chain([Offer::new("tag:", "the key of a tag follows").partial()]).collect()
}

fn filter_values(completer: &Completer, call: &CallContext, filter: &str) -> Vec<Offer> {
    if let Some(key) = filter.strip_prefix("tag:") {
        return tag_values(completer, call, key);
    }
    if filter == "tag-key" {
        return tag_keys(completer, call);
    }
    if let Some(enumeration) = enumeration(call, filter) {
        return enumeration_values(enumeration);
    }
    let parameter = match filter {
        "InstanceIds" => "instance_ids".to_owned(),
        "resource-groups:Name" => return resources(completer, call, group()),
        other => other.replace('-', "_"),
    };
    resources(completer, call, ListOperation::for_parameter(call.service, call.operation, &parameter))
}

fn group() -> Option<ListOperation> {
    let (service, operation) = by_name::named("resource_groups", "get_group");
    ListOperation::for_parameter(service, operation, "group_name")
}

/// The depth to which the fields of an item are searched for an enumeration.
const MAX_DEPTH: usize = 3;

/// Returns the enumeration of a filter's values: `InstanceStateName` for `instance-state-name`, and the type of the
/// field `architecture` for `architecture`.
fn enumeration(call: &CallContext, filter: &str) -> Option<&'static Enumeration> {
    let items = item_shapes(call.operation).into_iter().map(|(shape, _)| shape);
    let shapes: Vec<&'static Shape> = items.collect();
    let own = filter.replace('-', "_");
    let from_field = shapes.iter().find_map(|shape| match shape.field(&own)?.ty {
        Type::Enumeration(enumeration) => Some(enumeration),
        _ => None,
    });
    let name = filter.replace(['-', '.'], "");
    from_field.or_else(|| shapes.iter().find_map(|shape| enumeration_in(shape, &name, MAX_DEPTH)))
}

fn enumeration_in(shape: &'static Shape, name: &str, depth: usize) -> Option<&'static Enumeration> {
    shape.fields.iter().find_map(|field| match field.ty {
        Type::Enumeration(enumeration) => enumeration.name.eq_ignore_ascii_case(name).then_some(enumeration),
        ty if depth > 0 => enumeration_in(ty.structure()?, name, depth - 1),
        _ => None,
    })
}

pub(super) fn tag_keys(completer: &Completer, call: &CallContext) -> Vec<Offer> {
    let known = completer.values(&call.caller, Some(ResourceKind::Tags));
    known.iter().flat_map(|values| values.tags.keys()).map(|key| Offer::new(&**key, "tag")).collect()
}

fn tag_values(completer: &Completer, call: &CallContext, key: &str) -> Vec<Offer> {
    let known = completer.values(&call.caller, Some(ResourceKind::Tags));
    let values = known.iter().filter_map(|values| values.tags.get(key)).flatten();
    values.map(|value| Offer::new(&**value, "")).collect()
}
