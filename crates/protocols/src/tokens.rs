//! Idempotency tokens. The caller makes one before the first attempt, so that all attempts have the same.

use moonfleet_models::{Bounds, Member, Operation, Service, Shape};
use regex_lite::Regex;

/// Returns the parameter by whose value the service recognizes a repeated request, if the model has one.
pub fn needs_token<'s>(service: &'s Service, operation: &Operation) -> Option<&'s Member> {
    let input = operation.input.as_ref()?;
    service.shape(input.target).as_structure()?.members.iter().find(|member| member.idempotency_token)
}

/// Returns a token for the parameter, made of a UUID, within the limits and the pattern of its type.
pub fn new_token(service: &Service, member: &Member, uuid: &str) -> String {
    let shape = service.shape(member.target.target);
    let dense = uuid.replace('-', "");
    let most = shape.bounds.max.map_or(usize::MAX, |most| most as usize);
    let cut = dense.get(..most.min(dense.len())).unwrap_or_default().to_owned();
    let candidates = [uuid.to_owned(), dense, cut];
    candidates.into_iter().find(|token| fits(shape, token)).unwrap_or_else(|| uuid.to_owned())
}

fn fits(shape: &Shape, token: &str) -> bool {
    let Bounds { min, max } = shape.bounds;
    let length = token.len() as f64;
    let has_length = min.is_none_or(|min| length >= min) && max.is_none_or(|max| length <= max);
    // A pattern that this crate for regular expressions cannot read decides nothing.
    let pattern = shape.pattern.as_deref().and_then(|pattern| Regex::new(&format!("^(?:{pattern})$")).ok());
    has_length && pattern.is_none_or(|pattern| pattern.is_match(token))
}
