//! GetAccountAuthorizationDetails: users, groups, roles and policies in one list.

use aws_sdk_iam::{
    operation::get_account_authorization_details::{
        GetAccountAuthorizationDetailsInput, GetAccountAuthorizationDetailsOutput,
    },
    types::{EntityType, GroupDetail, ManagedPolicyDetail, PolicyDetail, RoleDetail, UserDetail},
};

use super::aws_managed::AWS_POLICIES;
use super::documents::encoded;
use super::managed_policy::{ManagedPolicy, attachments, boundaries};
use super::pages::cut;
use super::state::IamState;
use super::tags::to_list;
use super::{Group, Permissions, Role, User};
use crate::ApiError;
use crate::clock::to_aws;
use crate::state::Call;

enum Detail<'a> {
    User(&'a User),
    Group(&'a Group),
    Role(&'a Role),
    Policy(ManagedPolicy<'a>),
}

impl Detail<'_> {
    fn kind(&self) -> EntityType {
        match self {
            Detail::User(_) => EntityType::User,
            Detail::Group(_) => EntityType::Group,
            Detail::Role(_) => EntityType::Role,
            Detail::Policy(ManagedPolicy::Own(_)) => EntityType::LocalManagedPolicy,
            Detail::Policy(ManagedPolicy::Aws(_)) => EntityType::AwsManagedPolicy,
        }
    }

    fn key(&self) -> String {
        let name = match self {
            Detail::User(user) => &user.name,
            Detail::Group(group) => &group.name,
            Detail::Role(role) => &role.name,
            Detail::Policy(policy) => policy.name(),
        };
        format!("{:?} {name}", self.kind())
    }
}

pub(super) fn get_account_authorization_details(
    call: &mut Call<'_>,
    input: &GetAccountAuthorizationDetailsInput,
) -> Result<GetAccountAuthorizationDetailsOutput, ApiError> {
    let (iam, account) = call.iam_and_account();
    let filter = input.filter();
    let entries = entries(iam, account).into_iter();
    let entries = entries.filter(|entry| filter.is_empty() || filter.contains(&entry.kind())).collect();
    let page = cut(entries, ("details", filter), input.max_items, input.marker(), Detail::key)?;
    let mut output = GetAccountAuthorizationDetailsOutput::builder()
        .set_user_detail_list(Some(Vec::new()))
        .set_group_detail_list(Some(Vec::new()))
        .set_role_detail_list(Some(Vec::new()))
        .set_policies(Some(Vec::new()))
        .is_truncated(page.next_token.is_some())
        .set_marker(page.next_token);
    for entry in page.items {
        output = match entry {
            Detail::User(user) => output.user_detail_list(show_user(user, account)?),
            Detail::Group(group) => output.group_detail_list(show_group(group, account)),
            Detail::Role(role) => output.role_detail_list(show_role(role, iam, account)?),
            Detail::Policy(policy) => output.policies(show_policy(policy, iam, account)),
        };
    }
    Ok(output.build())
}

/// Returns all entries. AWS managed policies are included only if they are attached.
fn entries<'a>(iam: &'a IamState, account: &str) -> Vec<Detail<'a>> {
    let users = iam.users.values().map(Detail::User);
    let groups = iam.groups.values().map(Detail::Group);
    let roles = iam.roles.values().map(Detail::Role);
    let own = iam.policies.values().map(ManagedPolicy::Own);
    let of_aws = AWS_POLICIES.iter().map(ManagedPolicy::Aws);
    let is_used = |policy: &ManagedPolicy<'_>| {
        let arn = policy.arn(account);
        attachments(iam, &arn) + boundaries(iam, &arn) > 0
    };
    let policies = own.chain(of_aws.filter(is_used)).map(Detail::Policy);
    users.chain(groups).chain(roles).chain(policies).collect()
}

fn inline(permissions: &Permissions) -> Vec<PolicyDetail> {
    let show = |(name, document): (&String, &String)| {
        PolicyDetail::builder().policy_name(name).policy_document(encoded(document)).build()
    };
    permissions.inline.iter().map(show).collect()
}

fn show_user(user: &User, account: &str) -> Result<UserDetail, ApiError> {
    Ok(UserDetail::builder()
        .path(&user.path)
        .user_name(&user.name)
        .user_id(&user.id)
        .arn(user.arn(account))
        .create_date(to_aws(user.created))
        .set_user_policy_list(Some(inline(&user.permissions)))
        .set_group_list(Some(user.groups.clone()))
        .set_attached_managed_policies(Some(user.permissions.show_attached()))
        .set_permissions_boundary(user.permissions.show_boundary())
        .set_tags(Some(to_list(&user.tags)?))
        .build())
}

fn show_group(group: &Group, account: &str) -> GroupDetail {
    GroupDetail::builder()
        .path(&group.path)
        .group_name(&group.name)
        .group_id(&group.id)
        .arn(group.arn(account))
        .create_date(to_aws(group.created))
        .set_group_policy_list(Some(inline(&group.permissions)))
        .set_attached_managed_policies(Some(group.permissions.show_attached()))
        .build()
}

fn show_role(role: &Role, iam: &IamState, account: &str) -> Result<RoleDetail, ApiError> {
    let profiles = iam.profiles.values().filter(|profile| profile.role.as_ref() == Some(&role.name));
    let profiles = profiles.map(|profile| profile.show(iam, account)).collect::<Result<_, _>>()?;
    Ok(RoleDetail::builder()
        .path(&role.path)
        .role_name(&role.name)
        .role_id(&role.id)
        .arn(role.arn(account))
        .create_date(to_aws(role.created))
        .assume_role_policy_document(role.trust.encoded())
        .set_instance_profile_list(Some(profiles))
        .set_role_policy_list(Some(inline(&role.permissions)))
        .set_attached_managed_policies(Some(role.permissions.show_attached()))
        .set_permissions_boundary(role.permissions.show_boundary())
        .set_tags(Some(to_list(&role.tags)?))
        .role_last_used(role.show_last_used())
        .build())
}

fn show_policy(policy: ManagedPolicy<'_>, iam: &IamState, account: &str) -> ManagedPolicyDetail {
    let arn = policy.arn(account);
    ManagedPolicyDetail::builder()
        .policy_name(policy.name())
        .policy_id(policy.id())
        .path(policy.path())
        .default_version_id(policy.version())
        .attachment_count(attachments(iam, &arn))
        .permissions_boundary_usage_count(boundaries(iam, &arn))
        .arn(arn)
        .is_attachable(true)
        .create_date(to_aws(policy.created()))
        .update_date(to_aws(policy.updated()))
        .set_policy_version_list(Some(policy.show_versions()))
        .build()
}
