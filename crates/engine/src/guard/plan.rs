//! A plan: the changes that a run would make, each with its targets and the result of EC2's dry
//! run. Except for dry runs, the changes are not sent.

use std::sync::{Arc, Mutex, PoisonError};

use moonfleet_bindings::{Operation, Service, secrets};
use moonfleet_client::by_name::text;
use moonfleet_client::send;
use moonfleet_client::{CallOptions, Session};
use moonfleet_core::Error;
use moonfleet_core::error::NOT_SIMULATED;
use moonfleet_core::{Map, Pairs, Planned, Value};
use moonfleet_report::cell;

use super::GuardedCall;
use super::targets::Target;
use crate::guard::describe::{DescribedTarget, describe_targets};

#[derive(Default)]
pub struct ChangePlan {
    changes: Mutex<Vec<Arc<PlannedChange>>>,
    /// The call that needed a value which only a change would return.
    stopped: Mutex<Option<String>>,
}

pub struct PlannedChange {
    pub session: Arc<Session>,
    pub account: String,
    pub service: &'static Service,
    pub operation: &'static Operation,
    pub input: Map,
    pub targets: Vec<DescribedTarget>,
    pub check: DryRunCheck,
}

pub enum DryRunCheck {
    /// EC2 would make the change.
    Passed,
    NotChecked(&'static str),
    Failed(Box<Error>),
}

/// The error code of calls that need a value which a planned change would return.
pub const NOT_KNOWN_YET: &str = "NotKnownYet";

impl ChangePlan {
    /// Adds a change and returns its number, from 1.
    pub async fn add(&self, call: GuardedCall<'_>, targets: &[Target]) -> Result<usize, Error> {
        let account = call.session.caller().await?.account.clone();
        let change = PlannedChange {
            session: call.session.clone(),
            account,
            service: call.service,
            operation: call.operation,
            input: call.input.clone(),
            targets: describe_targets(call.session, call.service, call.operation, targets).await,
            check: dry_run(call).await,
        };
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        changes.push(Arc::new(change));
        Ok(changes.len())
    }

    pub fn changes(&self) -> Vec<Arc<PlannedChange>> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops the plan because the call `operation` needs a value that is not known yet. The plan
    /// stays incomplete even if the script catches the error.
    pub fn stop(&self, operation: &str, planned: &str) -> Error {
        let change = |number: usize| self.changes().get(number.wrapping_sub(1)).map(|change| change.name());
        let number = planned.trim_start_matches(Planned::MARK).split([':', ')']).next().and_then(|n| n.parse().ok());
        let source = number.and_then(change).map_or(String::new(), |name| format!(" from {name}"));
        let problem = format!("the plan cannot continue: {operation} needs a value{source}: {planned}");
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| problem.clone());
        Error::new(NOT_KNOWN_YET, problem)
    }

