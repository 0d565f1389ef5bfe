//! The pages and the main list of an operation. Models name them by JMESPath expressions, of which all but a few are
//! names and paths; operations with others have no pages here.

use moonfleet_core::{Shape, Type};
use moonfleet_models::{Operation, Pages, snake};

use super::corrections;
use super::shapes::Shapes;
use crate::operation::{ItemList, PageToken, Pagination};

/// Returns how an operation continues.
pub(super) fn pagination(shapes: &'static Shapes, operation: &Operation) -> Option<Pagination> {
    let pages = operation.pages.as_ref()?;
    let pairs = pages.input_tokens.iter().zip(&pages.output_tokens);
    let tokens = pairs.map(|(input, output)| Some(PageToken { input: single(input)?, output: path(output)? }));
    let tokens: Option<Vec<_>> = tokens.collect();
    let more = match &pages.more {
        Some(more) => Some(path(more)?),
        None => None,
    };
    let size = corrections::page_size(shapes, operation);
    Some(Pagination { tokens: tokens.filter(|tokens| !tokens.is_empty())?, more, size })
}

/// Returns the main list: the one that the model names, or else the only list of the output.
pub(super) fn items(shapes: &'static Shapes, operation: &Operation) -> Option<ItemList> {
    let output = shapes.output(operation);
    if let Some(items) = corrections::items(shapes.service, operation) {
        return Some(items);
    }
    let named = |pages: &Pages| path(pages.items.first()?);
    let path = operation.pages.as_ref().and_then(named).or_else(|| only_list(output))?;
    is_list(output, path).then_some(ItemList { path, inherits: &[] })
}

/// The names of fields that tell of more pages.
const TOKENS: [&str; 12] = [
    "last_evaluated_global_table_name",
    "last_event_id",
    "next_continent_code",
    "next_dns_name",
    "next_forward_token",
    "next_index",
    "next_item_offset",
    "next_page_token",
    "next_shard_iterator",
    "next_token",
    "pagination_token",
    "position",
];

/// Returns the field that tells of more pages of an operation without pages: no parameter takes its value, or it is not
/// the only one that a request needs.
pub(crate) fn unfollowed_token(operation: &Operation, output: &'static Shape) -> Option<&'static str> {
    // `NextMarker || Contents[-1].Key`
    let declared = operation.pages.as_ref().and_then(|pages| pages.output_tokens.first());
    let declared = declared.map(|token| &*snake(token.split([' ', '.', '[']).next().unwrap_or_default()).leak());
    declared.or_else(|| output.names().find(|name| TOKENS.contains(name)))
}

fn only_list(output: &'static Shape) -> Option<&'static [&'static str]> {
    let mut lists = output.fields.iter().filter(|field| matches!(field.ty, Type::List(_)));
    let list = lists.next()?;
    lists.next().is_none().then(|| vec![list.name()].leak() as &'static [&'static str])
}

/// Whether the path leads to a list, perhaps through other lists.
fn is_list(shape: &'static Shape, path: &[&str]) -> bool {
    match path {
        [] => false,
        [name, rest @ ..] => match shape.field(name).map(|field| field.ty) {
            Some(Type::List(_)) if rest.is_empty() => true,
            Some(ty) => ty.structure().is_some_and(|inner| is_list(inner, rest)),
            None => false,
        },
    }
}

fn single(expression: &str) -> Option<&'static str> {
    match path(expression)? {
        [name] => Some(name),
        _ => None,
    }
}

/// Returns the names on a path such as `Reservations[].Instances`; `None` for other expressions.
fn path(expression: &str) -> Option<&'static [&'static str]> {
    let step = |step: &str| {
        let name = step.strip_suffix("[]").unwrap_or(step);
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        is_name.then(|| &*snake(name).leak())
    };
    let steps: Option<Vec<&'static str>> = expression.split('.').map(step).collect();
    steps.map(|steps| &*steps.leak())
}
