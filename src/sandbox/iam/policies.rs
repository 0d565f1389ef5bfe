//! Managed policies: those of AWS, those of the account, and what they are attached to.

use aws_sdk_iam::{
    operation::{
        list_attached_role_policies::{ListAttachedRolePoliciesInput, ListAttachedRolePoliciesOutput},
        list_attached_user_policies::{ListAttachedUserPoliciesInput, ListAttachedUserPoliciesOutput},
        list_policies::{ListPoliciesInput, ListPoliciesOutput},
    },
    types::{self, AttachedPolicy, PolicyScopeType},
};
use jiff::Timestamp;

use super::{State, cut, missing, users};
use crate::sandbox::{Fault, clock::to_aws, page::Page, world::Call};

/// A policy of the account.
pub struct Policy {
    pub name: String,
    pub id: String,
    pub created: Timestamp,
    pub description: Option<String>,
}

/// Name, path and id of policies that AWS keeps.
const MANAGED: [(&str, &str, &str); 8] = [
    ("AdministratorAccess", "/", "ANPAIWMBCKSKIEE64ZLYK"),
    ("AmazonEC2ReadOnlyAccess", "/", "ANPAIGDT4SV4GSETWTBZK"),
    ("AmazonSSMManagedInstanceCore", "/", "ANPAIXSHM2BNB2D3AXXRU"),
    ("IAMUserChangePassword", "/", "ANPAJ4L4MM2A7QIEB56MS"),
    ("PowerUserAccess", "/", "ANPAJYRXTHIB4FOVS3ZXS"),
    ("ReadOnlyAccess", "/", "ANPAILL3HVNFSB6DCOWYQ"),
    ("SecurityAudit", "/", "ANPAIX2T3QCXHR2OGGCTO"),
    ("ViewOnlyAccess", "/job-function/", "ANPAID22R6XPJATWOFDK6"),
];

pub fn managed_arn(name: &str) -> String {
    let known = MANAGED.iter().find(|(known, ..)| *known == name);
    let path = known.map_or("/", |(_, path, _)| path);
    format!("arn:aws:iam::aws:policy{path}{name}")
}

pub fn list_policies(call: &mut Call<'_>, input: &ListPoliciesInput) -> Result<ListPoliciesOutput, Fault> {
    let account = call.account_id;
    let iam = call.iam();
    let scope = input.scope().unwrap_or(&PolicyScopeType::All);
    let prefix = input.path_prefix().unwrap_or("/");
    let own = iam.policies.values().filter(|_| *scope != PolicyScopeType::Aws).map(|policy| {
        let arn = format!("arn:aws:iam::{account}:policy/{}", policy.name);
        let shown = types::Policy::builder()
            .policy_name(&policy.name)
            .policy_id(&policy.id)
            .path("/")
            .set_description(policy.description.clone());
        finish(shown, iam, arn, policy.created)
    });
    let managed = MANAGED.iter().filter(|_| *scope != PolicyScopeType::Local);
    let managed = managed.map(|(name, path, id)| {
        let shown = types::Policy::builder().policy_name(*name).policy_id(*id).path(*path);
        finish(shown, iam, managed_arn(name), introduced())
    });
    let wanted = |policy: &types::Policy| {
        policy.path().is_some_and(|path| path.starts_with(prefix))
            && (!input.only_attached.unwrap_or(false) || policy.attachment_count() != Some(0))
    };
    let policies: Vec<types::Policy> = own.chain(managed).filter(wanted).collect();
    let request = ("policies", scope, prefix, input.only_attached);
    let page =
        cut(policies, request, input.max_items, input.marker(), |policy| policy.arn().unwrap_or_default().to_owned())?;
    Ok(ListPoliciesOutput::builder()
        .set_policies(Some(page.items))
        .is_truncated(page.next_token.is_some())
        .set_marker(page.next_token)
        .build())
}

fn finish(policy: types::builders::PolicyBuilder, iam: &State, arn: String, created: Timestamp) -> types::Policy {
    let of_users = iam.users.values().flat_map(|user| &user.policies);
    let of_roles = iam.roles.values().flat_map(|role| &role.policies);
    let attached = of_users.chain(of_roles).filter(|other| **other == arn).count();
    policy
        .arn(arn)
        .default_version_id("v1")
        .attachment_count(i32::try_from(attached).unwrap_or(i32::MAX))
        .permissions_boundary_usage_count(0)
        .is_attachable(true)
        .create_date(to_aws(created))
        .update_date(to_aws(created))
        .build()
}

// When AWS introduced managed policies.
fn introduced() -> Timestamp {
    Timestamp::from_second(1_423_248_000).unwrap_or_default()
}

pub fn list_attached_user_policies(
    call: &mut Call<'_>,
    input: &ListAttachedUserPoliciesInput,
) -> Result<ListAttachedUserPoliciesOutput, Fault> {
    let arns = users::find(call, input.user_name())?.policies.clone();
    let request = ("of user", input.user_name());
    let page = attached(&arns, input.path_prefix(), request, input.max_items, input.marker())?;
    Ok(ListAttachedUserPoliciesOutput::builder()
        .set_attached_policies(Some(page.items))
        .is_truncated(page.next_token.is_some())
        .set_marker(page.next_token)
        .build())
}

pub fn list_attached_role_policies(
    call: &mut Call<'_>,
    input: &ListAttachedRolePoliciesInput,
) -> Result<ListAttachedRolePoliciesOutput, Fault> {
    let name = input.role_name().unwrap_or_default();
    let role = call.iam().roles.get(name).ok_or_else(|| missing("role", name))?;
    let request = ("of role", name);
    let page = attached(&role.policies, input.path_prefix(), request, input.max_items, input.marker())?;
    Ok(ListAttachedRolePoliciesOutput::builder()
        .set_attached_policies(Some(page.items))
        .is_truncated(page.next_token.is_some())
        .set_marker(page.next_token)
        .build())
}

fn attached(
    arns: &[String],
    prefix: Option<&str>,
    request: impl std::fmt::Debug,
    max_items: Option<i32>,
    marker: Option<&str>,
) -> Result<Page<AttachedPolicy>, Fault> {
    let show = |arn: &String| {
        let (_, path) = arn.split_once(":policy").unwrap_or(("", arn));
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let inside = format!("{folder}/").starts_with(prefix.unwrap_or("/"));
        let policy = AttachedPolicy::builder().policy_name(name).policy_arn(arn).build();
        inside.then_some(policy)
    };
    let policies = arns.iter().filter_map(show).collect();
    cut(policies, request, max_items, marker, |policy: &AttachedPolicy| {
        policy.policy_arn().unwrap_or_default().to_owned()
    })
}
