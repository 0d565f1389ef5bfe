//! Managed policies: those of AWS and those of the account.

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
use jiff::Timestamp;
use moonfleet_iam_policy::Purpose;

use super::{
    State, Tags, add_tags, aws_managed,
    aws_managed::{AWS_POLICIES, AwsPolicy, introduced},
    check_document, check_name, check_new, check_path, conflict, count, cut, no_such, paged, to_list, to_map,
};
use crate::ApiError;
use crate::clock::to_aws;
use crate::state::Call;

/// How many signs a document may have.
pub const SIZE: usize = 6144;

/// A policy of the account.
pub struct Policy {
    pub name: String,
    pub path: String,
    pub id: String,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub description: Option<String>,
    pub tags: Tags,
    pub versions: Vec<Version>,
    /// The one that holds, as an index.
    pub default: usize,
    /// The number of the next version: none is given twice.
    pub next: usize,
}

pub struct Version {
    pub id: String,
    pub document: String,
    pub created: Timestamp,
}

impl Policy {
    pub fn new(name: &str, path: &str, id: String, document: String, created: Timestamp) -> Policy {
        Policy {
            name: name.to_owned(),
            path: path.to_owned(),
            id,
            created,
            updated: created,
            description: None,
            tags: Tags::new(),
            versions: vec![Version { id: "v1".to_owned(), document, created }],
            default: 0,
            next: 2,
        }
    }

    pub fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:policy{}{}", self.path, self.name)
    }

    pub fn in_force(&self) -> &Version {
        &self.versions[self.default]
    }
}

/// Whose policy an ARN names.
#[derive(Clone, Copy)]
pub enum Managed<'a> {
    Own(&'a Policy),
    Aws(&'static AwsPolicy),
}

impl Managed<'_> {
    pub fn find<'a>(iam: &'a State, account: &str, arn: &str) -> Option<Managed<'a>> {
        let own = iam.policies.values().find(|policy| policy.arn(account) == arn).map(Managed::Own);
        own.or_else(|| aws_managed::find(arn).map(Managed::Aws))
    }

    pub fn name(&self) -> &str {
        match self {
            Managed::Own(policy) => &policy.name,
            Managed::Aws(policy) => policy.name,
        }
    }

    pub fn path(&self) -> &str {
        match self {
            Managed::Own(policy) => &policy.path,
            Managed::Aws(policy) => policy.path,
        }
    }

    pub fn id(&self) -> &str {
        match self {
            Managed::Own(policy) => &policy.id,
            Managed::Aws(policy) => policy.id,
        }
    }

    pub fn arn(&self, account: &str) -> String {
        match self {
            Managed::Own(policy) => policy.arn(account),
            Managed::Aws(policy) => policy.arn(),
        }
    }

    /// What holds of it.
    pub fn document(&self) -> &str {
        match self {
            Managed::Own(policy) => &policy.in_force().document,
            Managed::Aws(policy) => policy.document,
        }
    }

    pub fn version(&self) -> &str {
        match self {
            Managed::Own(policy) => &policy.in_force().id,
            Managed::Aws(_) => "v1",
        }
    }

    pub fn created(&self) -> Timestamp {
        match self {
            Managed::Own(policy) => policy.created,
            Managed::Aws(_) => introduced(),
        }
    }

    pub fn updated(&self) -> Timestamp {
        match self {
            Managed::Own(policy) => policy.updated,
            Managed::Aws(_) => introduced(),
        }
    }

    fn show(&self, iam: &State, account: &str) -> types::Policy {
        let arn = self.arn(account);
        types::Policy::builder()
            .policy_name(self.name())
            .policy_id(self.id())
            .path(self.path())
            .attachment_count(attachments(iam, &arn))
            .permissions_boundary_usage_count(boundaries(iam, &arn))
            .arn(arn)
            .default_version_id(self.version())
            .is_attachable(true)
            .create_date(to_aws(self.created()))
            .update_date(to_aws(self.updated()))
            .build()
    }

    // Lists leave these out, as IAM's do.
    fn show_whole(&self, iam: &State, account: &str) -> Result<types::Policy, ApiError> {
        let mut shown = self.show(iam, account);
        if let Managed::Own(policy) = self {
            shown.description.clone_from(&policy.description);
            shown.tags = Some(to_list(&policy.tags)?);
        }
        Ok(shown)
    }
}

