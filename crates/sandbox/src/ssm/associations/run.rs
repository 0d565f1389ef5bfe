//! Applying an association to its nodes.

use aws_sdk_ssm::operation::start_associations_once::{StartAssociationsOnceInput, StartAssociationsOnceOutput};
use jiff::SignedDuration;

use super::lookup::{find, unknown};
use super::state::{AssociationVersion, Execution, NodeOutcome, NodeStatus};
use crate::ApiError;
use crate::clock::later;
use crate::ssm::machine::Machine;
use crate::ssm::node::Reach;
use crate::ssm::nodes::machines;
use crate::ssm::{agent, patching, targets};
use crate::state::Call;

/// The duration of documents that the sandbox does not run.
const TAKES: SignedDuration = SignedDuration::from_secs(2);

pub(crate) fn start_associations_once(
    call: &mut Call<'_>,
    input: &StartAssociationsOnceInput,
) -> Result<StartAssociationsOnceOutput, ApiError> {
    let ids = input.association_ids();
    for id in ids {
        find(call, Some(id), None, None)?;
    }
    for id in ids {
        run(call, id)?;
    }
    Ok(StartAssociationsOnceOutput::builder().build())
}

pub(crate) fn run(call: &mut Call<'_>, id: &str) -> Result<(), ApiError> {
    let version = find(call, Some(id), None, None)?.current().clone();
    let mut results = Vec::new();
    for machine in recipients(call, &version) {
        results.push(apply(call, &version, &machine)?);
    }
    let execution = Execution { id: call.ids.uuid(), created: call.now, version: version.number, results };
    call.region.ssm.associations.get_mut(id).ok_or_else(unknown)?.executions.push(execution);
    Ok(())
}

/// Returns the machines that an association currently targets.
pub(crate) fn recipients(call: &Call<'_>, version: &AssociationVersion) -> Vec<Machine> {
    if let Some(id) = &version.instance_id {
        return machines(call).into_iter().filter(|machine| machine.id == *id).collect();
    }
    let all = |target: &aws_sdk_ssm::types::Target| target.values() == ["*"];
    let targets: Vec<_> = version.targets.iter().filter(|target| !all(target)).cloned().collect();
    targets::targeted(call, &targets)
}

fn apply(call: &mut Call<'_>, version: &AssociationVersion, machine: &Machine) -> Result<NodeOutcome, ApiError> {
    let node = machine.id.clone();
    match machine.node.reach {
        Reach::ConnectionLost { .. } | Reach::Absent => {
            return Ok(NodeOutcome { node, ended: call.now, end: NodeStatus::Waits });
        }
        Reach::Undeliverable { .. } => return Ok(NodeOutcome { node, ended: call.now, end: NodeStatus::Failed }),
        Reach::Online => (),
    }
    let first = |name: &str| version.parameters.get(name).and_then(|values| values.first()).map(String::as_str);
    let (took, good) = match version.document.as_str() {
        "AWS-RunShellScript" if !machine.is_windows() => {
            let lines = version.parameters.get("commands").cloned().unwrap_or_default();
            let outcome = agent::run(machine, call.now, &lines);
            (outcome.took, outcome.code == 0)
        }
        "AWS-RunShellScript" => (SignedDuration::ZERO, false),
        "AWS-RunPatchBaseline" => {
            let operation = patching::Operation::parse(first("Operation"), first("RebootOption"))?;
            let outcome = patching::run(call, machine, operation);
            (outcome.took, outcome.code == 0)
        }
        _ => (TAKES, true),
    };
    let end = if good { NodeStatus::Success } else { NodeStatus::Failed };
    Ok(NodeOutcome { node, ended: later(call.now, took), end })
}

/// Returns whether an association currently targets a machine.
pub(crate) fn concerns(call: &Call<'_>, version: &AssociationVersion, machine: &Machine) -> bool {
    recipients(call, version).iter().any(|other| other.id == machine.id)
}
