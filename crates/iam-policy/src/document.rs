//! Policy documents in IAM's grammar, in every form in which IAM returns them.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::condition::base_operator;

#[derive(Clone, Debug, PartialEq)]
pub struct PolicyDocument {
    pub version: Option<String>,
    pub statements: Vec<Statement>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    pub sid: Option<String>,
    pub effect: Effect,
    /// The principals of a trust policy; other documents have none.
    pub principals: Option<Choice<PolicyPrincipal>>,
    pub actions: Choice<String>,
    /// The resources; trust policies have none.
    pub resources: Option<Choice<String>>,
    pub conditions: Vec<Condition>,
    /// Whether `${…}` is a policy variable.
    pub(crate) has_variables: bool,
}

/// The version of documents with policy variables. In documents of the older version, or of none, they are text
/// (IAM User Guide, "IAM policy elements: Variables and tags").
const VERSION_WITH_VARIABLES: &str = "2012-10-17";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Allow,
    Deny,
}

/// The items of `Action` or of `NotAction`; the same for principals and resources.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice<T> {
    Only(Vec<T>),
    AllBut(Vec<T>),
}

/// A principal: its kind (`AWS`, `Service`, `Federated` or `CanonicalUser`) and its value. The
/// principal for all callers has `*` for both.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyPrincipal {
    pub kind: String,
    pub value: String,
}

impl PolicyPrincipal {
    pub fn new(kind: &str, value: impl Into<String>) -> PolicyPrincipal {
        PolicyPrincipal { kind: kind.to_owned(), value: value.into() }
    }

    pub fn is_wildcard(&self) -> bool {
        self.value == "*" && matches!(self.kind.as_str(), "*" | "AWS")
    }

    /// Whether this principal of a document includes the caller.
    pub fn includes(&self, caller: &PolicyPrincipal) -> bool {
        self.is_wildcard() || (self.kind == caller.kind && self.value == caller.value)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    pub operator: String,
    pub key: String,
    pub values: Vec<String>,
}

/// A problem in a document, with IAM's own message if IAM has one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

fn malformed<T>(message: impl Into<String>) -> Result<T, Malformed> {
    Err(Malformed(message.into()))
}

/// The purpose of a document, which determines its required fields.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The permissions of a user, a group or a role.
    Identity,
    /// The principals that may assume a role.
    Trust,
}

impl PolicyDocument {
    /// Reads JSON, also with the percent encoding in which IAM returns it.
    pub fn parse(text: &str) -> Result<PolicyDocument, Malformed> {
        let text = text.trim();
        let decoded = match text.starts_with('%') {
            true => percent_decode_str(text).decode_utf8_lossy(),
            false => text.into(),
        };
        match serde_json::from_str(&decoded) {
            Ok(value) => PolicyDocument::read(&value),
            Err(_) => malformed("Syntax errors in policy."),
        }
    }

    pub fn read(value: &Value) -> Result<PolicyDocument, Malformed> {
        let Value::Object(fields) = value else { return malformed("Syntax errors in policy.") };
        let known = ["Version", "Id", "Statement"];
        if let Some(name) = fields.keys().find(|name| !known.contains(&name.as_str())) {
            return malformed(format!("Unknown field {name}"));
        }
        let version = fields.get("Version").map(text).transpose()?;
        let mut statements: Vec<Statement> = match fields.get("Statement") {
            None => return malformed("Missing required field Statement"),
            Some(Value::Array(items)) => items.iter().map(Statement::read).collect::<Result<_, _>>()?,
            Some(one) => vec![Statement::read(one)?],
        };
        let has_variables = version.as_deref() == Some(VERSION_WITH_VARIABLES);
        statements.iter_mut().for_each(|statement| statement.has_variables = has_variables);
        Ok(PolicyDocument { version, statements })
    }

    /// Refuses a document that IAM would not store.
    pub fn check(&self, purpose: Purpose) -> Result<(), Malformed> {
        if let Some(version) = &self.version
            && ![VERSION_WITH_VARIABLES, "2008-10-17"].contains(&version.as_str())
        {
            return malformed("The policy must contain a valid version string");
        }
        if self.statements.is_empty() {
            return malformed("Statement is empty!");
        }
        let mut sids: Vec<&str> = self.statements.iter().filter_map(|statement| statement.sid.as_deref()).collect();
        sids.sort_unstable();
        if sids.windows(2).any(|pair| pair[0] == pair[1]) {
            return malformed("Statement IDs (SID) in a single policy must be unique.");
        }
        self.statements.iter().try_for_each(|statement| statement.check(purpose))
    }
}

