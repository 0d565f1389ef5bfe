//! A plan as a file: `moonfleet apply` makes exactly the changes that a person has reviewed.

use std::io;
use std::path::Path;
use std::sync::Arc;

use moonfleet_bindings::{check, secrets, service};
use moonfleet_client::{Principal, Session, SessionSettings};
use moonfleet_core::json::Json as AsJson;
use moonfleet_core::{Planned, Value};
use moonfleet_report::write_private;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::plan::{DryRunCheck, PlannedChange};
use super::targets::Target;
use crate::guard::describe::DescribedTarget;

/// The version of the file format.
const VERSION: u32 = 1;

#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    #[error(
        "cannot save the plan: the input of {0} contains a secret, which a file must not contain; run without --plan"
    )]
    Secret(String),
    #[error("cannot save the plan: {0}")]
    Unwritten(#[from] moonfleet_report::Error),
    #[error("cannot read the plan {file}: {cause}")]
    Unreadable { file: String, cause: io::Error },
    #[error("{file} is not a plan that this version can apply: {problem}")]
    Wrong { file: String, problem: String },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanFile {
    moonfleet_plan: u32,
    changes: Vec<SavedChange>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedChange {
    service: String,
    operation: String,
    account: String,
    region: Option<String>,
    who: Principal,
    input: Json,
    targets: Vec<SavedTarget>,
    /// Whether EC2's dry run passed.
    #[serde(default)]
    dry_run_passed: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedTarget {
    kind: String,
    id: String,
    name: Option<String>,
    state: Option<Json>,
}

/// Writes a plan that only its owner can read, because it describes resources of the account.
pub fn save(path: &Path, changes: &[Arc<PlannedChange>]) -> Result<(), PlanFileError> {
    let changes = changes.iter().map(|change| saved(change)).collect::<Result<_, _>>()?;
    let file = PlanFile { moonfleet_plan: VERSION, changes };
    write_private(path, |out| {
        serde_json::to_writer_pretty(&mut *out, &file)?;
        out.write_all(b"\n")
    })?;
    Ok(())
}

fn saved(change: &PlannedChange) -> Result<SavedChange, PlanFileError> {
    if holds_secret(change) {
        return Err(PlanFileError::Secret(change.name()));
    }
    let targets = change.targets.iter().map(|described| SavedTarget {
        kind: described.target.kind.clone(),
        id: described.target.id.clone(),
        name: described.name.clone(),
        state: described.state.clone(),
    });
    Ok(SavedChange {
        service: change.service.name.to_owned(),
        operation: change.operation.name.to_owned(),
        account: change.account.clone(),
        region: change.session.region(),
        who: change.session.settings().principal.clone(),
        input: to_json(&Value::Map(change.input.clone())),
        targets: targets.collect(),
        dry_run_passed: matches!(change.check, DryRunCheck::Passed),
    })
}

/// Reads a plan. The sessions of its changes share the hooks of the given session.
pub fn load(path: &Path, session: &Session) -> Result<Vec<PlannedChange>, PlanFileError> {
    let file = path.display().to_string();
    let text = std::fs::read(path).map_err(|cause| PlanFileError::Unreadable { file: file.clone(), cause })?;
    let wrong = |problem: String| PlanFileError::Wrong { file: file.clone(), problem };
    let plan: PlanFile = serde_json::from_slice(&text).map_err(|e| wrong(e.to_string()))?;
    if plan.moonfleet_plan != VERSION {
        return Err(wrong(format!("the file has version {}, expected {VERSION}", plan.moonfleet_plan)));
    }
    let numbered = plan.changes.into_iter().enumerate();
    numbered.map(|(at, saved)| change(saved, session).map_err(|e| wrong(format!("change {}: {e}", at + 1)))).collect()
}

fn change(saved: SavedChange, session: &Session) -> Result<PlannedChange, String> {
    let service = service(&saved.service).ok_or_else(|| format!("there is no service {:?}", saved.service))?;
    let operation = service.operation(&saved.operation);
    let operation = operation.ok_or_else(|| format!("{} has no operation {:?}", saved.service, saved.operation))?;
    let input = check(service.name, operation, from_json(saved.input)).map_err(|e| e.to_string())?;
    let targets = saved.targets.into_iter().map(|target| DescribedTarget {
        target: Target { kind: target.kind, id: target.id },
        name: target.name,
        state: target.state,
    });
    Ok(PlannedChange {
        session: session.with(SessionSettings {
            principal: saved.who,
            region: saved.region,
            ..SessionSettings::default()
        }),
        account: saved.account,
        service,
        operation,
        input,
        targets: targets.collect(),
        check: match saved.dry_run_passed {
            true => DryRunCheck::Passed,
            false => DryRunCheck::NotChecked("read from a file"),
        },
    })
}

/// The keys of objects that represent bytes and planned values, which JSON cannot express.
const BYTES: &str = "$bytes";
const PLANNED: &str = "$planned";

fn to_json(value: &Value) -> Json {
    match value {
        Value::Bytes(bytes) => json!({ BYTES: bytes }),
        Value::Planned(planned) => json!({ PLANNED: { "change": planned.change, "path": planned.path } }),
        Value::List(items) => items.iter().map(to_json).collect(),
        Value::Map(map) => map.0.iter().map(|(name, value)| (name.clone(), to_json(value))).collect(),
        other => json!(AsJson(other)),
    }
}

fn from_json(json: Json) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(yes) => Value::Bool(yes),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => Value::Integer(integer),
            None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::String(text),
        Json::Array(items) => Value::List(items.into_iter().map(from_json).collect()),
        Json::Object(mut fields) => match special(&mut fields) {
            Some(value) => value,
            None => Value::Map(fields.into_iter().map(|(name, value)| (name, from_json(value))).collect()),
        },
    }
}

fn special(fields: &mut serde_json::Map<String, Json>) -> Option<Value> {
    if fields.len() != 1 {
        return None;
    }
    if let Some(bytes) = fields.get(BYTES) {
        return serde_json::from_value(bytes.clone()).ok().map(Value::Bytes);
    }
    let planned = fields.get(PLANNED)?;
    let change = usize::try_from(planned.get("change")?.as_u64()?).ok()?;
    let path = serde_json::from_value(planned.get("path")?.clone()).ok()?;
    Some(Value::Planned(Planned { change, path }))
}

fn holds_secret(change: &PlannedChange) -> bool {
    let mut any = false;
    secrets::visit_input(change.operation, &Value::Map(change.input.clone()), &mut |_| any = true);
    any
}
