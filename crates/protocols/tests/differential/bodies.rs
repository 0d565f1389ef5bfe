//! Bodies in one form for each protocol, in which equal contents are equal.

use moonfleet_models::Protocol;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use xmlparser::{ElementEnd, Token, Tokenizer};

use crate::results::normalized;

/// Returns a body as JSON. A body that is not the protocol's is text.
pub(crate) fn body(protocol: Protocol, body: &[u8]) -> Value {
    let parsed = match protocol {
        _ if body.is_empty() => Some(Value::Null),
        Protocol::Json | Protocol::RestJson => serde_json::from_slice(body).ok().map(normalized),
        Protocol::RestXml => std::str::from_utf8(body).ok().and_then(xml),
        Protocol::Query | Protocol::Ec2 => std::str::from_utf8(body).ok().map(|text| pairs(text).into()),
        Protocol::Cbor => cbor(&mut minicbor::Decoder::new(body)).ok().map(normalized),
    };
    parsed.unwrap_or_else(|| json!({"text": String::from_utf8_lossy(body), "bytes": body.len()}))
}

/// Returns the sorted names and values of a query or a form.
pub(crate) fn pairs(text: &str) -> Vec<Value> {
    let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let parts = text.split('&').filter(|part| !part.is_empty());
    let parts = parts.map(|part| part.split_once('=').unwrap_or((part, "")));
    let mut pairs: Vec<_> = parts.map(|(name, value)| json!([decoded(name), decoded(value)])).collect();
    pairs.sort_by_key(Value::to_string);
    pairs
}

/// An element that is open: its name, its attributes, its text, its children.
type Element = (String, Vec<Value>, String, Vec<Value>);

/// Returns XML as nested lists. The order of elements does not count, because botocore sorts some of them.
fn xml(text: &str) -> Option<Value> {
    let mut open: Vec<Element> = vec![(String::new(), Vec::new(), String::new(), Vec::new())];
    for token in Tokenizer::from(text) {
        match token.ok()? {
            Token::ElementStart { prefix, local, .. } => {
                open.push((format!("{prefix}:{local}"), Vec::new(), String::new(), Vec::new()));
            }
            Token::Attribute { prefix, local, value, .. } => {
                open.last_mut()?.1.push(json!([format!("{prefix}:{local}"), unescaped(&value)]));
            }
            Token::ElementEnd { end: ElementEnd::Open, .. } => {}
            Token::ElementEnd { .. } => {
                let (name, mut attributes, text, mut children) = open.pop()?;
                attributes.sort_by_key(Value::to_string);
                children.sort_by_key(Value::to_string);
                let text = if children.is_empty() { text } else { String::new() };
                open.last_mut()?.3.push(json!([name, attributes, text, children]));
            }
            Token::Text { text } => open.last_mut()?.2.push_str(&unescaped(&text)),
            _ => {}
        }
    }
    let (.., mut roots) = open.pop().filter(|_| open.is_empty())?;
    roots.pop()
}

fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let (entity, after) = after.split_once(';').unwrap_or((after, ""));
        let number = entity.strip_prefix("#x").map(|hex| u32::from_str_radix(hex, 16));
        let number = number.or_else(|| entity.strip_prefix('#').map(str::parse));
        plain.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => number.and_then(Result::ok).and_then(char::from_u32).unwrap_or('\u{fffd}'),
        });
        rest = after;
    }
    plain + rest
}

fn cbor(from: &mut minicbor::Decoder<'_>) -> Result<Value, minicbor::decode::Error> {
    use minicbor::data::Type;
    let is_end = |from: &minicbor::Decoder<'_>| matches!(from.datatype(), Ok(Type::Break));
    Ok(match from.datatype()? {
        Type::Bool => json!(from.bool()?),
        Type::Null | Type::Undefined => {
            from.skip()?;
            Value::Null
        }
        Type::F32 => json!(from.f32()?),
        Type::F64 => json!(from.f64()?),
        Type::Bytes => json!({"bytes": from.bytes()?}),
        Type::String => json!(from.str()?),
        Type::Tag => {
            let tag = from.tag()?.as_u64();
            json!({"tag": tag, "value": cbor(from)?})
        }
        Type::Array | Type::ArrayIndef => {
            let count = from.array()?;
            let mut items = Vec::new();
            while count.map_or(!is_end(from), |count| (items.len() as u64) < count) {
                items.push(cbor(from)?);
            }
            if count.is_none() {
                from.set_position(from.position() + 1);
            }
            json!(items)
        }
        Type::Map | Type::MapIndef => {
            let count = from.map()?;
            let mut fields = serde_json::Map::new();
            while count.map_or(!is_end(from), |count| (fields.len() as u64) < count) {
                let key = from.str()?.to_owned();
                fields.insert(key, cbor(from)?);
            }
            if count.is_none() {
                from.set_position(from.position() + 1);
            }
            Value::Object(fields)
        }
        _ => json!(from.i64()?),
    })
}
