//! The state of Systems Manager in one region of one account.

use std::collections::BTreeMap;

use aws_sdk_ssm::types::ComplianceItem;
use jiff::Timestamp;

use super::associations::state::Associations;
use super::command_lifecycle::Command;
use super::inventory::state::Inventory;
use super::node::Node;
use super::parameters::state::ParameterStore;
use super::patching::state::Patching;
use super::tag_store::SsmTags;
use super::token_bucket::TokenBuckets;

/// One region of one account.
#[derive(Default)]
pub(crate) struct SsmState {
    pub nodes: BTreeMap<String, Node>,
    pub parameters: ParameterStore,
    pub tags: SsmTags,
    pub inventory: Inventory,
    pub compliance: ComplianceItems,
    pub patching: Patching,
    pub associations: Associations,
    // Oldest first.
    pub sessions: Vec<Session>,
    // Oldest first.
    pub commands: Vec<Command>,
    pub pace: TokenBuckets,
}

#[derive(Clone)]
pub(crate) struct Session {
    pub id: String,
    pub target: String,
    /// An ARN.
    pub owner: String,
    pub document: String,
    pub reason: Option<String>,
    pub started: Timestamp,
    pub ended: Option<Timestamp>,
}

/// Compliance items from PutComplianceItems, by node and type.
pub(crate) type ComplianceItems = BTreeMap<(String, String), Vec<ComplianceItem>>;
