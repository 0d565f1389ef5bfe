//! Associations with their versions and executions, as a region keeps them.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_ssm::types::{AssociationComplianceSeverity, AssociationSyncCompliance, Target};
use jiff::Timestamp;

/// Associations by id.
pub(crate) type Associations = BTreeMap<String, Association>;

#[derive(Clone)]
pub(crate) struct Association {
    pub id: String,
    pub created: Timestamp,
    /// Oldest first; never empty.
    pub versions: Vec<AssociationVersion>,
    /// Oldest first.
    pub executions: Vec<Execution>,
}

#[derive(Clone)]
pub(crate) struct AssociationVersion {
    pub number: i64,
    pub created: Timestamp,
    pub name: Option<String>,
    pub document: String,
    pub document_version: String,
    pub parameters: HashMap<String, Vec<String>>,
    /// The node of a legacy association, which has no targets.
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
pub(crate) struct Execution {
    pub id: String,
    pub created: Timestamp,
    pub version: i64,
    pub results: Vec<NodeOutcome>,
}

/// The outcome of an execution on one node.
#[derive(Clone)]
pub(crate) struct NodeOutcome {
    pub node: String,
    pub ended: Timestamp,
    pub end: NodeStatus,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NodeStatus {
    Success,
    Failed,
    /// The agent has not fetched it.
    Waits,
}

impl Association {
    pub(crate) fn current(&self) -> &AssociationVersion {
        &self.versions[self.versions.len() - 1]
    }

    /// Returns the newest outcome on a node.
    pub(crate) fn newest_outcome(&self, node: &str) -> Option<(&Execution, &NodeOutcome)> {
        self.executions.iter().rev().find_map(|execution| {
            let outcome = execution.results.iter().find(|outcome| outcome.node == node)?;
            Some((execution, outcome))
        })
    }
}

impl NodeOutcome {
    pub(crate) fn status(&self, now: Timestamp) -> &'static str {
        match self.end {
            NodeStatus::Waits => "Pending",
            _ if now < self.ended => "InProgress",
            NodeStatus::Success => "Success",
            NodeStatus::Failed => "Failed",
        }
    }
}

impl Execution {
    pub(crate) fn counts(&self, now: Timestamp) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for outcome in &self.results {
            *counts.entry(outcome.status(now)).or_default() += 1;
        }
        counts
    }

    /// Returns the status: in progress until all nodes have ended, failed if one has failed.
    pub(crate) fn status(&self, now: Timestamp) -> &'static str {
        let counts = self.counts(now);
        ["InProgress", "Failed", "Pending"].into_iter().find(|status| counts.contains_key(status)).unwrap_or("Success")
    }
}

/// Returns the status of an association.
pub(crate) fn status(association: &Association, now: Timestamp) -> &'static str {
    association.executions.last().map_or("Pending", |execution| execution.status(now))
}
