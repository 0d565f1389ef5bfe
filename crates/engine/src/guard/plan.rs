//! A plan: the changes that a run would have made, each with what it would touch and
//! whether it may. Nothing of it was sent, but for EC2's dry runs.

use std::sync::{Arc, Mutex, PoisonError};

use moonfleet_bindings::{Operation, Service, secrets};
use moonfleet_client::by_name::text;
use moonfleet_client::send;
use moonfleet_client::{CallOptions, Session};
use moonfleet_core::Error;
use moonfleet_core::{Map, Pairs, Planned, Value};
use moonfleet_report::cell;

use super::GuardedCall;
use super::targets::Target;
use crate::guard::describe::{DescribedTarget, describe_targets};

#[derive(Default)]
pub struct ChangePlan {
    changes: Mutex<Vec<Arc<PlannedChange>>>,
    /// Where it could not go on without what a change would have given.
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
    /// AWS says that it would be done.
    Passed,
    NotChecked(&'static str),
    Failed(Box<Error>),
}

/// The code of what a plan cannot go on without.
pub const NOT_KNOWN_YET: &str = "NotKnownYet";

impl ChangePlan {
    /// Takes a change in, and gives its number.
    pub async fn add(&self, call: GuardedCall<'_>, targets: &[Target]) -> Result<usize, Error> {
        let account = call.session.caller().await?.account.clone();
        let change = PlannedChange {
            session: call.session.clone(),
            account,
            service: call.service,
            operation: call.operation,
            input: call.input.clone(),
            targets: describe_targets(call.session, call.service, call.operation, targets).await,
            check: check(call).await,
        };
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        changes.push(Arc::new(change));
        Ok(changes.len())
    }

    pub fn changes(&self) -> Vec<Arc<PlannedChange>> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How long a list will be, where that is sure.
    pub fn length(&self, part: &Planned) -> Option<i64> {
        let changes = self.changes();
        let change = changes.get(part.change.wrapping_sub(1))?;
        let count = |name| match change.input.get(name) {
            Some(Value::Integer(count)) => Some(*count),
            _ => None,
        };
        let is_launched = change.name() == "ec2.run_instances" && part.path == ["instances"];
        count("max_count").filter(|most| is_launched && count("min_count") == Some(*most))
    }

    /// Something needs a value that is not known yet: the plan ends here, whoever catches it.
    pub fn stop(&self, needs: &str, planned: &str) -> Error {
        let change = |number: usize| self.changes().get(number.wrapping_sub(1)).map(|change| change.name());
        let number = planned.trim_start_matches(Planned::MARK).split([':', ')']).next().and_then(|n| n.parse().ok());
        let of = number.and_then(change).map_or(String::new(), |name| format!(" of {name}"));
        let problem = format!("the plan cannot go on: {needs} needs a value{of} that is {planned}");
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| problem.clone());
        Error::new(NOT_KNOWN_YET, problem)
    }

    /// Why it is not the whole of what the run would do, where it is not.
    pub fn stopped(&self) -> Option<String> {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A row for each resource, for a report.
    pub fn rows(&self) -> Value {
        rows(&self.changes())
    }
}

/// What the rows show, in this order.
pub const COLUMNS: [&str; 9] = ["change", "operation", "risk", "id", "name", "account", "region", "with", "check"];

/// A row for each resource of each change.
pub fn rows(changes: &[Arc<PlannedChange>]) -> Value {
    let numbered = changes.iter().enumerate();
    Value::List(numbered.flat_map(|(at, change)| change.rows(at + 1)).map(Value::Map).collect())
}

/// Asks EC2 whether it would do it. The others have no dry runs.
async fn check(call: GuardedCall<'_>) -> DryRunCheck {
    if call.operation.input().field("dry_run").is_none() {
        return DryRunCheck::NotChecked("it has no dry run");
    }
    if call.input.0.iter().any(|(_, value)| planned(value).is_some()) {
        return DryRunCheck::NotChecked("it waits for another change");
    }
    let mut input = call.input.clone();
    input.set("dry_run", Value::Bool(true));
    match send(call.session.clone(), call.service, call.operation, input, CallOptions::default()).await {
        Err(error) if error.code == "DryRunOperation" => DryRunCheck::Passed,
        Err(error) => DryRunCheck::Failed(Box::new(error)),
        Ok(_) => DryRunCheck::NotChecked("its dry run said nothing"),
    }
}

/// What in a value is not known yet, as its text says it.
pub fn planned(value: &Value) -> Option<String> {
    find(value, &|value| match value {
        Value::Planned(planned) => Some(planned.to_string()),
        _ => None,
    })
}

/// A text that somebody has made of what is not known yet.
pub fn made_of_planned(value: &Value) -> Option<String> {
    find(value, &|value| match value {
        Value::String(text) => {
            let from = &text[text.find(Planned::MARK)?..];
            Some(from[..from.find(')').map_or(from.len(), |end| end + 1)].to_owned())
        }
        _ => None,
    })
}

/// The first that is told of a value or of what is in it.
fn find(value: &Value, tell: &impl Fn(&Value) -> Option<String>) -> Option<String> {
    match value {
        Value::List(items) => items.iter().find_map(|item| find(item, tell)),
        Value::Map(map) => map.0.iter().find_map(|(_, value)| find(value, tell)),
        other => tell(other),
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
                ("with".to_owned(), Value::from(self.with())),
                ("check".to_owned(), Value::from(self.check.to_string())),
            ])
        };
        if self.targets.is_empty() {
            return vec![row(Value::Nil, Value::Nil)];
        }
        let of = |seen: &DescribedTarget| {
            row(Value::from(seen.target.id.as_str()), seen.name.as_deref().map_or(Value::Nil, Value::from))
        };
        self.targets.iter().map(of).collect()
    }

    /// The input without what the rows say already.
    fn with(&self) -> String {
        let is_named = |value: &Value| match value {
            Value::String(id) => self.targets.iter().any(|seen| seen.target.id == *id),
            Value::List(items) => !items.is_empty()
                && items.iter().all(
                    |item| matches!(item, Value::String(id) if self.targets.iter().any(|seen| seen.target.id == *id)),
                ),
            _ => false,
        };
        let input = secrets::hidden(self.operation, &self.input);
        let shown = input.0.iter().filter(|(_, value)| !is_named(value));
        let shown = shown.map(|(name, value)| format!("{name} = {}", self.render_parameter(name, value)));
        shown.collect::<Vec<_>>().join(", ")
    }

    /// A parameter as a person would say it: tags as `App=App20`.
    fn render_parameter(&self, name: &str, value: &Value) -> String {
        let pairs = self.operation.input().field(name).and_then(|field| field.ty.pairs());
        match (pairs, value) {
            (Some((_, Pairs::KeyValue)), Value::List(items)) => {
                let tags = items.iter().filter_map(|item| match item {
                    Value::Map(pair) => Some((text(pair, "key"), pair.get("value").cloned().unwrap_or_default())),
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
            DryRunCheck::NotChecked(why) => write!(f, "not checked: {why}"),
            DryRunCheck::Failed(error) => write!(f, "would fail: {error}"),
        }
    }
}
