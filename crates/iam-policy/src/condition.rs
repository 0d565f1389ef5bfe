//! Conditions: comparing the values of a statement with the context of a request.

use std::net::IpAddr;

use jiff::Timestamp;

use super::pattern::{Variables, equals_text, matches_resource, matches_text};
use super::{Condition, Match, RequestContext};

/// How two values are compared: IAM's operators without `Not`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Base {
    Text,
    TextAnyCase,
    Like,
    Number(Order),
    Date(Order),
    Bool,
    Binary,
    Address,
    Arn,
    Null,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// IAM's operators: the name, the comparison, and whether it is negated.
const OPERATORS: [(&str, Base, bool); 27] = [
    ("StringEquals", Base::Text, false),
    ("StringNotEquals", Base::Text, true),
    ("StringEqualsIgnoreCase", Base::TextAnyCase, false),
    ("StringNotEqualsIgnoreCase", Base::TextAnyCase, true),
    ("StringLike", Base::Like, false),
    ("StringNotLike", Base::Like, true),
    ("NumericEquals", Base::Number(Order::Equal), false),
    ("NumericNotEquals", Base::Number(Order::Equal), true),
    ("NumericLessThan", Base::Number(Order::Less), false),
    ("NumericLessThanEquals", Base::Number(Order::LessOrEqual), false),
    ("NumericGreaterThan", Base::Number(Order::Greater), false),
    ("NumericGreaterThanEquals", Base::Number(Order::GreaterOrEqual), false),
    ("DateEquals", Base::Date(Order::Equal), false),
    ("DateNotEquals", Base::Date(Order::Equal), true),
    ("DateLessThan", Base::Date(Order::Less), false),
    ("DateLessThanEquals", Base::Date(Order::LessOrEqual), false),
    ("DateGreaterThan", Base::Date(Order::Greater), false),
    ("DateGreaterThanEquals", Base::Date(Order::GreaterOrEqual), false),
    ("Bool", Base::Bool, false),
    ("BinaryEquals", Base::Binary, false),
    ("IpAddress", Base::Address, false),
    ("NotIpAddress", Base::Address, true),
    ("ArnEquals", Base::Arn, false),
    ("ArnLike", Base::Arn, false),
    ("ArnNotEquals", Base::Arn, true),
    ("ArnNotLike", Base::Arn, true),
    ("Null", Base::Null, false),
];

pub(crate) struct Operator {
    pub base: Base,
    negated: bool,
    if_exists: bool,
    set: Option<Set>,
}

/// How an operator compares keys with several values.
#[derive(Clone, Copy, PartialEq)]
enum Set {
    Any,
    All,
}

/// Reads an operator with its prefix and suffix; `None` if IAM has no such operator.
pub(crate) fn base_operator(written: &str) -> Option<Operator> {
    let (set, name) = match written.split_once(':') {
        Some(("ForAnyValue", name)) => (Some(Set::Any), name),
        Some(("ForAllValues", name)) => (Some(Set::All), name),
        Some(_) => return None,
        None => (None, written),
    };
    let (name, if_exists) = name.strip_suffix("IfExists").map_or((name, false), |name| (name, true));
    let (_, base, negated) = OPERATORS.iter().find(|(known, ..)| *known == name)?;
    let is_legal = *base != Base::Null || (!if_exists && set.is_none());
    is_legal.then_some(Operator { base: *base, negated: *negated, if_exists, set })
}

/// Whether a condition is met. `variables` are those of its document.
pub(crate) fn is_met(condition: &Condition, context: Option<&RequestContext>, variables: Variables<'_>) -> Match {
    let (Some(operator), Some(context)) = (base_operator(&condition.operator), context) else {
        return Match::Perhaps;
    };
    let known = context.get(&condition.key);
    if known.is_none() && !context.is_complete {
        return Match::Perhaps;
    }
    if operator.base == Base::Null {
        let wants_none = condition.values.iter().any(|value| value.eq_ignore_ascii_case("true"));
        return Match::is(known.is_none() == wants_none);
    }
    let Some(known) = known else {
        let passes = operator.if_exists || operator.set == Some(Set::All);
        return Match::is(passes || (operator.negated && operator.set.is_none()));
    };
    let equals = |value: &String| {
        let wanted = condition.values.iter().map(|wanted| compare(operator.base, wanted, value, variables));
        Match::any(wanted)
    };
    let fits = |value: &String| if operator.negated { equals(value).not() } else { equals(value) };
    match operator.set {
        Some(Set::All) => Match::all_match(known.iter().map(fits)),
        Some(Set::Any) => Match::any(known.iter().map(fits)),
        None if operator.negated => Match::all_match(known.iter().map(fits)),
        None => Match::any(known.iter().map(fits)),
    }
}

fn compare(base: Base, wanted: &str, value: &str, variables: Variables<'_>) -> Match {
    match base {
        Base::Text => equals_text(wanted, value, variables),
        Base::TextAnyCase => equals_text(&wanted.to_lowercase(), &value.to_lowercase(), variables),
        Base::Like => matches_text(wanted, value, variables),
        Base::Number(order) => ordered(order, wanted.parse::<f64>().ok(), value.parse::<f64>().ok()),
        Base::Date(order) => ordered(order, date(wanted), date(value)),
        Base::Bool => Match::is(wanted.eq_ignore_ascii_case(value)),
        Base::Binary => Match::is(wanted == value),
        Base::Address => Match::is(is_within(value, wanted)),
        Base::Arn => matches_resource(wanted, value, variables),
        Base::Null => Match::No,
    }
}

fn ordered<T: PartialOrd>(order: Order, wanted: Option<T>, value: Option<T>) -> Match {
    let (Some(wanted), Some(value)) = (wanted, value) else { return Match::No };
    Match::is(match order {
        Order::Equal => value == wanted,
        Order::Less => value < wanted,
        Order::LessOrEqual => value <= wanted,
        Order::Greater => value > wanted,
        Order::GreaterOrEqual => value >= wanted,
    })
}

/// Reads a date: ISO 8601, with or without a time, or seconds since 1970.
fn date(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Timestamp::from_second(seconds).ok();
    }
    text.parse().or_else(|_| format!("{text}T00:00:00Z").parse()).ok()
}

fn is_within(address: &str, range: &str) -> bool {
    let (network, length) = range.split_once('/').map_or((range, None), |(network, length)| (network, Some(length)));
    let (Ok(address), Ok(network)) = (address.parse::<IpAddr>(), network.parse::<IpAddr>()) else { return false };
    let (address, network, bits) = match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            (u128::from(address.to_bits()) << 96, u128::from(network.to_bits()) << 96, 32)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => (address.to_bits(), network.to_bits(), 128),
        _ => return false,
    };
    let length = length.map_or(Ok(bits), str::parse::<u32>);
    let Some(length) = length.ok().filter(|length| *length <= bits) else { return false };
    let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
    address & mask == network & mask
}
