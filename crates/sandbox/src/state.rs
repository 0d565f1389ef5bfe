//! The state: accounts and their regions, and the part that a call can access.
//!
//! Each service defines its own state type. IAM belongs to an account, the buckets of S3 to all accounts, the other
//! services to an account's region.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::ApiError;
use crate::ec2::regions::enabled_region;
use crate::ec2::state::Ec2State;
use crate::iam::state::IamState;
use crate::ids::Ids;
use crate::resource_groups::state::ResourceGroupsState;
use crate::s3::state::S3State;
use crate::ssm::commands::finished_outputs;
use crate::ssm::state::SsmState;
use crate::sts::state::RoleSession;

pub(crate) struct SandboxState {
    pub accounts: BTreeMap<String, Account>,
    pub regions: BTreeMap<(String, String), Region>,
    pub sessions: BTreeMap<String, RoleSession>,
    pub s3: S3State,
    pub ids: Ids,
    // Separate from `ids`, so that the number of polls does not change the ids of new resources.
    requests: Ids,
    injected: Vec<Injected>,
}

#[derive(Default)]
pub(crate) struct Account {
    pub alias: Option<String>,
    pub iam: IamState,
}

pub(crate) struct Region {
    pub ec2: Ec2State,
    pub ssm: SsmState,
    pub groups: ResourceGroupsState,
}

impl Region {
    /// Returns the state of a region in a new account, with an empty default VPC.
    pub(crate) fn fresh(account: &str, name: &str) -> Region {
        Region { ec2: Ec2State::fresh(account, name), ssm: SsmState::default(), groups: ResourceGroupsState::default() }
    }
}

struct Injected {
    operation: String,
    fault: ApiError,
    left: usize,
}

impl SandboxState {
    pub(crate) fn empty() -> SandboxState {
        SandboxState {
            accounts: BTreeMap::new(),
            regions: BTreeMap::new(),
            sessions: BTreeMap::new(),
            s3: S3State::default(),
            ids: Ids::from_seed(1),
            requests: Ids::from_seed(2),
            injected: Vec::new(),
        }
    }

    pub(crate) fn region(&mut self, account: &str, name: &str) -> &mut Region {
        self.regions.entry((account.to_owned(), name.to_owned())).or_insert_with(|| Region::fresh(account, name))
    }

    /// Returns the account of a key; `otherwise` for keys that are not from STS.
    pub(crate) fn account_of(&self, key: Option<&str>, otherwise: &str, now: Timestamp) -> Result<String, ApiError> {
        match key.and_then(|key| self.sessions.get(key)) {
            Some(session) => Ok(session.valid(now)?.account.clone()),
            None => Ok(otherwise.to_owned()),
        }
    }

    /// Stores the outputs of commands that have ended in their buckets.
    pub(crate) fn store_command_outputs(&mut self, now: Timestamp) {
        for ((account, _), region) in &self.regions {
            finished_outputs(&region.ssm, now).for_each(|output| self.s3.store_output(account, output));
        }
    }

    pub(crate) fn request_id(&mut self) -> String {
        self.requests.uuid()
    }

    pub(crate) fn inject(&mut self, operation: &str, fault: ApiError, times: usize) {
        self.injected.push(Injected { operation: operation.to_owned(), fault, left: times });
    }

    /// Whether the next call of an operation fails.
    pub(crate) fn is_injected(&self, operation: &str) -> bool {
        self.injected.iter().any(|injected| injected.operation == operation && injected.left > 0)
    }

    pub(crate) fn take_injected(&mut self, operation: &str) -> Option<ApiError> {
        let due = self.injected.iter_mut().find(|injected| injected.operation == operation && injected.left > 0)?;
        due.left -= 1;
        Some(due.fault.clone())
    }
}

/// The context of a handler: time, account, region and key of the call, and the state that it can
/// access.
pub(crate) struct Call<'a> {
    pub now: Timestamp,
    pub account_id: &'a str,
    pub region_name: &'a str,
    pub access_key: Option<String>,
    pub accounts: &'a mut BTreeMap<String, Account>,
    pub region: &'a mut Region,
    pub sessions: &'a mut BTreeMap<String, RoleSession>,
    pub s3: &'a mut S3State,
    pub ids: &'a mut Ids,
}

impl<'a> Call<'a> {
    /// Fails as AWS does for an unknown account, or a region that is not enabled.
    pub(crate) fn new(
        state: &'a mut SandboxState,
        now: Timestamp,
        account_id: &'a str,
        region_name: &'a str,
        access_key: Option<String>,
    ) -> Result<Call<'a>, ApiError> {
        if !state.accounts.contains_key(account_id) {
            let message = "The security token included in the request is invalid.";
            return Err(ApiError::new("UnrecognizedClientException", message).with_status(403));
        }
        let region_name = enabled_region(region_name)?;
        let SandboxState { accounts, regions, sessions, s3, ids, .. } = state;
        let region = regions
            .entry((account_id.to_owned(), region_name.to_owned()))
            .or_insert_with(|| Region::fresh(account_id, region_name));
        Ok(Call { now, account_id, region_name, access_key, accounts, region, sessions, s3, ids })
    }

    pub(crate) fn iam(&mut self) -> &mut IamState {
        &mut self.account().iam
    }

    /// Returns the IAM state of the account, and the account's id.
    pub(crate) fn iam_and_account(&mut self) -> (&mut IamState, &str) {
        let account = self.account_id;
        (self.iam(), account)
    }

    pub(crate) fn account(&mut self) -> &mut Account {
        self.accounts.entry(self.account_id.to_owned()).or_default()
    }
}
