//! IAM: an account's users, roles, groups and policies, alike in every region.
//!
//! One file per kind of thing; what users, groups and roles have alike (attached and inline
//! policies, boundaries) is in [`attached`] and [`inline`]. What documents mean is
//! [`moonfleet_iam_policy`]'s.

mod account;
mod attached;
mod aws_managed;
mod details;
mod groups;
mod inline;
mod keys;
mod last_accessed;
mod login;
mod mfa;
mod policies;
mod profiles;
mod providers;
mod report;
mod roles;
mod simulate;
#[cfg(test)]
mod tests;
mod users;
mod versions;

use std::{collections::BTreeMap, fmt::Debug};

use aws_sdk_iam::types::Tag;
use moonfleet_core::error::NOT_SIMULATED;
use moonfleet_iam_policy::{Document, Malformed, Purpose};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::ApiError;
use super::page::{BadToken, Page, page};
use crate::interceptor::{Registry, simulate};
use crate::state::Call;

pub use account::Root;
pub use attached::Permissions;
pub use aws_managed::managed_arn;
pub use groups::Group;
pub use keys::AccessKey;
pub use login::{Password, PasswordPolicy};
pub use mfa::Device;
pub use policies::Policy;
pub use profiles::Profile;
pub use providers::{Provider, ProviderKind};
pub use roles::{Asking, Role, Trust};
pub use users::{CALLER, User};