impl Statement {
    fn read(value: &Value) -> Result<Statement, Malformed> {
        let Value::Object(fields) = value else { return malformed("Syntax errors in policy.") };
        for name in fields.keys() {
            if !KNOWN.contains(&name.as_str()) {
                return malformed(format!("Unknown field {name}"));
            }
        }
        let effect = match fields.get("Effect") {
            Some(Value::String(effect)) if effect == "Allow" => Effect::Allow,
            Some(Value::String(effect)) if effect == "Deny" => Effect::Deny,
            Some(_) => return malformed("Effect must be Allow or Deny"),
            None => return malformed("Missing required field Effect"),
        };
        let Some(actions) = choice(fields, "Action", "NotAction", texts)? else {
            return malformed("Missing required field Action");
        };
        Ok(Statement {
            sid: fields.get("Sid").map(text).transpose()?.filter(|sid| !sid.is_empty()),
            effect,
            principals: choice(fields, "Principal", "NotPrincipal", principals)?,
            actions,
            resources: choice(fields, "Resource", "NotResource", texts)?,
            conditions: fields.get("Condition").map(conditions).transpose()?.unwrap_or_default(),
            has_variables: false,
        })
    }

    fn check(&self, purpose: Purpose) -> Result<(), Malformed> {
        match purpose {
            Purpose::Identity if self.principals.is_some() => {
                return malformed("Policy document should not specify a principal.");
            }
            Purpose::Trust if self.principals.is_none() => {
                return malformed("AssumeRolePolicy must contain principals");
            }
            Purpose::Identity if self.resources.is_none() => {
                return malformed("Policy statement must contain resources.");
            }
            Purpose::Trust if self.resources.is_some() => return malformed("Has prohibited field Resource"),
            _ => {}
        }
        let is_legal = |sid: &String| sid.chars().all(|c| c.is_ascii_alphanumeric());
        if !self.sid.as_ref().is_none_or(is_legal) {
            return malformed(
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
            );
        }
        self.check_actions(purpose)?;
        self.check_resources()?;
        self.conditions.iter().try_for_each(|condition| match base_operator(&condition.operator) {
            Some(_) => Ok(()),
            None => malformed(format!("Invalid Condition type : {}.", condition.operator)),
        })
    }

    fn check_actions(&self, purpose: Purpose) -> Result<(), Malformed> {
        let actions = self.actions.items();
        if actions.is_empty() {
            return malformed("Policy statement must contain actions.");
        }
        if actions.iter().any(|action| action != "*" && !action.contains(':')) {
            return malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
        }
        if purpose == Purpose::Trust && actions.iter().any(|action| !action.to_lowercase().starts_with("sts:")) {
            return malformed("AssumeRole policy may only specify STS AssumeRole actions.");
        }
        Ok(())
    }

    fn check_resources(&self) -> Result<(), Malformed> {
        let resources = self.resources.as_ref().map(Choice::items).unwrap_or_default();
        if self.resources.is_some() && resources.is_empty() {
            return malformed("Policy statement must contain resources.");
        }
        match resources.iter().find(|resource| *resource != "*" && !resource.starts_with("arn:")) {
            Some(resource) => malformed(format!("Resource {resource} must be in ARN format or \"*\".")),
            None => Ok(()),
        }
    }
}

impl<T> Choice<T> {
    pub fn items(&self) -> &[T] {
        match self {
            Choice::Only(items) | Choice::AllBut(items) => items,
        }
    }
}

const KNOWN: [&str; 9] =
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

fn choice<T>(
    fields: &Map<String, Value>,
    only: &str,
    all_but: &str,
    read: impl Fn(&Value) -> Result<Vec<T>, Malformed>,
) -> Result<Option<Choice<T>>, Malformed> {
    match (fields.get(only), fields.get(all_but)) {
        (Some(_), Some(_)) => malformed(format!("{only} and {all_but} cannot be used together")),
        (Some(value), None) => read(value).map(Choice::Only).map(Some),
        (None, Some(value)) => read(value).map(Choice::AllBut).map(Some),
        (None, None) => Ok(None),
    }
}

fn principals(value: &Value) -> Result<Vec<PolicyPrincipal>, Malformed> {
    match value {
        Value::String(all) if all == "*" => Ok(vec![PolicyPrincipal::new("*", "*")]),
        Value::Object(kinds) => {
            let mut principals = Vec::new();
            for (kind, values) in kinds {
                principals.extend(texts(values)?.into_iter().map(|value| PolicyPrincipal::new(kind, value)));
            }
            Ok(principals)
        }
        _ => malformed("Invalid principal in policy"),
    }
}

fn conditions(value: &Value) -> Result<Vec<Condition>, Malformed> {
    let Value::Object(operators) = value else { return malformed("Syntax errors in policy.") };
    let mut conditions = Vec::new();
    for (operator, keys) in operators {
        let Value::Object(keys) = keys else { return malformed("Syntax errors in policy.") };
        for (key, values) in keys {
            conditions.push(Condition { operator: operator.clone(), key: key.clone(), values: texts(values)? });
        }
    }
    Ok(conditions)
}

fn texts(value: &Value) -> Result<Vec<String>, Malformed> {
    match value {
        Value::Array(items) => items.iter().map(text).collect(),
        one => Ok(vec![text(one)?]),
    }
}

fn text(value: &Value) -> Result<String, Malformed> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        _ => malformed("Syntax errors in policy."),
    }
}