    /// Returns why the plan is incomplete; `None` for a complete plan.
    pub fn stopped(&self) -> Option<String> {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns one row for each resource, for a report.
    pub fn rows(&self) -> Value {
        rows(&self.changes())
    }
}

/// The columns of the rows, in this order.
pub const COLUMNS: [&str; 9] = ["change", "operation", "risk", "id", "name", "account", "region", "with", "check"];

/// Returns one row for each resource of each change.
pub fn rows(changes: &[Arc<PlannedChange>]) -> Value {
    let numbered = changes.iter().enumerate();
    Value::List(numbered.flat_map(|(at, change)| change.rows(at + 1)).map(Value::Map).collect())
}

/// Makes EC2's dry run of a call. The other services have no dry runs.
pub async fn dry_run(call: GuardedCall<'_>) -> DryRunCheck {
    if call.operation.input().field("dry_run").is_none() {
        return DryRunCheck::NotChecked("the operation has no dry run");
    }
    if call.input.0.iter().any(|(_, value)| planned(value).is_some()) {
        return DryRunCheck::NotChecked("depends on another change");
    }
    let mut input = call.input.clone();
    input.set("dry_run", Value::Bool(true));
    match send(call.session.clone(), call.service, call.operation, input, CallOptions::default()).await {
        Err(error) if error.code == "DryRunOperation" => DryRunCheck::Passed,
        Err(error) if error.message.starts_with(NOT_SIMULATED) => {
            DryRunCheck::NotChecked("the sandbox does not simulate the call")
        }
        Err(error) => DryRunCheck::Failed(Box::new(error)),
        Ok(_) => DryRunCheck::NotChecked("the dry run had no result"),
    }
}

/// Returns the text of the first part of a value that is not known yet.
pub fn planned(value: &Value) -> Option<String> {
    find(value, &|value| match value {
        Value::Planned(planned) => Some(planned.to_string()),
        _ => None,
    })
}

/// Returns the placeholder that a text contains because a script concatenated a planned value.
pub fn made_of_planned(value: &Value) -> Option<String> {
    find(value, &|value| match value {
        Value::String(text) => {
            let from = &text[text.find(Planned::MARK)?..];
            Some(from[..from.find(')').map_or(from.len(), |end| end + 1)].to_owned())
        }
        _ => None,
    })
}

/// Returns the first result of `test` for a value and the values in it.
fn find(value: &Value, test: &impl Fn(&Value) -> Option<String>) -> Option<String> {
    match value {
        Value::List(items) => items.iter().find_map(|item| find(item, test)),
        Value::Map(map) => map.0.iter().find_map(|(_, value)| find(value, test)),
        other => test(other),
    }
}

impl PlannedChange {
    pub fn name(&self) -> String {
        format!("{}.{}", self.service.name, self.operation.name)
    }

    fn rows(&self, number: usize) -> Vec<Map> {
        let row = |id: Value, name: Value| {
            Map::from_iter([
                ("change".to_owned(), Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))),
                ("operation".to_owned(), Value::from(self.name())),
                ("risk".to_owned(), Value::from(self.operation.risk.to_string())),
                ("id".to_owned(), id),
                ("name".to_owned(), name),
                ("account".to_owned(), Value::from(self.account.as_str())),
                ("region".to_owned(), self.session.region().map_or(Value::Nil, Value::from)),
                ("with".to_owned(), Value::from(self.render_input())),
                ("check".to_owned(), Value::from(self.check.to_string())),
            ])
        };
        if self.targets.is_empty() {
            return vec![row(Value::Nil, Value::Nil)];
        }
        let row_of = |described: &DescribedTarget| {
            row(Value::from(described.target.id.as_str()), described.name.as_deref().map_or(Value::Nil, Value::from))
        };
        self.targets.iter().map(row_of).collect()
    }

    /// Renders the input without the parameters whose ids the rows list.
    fn render_input(&self) -> String {
        let is_target = |id: &String| self.targets.iter().any(|described| described.target.id == *id);
        let is_listed = |value: &Value| match value {
            Value::String(id) => is_target(id),
            Value::List(items) => {
                !items.is_empty() && items.iter().all(|item| matches!(item, Value::String(id) if is_target(id)))
            }
            _ => false,
        };
        let input = secrets::hidden(self.operation, &self.input);
        let shown = input.0.iter().filter(|(_, value)| !is_listed(value));
        let shown = shown.map(|(name, value)| format!("{name} = {}", self.render_parameter(name, value)));
        shown.collect::<Vec<_>>().join(", ")
    }

    /// Renders a parameter in its short form: tags as `App=App20`.
    fn render_parameter(&self, name: &str, value: &Value) -> String {
        let pairs = self.operation.input().field(name).and_then(|field| field.ty.pairs());
        match (pairs, value) {
            (Some((_, Pairs::KeyValue { key, value })), Value::List(items)) => {
                let tags = items.iter().filter_map(|item| match item {
                    Value::Map(pair) => Some((text(pair, key), pair.get(value).cloned().unwrap_or_default())),
                    _ => None,
                });
                cell::brief(&Value::Map(tags.collect())).into_owned()
            }
            _ => cell::plain(value).into_owned(),
        }
    }
}

impl std::fmt::Display for DryRunCheck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DryRunCheck::Passed => f.write_str("ok"),
            DryRunCheck::NotChecked(reason) => write!(f, "not checked: {reason}"),
            DryRunCheck::Failed(error) => write!(f, "would fail: {error}"),
        }
    }
}
