//! Endpoint rule sets.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::json::Json;
use super::{Unknown, check_keys, missing};

const INDENT: &str = " ";

/// Returns a rule set without its `documentation`. The messages of errors stay: they are what an error says.
pub(super) fn text(json: &Json) -> Result<String, Unknown> {
    check_keys(json, "endpoint rules", &["version", "parameters", "rules"])?;
    if json.text("version") != Some("1.0") {
        return Err(Unknown(format!("endpoint rules: version = {:?}", json.text("version"))));
    }
    let mut out = String::from("endpoints\n");
    for (name, parameter) in json.get("parameters").map(Json::fields).unwrap_or_default() {
        check_keys(parameter, name, &["builtIn", "default", "documentation", "required", "type"])?;
        let kind = match parameter.text("type").ok_or_else(|| missing(name, "type"))? {
            "String" => "string",
            "Boolean" => "boolean",
            kind => kind,
        };
        let _ = write!(out, " parameter {name} {kind}");
        if parameter.flag("required") {
            out.push_str(" required");
        }
        if let Some(setting) = parameter.text("builtIn") {
            let _ = write!(out, " built-in={setting}");
        }
        if let Some(default) = parameter.get("default") {
            let _ = write!(out, " default={default}");
        }
        out.push('\n');
    }
    write_rules(json.get("rules").ok_or_else(|| missing("endpoint rules", "rules"))?, 1, &mut out)?;
    Ok(out)
}

fn write_rules(rules: &Json, level: usize, out: &mut String) -> Result<(), Unknown> {
    for rule in rules.items() {
        check_keys(rule, "rule", &["conditions", "documentation", "endpoint", "error", "rules", "type"])?;
        out.push_str(&INDENT.repeat(level));
        let conditions = rule.get("conditions").map(Json::items).unwrap_or_default();
        for (at, condition) in conditions.iter().enumerate() {
            out.push_str(if at == 0 { "if " } else { " and " });
            if let Some(name) = condition.text("assign") {
                let _ = write!(out, "{name} = ");
            }
            write_call(condition, out)?;
        }
        if !conditions.is_empty() {
            out.push_str(" then ");
        }
        match rule.text("type") {
            Some("endpoint") => {
                let endpoint = rule.get("endpoint").ok_or_else(|| missing("rule", "endpoint"))?;
                check_keys(endpoint, "endpoint", &["url", "properties", "headers"])?;
                out.push_str("endpoint ");
                write_expression(endpoint.get("url").ok_or_else(|| missing("endpoint", "url"))?, out)?;
                for part in ["properties", "headers"] {
                    if let Some(record) = endpoint.get(part).filter(|record| !record.fields().is_empty()) {
                        let _ = write!(out, " {part} ");
                        write_expression(record, out)?;
                    }
                }
                out.push('\n');
            }
            Some("error") => {
                out.push_str("error ");
                write_expression(rule.get("error").ok_or_else(|| missing("rule", "error"))?, out)?;
                out.push('\n');
            }
            Some("tree") => {
                out.push_str("all\n");
                write_rules(rule.get("rules").ok_or_else(|| missing("rule", "rules"))?, level + 1, out)?;
            }
            other => return Err(Unknown(format!("rule: type = {other:?}"))),
        }
    }
    Ok(())
}

fn write_call(call: &Json, out: &mut String) -> Result<(), Unknown> {
    check_keys(call, "call", &["fn", "argv", "assign"])?;
    let _ = write!(out, "{}(", call.text("fn").ok_or_else(|| missing("call", "fn"))?);
    write_items(call.get("argv").map(Json::items).unwrap_or_default(), out)?;
    out.push(')');
    Ok(())
}

fn write_items(items: &[Json], out: &mut String) -> Result<(), Unknown> {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        write_expression(item, out)?;
    }
    Ok(())
}

fn write_expression(json: &Json, out: &mut String) -> Result<(), Unknown> {
    match json {
        Json::Object(_) if json.get("fn").is_some() => write_call(json, out)?,
        Json::Object(_) if json.get("ref").is_some() => {
            check_keys(json, "reference", &["ref"])?;
            out.push_str(json.text("ref").unwrap_or_default());
        }
        Json::Object(fields) => {
            out.push('{');
            for (at, (name, value)) in fields.iter().enumerate() {
                let comma = if at > 0 { ", " } else { "" };
                let _ = write!(out, "{comma}{}: ", serde_json::Value::from(&**name));
                write_expression(value, out)?;
            }
            out.push('}');
        }
        Json::List(items) => {
            out.push('[');
            write_items(items, out)?;
            out.push(']');
        }
        other => _ = write!(out, "{other}"),
    }
    Ok(())
}

/// Takes the rule sets out of the models that differ from others only by the host, and returns these sets. Most services
/// have one of a few sets.
pub(super) fn share(texts: &mut BTreeMap<String, String>) -> String {
    let mut users: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for (service, text) in &*texts {
        if let Some((host, rules)) = split(text).and_then(|(_, rules)| without_host(rules)) {
            users.entry(rules).or_default().push((service.clone(), host));
        }
    }
    users.retain(|_, users| users.len() > 1);
    let mut shared = BTreeMap::new();
    for (rules, users) in users {
        let name = name(&rules);
        for (service, host) in users {
            if let Some(text) = texts.get_mut(&service)
                && let Some((model, _)) = split(text)
            {
                *text = format!("{model}endpoints {name} host={host}\n");
            }
        }
        let other = shared.insert(name, rules);
        assert_eq!(other, None, "two rule sets have the same name");
    }
    shared.into_iter().map(|(name, rules)| format!("endpoints {name}\n{rules}")).collect()
}

/// Splits a model before its endpoint rules, which are last.
fn split(text: &str) -> Option<(&str, &str)> {
    const HEAD: &str = "\nendpoints\n";
    let at = text.find(HEAD)?;
    Some((&text[..=at], &text[at + HEAD.len()..]))
}

/// Returns the host name of a service, and its rules with `@` in its place.
fn without_host(rules: &str) -> Option<(String, String)> {
    let (_, url) = rules.split_once("https://")?;
    let (host, _) = url.split_once(".{")?;
    let host = host.strip_suffix("-fips").unwrap_or(host);
    let is_name = host.chars().all(|c| c.is_ascii_alphanumeric() || ".-".contains(c));
    (is_name && !rules.contains('@')).then(|| (host.to_owned(), rules.replace(&format!("https://{host}"), "https://@")))
}

/// Returns a hash of the rules (FNV-1a) as their name, so that a name stays the same when other sets come and go.
fn name(rules: &str) -> String {
    let hash = rules.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{hash:08x}")
}
