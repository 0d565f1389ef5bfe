//! IAM: an account's users, roles, groups and policies, alike in every region.

mod policies;
mod roles;
#[cfg(test)]
mod tests;
mod users;

use std::{collections::BTreeMap, fmt::Debug};

use aws_sdk_iam::{
    operation::list_account_aliases::{ListAccountAliasesInput, ListAccountAliasesOutput},
    types::Tag,
};

use super::{
    Fault,
    page::{BadToken, Page, page},
    seam::{Registry, simulate},
    world::Call,
};

pub use policies::{Policy, managed_arn};
pub use roles::{Role, Trust};
pub use users::{AccessKey, CALLER, Group, Mfa, User};

pub fn register(registry: &mut Registry) {
    simulate!(registry, "iam", aws_sdk_iam, {
        list_users => users::list_users,
        get_user => users::get_user,
        create_user => users::create_user,
        delete_user => users::delete_user,
        list_user_tags => users::list_user_tags,
        tag_user => users::tag_user,
        untag_user => users::untag_user,
        list_access_keys => users::list_access_keys,
        get_access_key_last_used => users::get_access_key_last_used,
        list_mfa_devices => users::list_mfa_devices,
        list_groups => users::list_groups,
        list_groups_for_user => users::list_groups_for_user,

        list_roles => roles::list_roles,
        get_role => roles::get_role,
        create_role => roles::create_role,
        delete_role => roles::delete_role,

        list_policies => policies::list_policies,
        list_attached_user_policies => policies::list_attached_user_policies,
        list_attached_role_policies => policies::list_attached_role_policies,

        list_account_aliases => list_account_aliases,
    });
}

#[derive(Default)]
pub struct State {
    pub users: BTreeMap<String, User>,
    pub roles: BTreeMap<String, Role>,
    pub groups: BTreeMap<String, Group>,
    pub policies: BTreeMap<String, Policy>,
}

type Tags = BTreeMap<String, String>;

fn list_account_aliases(
    call: &mut Call<'_>,
    input: &ListAccountAliasesInput,
) -> Result<ListAccountAliasesOutput, Fault> {
    let aliases = call.account().alias.iter().cloned().collect();
    let page = cut(aliases, "aliases", input.max_items, input.marker(), String::clone)?;
    Ok(ListAccountAliasesOutput::builder()
        .set_account_aliases(Some(page.items))
        .is_truncated(page.next_token.is_some())
        .set_marker(page.next_token)
        .build()?)
}

/// IAM's pages: a marker instead of a token, and a hundred items by default.
fn cut<T>(
    items: Vec<T>,
    request: impl Debug,
    max_items: Option<i32>,
    marker: Option<&str>,
    key: impl Fn(&T) -> String,
) -> Result<Page<T>, Fault> {
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
    page(items, &request, size, marker, key).map_err(|BadToken| Fault::new("ValidationError", "Invalid Marker."))
}

fn invalid(value: impl std::fmt::Display, member: &str, constraint: &str) -> Fault {
    let message = format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
    );
    Fault::new("ValidationError", message)
}

fn missing(what: &str, name: &str) -> Fault {
    let message = format!("The {what} with name {name} cannot be found.");
    Fault::new("NoSuchEntity", message).with_status(404)
}

// Names differ in more than their case.
fn check_new<T>(known: &BTreeMap<String, T>, what: &str, name: &str) -> Result<(), Fault> {
    if known.keys().any(|other| other.eq_ignore_ascii_case(name)) {
        let message = format!("{what} with name {name} already exists.");
        return Err(Fault::new("EntityAlreadyExists", message).with_status(409));
    }
    Ok(())
}

fn check_name(name: &str, member: &str) -> Result<(), Fault> {
    let legal = |sign: char| sign.is_ascii_alphanumeric() || "_+=,.@-".contains(sign);
    if name.is_empty() || name.len() > 64 || !name.chars().all(legal) {
        let message = format!(
            "The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
        );
        return Err(Fault::new("ValidationError", message));
    }
    Ok(())
}

fn check_path(path: Option<&str>) -> Result<String, Fault> {
    let path = path.unwrap_or("/");
    if path.starts_with('/') && path.ends_with('/') {
        return Ok(path.to_owned());
    }
    let message = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.";
    Err(Fault::new("ValidationError", message))
}

fn to_map(tags: &[Tag]) -> Tags {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

fn to_list(tags: &Tags) -> Result<Vec<Tag>, Fault> {
    tags.iter().map(|(key, value)| Ok(Tag::builder().key(key).value(value).build()?)).collect()
}
