//! The shapes of a model.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::json::Json;
use super::{Unknown, by_name, check_keys, missing};
use crate::text::quote;

/// Texts, and facts that no request, answer or help needs: `box` concerns languages with unboxed numbers, `xmlOrder`
/// generated classes, `synthetic` and `wrapper` AWS's generators.
const LEFT_OUT: [&str; 7] =
    ["documentation", "deprecatedMessage", "deprecatedSince", "box", "xmlOrder", "synthetic", "wrapper"];

/// The shapes of a model by their names.
pub(super) struct Shapes<'m> {
    named: BTreeMap<&'m str, &'m Json>,
    /// The types of idempotency tokens. Made tokens must satisfy their limits and patterns, which are left out of all
    /// other shapes: AWS checks its input itself.
    tokens: BTreeSet<&'m str>,
}

impl<'m> Shapes<'m> {
    pub(super) fn new(model: &'m Json) -> Self {
        let named = by_name(model.get("shapes"));
        let members = named.values().flat_map(|shape| shape.get("members").map(Json::fields).unwrap_or_default());
        let tokens = members.filter(|(_, member)| member.flag("idempotencyToken"));
        Shapes { tokens: tokens.filter_map(|(_, member)| member.text("shape")).collect(), named }
    }

    pub(super) fn get(&self, name: &str) -> Option<&'m Json> {
        self.named.get(name).copied()
    }

    /// Returns true if a shape says nothing but its type.
    fn is_plain(&self, name: &str, shape: &Json) -> bool {
        let says_more =
            ["enum", "sensitive", "deprecated", "timestampFormat"].iter().any(|key| shape.get(key).is_some());
        let is_compound = matches!(shape.text("type"), Some("structure" | "list" | "map"));
        !says_more && !is_compound && !self.tokens.contains(name)
    }

    /// Returns the name in the text form: the type's, if the shape says nothing else. A shape that says more and has
    /// the name of a type gets another one, which no message contains.
    fn short_name<'n>(&self, name: &'n str, shape: &'n Json) -> Cow<'n, str> {
        match shape.text("type") {
            Some(kind) if self.is_plain(name, shape) => Cow::Borrowed(kind),
            _ if PLAIN_TYPES.contains(&name) => Cow::Owned(format!("{name}_")),
            _ => Cow::Borrowed(name),
        }
    }
}

const PLAIN_TYPES: [&str; 8] = ["blob", "boolean", "double", "float", "integer", "long", "string", "timestamp"];

pub(super) fn write_all(shapes: &Shapes, out: &mut String) -> Result<(), Unknown> {
    let by_short_name: BTreeMap<_, _> =
        shapes.named.iter().map(|(name, shape)| (shapes.short_name(name, shape), *name)).collect();
    for (short_name, name) in by_short_name {
        write(&short_name, shapes.named[name], shapes.tokens.contains(name), shapes, out)?;
    }
    Ok(())
}

fn write(name: &str, json: &Json, is_token: bool, shapes: &Shapes, out: &mut String) -> Result<(), Unknown> {
    let known = [
        "type",
        "required",
        "members",
        "error",
        "exception",
        "max",
        "min",
        "pattern",
        "document",
        "fault",
        "retryable",
        "enum",
        "sensitive",
        "union",
        "member",
        "key",
        "value",
        "timestampFormat",
        "deprecated",
        "payload",
        "event",
        "eventstream",
        "streaming",
        "sparse",
        "locationName",
        "requiresLength",
        "flattened",
        "xmlNamespace",
    ];
    check_keys(json, name, &[&known[..], &LEFT_OUT[..]].concat())?;
    let kind = match json.text("type").ok_or_else(|| missing(name, "type"))? {
        "structure" if json.flag("document") => "document",
        "character" => "string",
        kind => kind,
    };
    let _ = write!(out, "{kind} {name}");
    if kind == "list" {
        out.push(' ');
        write_reference(name, json.get("member").ok_or_else(|| missing(name, "member"))?, "", shapes, out)?;
    }
    for (key, word) in [
        ("union", "union"),
        ("eventstream", "events"),
        ("event", "event"),
        ("sparse", "sparse"),
        ("sensitive", "sensitive"),
        ("deprecated", "deprecated"),
    ] {
        if json.flag(key) {
            let _ = write!(out, " {word}");
        }
    }
    write_error(name, json, out)?;
    if let Some(payload) = json.text("payload") {
        let _ = write!(out, " payload={payload}");
    }
    if let Some(format) = json.text("timestampFormat") {
        let _ = write!(out, " {format}");
    }
    if is_token && json.get("min").or(json.get("max")).is_some() {
        let limit = |key: &str| json.get(key).map(Json::to_string).unwrap_or_default();
        let _ = write!(out, " size={}..{}", limit("min"), limit("max"));
    }
    if let Some(pattern) = json.text("pattern").filter(|_| is_token) {
        let _ = write!(out, " pattern={}", quote(pattern));
    }
    out.push('\n');
    let required = json.get("required").map(Json::texts).unwrap_or_default();
    if kind != "document" {
        for (member, json) in json.get("members").map(Json::fields).unwrap_or_default() {
            write_member(member, json, required.contains(&&**member), shapes, out)?;
        }
    }
    if kind == "map" {
        for side in ["key", "value"] {
            out.push(' ');
            write_reference(name, json.get(side).ok_or_else(|| missing(name, side))?, "", shapes, out)?;
            out.push('\n');
        }
    }
    for value in json.get("enum").map(Json::texts).unwrap_or_default() {
        let is_plain =
            value.trim() == value && !value.is_empty() && !value.contains(|c: char| c == '"' || c.is_control());
        let value = if is_plain { value.into() } else { quote(value) };
        let _ = writeln!(out, " {value}");
    }
    Ok(())
}

