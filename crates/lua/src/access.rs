//! `access` in Lua: parses policy documents, and decides which actions they allow.

use mlua::{Error, Lua, Result, Table, Value as LuaValue};
use moonfleet_core::error;
use moonfleet_core::error::INVALID_INPUT;
use moonfleet_core::json::Json;
use moonfleet_core::{Map, Value};
use moonfleet_iam_policy::{
    Choice, Condition, Decision, Effect, Match, PolicyDocument, PolicyPrincipal, Request, RequestContext, Statement,
    Verdict, decide,
};

use crate::convert::{from_value, to_value};
use crate::options::Options;

pub(crate) fn module(lua: &Lua) -> Result<Table> {
    let access = lua.create_table()?;
    access.raw_set("parse", lua.create_function(parse)?)?;
    access.raw_set("decide", lua.create_function(decide_actions)?)?;
    Ok(access)
}

fn parse(lua: &Lua, document: LuaValue) -> Result<LuaValue> {
    from_value(lua, &policy_value(&read(lua, "access.parse", &document)?))
}

/// `access.decide{policies=, actions=, resource=, context=, boundaries=, principals=}`
fn decide_actions(lua: &Lua, options: LuaValue) -> Result<LuaValue> {
    let question = Question::read(lua, options)?;
    let rows = question.actions.iter().map(|action| question.answer(action)).collect();
    from_value(lua, &Value::List(rows))
}

struct Question {
    policies: Vec<PolicyDocument>,
    /// The permissions boundaries. None if there is no boundary; an empty list would allow no action.
    boundaries: Option<Vec<PolicyDocument>>,
    actions: Vec<String>,
    resource: Option<String>,
    context: Option<RequestContext>,
    caller: Option<Vec<PolicyPrincipal>>,
}

impl Question {
    fn read(lua: &Lua, options: LuaValue) -> Result<Question> {
        let mut options = Options::read("access.decide", options)?;
        let policies = documents(lua, options.value("policies")?)?.unwrap_or_default();
        let boundaries = documents(lua, options.value("boundaries")?)?;
        let actions = options.strings("actions")?;
        let actions =
            actions.ok_or_else(|| options.wrong("actions", "a list such as {\"ec2:RunInstances\"}", "nil"))?;
        let resource = options.string("resource")?;
        let context = match options.value("context")? {
            LuaValue::Nil => None,
            value => Some(context(lua, &value)?),
        };
        let caller = match options.value("principals")? {
            LuaValue::Nil => None,
            value => Some(principals(lua, &value)?),
        };
        options.finish()?;
        Ok(Question { policies, boundaries, actions, resource, context, caller })
    }

    fn answer(&self, action: &str) -> Value {
        let request = Request {
            action,
            resource: self.resource.as_deref(),
            caller: self.caller.as_deref(),
            context: self.context.as_ref(),
        };
        let decide_over = |documents: &[PolicyDocument]| decide(&documents.iter().collect::<Vec<_>>(), &request);
        let decision = decide_over(&self.policies);
        let limit = self.boundaries.as_deref().map(decide_over);
        let verdict = limit.as_ref().map_or(decision.verdict, |limit| decision.verdict.limited_by(limit.verdict));
        let mut row = vec![
            ("action".to_owned(), text(action)),
            ("decision".to_owned(), text(verdict.name())),
            ("statements".to_owned(), statement_rows(&decision)),
        ];
        if let Some(limit) = limit {
            let allowed = matches!(limit.verdict, Verdict::Allowed | Verdict::Conditional);
            row.push(("allowed_by_boundary".to_owned(), Value::Bool(allowed)));
        }
        Value::Map(Map(row))
    }
}

/// Returns the statements that led to a decision, with indices from 1.
fn statement_rows(decision: &Decision) -> Value {
    let index = |at: usize| Value::Integer(i64::try_from(at + 1).unwrap_or(i64::MAX));
    let rows = decision.statements.iter().map(|one| {
        map([
            ("policy", Some(index(one.document))),
            ("statement", Some(index(one.statement))),
            ("effect", Some(text(effect(one.effect)))),
            ("certain", Some(Value::Bool(one.matched == Match::Yes))),
        ])
    });
    Value::List(rows.collect())
}

/// Reads a policy document: JSON text, percent-encoded or not, or a table of the same shape.
fn read(lua: &Lua, function: &str, value: &LuaValue) -> Result<PolicyDocument> {
    let wrong = |e| invalid(format!("{function}: not a policy document: {e}"));
    match to_value(lua, value)? {
        Value::String(text) => PolicyDocument::parse(&text).map_err(wrong),
        value @ Value::Map(_) => {
            let json = serde_json::to_value(Json(&value)).map_err(Error::external)?;
            PolicyDocument::read(&json).map_err(wrong)
        }
        _ => Err(invalid(format!("{function}: a policy document must be text or a table, got {}", value.type_name()))),
    }
}

