//! Parameters: a few in each region, and findings for audits in the main one.

use aws_sdk_ssm::types::{ParameterTier, ParameterType, Tag};
use jiff::Timestamp;

use super::ages::days_before;
use crate::ssm::parameters::state::{Parameter, ParameterPolicy};
use crate::state::{Region, SandboxState};
use ParameterType::*;

pub(super) fn add(state: &mut SandboxState, account: &str, start: Timestamp) {
    for name in ["eu-central-1", "eu-west-1", "us-east-1"] {
        let region = state.region(account, name);
        let everywhere = [
            row("/app20/prod/log-level", "info", String, 40, "team-web"),
            row("/app20/prod/feature/new-cart", "true", String, 5, "team-web"),
            row("/app20/prod/db-password", "correct-horse-battery-staple", SecureString, 120, "team-web"),
            row("/app10/prod/allowed-cidrs", "10.20.0.0/16,10.30.0.0/16", StringList, 300, "team-payments"),
            row("/app10/prod/api-key", "sk_sandbox_51H8yqK", SecureString, 77, "team-payments"),
            row("/platform/region", name, String, 300, "team-platform"),
        ];
        for row in everywhere {
            add_parameter(region, &row, start);
        }
    }
    add_findings(state.region(account, "eu-central-1"), start);
}

struct ParameterRow<'a> {
    name: &'a str,
    text: &'a str,
    kind: ParameterType,
    age: i64,
    /// Empty: the parameter has no tags.
    owner: &'a str,
}

fn row<'a>(name: &'a str, text: &'a str, kind: ParameterType, age: i64, owner: &'a str) -> ParameterRow<'a> {
    ParameterRow { name, text, kind, age, owner }
}

fn add_parameter(region: &mut Region, row: &ParameterRow<'_>, start: Timestamp) {
    let parameter = Parameter::new(row.text, row.kind.clone(), days_before(start, row.age), "demo");
    region.ssm.parameters.insert(row.name.to_owned(), parameter);
    let owner = Tag::builder().key("Owner").value(row.owner).build();
    if let (false, Ok(owner)) = (row.owner.is_empty(), owner) {
        region.ssm.tags.put("Parameter", row.name, &[owner]);
    }
}

fn add_findings(region: &mut Region, start: Timestamp) {
    let rows = [
        // Passwords in plain text, as findings for audits.
        row("/app10/prod/smtp-password", "Winter2024!", String, 610, "team-payments"),
        row("/app30/staging/webhook", "https://hooks:s3cr3t-0f-ours@hooks.example.com/T024/B07", String, 210, ""),
        // Old parameters without an owner.
        row("legacy-endpoint", "http://10.20.3.17:8080/soap", String, 902, ""),
        row("/app40/prod/index-settings", r#"{"shards":6,"replicas":1}"#, String, 133, "team-search"),
        row("/app30/prod/session-key", "kQ3vJ0mX9sandbox", SecureString, 88, "team-billing"),
    ];
    for row in rows {
        add_parameter(region, &row, start);
    }
    let mut change = |name: &str, edit: &dyn Fn(&mut Parameter)| {
        if let Some(parameter) = region.ssm.parameters.get_mut(name) {
            edit(parameter);
        }
    };
    // An advanced parameter that needs no advanced tier.
    change("/app40/prod/index-settings", &|parameter| parameter.current_mut().tier = ParameterTier::Advanced);
    change("/app30/prod/session-key", &|parameter| {
        let version = parameter.current_mut();
        version.tier = ParameterTier::Advanced;
        let text = r#"{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2027-06-30T00:00:00.000Z"}}"#;
        version.policies = vec![ParameterPolicy { kind: "Expiration".to_owned(), text: text.to_owned() }];
    });
    change("/app20/prod/log-level", &|parameter| history(parameter, start));
}

// Gives a parameter a history: its value was raised and lowered again.
fn history(parameter: &mut Parameter, start: Timestamp) {
    let last = parameter.current().clone();
    let texts = [("warn", 97, "calm"), ("debug", 41, ""), ("info", 40, "current")];
    parameter.versions = texts
        .iter()
        .zip(1..)
        .map(|((text, age, label), number)| {
            let mut version = last.clone();
            version.number = number;
            version.text = (*text).to_owned();
            version.modified = days_before(start, *age);
            version.labels = if label.is_empty() { Vec::new() } else { vec![(*label).to_owned()] };
            version
        })
        .collect();
}
