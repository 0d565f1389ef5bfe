//! Attached managed policies and permissions boundaries of users, groups and roles.

use aws_sdk_iam::{
    operation::{
        attach_group_policy::{AttachGroupPolicyInput, AttachGroupPolicyOutput},
        attach_role_policy::{AttachRolePolicyInput, AttachRolePolicyOutput},
        attach_user_policy::{AttachUserPolicyInput, AttachUserPolicyOutput},
        delete_role_permissions_boundary::{DeleteRolePermissionsBoundaryInput, DeleteRolePermissionsBoundaryOutput},
        delete_user_permissions_boundary::{DeleteUserPermissionsBoundaryInput, DeleteUserPermissionsBoundaryOutput},
        detach_group_policy::{DetachGroupPolicyInput, DetachGroupPolicyOutput},
        detach_role_policy::{DetachRolePolicyInput, DetachRolePolicyOutput},
        detach_user_policy::{DetachUserPolicyInput, DetachUserPolicyOutput},
        list_attached_group_policies::{ListAttachedGroupPoliciesInput, ListAttachedGroupPoliciesOutput},
        list_attached_role_policies::{ListAttachedRolePoliciesInput, ListAttachedRolePoliciesOutput},
        list_attached_user_policies::{ListAttachedUserPoliciesInput, ListAttachedUserPoliciesOutput},
        list_entities_for_policy::{ListEntitiesForPolicyInput, ListEntitiesForPolicyOutput},
        put_role_permissions_boundary::{PutRolePermissionsBoundaryInput, PutRolePermissionsBoundaryOutput},
        put_user_permissions_boundary::{PutUserPermissionsBoundaryInput, PutUserPermissionsBoundaryOutput},
    },
    types::{
        AttachedPermissionsBoundary, AttachedPolicy, EntityType, PermissionsBoundaryAttachmentType, PolicyGroup,
        PolicyRole, PolicyUsageType, PolicyUser,
    },
};

use super::checks::refuse_services;
use super::errors::{missing, no_such, over_quota};
use super::managed_policy::{ManagedPolicy, unknown};
use super::pages::{cut, paged};
use super::state::{IamState, Permissions};
use crate::ApiError;
use crate::page::Page;
use crate::state::Call;

/// Quota of attached managed policies per user, group or role.
const MOST: usize = 10;

impl Permissions {
    pub(crate) fn show_boundary(&self) -> Option<AttachedPermissionsBoundary> {
        let arn = self.boundary.as_ref()?;
        let kind = PermissionsBoundaryAttachmentType::Policy;
        Some(
            AttachedPermissionsBoundary::builder()
                .permissions_boundary_type(kind)
                .permissions_boundary_arn(arn)
                .build(),
        )
    }

    pub(crate) fn show_attached(&self) -> Vec<AttachedPolicy> {
        self.attached.iter().map(|arn| show(arn)).collect()
    }
}

/// The type of principal that has permissions.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum PrincipalKind {
    User,
    Group,
    Role,
}

impl PrincipalKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            PrincipalKind::User => "user",
            PrincipalKind::Group => "group",
            PrincipalKind::Role => "role",
        }
    }

    pub(super) fn permissions<'a>(self, call: &'a mut Call<'_>, name: &str) -> Result<&'a Permissions, ApiError> {
        let iam = call.iam();
        let found = match self {
            PrincipalKind::User => iam.users.get(name).map(|user| &user.permissions),
            PrincipalKind::Group => iam.groups.get(name).map(|group| &group.permissions),
            PrincipalKind::Role => iam.roles.get(name).map(|role| &role.permissions),
        };
        found.ok_or_else(|| missing(self.name(), name))
    }

    /// Returns the permissions for a change; service-linked roles refuse it.
    pub(super) fn permissions_mut<'a>(
        self,
        call: &'a mut Call<'_>,
        name: &str,
    ) -> Result<&'a mut Permissions, ApiError> {
        let iam = call.iam();
        let found = match self {
            PrincipalKind::User => iam.users.get_mut(name).map(|user| &mut user.permissions),
            PrincipalKind::Group => iam.groups.get_mut(name).map(|group| &mut group.permissions),
            PrincipalKind::Role => match iam.roles.get_mut(name) {
                Some(role) => {
                    refuse_services(role)?;
                    Some(&mut role.permissions)
                }
                None => None,
            },
        };
        found.ok_or_else(|| missing(self.name(), name))
    }
}

fn show(arn: &str) -> AttachedPolicy {
    let name = arn.rsplit('/').next().unwrap_or(arn);
    AttachedPolicy::builder().policy_name(name).policy_arn(arn).build()
}

/// Checks that the policy of a permissions boundary exists.
pub(super) fn boundary(call: &mut Call<'_>, arn: Option<&str>) -> Result<Option<String>, ApiError> {
    arn.map(|arn| check_there(call, arn).map(|()| arn.to_owned())).transpose()
}

