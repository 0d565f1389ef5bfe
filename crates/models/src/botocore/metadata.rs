//! `metadata` of a model.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::json::Json;
use super::{Unknown, check_keys, missing};

pub(super) fn write(name: &str, model: &Json, common_errors: &BTreeSet<&str>, out: &mut String) -> Result<(), Unknown> {
    let metadata = model.get("metadata").ok_or_else(|| missing(name, "metadata"))?;
    // `uid` is the name and the version; `ripServiceName` and `serviceAbbreviation` are for AWS's own lists.
    check_keys(
        metadata,
        "metadata",
        &[
            "apiVersion",
            "auth",
            "awsQueryCompatible",
            "checksumFormat",
            "endpointPrefix",
            "globalEndpoint",
            "jsonVersion",
            "protocol",
            "protocols",
            "protocolSettings",
            "ripServiceName",
            "serviceAbbreviation",
            "serviceFullName",
            "serviceId",
            "signatureVersion",
            "signingName",
            "targetPrefix",
            "uid",
            "xmlNamespace",
        ],
    )?;
    let _ = writeln!(out, "service {name}");
    let mut line = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            let _ = writeln!(out, " {key} {value}");
        }
    };
    line("title", metadata.text("serviceFullName"));
    line("id", metadata.text("serviceId"));
    line("version", metadata.text("apiVersion"));
    let protocols = metadata.get("protocols").or(metadata.get("protocol"));
    line("protocols", protocols.map(|p| p.texts().join(" ")).as_deref());
    line("json", metadata.text("jsonVersion"));
    line("target", metadata.text("targetPrefix"));
    line("endpoint", metadata.text("endpointPrefix"));
    let signing_name = metadata.text("signingName");
    line("signing", signing_name.filter(|name| metadata.text("endpointPrefix") != Some(name)));
    line("signature", metadata.text("signatureVersion"));
    line("auth", metadata.get("auth").map(|auth| auth.texts().join(" ")).as_deref());
    line("namespace", metadata.get("xmlNamespace").and_then(|n| n.as_text().or_else(|| n.text("uri"))));
    line("global-endpoint", metadata.text("globalEndpoint"));
    line("checksum", metadata.text("checksumFormat"));
    if let Some(settings) = metadata.get("protocolSettings") {
        check_keys(settings, "protocolSettings", &["h2"])?;
        line("http2", settings.text("h2"));
    }
    if !common_errors.is_empty() {
        let common_errors: Vec<&str> = common_errors.iter().copied().collect();
        let _ = writeln!(out, " errors {}", common_errors.join(" "));
    }
    if metadata.get("awsQueryCompatible").is_some() {
        out.push_str(" query-compatible\n");
    }
    if model.flag("deprecated") {
        out.push_str(" deprecated\n");
    }
    Ok(())
}
