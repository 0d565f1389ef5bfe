//! Patch baselines, patch groups and scans, as a region keeps them.

use std::collections::BTreeMap;

use aws_sdk_ssm::types::{ComplianceSeverity, OperatingSystem, PatchComplianceDataState as State, PatchOperationType};
use jiff::Timestamp;

use super::catalog::Release;

/// The state of Patch Manager: baselines, patch groups and scans.
#[derive(Default)]
pub(crate) struct Patching {
    pub baselines: Vec<Baseline>,
    /// Baselines by patch group and system.
    pub groups: BTreeMap<(String, String), String>,
    /// The newest scan of each node.
    pub scans: BTreeMap<String, Scan>,
}

#[derive(Clone)]
pub(crate) struct Scan {
    pub baseline_id: String,
    pub patch_group: String,
    pub operation: PatchOperationType,
    pub snapshot_id: String,
    pub started: Timestamp,
    pub ended: Timestamp,
    pub patches: Vec<Patch>,
}

#[derive(Clone)]
pub(crate) struct Patch {
    pub release: &'static Release,
    pub state: State,
    pub installed: Option<Timestamp>,
}

impl Patch {
    /// Returns whether the patch still requires an action.
    pub(crate) fn is_non_compliant(&self) -> bool {
        matches!(self.state, State::Missing | State::Failed | State::InstalledPendingReboot | State::InstalledRejected)
    }
}

impl Scan {
    pub(crate) fn count(&self, state: &State) -> i32 {
        small(self.patches.iter().filter(|patch| patch.state == *state).count())
    }
}

/// Returns the compliance level for a vendor's severity.
pub(crate) fn level(severity: &str) -> ComplianceSeverity {
    match severity {
        "Critical" => ComplianceSeverity::Critical,
        "Important" => ComplianceSeverity::High,
        "Medium" | "Moderate" => ComplianceSeverity::Medium,
        "Low" => ComplianceSeverity::Low,
        _ => ComplianceSeverity::Unspecified,
    }
}

pub(crate) fn small(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

#[derive(Clone, Debug)]
pub(crate) struct Baseline {
    pub id: String,
    pub name: String,
    pub description: String,
    pub system: OperatingSystem,
    pub owner: Owner,
    pub classifications: Vec<String>,
    pub approve_after_days: i32,
    pub rejected: Vec<String>,
    pub created: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Aws,
    Account,
}

impl Patching {
    /// Returns one of the account's own baselines.
    pub(crate) fn baseline(&self, id: &str) -> Option<&Baseline> {
        self.baselines.iter().find(|baseline| baseline.id == id)
    }
}

impl Baseline {
    /// Returns the compliance level of a missing patch, which AWS's baselines leave unspecified.
    pub(crate) fn level(&self, severity: &str) -> ComplianceSeverity {
        match self.owner {
            Owner::Aws => ComplianceSeverity::Unspecified,
            Owner::Account => level(severity),
        }
    }
}
