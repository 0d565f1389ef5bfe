//! The functions that rules call. A function that does not apply to its arguments returns `Nil`.

use std::net::Ipv4Addr;

use moonfleet_core::{Map, Value};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The bytes that RFC 3986 reserves, and all others that are not allowed in a URL.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Calls the function of this name; `None` if the name is unknown.
pub(super) fn apply(name: &str, arguments: &[Value]) -> Option<Value> {
    let argument = |at: usize| arguments.get(at).unwrap_or(&Value::Nil);
    let text = |at| match argument(at) {
        Value::String(text) => Some(text.as_str()),
        _ => None,
    };
    let is_true = |at| !matches!(argument(at), Value::Nil | Value::Bool(false));
    Some(match name {
        "stringEquals" | "booleanEquals" => Value::Bool(argument(0) == argument(1)),
        "coalesce" => arguments.iter().find(|value| !value.is_nil()).cloned().unwrap_or_default(),
        "getAttr" => text(1).map_or(Value::Nil, |path| attribute(argument(0), path)),
        "ite" => argument(if is_true(0) { 1 } else { 2 }).clone(),
        "isSet" => Value::Bool(!argument(0).is_nil()),
        "not" => Value::Bool(!is_true(0)),
        "isValidHostLabel" => Value::Bool(text(0).is_some_and(|label| is_host_label(label, is_true(1)))),
        "aws.isVirtualHostableS3Bucket" => {
            Value::Bool(text(0).is_some_and(|bucket| is_virtual_hostable(bucket, is_true(1))))
        }
        "aws.parseArn" => text(0).and_then(arn).map_or(Value::Nil, Value::Map),
        "parseURL" => text(0).and_then(url).map_or(Value::Nil, Value::Map),
        "split" => match (text(0), text(1), argument(2)) {
            (Some(text), Some(by), Value::Integer(limit)) if *limit > 0 && !by.is_empty() => {
                Value::List(text.splitn(usize::try_from(*limit).unwrap_or(1), by).map(Value::from).collect())
            }
            (Some(text), Some(by), _) if !by.is_empty() => Value::List(text.split(by).map(Value::from).collect()),
            _ => Value::Nil,
        },
        "substring" => match (text(0), argument(1), argument(2)) {
            (Some(text), Value::Integer(start), Value::Integer(end)) => {
                substring(text, *start, *end, is_true(3)).map_or(Value::Nil, Value::from)
            }
            _ => Value::Nil,
        },
        "uriEncode" => {
            text(0).map_or(Value::Nil, |text| Value::String(utf8_percent_encode(text, RESERVED).to_string()))
        }
        _ => return None,
    })
}

/// Returns an attribute by its path: `dnsSuffix`, `resourceId[1]`.
pub(super) fn attribute(value: &Value, path: &str) -> Value {
    let mut at = value;
    for step in path.split('.') {
        let (name, index) = match step.strip_suffix(']').and_then(|step| step.split_once('[')) {
            Some((name, index)) => (name, index.parse::<usize>().ok()),
            None => (step, None),
        };
        if !name.is_empty() {
            let Value::Map(map) = at else { return Value::Nil };
            let Some(found) = map.get(name) else { return Value::Nil };
            at = found;
        }
        if let Some(index) = index {
            let Value::List(items) = at else { return Value::Nil };
            let Some(found) = items.get(index) else { return Value::Nil };
            at = found;
        }
    }
    at.clone()
}

fn substring(text: &str, start: i64, end: i64, from_the_end: bool) -> Option<&str> {
    let (start, end) = (usize::try_from(start).ok()?, usize::try_from(end).ok()?);
    if start >= end || end > text.len() || !text.is_ascii() {
        return None;
    }
    match from_the_end {
        true => text.get(text.len() - end..text.len() - start),
        false => text.get(start..end),
    }
}

fn is_host_label(text: &str, with_dots: bool) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if with_dots { text.split('.').all(is_label) } else { is_label(text) }
}

fn is_virtual_hostable(bucket: &str, with_dots: bool) -> bool {
    bucket.len() >= 3
        && !bucket.bytes().any(|byte| byte.is_ascii_uppercase())
        && bucket.parse::<Ipv4Addr>().is_err()
        && is_host_label(bucket, with_dots)
}

fn arn(text: &str) -> Option<Map> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, service, region, account, resource] = parts[..] else { return None };
    if partition.is_empty() || service.is_empty() || resource.is_empty() {
        return None;
    }
    let resource = Value::List(resource.split([':', '/']).map(Value::from).collect());
    let texts = [("partition", partition), ("service", service), ("region", region), ("accountId", account)];
    let texts = texts.into_iter().map(|(name, text)| (name.to_owned(), Value::from(text)));
    Some(texts.chain([("resourceId".to_owned(), resource)]).collect())
}

fn url(text: &str) -> Option<Map> {
    let (scheme, rest) = text.split_once("://")?;
    if !matches!(scheme, "http" | "https") || rest.contains('?') {
        return None;
    }
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let host = authority.rsplit_once(':').filter(|(_, port)| is_port(port)).map_or(authority, |(host, _)| host);
    let is_ip = host.parse::<Ipv4Addr>().is_ok() || host.starts_with('[');
    let normalized = if path.ends_with('/') { path.to_owned() } else { format!("{path}/") };
    let texts = [("scheme", scheme), ("authority", authority), ("path", path), ("normalizedPath", &normalized)];
    let texts = texts.into_iter().map(|(name, text)| (name.to_owned(), Value::from(text)));
    Some(texts.chain([("isIp".to_owned(), Value::Bool(is_ip))]).collect())
}
