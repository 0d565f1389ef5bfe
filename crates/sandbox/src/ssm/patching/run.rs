//! `AWS-RunPatchBaseline`: scans a machine, or installs missing patches.

use aws_sdk_ssm::types::{PatchComplianceDataState as State, PatchOperationType};
use jiff::SignedDuration;

use super::baselines::in_use;
use super::catalog;
use super::machine::{group_of, system};
use super::state::{Patch, Scan};
use crate::ApiError;
use crate::clock::later;
use crate::ssm::machine::Machine;
use crate::ssm::outcome::ScriptOutcome;
use crate::ssm::shell::ProgramResult;
use crate::state::Call;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Scan,
    Install { reboot: bool },
}

impl Operation {
    pub(crate) fn parse(operation: Option<&str>, reboot: Option<&str>) -> Result<Operation, ApiError> {
        let reboot = match reboot {
            None | Some("RebootIfNeeded") => true,
            Some("NoReboot") => false,
            Some(other) => return Err(not_allowed("RebootOption", other)),
        };
        match operation {
            Some("Scan") => Ok(Operation::Scan),
            Some("Install") => Ok(Operation::Install { reboot }),
            Some(other) => Err(not_allowed("Operation", other)),
            None => Err(ApiError::new("InvalidParameters", "Parameter \"Operation\" requires a value.")),
        }
    }
}

fn not_allowed(name: &str, value: &str) -> ApiError {
    ApiError::new("InvalidParameters", format!("Parameter \"{name}\" has a value that is not allowed: \"{value}\"."))
}

const TAKES: SignedDuration = SignedDuration::from_secs(25);

/// Runs the operation: stores the scan and returns the machine's output. A machine that was never
/// scanned has all patches.
pub(crate) fn run(call: &mut Call<'_>, machine: &Machine, operation: Operation) -> ScriptOutcome {
    let group = group_of(machine);
    let baseline = in_use(call, group, &system(machine.os)).map(|baseline| baseline.id).unwrap_or_default();
    let before = call.region.ssm.patching.scans.get(&machine.id).map(|scan| scan.patches.clone());
    let whole = || {
        let installed = |release| Patch { release, state: State::Installed, installed: Some(machine.booted) };
        catalog::patches_for(machine.os).map(installed).collect()
    };
    let mut patches: Vec<Patch> = before.unwrap_or_else(whole);
    if let Operation::Install { reboot } = operation {
        for patch in &mut patches {
            install(patch, reboot, later(call.now, TAKES));
        }
    }
    let not_compliant = patches.iter().filter(|patch| patch.is_non_compliant()).count();
    let scan = Scan {
        baseline_id: baseline,
        patch_group: group.unwrap_or_default().to_owned(),
        operation: match operation {
            Operation::Scan => PatchOperationType::Scan,
            Operation::Install { .. } => PatchOperationType::Install,
        },
        snapshot_id: call.ids.uuid(),
        started: call.now,
        ended: later(call.now, TAKES),
        patches,
    };
    let text = format!(
        "Patch compliance of {}: patches: {}, not compliant: {not_compliant}.\n",
        machine.id,
        scan.patches.len()
    );
    call.region.ssm.patching.scans.insert(machine.id.clone(), scan);
    ScriptOutcome::new(machine, ProgramResult { took: TAKES, ..ProgramResult::ok(text) })
}

// A patch that failed fails again. A kernel requires a reboot.
fn install(patch: &mut Patch, reboot: bool, at: jiff::Timestamp) {
    let wants_reboot = patch.release.title.starts_with("linux-image") || patch.release.title == "kernel";
    match patch.state {
        State::Missing if wants_reboot && !reboot => {
            patch.state = State::InstalledPendingReboot;
            patch.installed = Some(at);
        }
        State::Missing => {
            patch.state = State::Installed;
            patch.installed = Some(at);
        }
        State::InstalledPendingReboot if reboot => patch.state = State::Installed,
        _ => (),
    }
}