pub fn register(registry: &mut Registry) {
    simulate!(registry, "iam", aws_sdk_iam, {
        list_users => users::list_users,
        get_user => users::get_user,
        create_user => users::create_user,
        update_user => users::update_user,
        delete_user => users::delete_user,
        list_user_tags => users::list_user_tags,
        tag_user => users::tag_user,
        untag_user => users::untag_user,

        list_access_keys => keys::list_access_keys,
        create_access_key => keys::create_access_key,
        update_access_key => keys::update_access_key,
        delete_access_key => keys::delete_access_key,
        get_access_key_last_used => keys::get_access_key_last_used,

        get_login_profile => login::get_login_profile,
        create_login_profile => login::create_login_profile,
        update_login_profile => login::update_login_profile,
        delete_login_profile => login::delete_login_profile,
        get_account_password_policy => login::get_account_password_policy,
        update_account_password_policy => login::update_account_password_policy,
        delete_account_password_policy => login::delete_account_password_policy,

        list_mfa_devices => mfa::list_mfa_devices,
        list_mfa_device_tags => mfa::list_mfa_device_tags,
        list_virtual_mfa_devices => mfa::list_virtual_mfa_devices,
        create_virtual_mfa_device => mfa::create_virtual_mfa_device,
        delete_virtual_mfa_device => mfa::delete_virtual_mfa_device,
        enable_mfa_device => mfa::enable_mfa_device,
        deactivate_mfa_device => mfa::deactivate_mfa_device,

        list_groups => groups::list_groups,
        list_groups_for_user => groups::list_groups_for_user,
        get_group => groups::get_group,
        create_group => groups::create_group,
        update_group => groups::update_group,
        delete_group => groups::delete_group,
        add_user_to_group => groups::add_user_to_group,
        remove_user_from_group => groups::remove_user_from_group,

        list_roles => roles::list_roles,
        get_role => roles::get_role,
        create_role => roles::create_role,
        update_role => roles::update_role,
        update_assume_role_policy => roles::update_assume_role_policy,
        delete_role => roles::delete_role,
        list_role_tags => roles::list_role_tags,
        tag_role => roles::tag_role,
        untag_role => roles::untag_role,

        list_instance_profiles => profiles::list_instance_profiles,
        list_instance_profiles_for_role => profiles::list_instance_profiles_for_role,
        get_instance_profile => profiles::get_instance_profile,
        create_instance_profile => profiles::create_instance_profile,
        delete_instance_profile => profiles::delete_instance_profile,
        add_role_to_instance_profile => profiles::add_role_to_instance_profile,
        remove_role_from_instance_profile => profiles::remove_role_from_instance_profile,

        list_policies => policies::list_policies,
        get_policy => policies::get_policy,
        create_policy => policies::create_policy,
        delete_policy => policies::delete_policy,
        list_policy_tags => policies::list_policy_tags,
        tag_policy => policies::tag_policy,
        untag_policy => policies::untag_policy,
        list_policy_versions => versions::list_policy_versions,
        get_policy_version => versions::get_policy_version,
        create_policy_version => versions::create_policy_version,
        set_default_policy_version => versions::set_default_policy_version,
        delete_policy_version => versions::delete_policy_version,

        list_entities_for_policy => attached::list_entities_for_policy,
        list_attached_user_policies => attached::list_attached_user_policies,
        list_attached_group_policies => attached::list_attached_group_policies,
        list_attached_role_policies => attached::list_attached_role_policies,
        attach_user_policy => attached::attach_user_policy,
        attach_group_policy => attached::attach_group_policy,
        attach_role_policy => attached::attach_role_policy,
        detach_user_policy => attached::detach_user_policy,
        detach_group_policy => attached::detach_group_policy,
        detach_role_policy => attached::detach_role_policy,
        put_user_permissions_boundary => attached::put_user_permissions_boundary,
        put_role_permissions_boundary => attached::put_role_permissions_boundary,
        delete_user_permissions_boundary => attached::delete_user_permissions_boundary,
        delete_role_permissions_boundary => attached::delete_role_permissions_boundary,

        list_user_policies => inline::list_user_policies,
        list_group_policies => inline::list_group_policies,
        list_role_policies => inline::list_role_policies,
        get_user_policy => inline::get_user_policy,
        get_group_policy => inline::get_group_policy,
        get_role_policy => inline::get_role_policy,
        put_user_policy => inline::put_user_policy,
        put_group_policy => inline::put_group_policy,
        put_role_policy => inline::put_role_policy,
        delete_user_policy => inline::delete_user_policy,
        delete_group_policy => inline::delete_group_policy,
        delete_role_policy => inline::delete_role_policy,

        list_account_aliases => account::list_account_aliases,
        create_account_alias => account::create_account_alias,
        delete_account_alias => account::delete_account_alias,
        get_account_summary => account::get_account_summary,
        get_account_authorization_details => details::get_account_authorization_details,
        generate_credential_report => report::generate_credential_report,
        get_credential_report => report::get_credential_report,
        generate_service_last_accessed_details => last_accessed::generate_service_last_accessed_details,
        get_service_last_accessed_details => last_accessed::get_service_last_accessed_details,

        simulate_principal_policy => simulate::simulate_principal_policy,
        simulate_custom_policy => simulate::simulate_custom_policy,
        get_context_keys_for_principal_policy => simulate::get_context_keys_for_principal_policy,
        get_context_keys_for_custom_policy => simulate::get_context_keys_for_custom_policy,

        list_saml_providers => providers::list_saml_providers,
        get_saml_provider => providers::get_saml_provider,
        list_open_id_connect_providers => providers::list_open_id_connect_providers,
        get_open_id_connect_provider => providers::get_open_id_connect_provider,
    });
}

#[derive(Default)]
pub struct State {
    pub root: Root,
    pub users: BTreeMap<String, User>,
    pub roles: BTreeMap<String, Role>,
    pub groups: BTreeMap<String, Group>,
    pub policies: BTreeMap<String, Policy>,
    pub profiles: BTreeMap<String, Profile>,
    /// MFA devices by their serial numbers.
    pub devices: BTreeMap<String, Device>,
    /// SAML and OpenID Connect, by ARN.
    pub providers: BTreeMap<String, Provider>,
    pub password_policy: Option<PasswordPolicy>,
    pub report: Option<report::Report>,
    pub jobs: BTreeMap<String, last_accessed::Job>,
}

type Tags = BTreeMap<String, String>;

/// A list's answer: its items, and the marker of the next page.
macro_rules! paged {
    ($output:ident.$set:ident, $page:expr) => {{
        let page = $page;
        $output::builder()
            .$set(Some(page.items))
            .is_truncated(page.next_token.is_some())
            .set_marker(page.next_token)
            .build()
    }};
}
use paged;

