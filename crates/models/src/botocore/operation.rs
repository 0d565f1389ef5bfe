//! An operation of a model.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::json::Json;
use super::shape::{Shapes, write_use};
use super::{Unknown, check_keys, missing};
use crate::text::quote;

/// Returns the errors that more than half of the operations can have. An operation lists only its differences.
pub(super) fn common_errors<'m>(operations: &BTreeMap<&str, &'m Json>) -> BTreeSet<&'m str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for operation in operations.values() {
        for error in errors(operation) {
            *counts.entry(error).or_default() += 1;
        }
    }
    counts.into_iter().filter(|(_, count)| count * 2 > operations.len()).map(|(error, _)| error).collect()
}

fn errors(operation: &Json) -> BTreeSet<&str> {
    let errors = operation.get("errors").map(Json::items).unwrap_or_default();
    errors.iter().filter_map(|error| error.text("shape")).collect()
}

pub(super) fn write(
    name: &str,
    json: &Json,
    common_errors: &BTreeSet<&str>,
    shapes: &Shapes,
    out: &mut String,
) -> Result<(), Unknown> {
    // `name` differs from the key only for CloudFront, whose protocol does not send it.
    check_keys(
        json,
        name,
        &[
            "auth",
            "authtype",
            "deprecated",
            "deprecatedMessage",
            "deprecatedSince",
            "documentation",
            "endpoint",
            "endpointdiscovery",
            "endpointoperation",
            "errors",
            "http",
            "httpChecksum",
            "httpChecksumRequired",
            "idempotent",
            "input",
            "name",
            "operationContextParams",
            "output",
            "readonly",
            "requestcompression",
            "staticContextParams",
            "unsignedPayload",
        ],
    )?;
    let http = json.get("http").ok_or_else(|| missing(name, "http"))?;
    check_keys(http, name, &["method", "requestUri", "responseCode"])?;
    let (method, uri) = (http.text("method").unwrap_or("POST"), http.text("requestUri").unwrap_or("/"));
    let _ = write!(out, "operation {name} {method} {uri}");
    if let Some(status) = http.get("responseCode") {
        let _ = write!(out, " status={status}");
    }
    for flag in ["readonly", "idempotent", "deprecated"] {
        if json.flag(flag) {
            let _ = write!(out, " {flag}");
        }
    }
    let authtype = json.text("authtype");
    if json.flag("unsignedPayload") || authtype == Some("v4-unsigned-body") {
        out.push_str(" unsigned-payload");
    }
    if json.flag("endpointoperation") {
        out.push_str(" discovers-endpoints");
    }
    if let Some(discovery) = json.get("endpointdiscovery") {
        check_keys(discovery, name, &["required"])?;
        out.push_str(if discovery.flag("required") { " endpoint-discovery=required" } else { " endpoint-discovery" });
    }
    out.push('\n');
    if let Some(input) = json.get("input") {
        let _ = write!(out, " input {}", starred(name, input.text("shape").ok_or_else(|| missing(name, "shape"))?));
        write_use(name, input, "", shapes, out)?;
        out.push('\n');
    }
    if let Some(output) = json.get("output") {
        check_keys(output, name, &["shape", "resultWrapper", "documentation"])?;
        let _ = write!(out, " output {}", starred(name, output.text("shape").ok_or_else(|| missing(name, "shape"))?));
        if let Some(wrapper) = output.text("resultWrapper") {
            let _ = write!(out, " {}", starred(name, wrapper));
        }
        out.push('\n');
    }
    write_errors(&errors(json), common_errors, out);
    match (json.get("auth"), authtype) {
        (Some(auth), _) => _ = writeln!(out, " auth {}", auth.texts().join(" ")),
        (None, Some("none")) => out.push_str(" auth smithy.api#noAuth\n"),
        (None, Some("v4-unsigned-body") | None) => {}
        (None, Some(other)) => return Err(Unknown(format!("{name}: authtype = {other}"))),
    }
    if let Some(compression) = json.get("requestcompression") {
        check_keys(compression, name, &["encodings"])?;
        let encodings = compression.get("encodings").map(Json::texts).unwrap_or_default();
        let _ = writeln!(out, " compression {}", encodings.join(" "));
    }
    if let Some(endpoint) = json.get("endpoint") {
        check_keys(endpoint, name, &["hostPrefix"])?;
        let _ = writeln!(out, " host-prefix {}", endpoint.text("hostPrefix").unwrap_or_default());
    }
    write_checksum(name, json, out)?;
    write_context(name, json, out)
}

/// Shortens a name that begins with the operation's: `*Request`.
fn starred<'n>(operation: &str, name: &'n str) -> Cow<'n, str> {
    match name.strip_prefix(operation) {
        Some(rest) => Cow::Owned(format!("*{rest}")),
        None => Cow::Borrowed(name),
    }
}

/// Writes how the errors differ from the service's common ones: `errors Other -Common`, or `errors none`.
fn write_errors(errors: &BTreeSet<&str>, common: &BTreeSet<&str>, out: &mut String) {
    if errors == common {
        return;
    }
    out.push_str(" errors");
    if errors.is_empty() {
        out.push_str(" none");
    } else {
        errors.difference(common).for_each(|other| _ = write!(out, " {other}"));
        common.difference(errors).for_each(|missing| _ = write!(out, " -{missing}"));
    }
    out.push('\n');
}

fn write_checksum(name: &str, json: &Json, out: &mut String) -> Result<(), Unknown> {
    let mut words = Vec::new();
    let checksum = json.get("httpChecksum");
    if json.flag("httpChecksumRequired") || checksum.is_some_and(|c| c.flag("requestChecksumRequired")) {
        words.push("required".to_owned());
    }
    if let Some(checksum) = checksum {
        check_keys(
            checksum,
            name,
            &["requestAlgorithmMember", "requestChecksumRequired", "requestValidationModeMember", "responseAlgorithms"],
        )?;
        words.extend(checksum.text("requestAlgorithmMember").map(|member| format!("algorithm={member}")));
        words.extend(checksum.text("requestValidationModeMember").map(|member| format!("mode={member}")));
        words.extend(checksum.get("responseAlgorithms").map(|a| format!("answers={}", a.texts().join(","))));
    }
    if !words.is_empty() {
        let _ = writeln!(out, " checksum {}", words.join(" "));
    }
    Ok(())
}

/// Writes the parameters of the endpoint rules that the operation sets.
fn write_context(name: &str, json: &Json, out: &mut String) -> Result<(), Unknown> {
    if let Some(context) = json.get("staticContextParams") {
        out.push_str(" context");
        for (parameter, json) in context.fields() {
            check_keys(json, name, &["value"])?;
            let value = match json.get("value") {
                Some(Json::Text(text)) => quote(text).into_owned(),
                Some(Json::Bool(value)) => value.to_string(),
                other => return Err(Unknown(format!("{name}: {parameter} = {other:?}"))),
            };
            let _ = write!(out, " {parameter}={value}");
        }
        out.push('\n');
    }
    if let Some(context) = json.get("operationContextParams") {
        out.push_str(" context-path");
        for (parameter, json) in context.fields() {
            check_keys(json, name, &["path"])?;
            let _ = write!(out, " {parameter}={}", quote(json.text("path").unwrap_or_default()));
        }
        out.push('\n');
    }
    Ok(())
}
