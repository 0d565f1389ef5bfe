//! Versions of customer managed policies: at most five, one of them the default.

use aws_sdk_iam::{
    operation::{
        create_policy_version::{CreatePolicyVersionInput, CreatePolicyVersionOutput},
        delete_policy_version::{DeletePolicyVersionInput, DeletePolicyVersionOutput},
        get_policy_version::{GetPolicyVersionInput, GetPolicyVersionOutput},
        list_policy_versions::{ListPolicyVersionsInput, ListPolicyVersionsOutput},
        set_default_policy_version::{SetDefaultPolicyVersionInput, SetDefaultPolicyVersionOutput},
    },
    types::PolicyVersion,
};
use moonfleet_iam_policy::Purpose;

use super::documents::{check_document, encoded};
use super::errors::{conflict, no_such};
use super::managed_policy::{ManagedPolicy, SIZE, unknown};
use super::pages::{cut, paged};
use super::policies::find_own;
use super::state::{CustomerPolicy, CustomerPolicyVersion};
use crate::ApiError;
use crate::clock::to_aws;
use crate::state::Call;

const MOST: usize = 5;

impl CustomerPolicyVersion {
    pub(crate) fn show(&self, is_default: bool) -> PolicyVersion {
        PolicyVersion::builder()
            .version_id(&self.id)
            .is_default_version(is_default)
            .document(encoded(&self.document))
            .create_date(to_aws(self.created))
            .build()
    }
}

pub(super) fn list_policy_versions(
    call: &mut Call<'_>,
    input: &ListPolicyVersionsInput,
) -> Result<ListPolicyVersionsOutput, ApiError> {
    let (iam, account) = call.iam_and_account();
    let arn = input.policy_arn().unwrap_or_default();
    let mut versions = ManagedPolicy::find(iam, account, arn).ok_or_else(|| unknown(arn))?.show_versions();
    // The list leaves out the documents.
    versions.iter_mut().for_each(|version| version.document = None);
    let page = cut(versions, ("versions", arn), input.max_items, input.marker(), |version| {
        version.version_id().unwrap_or_default().to_owned()
    })?;
    Ok(paged!(ListPolicyVersionsOutput.set_versions, page))
}

pub(super) fn get_policy_version(
    call: &mut Call<'_>,
    input: &GetPolicyVersionInput,
) -> Result<GetPolicyVersionOutput, ApiError> {
    let (iam, account) = call.iam_and_account();
    let arn = input.policy_arn().unwrap_or_default();
    let versions = ManagedPolicy::find(iam, account, arn).ok_or_else(|| unknown(arn))?.show_versions();
    let id = input.version_id().unwrap_or_default();
    let version = versions.into_iter().find(|version| version.version_id() == Some(id));
    let version = version.ok_or_else(|| no_version(arn, id))?;
    Ok(GetPolicyVersionOutput::builder().policy_version(version).build())
}

pub(super) fn create_policy_version(
    call: &mut Call<'_>,
    input: &CreatePolicyVersionInput,
) -> Result<CreatePolicyVersionOutput, ApiError> {
    let now = call.now;
    let document = input.policy_document().unwrap_or_default();
    check_document(document, Purpose::Identity, "PolicySize", SIZE)?;
    let policy = find_own(call, input.policy_arn().unwrap_or_default())?;
    if policy.versions.len() >= MOST {
        let message = "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.";
        return Err(ApiError::new("LimitExceeded", message).with_status(409));
    }
    let id = format!("v{}", policy.next);
    policy.next += 1;
    policy.updated = now;
    policy.versions.push(CustomerPolicyVersion { id, document: document.to_owned(), created: now });
    let last = policy.versions.len() - 1;
    if input.set_as_default.unwrap_or(false) {
        policy.default = last;
    }
    let mut shown = policy.versions[last].show(policy.default == last);
    shown.document = None;
    Ok(CreatePolicyVersionOutput::builder().policy_version(shown).build())
}

pub(super) fn set_default_policy_version(
    call: &mut Call<'_>,
    input: &SetDefaultPolicyVersionInput,
) -> Result<SetDefaultPolicyVersionOutput, ApiError> {
    let now = call.now;
    let arn = input.policy_arn().unwrap_or_default();
    let policy = find_own(call, arn)?;
    policy.default = place(policy, arn, input.version_id().unwrap_or_default())?;
    policy.updated = now;
    Ok(SetDefaultPolicyVersionOutput::builder().build())
}

pub(super) fn delete_policy_version(
    call: &mut Call<'_>,
    input: &DeletePolicyVersionInput,
) -> Result<DeletePolicyVersionOutput, ApiError> {
    let arn = input.policy_arn().unwrap_or_default();
    let policy = find_own(call, arn)?;
    let at = place(policy, arn, input.version_id().unwrap_or_default())?;
    if at == policy.default {
        return Err(conflict("Cannot delete the default version of a policy."));
    }
    policy.versions.remove(at);
    policy.default -= usize::from(at < policy.default);
    Ok(DeletePolicyVersionOutput::builder().build())
}

fn place(policy: &CustomerPolicy, arn: &str, id: &str) -> Result<usize, ApiError> {
    policy.versions.iter().position(|version| version.id == id).ok_or_else(|| no_version(arn, id))
}

fn no_version(arn: &str, id: &str) -> ApiError {
    no_such(format!("Policy {arn} version {id} does not exist or is not attachable."))
}