fn write_error(name: &str, json: &Json, out: &mut String) -> Result<(), Unknown> {
    if json.flag("exception") {
        out.push_str(" error");
    }
    let error = json.get("error");
    if let Some(error) = error {
        check_keys(error, name, &["code", "httpStatusCode", "senderFault"])?;
        if let Some(code) = error.text("code").filter(|code| *code != name) {
            let _ = write!(out, " code={code}");
        }
        if let Some(status) = error.get("httpStatusCode") {
            let _ = write!(out, " status={status}");
        }
        if error.flag("senderFault") {
            out.push_str(" sender");
        }
    }
    if json.flag("fault") {
        out.push_str(" service");
    }
    if let Some(retry) = json.get("retryable") {
        check_keys(retry, name, &["throttling"])?;
        out.push_str(if retry.flag("throttling") { " throttling" } else { " retry" });
    }
    Ok(())
}

fn write_member(name: &str, json: &Json, required: bool, shapes: &Shapes, out: &mut String) -> Result<(), Unknown> {
    // `enum` of two members repeats what their documentation says; the shape has none.
    let known = [
        "shape",
        "location",
        "locationName",
        "idempotencyToken",
        "deprecated",
        "enum",
        "jsonvalue",
        "xmlNamespace",
        "contextParam",
        "eventpayload",
        "eventheader",
        "queryName",
        "hostLabel",
        "flattened",
        "streaming",
        "xmlAttribute",
    ];
    check_keys(json, name, &[&known[..], &LEFT_OUT[..]].concat())?;
    let target = shapes.get(json.text("shape").unwrap_or_default());
    let either = |key: &str| json.flag(key) || target.is_some_and(|target| target.flag(key));
    let location = match json.text("location") {
        None => None,
        Some("header") => Some("header"),
        Some("headers") => Some("prefix-headers"),
        Some("uri") => Some("label"),
        Some("querystring") => Some("query"),
        Some("statusCode") => Some("status"),
        Some(other) => return Err(Unknown(format!("{name}: location = {other}"))),
    };
    let _ = write!(out, " {name}{} ", if required { "!" } else { "" });
    // Headers with a prefix have the prefix as their name, also if it is the member's name.
    let default = if location == Some("prefix-headers") { "" } else { name };
    write_reference(name, json, default, shapes, out)?;
    if let Some(word) = location {
        let _ = write!(out, " {word}");
    }
    for (key, word) in [
        ("idempotencyToken", "token"),
        ("hostLabel", "host"),
        ("xmlAttribute", "attribute"),
        ("eventheader", "event-header"),
        ("eventpayload", "event-payload"),
        ("deprecated", "deprecated"),
    ] {
        if json.flag(key) {
            let _ = write!(out, " {word}");
        }
    }
    for (key, word) in [("streaming", "stream"), ("requiresLength", "requires-length")] {
        if either(key) {
            let _ = write!(out, " {word}");
        }
    }
    if let Some(query_name) = json.text("queryName") {
        let _ = write!(out, " query-name={query_name}");
    }
    if let Some(context) = json.get("contextParam") {
        check_keys(context, name, &["name"])?;
        let _ = write!(out, " context={}", context.text("name").unwrap_or_default());
    }
    out.push('\n');
    Ok(())
}

/// Writes the name of a shape and what its use says.
fn write_reference(owner: &str, json: &Json, default: &str, shapes: &Shapes, out: &mut String) -> Result<(), Unknown> {
    let target = json.text("shape").ok_or_else(|| missing(owner, "shape"))?;
    let shape = shapes.get(target).ok_or_else(|| Unknown(format!("{owner}: there is no shape {target}")))?;
    out.push_str(&shapes.short_name(target, shape));
    write_use(owner, json, default, shapes, out)
}

/// Writes what a use of a shape says. What the shape says of itself holds where the use says nothing. The name in
/// messages is left out if it is `default`.
pub(super) fn write_use(
    owner: &str,
    json: &Json,
    default: &str,
    shapes: &Shapes,
    out: &mut String,
) -> Result<(), Unknown> {
    let shape = json.text("shape").and_then(|target| shapes.get(target));
    let either = |key: &str| json.get(key).or_else(|| shape?.get(key));
    if let Some(wire_name) = either("locationName").and_then(Json::as_text).filter(|name| *name != default) {
        let _ = write!(out, " as={wire_name}");
    }
    if let Some(namespace) = either("xmlNamespace") {
        check_keys(namespace, owner, &["uri", "prefix"])?;
        let uri = namespace.as_text().or_else(|| namespace.text("uri"));
        let _ = write!(out, " namespace={}", uri.ok_or_else(|| missing(owner, "uri"))?);
        if let Some(prefix) = namespace.text("prefix") {
            let _ = write!(out, " prefix={prefix}");
        }
    }
    if either("flattened") == Some(&Json::Bool(true)) {
        out.push_str(" flat");
    }
    if json.flag("jsonvalue") {
        out.push_str(" json");
    }
    Ok(())
}