pub fn attachments(iam: &State, arn: &str) -> i32 {
    count(iam.permissions().filter(|of| of.attached.iter().any(|other| other == arn)).count())
}

pub fn boundaries(iam: &State, arn: &str) -> i32 {
    count(iam.permissions().filter(|of| of.boundary.as_deref() == Some(arn)).count())
}

pub fn list_policies(call: &mut Call<'_>, input: &ListPoliciesInput) -> Result<ListPoliciesOutput, ApiError> {
    let (iam, account) = call.iam_and_account();
    let scope = input.scope().unwrap_or(&PolicyScopeType::All);
    let prefix = input.path_prefix().unwrap_or("/");
    let only_attached = input.only_attached.unwrap_or(false);
    let usage = input.policy_usage_filter();
    let own = iam.policies.values().filter(|_| *scope != PolicyScopeType::Aws).map(Managed::Own);
    let managed = AWS_POLICIES.iter().filter(|_| *scope != PolicyScopeType::Local).map(Managed::Aws);
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

pub fn get_policy(call: &mut Call<'_>, input: &GetPolicyInput) -> Result<GetPolicyOutput, ApiError> {
    let (iam, account) = call.iam_and_account();
    let arn = input.policy_arn().unwrap_or_default();
    let policy = Managed::find(iam, account, arn).ok_or_else(|| unknown(arn))?;
    Ok(GetPolicyOutput::builder().policy(policy.show_whole(iam, account)?).build())
}

pub fn create_policy(call: &mut Call<'_>, input: &CreatePolicyInput) -> Result<CreatePolicyOutput, ApiError> {
    let name = input.policy_name().unwrap_or_default();
    check_name(name, "policyName")?;
    check_new(&call.iam().policies, "A policy", name)?;
    let document = input.policy_document().unwrap_or_default();
    check_document(document, Purpose::Identity, "PolicySize", SIZE)?;
    let path = check_path(input.path())?;
    let mut policy = Policy::new(name, &path, call.ids.iam("ANPA"), document.to_owned(), call.now);
    policy.description = input.description.clone();
    policy.tags = to_map(input.tags());
    let (iam, account) = call.iam_and_account();
    let mut shown = Managed::Own(&policy).show_whole(iam, account)?;
    shown.description = None;
    iam.policies.insert(name.to_owned(), policy);
    Ok(CreatePolicyOutput::builder().policy(shown).build())
}

pub fn delete_policy(call: &mut Call<'_>, input: &DeletePolicyInput) -> Result<DeletePolicyOutput, ApiError> {
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

pub fn list_policy_tags(call: &mut Call<'_>, input: &ListPolicyTagsInput) -> Result<ListPolicyTagsOutput, ApiError> {
    let arn = input.policy_arn().unwrap_or_default();
    let tags = to_list(&find_own(call, arn)?.tags)?;
    let page = cut(tags, ("policy tags", arn), input.max_items, input.marker(), |tag| tag.key().to_owned())?;
    Ok(paged!(ListPolicyTagsOutput.set_tags, page)?)
}

pub fn tag_policy(call: &mut Call<'_>, input: &TagPolicyInput) -> Result<TagPolicyOutput, ApiError> {
    add_tags(&mut find_own(call, input.policy_arn().unwrap_or_default())?.tags, input.tags())?;
    Ok(TagPolicyOutput::builder().build())
}

pub fn untag_policy(call: &mut Call<'_>, input: &UntagPolicyInput) -> Result<UntagPolicyOutput, ApiError> {
    let policy = find_own(call, input.policy_arn().unwrap_or_default())?;
    policy.tags.retain(|key, _| !input.tag_keys().contains(key));
    Ok(UntagPolicyOutput::builder().build())
}

/// AWS's own are nobody's to change.
pub fn find_own<'a>(call: &'a mut Call<'_>, arn: &str) -> Result<&'a mut Policy, ApiError> {
    if aws_managed::find(arn).is_some() {
        let message = format!("Cannot change the policy {arn}, which is managed by AWS.");
        return Err(ApiError::new("AccessDenied", message).with_status(403));
    }
    let account = call.account_id;
    let mut own = call.iam().policies.values_mut();
    own.find(|policy| policy.arn(account) == arn).ok_or_else(|| unknown(arn))
}

pub fn unknown(arn: &str) -> ApiError {
    no_such(format!("Policy {arn} does not exist or is not attachable."))
}