fn documents(lua: &Lua, value: LuaValue) -> Result<Option<Vec<PolicyDocument>>> {
    match value {
        LuaValue::Nil => Ok(None),
        LuaValue::Table(list) => {
            let documents = list.sequence_values::<LuaValue>();
            documents.map(|one| read(lua, "access.decide", &one?)).collect::<Result<_>>().map(Some)
        }
        other => {
            let kind = other.type_name();
            Err(invalid(format!("access.decide: policies and boundaries must be lists of documents, got {kind}")))
        }
    }
}

/// `{["aws:MultiFactorAuthPresent"] = true, ["aws:TagKeys"] = {"App", "Owner"}}`
fn context(lua: &Lua, value: &LuaValue) -> Result<RequestContext> {
    let entries = match to_value(lua, value)? {
        Value::Map(Map(entries)) => entries,
        Value::List(items) if items.is_empty() => Vec::new(),
        _ => {
            return Err(invalid(
                "access.decide: context must be a table such as {[\"aws:SourceIp\"] = \"10.0.0.1\"}".to_owned(),
            ));
        }
    };
    let values = |value: &Value| match value {
        Value::List(items) => items.iter().map(policy_text).collect(),
        one => vec![policy_text(one)],
    };
    Ok(RequestContext::partial(entries.iter().map(|(key, value)| (key.as_str(), values(value)))))
}

/// Reads principals: `{AWS = {"arn:…"}, Service = "ec2.amazonaws.com"}`.
fn principals(lua: &Lua, value: &LuaValue) -> Result<Vec<PolicyPrincipal>> {
    let Value::Map(Map(kinds)) = to_value(lua, value)? else {
        return Err(invalid("access.decide: principals must be a table such as {AWS = {\"123456789012\"}}".to_owned()));
    };
    let mut principals = Vec::new();
    for (kind, values) in kinds {
        let items = match values {
            Value::List(items) => items,
            one => vec![one],
        };
        principals.extend(items.iter().map(|one| PolicyPrincipal::new(&kind, policy_text(one))));
    }
    Ok(principals)
}

fn policy_value(document: &PolicyDocument) -> Value {
    let statements = document.statements.iter().map(statement).collect();
    map([("version", document.version.as_deref().map(text)), ("statements", Some(Value::List(statements)))])
}

fn statement(statement: &Statement) -> Value {
    let (actions, not_actions) = both(Some(&statement.actions), |action| text(action));
    let (resources, not_resources) = both(statement.resources.as_ref(), |resource| text(resource));
    let (principals, not_principals) = both(statement.principals.as_ref(), |principal: &PolicyPrincipal| {
        map([("kind", Some(text(&principal.kind))), ("value", Some(text(&principal.value)))])
    });
    map([
        ("sid", statement.sid.as_deref().map(text)),
        ("effect", Some(text(effect(statement.effect)))),
        ("principals", principals),
        ("not_principals", not_principals),
        ("actions", actions),
        ("not_actions", not_actions),
        ("resources", resources),
        ("not_resources", not_resources),
        ("conditions", Some(Value::List(statement.conditions.iter().map(condition).collect()))),
    ])
}

fn condition(condition: &Condition) -> Value {
    map([
        ("operator", Some(text(&condition.operator))),
        ("key", Some(text(&condition.key))),
        ("values", Some(Value::List(condition.values.iter().map(|value| text(value)).collect()))),
    ])
}

/// Returns two fields of which at most one is set: the items, or the items that are excluded.
fn both<T>(choice: Option<&Choice<T>>, show: impl Fn(&T) -> Value) -> (Option<Value>, Option<Value>) {
    let list = |items: &[T]| Some(Value::List(items.iter().map(&show).collect()));
    match choice {
        Some(Choice::Only(items)) => (list(items), None),
        Some(Choice::AllBut(items)) => (None, list(items)),
        None => (None, None),
    }
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    }
}

/// Returns a value as text, in the form that policies use.
fn policy_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(yes) => yes.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Time(at) => at.to_string(),
        _ => String::new(),
    }
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn map<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let fields = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Map(Map(fields.collect()))
}

fn invalid(problem: String) -> Error {
    Error::external(error::Error::new(INVALID_INPUT, problem))
}
