//! The IAM state of an account: its users, groups, roles, policies and their credentials and attachments.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::trust::Trust;

#[derive(Default)]
pub(crate) struct IamState {
    pub root: RootUser,
    pub users: BTreeMap<String, User>,
    pub roles: BTreeMap<String, Role>,
    pub groups: BTreeMap<String, Group>,
    pub policies: BTreeMap<String, CustomerPolicy>,
    pub profiles: BTreeMap<String, Profile>,
    /// MFA devices by their serial numbers.
    pub devices: BTreeMap<String, Device>,
    /// SAML and OpenID Connect, by ARN.
    pub providers: BTreeMap<String, Provider>,
    pub password_policy: Option<PasswordPolicy>,
    pub report: Option<CredentialReport>,
    pub jobs: BTreeMap<String, LastAccessedJob>,
}

pub(crate) type Tags = BTreeMap<String, String>;

#[derive(Default, Clone)]
pub(crate) struct Permissions {
    /// ARNs of managed policies.
    pub attached: Vec<String>,
    /// Documents by their names.
    pub inline: BTreeMap<String, String>,
    /// The ARN of the policy that limits them.
    pub boundary: Option<String>,
}

impl IamState {
    pub(crate) fn permissions(&self) -> impl Iterator<Item = &Permissions> {
        let users = self.users.values().map(|user| &user.permissions);
        let groups = self.groups.values().map(|group| &group.permissions);
        users.chain(groups).chain(self.roles.values().map(|role| &role.permissions))
    }
}

/// The root user of an account.
#[derive(Default)]
pub(crate) struct RootUser {
    pub created: Timestamp,
    pub password_last_used: Option<Timestamp>,
    pub keys: Vec<AccessKey>,
}

/// The user of all credentials that belong to no other user.
pub(crate) const CALLER: &str = "demo";

pub(crate) struct User {
    pub name: String,
    pub path: String,
    pub id: String,
    pub created: Timestamp,
    pub password: Option<Password>,
    pub tags: Tags,
    pub keys: Vec<AccessKey>,
    pub groups: Vec<String>,
    pub permissions: Permissions,
}

impl User {
    pub(crate) fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:user{}{}", self.path, self.name)
    }
}

pub(crate) struct Group {
    pub name: String,
    pub path: String,
    pub id: String,
    pub created: Timestamp,
    pub permissions: Permissions,
}

impl Group {
    pub(crate) fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:group{}{}", self.path, self.name)
    }
}

pub(crate) struct Role {
    pub name: String,
    pub path: String,
    pub id: String,
    pub created: Timestamp,
    pub description: Option<String>,
    pub trust: Trust,
    pub max_session_seconds: i32,
    pub tags: Tags,
    pub permissions: Permissions,
    pub last_used: Option<Timestamp>,
}

impl Role {
    pub(crate) fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:role{}{}", self.path, self.name)
    }
}

pub(crate) struct AccessKey {
    pub id: String,
    pub active: bool,
    pub created: Timestamp,
    /// The time and the service of the last use.
    pub last_used: Option<(Timestamp, &'static str)>,
}

pub(crate) struct Password {
    pub created: Timestamp,
    pub changed: Timestamp,
    pub last_used: Option<Timestamp>,
    pub reset_required: bool,
}

#[derive(Clone)]
pub(crate) struct PasswordPolicy {
    pub length: i32,
    pub symbols: bool,
    pub numbers: bool,
    pub uppercase: bool,
    pub lowercase: bool,
    pub users_may_change: bool,
    pub max_age: Option<i32>,
    pub remembered: Option<i32>,
    pub hard_expiry: Option<bool>,
}

pub(crate) struct Device {
    pub serial: String,
    pub holder: Option<DeviceHolder>,
    pub tags: Tags,
}

pub(crate) struct DeviceHolder {
    pub user: MfaUser,
    pub enabled: Timestamp,
}

#[derive(PartialEq)]
pub(crate) enum MfaUser {
    Root,
    Named(String),
}

impl Device {
    pub(crate) fn new(serial: String, user: Option<&str>, enabled: Timestamp) -> Device {
        let user = user.map_or(MfaUser::Root, |name| MfaUser::Named(name.to_owned()));
        Device { serial, holder: Some(DeviceHolder { user, enabled }), tags: Tags::new() }
    }

    pub(crate) fn is_of(&self, name: &str) -> bool {
        matches!(&self.holder, Some(DeviceHolder { user: MfaUser::Named(user), .. }) if user == name)
    }

    pub(crate) fn is_roots(&self) -> bool {
        matches!(&self.holder, Some(DeviceHolder { user: MfaUser::Root, .. }))
    }

    pub(crate) fn assign(&mut self, name: &str) {
        if let Some(holder) = &mut self.holder {
            holder.user = MfaUser::Named(name.to_owned());
        }
    }
}

/// A customer managed policy.
pub(crate) struct CustomerPolicy {
    pub name: String,
    pub path: String,
    pub id: String,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub description: Option<String>,
    pub tags: Tags,
    pub versions: Vec<CustomerPolicyVersion>,
    /// The index of the default version.
    pub default: usize,
    /// The number of the next version. Numbers are not reused.
    pub next: usize,
}

pub(crate) struct CustomerPolicyVersion {
    pub id: String,
    pub document: String,
    pub created: Timestamp,
}

impl CustomerPolicy {
    pub(crate) fn new(name: &str, path: &str, id: String, document: String, created: Timestamp) -> CustomerPolicy {
        CustomerPolicy {
            name: name.to_owned(),
            path: path.to_owned(),
            id,
            created,
            updated: created,
            description: None,
            tags: Tags::new(),
            versions: vec![CustomerPolicyVersion { id: "v1".to_owned(), document, created }],
            default: 0,
            next: 2,
        }
    }

    pub(crate) fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:policy{}{}", self.path, self.name)
    }

    pub(crate) fn in_force(&self) -> &CustomerPolicyVersion {
        &self.versions[self.default]
    }
}

pub(crate) struct Profile {
    pub name: String,
    pub path: String,
    pub id: String,
    pub created: Timestamp,
    /// The role; a profile has at most one.
    pub role: Option<String>,
    pub tags: Tags,
}

pub(crate) struct Provider {
    pub created: Timestamp,
    pub kind: ProviderKind,
}

pub(crate) enum ProviderKind {
    Saml { valid_until: Timestamp, metadata: String },
    OpenId { url: String, clients: Vec<String>, thumbprints: Vec<String> },
}

pub(crate) struct CredentialReport {
    pub asked: Timestamp,
    pub content: String,
}

pub(crate) struct LastAccessedJob {
    pub asked: Timestamp,
    pub arn: String,
}
