//! The state of Resource Groups in one region of one account.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::query::Query;

/// The state of Resource Groups: groups by name, and the ARNs of the existing stacks.
#[derive(Default)]
pub(crate) struct ResourceGroupsState {
    pub groups: BTreeMap<String, ResourceGroup>,
    pub stacks: BTreeSet<String>,
}

pub(crate) struct ResourceGroup {
    pub name: String,
    pub arn: String,
    pub description: Option<String>,
    pub criticality: Option<i32>,
    pub owner: Option<String>,
    pub display_name: Option<String>,
    pub query: Query,
    pub tags: HashMap<String, String>,
}

impl ResourceGroup {
    pub(crate) fn arn(account: &str, region: &str, name: &str) -> String {
        format!("arn:aws:resource-groups:{region}:{account}:group/{name}")
    }
}
