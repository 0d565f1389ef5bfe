//! Trust policies of roles.

use moonfleet_iam_policy::{PolicyDocument, PolicyPrincipal, Purpose, Request, RequestContext, Verdict, decide};
use serde_json::{Value, json};

use super::documents::{check_document, encoded};
use crate::ApiError;

/// Quota of characters in a trust policy.
pub(crate) const TRUST_SIZE: usize = 2048;

/// A trust policy: the principals that may assume a role, and the conditions.
#[derive(Clone)]
pub(crate) struct Trust {
    text: String,
    document: PolicyDocument,
}

/// The caller of AssumeRole, as trust policies see it.
pub(crate) struct AssumeRequest<'a> {
    pub account: &'a str,
    pub arn: &'a str,
    pub external_id: Option<&'a str>,
    pub mfa: bool,
}

impl Trust {
    pub(crate) fn parse(text: &str) -> Result<Trust, ApiError> {
        let document = check_document(text, Purpose::Trust, "ACLSizePerRole", TRUST_SIZE)?;
        Ok(Trust { text: text.to_owned(), document })
    }

    /// Returns a policy that trusts an account on `condition`.
    pub(crate) fn account(account: &str, condition: Value) -> Trust {
        Trust::with_statement(json!({ "AWS": format!("arn:aws:iam::{account}:root") }), "sts:AssumeRole", condition)
    }

    pub(crate) fn service(name: &str) -> Trust {
        Trust::with_statement(json!({ "Service": name }), "sts:AssumeRole", Value::Null)
    }

    pub(crate) fn with_statement(principal: Value, action: &str, condition: Value) -> Trust {
        let mut statement = json!({ "Effect": "Allow", "Principal": principal, "Action": action });
        if !condition.is_null() {
            statement["Condition"] = condition;
        }
        let value = json!({ "Version": "2012-10-17", "Statement": [statement] });
        let document = PolicyDocument::read(&value).expect("a statement that is made here is one");
        Trust { text: value.to_string(), document }
    }

    pub(crate) fn admits(&self, asking: &AssumeRequest<'_>) -> bool {
        let account = asking.account;
        let names = [account.to_owned(), format!("arn:aws:iam::{account}:root"), asking.arn.to_owned()];
        let names = names.map(|name| PolicyPrincipal::new("AWS", name));
        let mut entries = vec![
            ("aws:PrincipalAccount", vec![account.to_owned()]),
            ("aws:PrincipalArn", vec![asking.arn.to_owned()]),
            ("aws:MultiFactorAuthPresent", vec![asking.mfa.to_string()]),
        ];
        if let Some(id) = asking.external_id {
            entries.push(("sts:ExternalId", vec![id.to_owned()]));
        }
        let context = RequestContext::complete(entries);
        let request =
            Request { action: "sts:AssumeRole", resource: None, caller: Some(&names), context: Some(&context) };
        decide(&[&self.document], &request).verdict == Verdict::Allowed
    }

    pub(crate) fn encoded(&self) -> String {
        encoded(&self.text)
    }
}
