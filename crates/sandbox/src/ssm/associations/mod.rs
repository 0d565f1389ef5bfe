//! State Manager: what should be so on which nodes, and how that went.
//!
//! An association runs when it is made, changed or asked to. Its schedule is kept and shown;
//! nothing runs by itself in the sandbox.
//!
//! * [`edit`] makes, changes and deletes associations,
//! * [`run`] applies one to its nodes,
//! * [`list`] shows associations and their versions,
//! * [`executions`] shows how they went, by execution and by node.

mod edit;
mod executions;
mod list;
mod run;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use aws_sdk_ssm::types::{AssociationComplianceSeverity, AssociationSyncCompliance, Target};
use jiff::Timestamp;

use super::nodes::Machine;
use crate::ApiError;
use crate::state::Call;

pub use edit::{create_association, delete_association, update_association};
pub use executions::{
    describe_association_execution_targets, describe_association_executions, describe_effective_instance_associations,
    describe_instance_associations_status,
};
pub use list::{describe_association, list_association_versions, list_associations};
pub use run::start_associations_once;

/// By their ids.
pub type Associations = BTreeMap<String, Association>;

#[derive(Clone)]
pub struct Association {
    pub id: String,
    pub created: Timestamp,
    /// Oldest first; never empty.
    pub versions: Vec<Version>,
    /// Oldest first.
    pub executions: Vec<Execution>,
}

#[derive(Clone)]
pub struct Version {
    pub number: i64,
    pub created: Timestamp,
    pub name: Option<String>,
    pub document: String,
    pub document_version: String,
    pub parameters: HashMap<String, Vec<String>>,
    /// Of an association of the old kind, which has one node and no targets.
    pub instance_id: Option<String>,
    pub targets: Vec<Target>,
    pub schedule: Option<String>,
    pub severity: AssociationComplianceSeverity,
    pub sync_compliance: AssociationSyncCompliance,
    pub max_errors: Option<String>,
    pub max_concurrency: Option<String>,
    pub only_at_cron_interval: bool,
}

#[derive(Clone)]
pub struct Execution {
    pub id: String,
    pub created: Timestamp,
    pub version: i64,
    pub results: Vec<Outcome>,
}

/// How it went on one node.
#[derive(Clone)]
pub struct Outcome {
    pub node: String,
    pub ended: Timestamp,
    pub end: End,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    Success,
    Failed,
    /// The agent has not come for it.
    Waits,
}

impl Association {
    pub fn current(&self) -> &Version {
        &self.versions[self.versions.len() - 1]
    }

    /// The newest outcome on a node.
    pub fn on(&self, node: &str) -> Option<(&Execution, &Outcome)> {
        self.executions.iter().rev().find_map(|execution| {
            let outcome = execution.results.iter().find(|outcome| outcome.node == node)?;
            Some((execution, outcome))
        })
    }
}

impl Outcome {
    pub fn status(&self, now: Timestamp) -> &'static str {
        match self.end {
            End::Waits => "Pending",
            _ if now < self.ended => "InProgress",
            End::Success => "Success",
            End::Failed => "Failed",
        }
    }
}

impl Execution {
    fn counts(&self, now: Timestamp) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for outcome in &self.results {
            *counts.entry(outcome.status(now)).or_default() += 1;
        }
        counts
    }

    /// Failed if one has failed, and at its end when all are.
    fn status(&self, now: Timestamp) -> &'static str {
        let counts = self.counts(now);
        ["InProgress", "Failed", "Pending"].into_iter().find(|status| counts.contains_key(status)).unwrap_or("Success")
    }
}

/// The status of an association as a whole.
fn status(association: &Association, now: Timestamp) -> &'static str {
    association.executions.last().map_or("Pending", |execution| execution.status(now))
}

/// Whether it is meant for a machine now.
fn concerns(call: &Call<'_>, version: &Version, machine: &Machine) -> bool {
    run::recipients(call, version).iter().any(|other| other.id == machine.id)
}

fn unknown() -> ApiError {
    ApiError::new("AssociationDoesNotExist", "The specified association doesn't exist.")
}

fn find<'a>(
    call: &'a Call<'_>,
    id: Option<&str>,
    name: Option<&str>,
    node: Option<&str>,
) -> Result<&'a Association, ApiError> {
    let all = &call.region.ssm.associations;
    match id {
        Some(id) => all.get(id).ok_or_else(unknown),
        None => all
            .values()
            .find(|one| {
                let version = one.current();
                name == Some(version.document.as_str()) && node.is_some() && node == version.instance_id.as_deref()
            })
            .ok_or_else(unknown),
    }
}
