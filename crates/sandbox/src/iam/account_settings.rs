//! The account: its alias, and the summary of its resources and quotas.

use std::collections::HashMap;

use aws_sdk_iam::{
    operation::{
        create_account_alias::{CreateAccountAliasInput, CreateAccountAliasOutput},
        delete_account_alias::{DeleteAccountAliasInput, DeleteAccountAliasOutput},
        get_account_summary::{GetAccountSummaryInput, GetAccountSummaryOutput},
        list_account_aliases::{ListAccountAliasesInput, ListAccountAliasesOutput},
    },
    types::SummaryKeyType,
};

use super::errors::{exists, no_such};
use super::pages::{count, cut, paged};
use super::state::IamState;
use super::{errors, state};
use crate::ApiError;
use crate::state::Call;

pub(super) fn list_account_aliases(
    call: &mut Call<'_>,
    input: &ListAccountAliasesInput,
) -> Result<ListAccountAliasesOutput, ApiError> {
    let aliases = call.account().alias.iter().cloned().collect();
    let page = cut(aliases, "aliases", input.max_items, input.marker(), String::clone)?;
    Ok(paged!(ListAccountAliasesOutput.set_account_aliases, page)?)
}

/// Creates the alias; it replaces an earlier one.
pub(super) fn create_account_alias(
    call: &mut Call<'_>,
    input: &CreateAccountAliasInput,
) -> Result<CreateAccountAliasOutput, ApiError> {
    let alias = input.account_alias().unwrap_or_default();
    let legal = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
    if !(3..=63).contains(&alias.len()) || !alias.chars().all(legal) || alias.starts_with('-') || alias.ends_with('-') {
        let constraint = "Member must satisfy regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$";
        return Err(errors::invalid(alias, "accountAlias", constraint));
    }
    let account = call.account_id;
    let mut of_others = call.accounts.iter().filter(|(id, _)| id.as_str() != account);
    if of_others.any(|(_, other)| other.alias.as_deref() == Some(alias)) {
        return Err(exists(&format!("The account alias {alias}")));
    }
    call.account().alias = Some(alias.to_owned());
    Ok(CreateAccountAliasOutput::builder().build())
}

pub(super) fn delete_account_alias(
    call: &mut Call<'_>,
    input: &DeleteAccountAliasInput,
) -> Result<DeleteAccountAliasOutput, ApiError> {
    let alias = input.account_alias().unwrap_or_default();
    if call.account().alias.as_deref() != Some(alias) {
        return Err(no_such(format!("The account alias with name {alias} cannot be found.")));
    }
    call.account().alias = None;
    Ok(DeleteAccountAliasOutput::builder().build())
}

pub(super) fn get_account_summary(
    call: &mut Call<'_>,
    _: &GetAccountSummaryInput,
) -> Result<GetAccountSummaryOutput, ApiError> {
    let entries = summary(call.iam()).into_iter().chain(QUOTAS.iter().copied());
    let map: HashMap<SummaryKeyType, i32> = entries.map(|(key, value)| (SummaryKeyType::from(key), value)).collect();
    Ok(GetAccountSummaryOutput::builder().set_summary_map(Some(map)).build())
}

fn summary(iam: &IamState) -> Vec<(&'static str, i32)> {
    let in_use = iam.devices.values().filter(|device| device.holder.is_some()).count();
    let versions: usize = iam.policies.values().map(|policy| policy.versions.len()).sum();
    let flag = i32::from;
    vec![
        ("Users", count(iam.users.len())),
        ("Groups", count(iam.groups.len())),
        ("Roles", count(iam.roles.len())),
        ("Policies", count(iam.policies.len())),
        ("PolicyVersionsInUse", count(versions)),
        ("InstanceProfiles", count(iam.profiles.len())),
        ("Providers", count(iam.providers.len())),
        ("ServerCertificates", 0),
        ("MFADevices", count(iam.devices.len())),
        ("MFADevicesInUse", count(in_use)),
        ("AccountMFAEnabled", flag(iam.devices.values().any(state::Device::is_roots))),
        ("AccountAccessKeysPresent", flag(!iam.root.keys.is_empty())),
        ("AccountPasswordPresent", 1),
        ("AccountSigningCertificatesPresent", 0),
    ]
}

/// The default quotas of an account.
const QUOTAS: &[(&str, i32)] = &[
    ("AccessKeysPerUserQuota", 2),
    ("AssumeRolePolicySizeQuota", 2048),
    ("AttachedPoliciesPerGroupQuota", 10),
    ("AttachedPoliciesPerRoleQuota", 10),
    ("AttachedPoliciesPerUserQuota", 10),
    ("GlobalEndpointTokenVersion", 1),
    ("GroupPolicySizeQuota", 5120),
    ("GroupsPerUserQuota", 10),
    ("GroupsQuota", 300),
    ("InstanceProfilesQuota", 1000),
    ("PoliciesQuota", 1500),
    ("PolicySizeQuota", 6144),
    ("PolicyVersionsInUseQuota", 10000),
    ("RolePolicySizeQuota", 10240),
    ("RolesQuota", 1000),
    ("ServerCertificatesQuota", 20),
    ("SigningCertificatesPerUserQuota", 2),
    ("UserPolicySizeQuota", 2048),
    ("UsersQuota", 5000),
    ("VersionsPerPolicyQuota", 5),
];