/// IAM's pages: a marker instead of a token, and a hundred items by default.
fn cut<T>(
    items: Vec<T>,
    request: impl Debug,
    max_items: Option<i32>,
    marker: Option<&str>,
    key: impl Fn(&T) -> String,
) -> Result<Page<T>, ApiError> {
    let size = max_items.unwrap_or(100);
    let out_of_range = match size {
        ..1 => Some("greater than or equal to 1"),
        1001.. => Some("less than or equal to 1000"),
        _ => None,
    };
    if let Some(expected) = out_of_range {
        let constraint = format!("Member must have value {expected}");
        return Err(invalid(size, "maxItems", &constraint));
    }
    let size = size.unsigned_abs() as usize;
    page(items, &request, size, marker, key).map_err(|BadToken| ApiError::new("ValidationError", "Invalid Marker."))
}

fn invalid(value: impl std::fmt::Display, member: &str, constraint: &str) -> ApiError {
    let message = format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
    );
    ApiError::new("ValidationError", message)
}

fn missing(what: &str, name: &str) -> ApiError {
    no_such(format!("The {what} with name {name} cannot be found."))
}

fn no_such(message: impl Into<String>) -> ApiError {
    ApiError::new("NoSuchEntity", message).with_status(404)
}

fn conflict(message: impl Into<String>) -> ApiError {
    ApiError::new("DeleteConflict", message).with_status(409)
}

fn over_quota(quota: &str, most: usize) -> ApiError {
    ApiError::new("LimitExceeded", format!("Cannot exceed quota for {quota}: {most}")).with_status(409)
}

/// What of an input would change an answer that the sandbox cannot give.
fn not_simulated(parameter: &str) -> ApiError {
    ApiError::new("NotImplemented", format!("{} the parameter {parameter}", NOT_SIMULATED)).with_status(501)
}

// Names differ in more than their case.
fn check_new<T>(known: &BTreeMap<String, T>, what: &str, name: &str) -> Result<(), ApiError> {
    if known.keys().any(|other| other.eq_ignore_ascii_case(name)) {
        return Err(exists(&format!("{what} with name {name}")));
    }
    Ok(())
}

fn exists(what: &str) -> ApiError {
    ApiError::new("EntityAlreadyExists", format!("{what} already exists.")).with_status(409)
}

fn check_name(name: &str, member: &str) -> Result<(), ApiError> {
    let legal = |sign: char| sign.is_ascii_alphanumeric() || "_+=,.@-".contains(sign);
    if name.is_empty() || name.len() > 128 || !name.chars().all(legal) {
        let message = format!(
            "The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
        );
        return Err(ApiError::new("ValidationError", message));
    }
    Ok(())
}

fn check_path(path: Option<&str>) -> Result<String, ApiError> {
    let path = path.unwrap_or("/");
    if path.starts_with('/') && path.ends_with('/') {
        return Ok(path.to_owned());
    }
    let message = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.";
    Err(ApiError::new("ValidationError", message))
}

/// A document that IAM would store; blanks do not count towards its size.
fn check_document(text: &str, purpose: Purpose, quota: &str, most: usize) -> Result<Document, ApiError> {
    let refused = |Malformed(message)| ApiError::new("MalformedPolicyDocument", message);
    let document = Document::parse(text).map_err(refused)?;
    document.check(purpose).map_err(refused)?;
    if text.chars().filter(|sign| !sign.is_whitespace()).count() > most {
        return Err(over_quota(quota, most));
    }
    Ok(document)
}

/// IAM gives policies out percent-encoded (RFC 3986).
fn encoded(document: &str) -> String {
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(document, RESERVED).to_string()
}

fn to_map(tags: &[Tag]) -> Tags {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

fn to_list(tags: &Tags) -> Result<Vec<Tag>, ApiError> {
    tags.iter().map(|(key, value)| Ok(Tag::builder().key(key).value(value).build()?)).collect()
}

fn add_tags(tags: &mut Tags, new: &[Tag]) -> Result<(), ApiError> {
    let mut all = tags.clone();
    all.extend(to_map(new));
    if all.len() > 50 {
        let message = "The number of tags has reached the maximum limit.";
        return Err(ApiError::new("LimitExceeded", message).with_status(409));
    }
    *tags = all;
    Ok(())
}

fn count(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

impl Call<'_> {
    fn iam_and_account(&mut self) -> (&mut State, &str) {
        let account = self.account_id;
        (self.iam(), account)
    }
}
