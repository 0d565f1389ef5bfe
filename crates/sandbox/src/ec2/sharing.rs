//! Sharing of images and snapshots with other accounts.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{
    CreateVolumePermission, CreateVolumePermissionModifications, LaunchPermission, LaunchPermissionModifications,
    OperationType, PermissionGroup,
};

use super::query::{demand, invalid};
use crate::ApiError;

/// The accounts that may use a resource.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Sharing {
    pub public: bool,
    pub accounts: BTreeSet<String>,
}

/// Permissions that a request adds and removes. AWS has two forms: `add` and `remove`, or one
/// operation with users and groups.
#[derive(Default)]
pub(crate) struct SharingChange {
    added: Vec<Party>,
    removed: Vec<Party>,
}

/// An account, or the group `all`.
enum Party {
    All,
    Account(String),
}

impl Party {
    fn parse(user: Option<&str>, group: Option<&PermissionGroup>) -> Result<Party, ApiError> {
        match (user, group) {
            (None, Some(group)) => Party::group(group.as_str()),
            (Some(user), None) => Party::account(user),
            _ => Err(invalid("A permission names either a user or a group.")),
        }
    }

    fn account(id: &str) -> Result<Party, ApiError> {
        let is_account = id.len() == 12 && id.bytes().all(|digit| digit.is_ascii_digit());
        match is_account {
            true => Ok(Party::Account(id.to_owned())),
            false => Err(ApiError::new(
                "InvalidAMIAttributeItemValue",
                format!("Invalid attribute item value \"{id}\" for userId item type."),
            )),
        }
    }

    fn group(name: &str) -> Result<Party, ApiError> {
        match name {
            "all" => Ok(Party::All),
            other => Err(invalid(format!("Invalid value '{other}' for group. The only group is 'all'."))),
        }
    }
}

impl SharingChange {
    pub(crate) fn by_operation(
        operation: Option<&OperationType>,
        users: &[String],
        groups: &[String],
    ) -> Result<SharingChange, ApiError> {
        let accounts = users.iter().map(|user| Party::account(user));
        let parties: Vec<Party> =
            accounts.chain(groups.iter().map(|group| Party::group(group))).collect::<Result<_, _>>()?;
        if parties.is_empty() {
            return Ok(SharingChange::default());
        }
        match demand(operation, "operationType")? {
            OperationType::Add => Ok(SharingChange { added: parties, removed: Vec::new() }),
            OperationType::Remove => Ok(SharingChange { added: Vec::new(), removed: parties }),
            other => Err(invalid(format!("Invalid value '{other}' for operationType."))),
        }
    }

    pub(crate) fn of_launches(change: &LaunchPermissionModifications) -> Result<SharingChange, ApiError> {
        let parties = |permissions: &[LaunchPermission]| {
            permissions.iter().map(|one| Party::parse(one.user_id(), one.group())).collect::<Result<_, _>>()
        };
        Ok(SharingChange { added: parties(change.add())?, removed: parties(change.remove())? })
    }

    pub(crate) fn of_volumes(change: &CreateVolumePermissionModifications) -> Result<SharingChange, ApiError> {
        let parties = |permissions: &[CreateVolumePermission]| {
            permissions.iter().map(|one| Party::parse(one.user_id(), one.group())).collect::<Result<_, _>>()
        };
        Ok(SharingChange { added: parties(change.add())?, removed: parties(change.remove())? })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    pub(crate) fn publishes(&self) -> bool {
        self.added.iter().any(|party| matches!(party, Party::All))
    }
}

impl Sharing {
    pub(crate) fn apply(&mut self, change: SharingChange) {
        for party in change.added {
            match party {
                Party::All => self.public = true,
                Party::Account(id) => {
                    self.accounts.insert(id);
                }
            }
        }
        for party in change.removed {
            match party {
                Party::All => self.public = false,
                Party::Account(id) => {
                    self.accounts.remove(&id);
                }
            }
        }
    }

    pub(crate) fn launch_permissions(&self) -> Vec<LaunchPermission> {
        let all = self.public.then(|| LaunchPermission::builder().group(PermissionGroup::All).build());
        all.into_iter().chain(self.accounts.iter().map(|id| LaunchPermission::builder().user_id(id).build())).collect()
    }

    pub(crate) fn volume_permissions(&self) -> Vec<CreateVolumePermission> {
        let all = self.public.then(|| CreateVolumePermission::builder().group(PermissionGroup::All).build());
        let accounts = self.accounts.iter().map(|id| CreateVolumePermission::builder().user_id(id).build());
        all.into_iter().chain(accounts).collect()
    }
}