fn check_there(call: &mut Call<'_>, arn: &str) -> Result<(), ApiError> {
    let (iam, account) = call.iam_and_account();
    ManagedPolicy::find(iam, account, arn).map(|_| ()).ok_or_else(|| unknown(arn))
}

fn attach(call: &mut Call<'_>, kind: PrincipalKind, name: &str, arn: &str) -> Result<(), ApiError> {
    check_there(call, arn)?;
    let attached = &mut kind.permissions_mut(call, name)?.attached;
    if attached.iter().any(|other| other == arn) {
        return Ok(());
    }
    if attached.len() >= MOST {
        let quota = match kind {
            PrincipalKind::User => "PoliciesPerUser",
            PrincipalKind::Group => "PoliciesPerGroup",
            PrincipalKind::Role => "PoliciesPerRole",
        };
        return Err(over_quota(quota, MOST));
    }
    attached.push(arn.to_owned());
    Ok(())
}

fn detach(call: &mut Call<'_>, kind: PrincipalKind, name: &str, arn: &str) -> Result<(), ApiError> {
    let attached = &mut kind.permissions_mut(call, name)?.attached;
    if !attached.iter().any(|other| other == arn) {
        return Err(no_such(format!("Policy {arn} was not found.")));
    }
    attached.retain(|other| other != arn);
    Ok(())
}

fn list_attached(
    call: &mut Call<'_>,
    (kind, name): (PrincipalKind, &str),
    prefix: Option<&str>,
    max_items: Option<i32>,
    marker: Option<&str>,
) -> Result<Page<AttachedPolicy>, ApiError> {
    let attached = kind.permissions(call, name)?.attached.clone();
    let (iam, account) = call.iam_and_account();
    let prefix = prefix.unwrap_or("/");
    let inside =
        |arn: &&String| ManagedPolicy::find(iam, account, arn).is_some_and(|policy| policy.path().starts_with(prefix));
    let policies = attached.iter().filter(inside).map(|arn| show(arn)).collect();
    cut(policies, (kind, name, prefix), max_items, marker, |policy: &AttachedPolicy| {
        policy.policy_arn().unwrap_or_default().to_owned()
    })
}

/// Generates the handlers of one principal type. They differ in the names of their types only.
macro_rules! attachments {
    ($kind:expr, $name:ident:
        $list:ident($ListInput:ident, $ListOutput:ident),
        $attach:ident($AttachInput:ident, $AttachOutput:ident),
        $detach:ident($DetachInput:ident, $DetachOutput:ident)) => {
        pub(crate) fn $list(call: &mut Call<'_>, input: &$ListInput) -> Result<$ListOutput, ApiError> {
            let whose = ($kind, input.$name().unwrap_or_default());
            let page = list_attached(call, whose, input.path_prefix(), input.max_items, input.marker())?;
            Ok(paged!($ListOutput.set_attached_policies, page))
        }

        pub(crate) fn $attach(call: &mut Call<'_>, input: &$AttachInput) -> Result<$AttachOutput, ApiError> {
            let arn = input.policy_arn().unwrap_or_default();
            attach(call, $kind, input.$name().unwrap_or_default(), arn)?;
            Ok($AttachOutput::builder().build())
        }

        pub(crate) fn $detach(call: &mut Call<'_>, input: &$DetachInput) -> Result<$DetachOutput, ApiError> {
            let arn = input.policy_arn().unwrap_or_default();
            detach(call, $kind, input.$name().unwrap_or_default(), arn)?;
            Ok($DetachOutput::builder().build())
        }
    };
}

attachments!(PrincipalKind::User, user_name:
    list_attached_user_policies(ListAttachedUserPoliciesInput, ListAttachedUserPoliciesOutput),
    attach_user_policy(AttachUserPolicyInput, AttachUserPolicyOutput),
    detach_user_policy(DetachUserPolicyInput, DetachUserPolicyOutput));
attachments!(PrincipalKind::Group, group_name:
    list_attached_group_policies(ListAttachedGroupPoliciesInput, ListAttachedGroupPoliciesOutput),
    attach_group_policy(AttachGroupPolicyInput, AttachGroupPolicyOutput),
    detach_group_policy(DetachGroupPolicyInput, DetachGroupPolicyOutput));
attachments!(PrincipalKind::Role, role_name:
    list_attached_role_policies(ListAttachedRolePoliciesInput, ListAttachedRolePoliciesOutput),
    attach_role_policy(AttachRolePolicyInput, AttachRolePolicyOutput),
    detach_role_policy(DetachRolePolicyInput, DetachRolePolicyOutput));

