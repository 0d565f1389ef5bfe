//! Managed policies: customer managed, and AWS managed.

use aws_sdk_iam::{
    operation::{
        create_policy::{CreatePolicyInput, CreatePolicyOutput},
        delete_policy::{DeletePolicyInput, DeletePolicyOutput},
        get_policy::{GetPolicyInput, GetPolicyOutput},
        list_policies::{ListPoliciesInput, ListPoliciesOutput},
        list_policy_tags::{ListPolicyTagsInput, ListPolicyTagsOutput},
        tag_policy::{TagPolicyInput, TagPolicyOutput},
        untag_policy::{UntagPolicyInput, UntagPolicyOutput},
    },
    types::{self, PolicyScopeType, PolicyUsageType},
};
use moonfleet_iam_policy::Purpose;

use super::aws_managed;
use super::aws_managed::AWS_POLICIES;
use super::checks::{check_name, check_new, check_path};
use super::documents::check_document;
use super::errors::conflict;
use super::managed_policy::{ManagedPolicy, SIZE, attachments, boundaries, unknown};
use super::pages::{cut, paged};
use super::state::CustomerPolicy;
use super::tags::{add_tags, to_list, to_map};
use crate::ApiError;
use crate::state::Call;

pub(super) fn list_policies(call: &mut Call<'_>, input: &ListPoliciesInput) -> Result<ListPoliciesOutput, ApiError> {
    let (iam, account) = call.iam_and_account();
    let scope = input.scope().unwrap_or(&PolicyScopeType::All);
    let prefix = input.path_prefix().unwrap_or("/");
    let only_attached = input.only_attached.unwrap_or(false);
    let usage = input.policy_usage_filter();
    let own = iam.policies.values().filter(|_| *scope != PolicyScopeType::Aws).map(ManagedPolicy::Own);
    let managed = AWS_POLICIES.iter().filter(|_| *scope != PolicyScopeType::Local).map(ManagedPolicy::Aws);
    let wanted = |policy: &types::Policy| {
        let (attached, bounds) =
            (policy.attachment_count() != Some(0), policy.permissions_boundary_usage_count() != Some(0));
        (!only_attached || attached)
            && match usage {
                Some(PolicyUsageType::PermissionsPolicy) => attached,
                Some(PolicyUsageType::PermissionsBoundary) => bounds,
                _ => true,
            }
    };
    let policies = own.chain(managed).filter(|policy| policy.path().starts_with(prefix));
    let policies = policies.map(|policy| policy.show(iam, account)).filter(wanted).collect();
    let request = ("policies", scope, prefix, only_attached, usage);
    let page = cut(policies, request, input.max_items, input.marker(), |policy: &types::Policy| {
        policy.arn().unwrap_or_default().to_owned()
    })?;
    Ok(paged!(ListPoliciesOutput.set_policies, page))
}

pub(super) fn get_policy(call: &mut Call<'_>, input: &GetPolicyInput) -> Result<GetPolicyOutput, ApiError> {
    let (iam, account) = call.iam_and_account();
    let arn = input.policy_arn().unwrap_or_default();
    let policy = ManagedPolicy::find(iam, account, arn).ok_or_else(|| unknown(arn))?;
    Ok(GetPolicyOutput::builder().policy(policy.show_whole(iam, account)?).build())
}

pub(super) fn create_policy(call: &mut Call<'_>, input: &CreatePolicyInput) -> Result<CreatePolicyOutput, ApiError> {
    let name = input.policy_name().unwrap_or_default();
    check_name(name, "policyName")?;
    check_new(&call.iam().policies, "A policy", name)?;
    let document = input.policy_document().unwrap_or_default();
    check_document(document, Purpose::Identity, "PolicySize", SIZE)?;
    let path = check_path(input.path())?;
    let mut policy = CustomerPolicy::new(name, &path, call.ids.iam("ANPA"), document.to_owned(), call.now);
    policy.description = input.description.clone();
    policy.tags = to_map(input.tags());
    let (iam, account) = call.iam_and_account();
    let mut shown = ManagedPolicy::Own(&policy).show_whole(iam, account)?;
    shown.description = None;
    iam.policies.insert(name.to_owned(), policy);
    Ok(CreatePolicyOutput::builder().policy(shown).build())
}

pub(super) fn delete_policy(call: &mut Call<'_>, input: &DeletePolicyInput) -> Result<DeletePolicyOutput, ApiError> {
    let arn = input.policy_arn().unwrap_or_default();
    let policy = find_own(call, arn)?;
    let (name, versions) = (policy.name.clone(), policy.versions.len());
    if attachments(call.iam(), arn) + boundaries(call.iam(), arn) > 0 {
        return Err(conflict("Cannot delete a policy attached to entities."));
    }
    if versions > 1 {
        let message = "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.";
        return Err(conflict(message));
    }
    call.iam().policies.remove(&name);
    Ok(DeletePolicyOutput::builder().build())
}

pub(super) fn list_policy_tags(
    call: &mut Call<'_>,
    input: &ListPolicyTagsInput,
) -> Result<ListPolicyTagsOutput, ApiError> {
    let arn = input.policy_arn().unwrap_or_default();
    let tags = to_list(&find_own(call, arn)?.tags)?;
    let page = cut(tags, ("policy tags", arn), input.max_items, input.marker(), |tag| tag.key().to_owned())?;
    Ok(paged!(ListPolicyTagsOutput.set_tags, page)?)
}

pub(super) fn tag_policy(call: &mut Call<'_>, input: &TagPolicyInput) -> Result<TagPolicyOutput, ApiError> {
    add_tags(&mut find_own(call, input.policy_arn().unwrap_or_default())?.tags, input.tags())?;
    Ok(TagPolicyOutput::builder().build())
}

pub(super) fn untag_policy(call: &mut Call<'_>, input: &UntagPolicyInput) -> Result<UntagPolicyOutput, ApiError> {
    let policy = find_own(call, input.policy_arn().unwrap_or_default())?;
    policy.tags.retain(|key, _| !input.tag_keys().contains(key));
    Ok(UntagPolicyOutput::builder().build())
}

/// Returns a customer managed policy for a change; AWS managed policies refuse it.
pub(super) fn find_own<'a>(call: &'a mut Call<'_>, arn: &str) -> Result<&'a mut CustomerPolicy, ApiError> {
    if aws_managed::find(arn).is_some() {
        let message = format!("Cannot change the policy {arn}, which is managed by AWS.");
        return Err(ApiError::new("AccessDenied", message).with_status(403));
    }
    let account = call.account_id;
    let mut own = call.iam().policies.values_mut();
    own.find(|policy| policy.arn(account) == arn).ok_or_else(|| unknown(arn))
}
