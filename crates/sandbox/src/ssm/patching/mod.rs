//! Patch Manager: which patches there are, who wants which, and which machine has them.
//!
//! * [`catalog`] has the patches that the vendors have released,
//! * [`baselines`] say which of them are wanted, and patch groups by whom,
//! * [`states`] is what the last scan of a machine has found,
//! * [`run`] is `AWS-RunPatchBaseline` on a machine.

mod baselines;
mod catalog;
mod run;
mod states;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use aws_sdk_ssm::types::{ComplianceSeverity, OperatingSystem, PatchComplianceDataState as State, PatchOperationType};
use jiff::Timestamp;

use super::nodes::Machine;
use crate::ec2::Os;

pub use baselines::{
    Baseline, Owner, default_baseline, deregister_patch_baseline_for_patch_group, describe_patch_baselines,
    describe_patch_groups, get_default_patch_baseline, get_patch_baseline, get_patch_baseline_for_patch_group,
    register_patch_baseline_for_patch_group,
};
pub use catalog::{Release, describe_available_patches, of};
pub use run::{Operation, run};
pub use states::{
    describe_instance_patch_states, describe_instance_patch_states_for_patch_group, describe_instance_patches,
    describe_patch_group_state,
};

/// What a region keeps: its own baselines, who uses them, and what was found.
#[derive(Default)]
pub struct Patching {
    pub baselines: Vec<Baseline>,
    /// Baselines by patch group and system.
    pub groups: BTreeMap<(String, String), String>,
    /// The newest scan of each node.
    pub scans: BTreeMap<String, Scan>,
}

#[derive(Clone)]
pub struct Scan {
    pub baseline_id: String,
    pub patch_group: String,
    pub operation: PatchOperationType,
    pub snapshot_id: String,
    pub started: Timestamp,
    pub ended: Timestamp,
    pub patches: Vec<Patch>,
}

#[derive(Clone)]
pub struct Patch {
    pub release: &'static Release,
    pub state: State,
    pub installed: Option<Timestamp>,
}

impl Patch {
    /// What an administrator still has to do something about.
    pub fn is_wanting(&self) -> bool {
        matches!(self.state, State::Missing | State::Failed | State::InstalledPendingReboot | State::InstalledRejected)
    }
}

impl Scan {
    pub fn count(&self, state: &State) -> i32 {
        small(self.patches.iter().filter(|patch| patch.state == *state).count())
    }
}

/// Patch Manager's name of a system.
pub fn system(os: Os) -> OperatingSystem {
    match os {
        Os::AmazonLinux => OperatingSystem::AmazonLinux2023,
        Os::Ubuntu => OperatingSystem::Ubuntu,
        Os::Windows => OperatingSystem::Windows,
    }
}

/// The group that a machine is in by its tag; both spellings are in use.
pub fn group_of(machine: &Machine) -> Option<&str> {
    let tag = machine.tags.get("PatchGroup").or_else(|| machine.tags.get("Patch Group"));
    tag.map(String::as_str)
}

/// How bad a patch's absence is, where the baseline takes the vendor's word for it.
fn level(severity: &str) -> ComplianceSeverity {
    match severity {
        "Critical" => ComplianceSeverity::Critical,
        "Important" => ComplianceSeverity::High,
        "Medium" | "Moderate" => ComplianceSeverity::Medium,
        "Low" => ComplianceSeverity::Low,
        _ => ComplianceSeverity::Unspecified,
    }
}

fn small(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