macro_rules! limits {
    ($kind:expr, $name:ident:
        $put:ident($PutInput:ident, $PutOutput:ident),
        $delete:ident($DeleteInput:ident, $DeleteOutput:ident)) => {
        pub(crate) fn $put(call: &mut Call<'_>, input: &$PutInput) -> Result<$PutOutput, ApiError> {
            let arn = boundary(call, input.permissions_boundary())?;
            $kind.permissions_mut(call, input.$name().unwrap_or_default())?.boundary = arn;
            Ok($PutOutput::builder().build())
        }

        pub(crate) fn $delete(call: &mut Call<'_>, input: &$DeleteInput) -> Result<$DeleteOutput, ApiError> {
            let name = input.$name().unwrap_or_default();
            let permissions = $kind.permissions_mut(call, name)?;
            let none = || no_such(format!("The {} {name} has no permissions boundary.", $kind.name()));
            permissions.boundary.take().ok_or_else(none)?;
            Ok($DeleteOutput::builder().build())
        }
    };
}

limits!(PrincipalKind::User, user_name:
    put_user_permissions_boundary(PutUserPermissionsBoundaryInput, PutUserPermissionsBoundaryOutput),
    delete_user_permissions_boundary(DeleteUserPermissionsBoundaryInput, DeleteUserPermissionsBoundaryOutput));
limits!(PrincipalKind::Role, role_name:
    put_role_permissions_boundary(PutRolePermissionsBoundaryInput, PutRolePermissionsBoundaryOutput),
    delete_role_permissions_boundary(DeleteRolePermissionsBoundaryInput, DeleteRolePermissionsBoundaryOutput));

/// A user, group or role that has a policy.
#[derive(Clone)]
struct PolicyEntity {
    kind: PrincipalKind,
    name: String,
    id: String,
    path: String,
}

pub(super) fn list_entities_for_policy(
    call: &mut Call<'_>,
    input: &ListEntitiesForPolicyInput,
) -> Result<ListEntitiesForPolicyOutput, ApiError> {
    let arn = input.policy_arn().unwrap_or_default();
    check_there(call, arn)?;
    let kinds = match input.entity_filter() {
        None => vec![PrincipalKind::Group, PrincipalKind::User, PrincipalKind::Role],
        Some(EntityType::User) => vec![PrincipalKind::User],
        Some(EntityType::Group) => vec![PrincipalKind::Group],
        Some(EntityType::Role) => vec![PrincipalKind::Role],
        Some(_) => Vec::new(),
    };
    let prefix = input.path_prefix().unwrap_or("/");
    let usage = input.policy_usage_filter();
    let has = |permissions: &Permissions| {
        let attached = permissions.attached.iter().any(|other| other == arn);
        let bounded = permissions.boundary.as_deref() == Some(arn);
        match usage {
            Some(PolicyUsageType::PermissionsPolicy) => attached,
            Some(PolicyUsageType::PermissionsBoundary) => bounded,
            _ => attached || bounded,
        }
    };
    let entities = entities(call.iam(), has);
    let entities = entities.into_iter().filter(|one| kinds.contains(&one.kind) && one.path.starts_with(prefix));
    let request = ("entities", arn, prefix, input.entity_filter(), usage);
    let page = cut(entities.collect(), request, input.max_items, input.marker(), |one: &PolicyEntity| {
        format!("{:?} {}", one.kind, one.name)
    })?;
    let of = |kind: PrincipalKind| page.items.iter().filter(move |one| one.kind == kind);
    let groups =
        of(PrincipalKind::Group).map(|one| PolicyGroup::builder().group_name(&one.name).group_id(&one.id).build());
    let users = of(PrincipalKind::User).map(|one| PolicyUser::builder().user_name(&one.name).user_id(&one.id).build());
    let roles = of(PrincipalKind::Role).map(|one| PolicyRole::builder().role_name(&one.name).role_id(&one.id).build());
    Ok(ListEntitiesForPolicyOutput::builder()
        .set_policy_groups(Some(groups.collect()))
        .set_policy_users(Some(users.collect()))
        .set_policy_roles(Some(roles.collect()))
        .is_truncated(page.next_token.is_some())
        .set_marker(page.next_token)
        .build())
}

fn entities(iam: &IamState, has: impl Fn(&Permissions) -> bool) -> Vec<PolicyEntity> {
    let entity = |kind, name: &str, id: &str, path: &str| PolicyEntity {
        kind,
        name: name.to_owned(),
        id: id.to_owned(),
        path: path.to_owned(),
    };
    let groups = iam.groups.values().filter(|group| has(&group.permissions));
    let users = iam.users.values().filter(|user| has(&user.permissions));
    let roles = iam.roles.values().filter(|role| has(&role.permissions));
    let groups = groups.map(|group| entity(PrincipalKind::Group, &group.name, &group.id, &group.path));
    let users = users.map(|user| entity(PrincipalKind::User, &user.name, &user.id, &user.path));
    let roles = roles.map(|role| entity(PrincipalKind::Role, &role.name, &role.id, &role.path));
    groups.chain(users).chain(roles).collect()
}
