//! Roles.

use aws_sdk_iam::{
    operation::{
        create_role::{CreateRoleInput, CreateRoleOutput},
        delete_role::{DeleteRoleInput, DeleteRoleOutput},
        get_role::{GetRoleInput, GetRoleOutput},
        list_role_tags::{ListRoleTagsInput, ListRoleTagsOutput},
        list_roles::{ListRolesInput, ListRolesOutput},
        tag_role::{TagRoleInput, TagRoleOutput},
        untag_role::{UntagRoleInput, UntagRoleOutput},
        update_assume_role_policy::{UpdateAssumeRolePolicyInput, UpdateAssumeRolePolicyOutput},
        update_role::{UpdateRoleInput, UpdateRoleOutput},
    },
    types::{self, RoleLastUsed},
};

use super::checks::{check_name, check_new, check_path, refuse_services};
use super::errors::{conflict, invalid, missing};
use super::pages::{cut, paged};
use super::state::Role;
use super::tags::{add_tags, to_list, to_map};
use super::trust::Trust;
use super::{Permissions, attached_policies};
use crate::ApiError;
use crate::clock::to_aws;
use crate::state::Call;

impl Role {
    // IAM's lists leave out tags and the last use.
    pub(crate) fn show(&self, account: &str) -> Result<types::Role, ApiError> {
        Ok(types::Role::builder()
            .path(&self.path)
            .role_name(&self.name)
            .role_id(&self.id)
            .arn(self.arn(account))
            .create_date(to_aws(self.created))
            .assume_role_policy_document(self.trust.encoded())
            .set_description(self.description.clone())
            .max_session_duration(self.max_session_seconds)
            .build()?)
    }

    fn show_whole(&self, account: &str) -> Result<types::Role, ApiError> {
        let mut role = self.show(account)?;
        role.role_last_used = Some(self.show_last_used());
        role.tags = Some(to_list(&self.tags)?);
        role.permissions_boundary = self.permissions.show_boundary();
        Ok(role)
    }

    pub(crate) fn show_last_used(&self) -> RoleLastUsed {
        RoleLastUsed::builder()
            .set_last_used_date(self.last_used.map(to_aws))
            .set_region(self.last_used.map(|_| "eu-central-1".to_owned()))
            .build()
    }
}

pub(super) fn find<'a>(call: &'a mut Call<'_>, name: Option<&str>) -> Result<&'a Role, ApiError> {
    let name = name.unwrap_or_default();
    call.iam().roles.get(name).ok_or_else(|| missing("role", name))
}

/// Returns a role for a change; service-linked roles refuse it.
fn find_mut<'a>(call: &'a mut Call<'_>, name: Option<&str>) -> Result<&'a mut Role, ApiError> {
    let name = name.unwrap_or_default();
    let role = call.iam().roles.get_mut(name).ok_or_else(|| missing("role", name))?;
    refuse_services(role)?;
    Ok(role)
}

pub(super) fn list_roles(call: &mut Call<'_>, input: &ListRolesInput) -> Result<ListRolesOutput, ApiError> {
    let (iam, account) = call.iam_and_account();
    let prefix = input.path_prefix().unwrap_or("/");
    let roles = iam.roles.values().filter(|role| role.path.starts_with(prefix));
    let roles = roles.map(|role| role.show(account)).collect::<Result<_, _>>()?;
    let page = cut(roles, ("roles", prefix), input.max_items, input.marker(), |role| role.role_name().to_owned())?;
    Ok(paged!(ListRolesOutput.set_roles, page)?)
}

pub(super) fn get_role(call: &mut Call<'_>, input: &GetRoleInput) -> Result<GetRoleOutput, ApiError> {
    let account = call.account_id;
    let role = find(call, input.role_name())?.show_whole(account)?;
    Ok(GetRoleOutput::builder().role(role).build())
}

pub(super) fn create_role(call: &mut Call<'_>, input: &CreateRoleInput) -> Result<CreateRoleOutput, ApiError> {
    let name = input.role_name().unwrap_or_default();
    check_name(name, "roleName")?;
    check_new(&call.iam().roles, "Role", name)?;
    let boundary = attached_policies::boundary(call, input.permissions_boundary())?;
    let role = Role {
        name: name.to_owned(),
        path: check_path(input.path())?,
        id: call.ids.iam("AROA"),
        created: call.now,
        description: input.description.clone(),
        trust: Trust::parse(input.assume_role_policy_document().unwrap_or_default())?,
        max_session_seconds: check_duration(input.max_session_duration)?.unwrap_or(3600),
        tags: to_map(input.tags()),
        permissions: Permissions { boundary, ..Permissions::default() },
        last_used: None,
    };
    let shown = role.show_whole(call.account_id)?;
    call.iam().roles.insert(name.to_owned(), role);
    Ok(CreateRoleOutput::builder().role(shown).build())
}

fn check_duration(seconds: Option<i32>) -> Result<Option<i32>, ApiError> {
    match seconds {
        Some(seconds) if !(3600..=43200).contains(&seconds) => {
            let bound = if seconds < 3600 { "greater than or equal to 3600" } else { "less than or equal to 43200" };
            Err(invalid(seconds, "maxSessionDuration", &format!("Member must have value {bound}")))
        }
        seconds => Ok(seconds),
    }
}

/// Updates a role. An absent duration becomes the default, like in IAM.
pub(super) fn update_role(call: &mut Call<'_>, input: &UpdateRoleInput) -> Result<UpdateRoleOutput, ApiError> {
    let seconds = check_duration(input.max_session_duration)?;
    let role = find_mut(call, input.role_name())?;
    role.description = input.description.clone().or(role.description.take());
    role.max_session_seconds = seconds.unwrap_or(3600);
    Ok(UpdateRoleOutput::builder().build())
}

pub(super) fn update_assume_role_policy(
    call: &mut Call<'_>,
    input: &UpdateAssumeRolePolicyInput,
) -> Result<UpdateAssumeRolePolicyOutput, ApiError> {
    let trust = Trust::parse(input.policy_document().unwrap_or_default())?;
    find_mut(call, input.role_name())?.trust = trust;
    Ok(UpdateAssumeRolePolicyOutput::builder().build())
}

pub(super) fn delete_role(call: &mut Call<'_>, input: &DeleteRoleInput) -> Result<DeleteRoleOutput, ApiError> {
    let role = find_mut(call, input.role_name())?;
    let (name, permissions) = (role.name.clone(), &role.permissions);
    let checks = [
        (!permissions.attached.is_empty(), "detach all policies"),
        (!permissions.inline.is_empty(), "delete policies"),
    ];
    let first = checks.into_iter().find(|(there, _)| *there).map(|(_, first)| first);
    let in_profile = call.iam().profiles.values().any(|profile| profile.role.as_ref() == Some(&name));
    match first.or(in_profile.then_some("remove roles from instance profile")) {
        Some(first) => Err(conflict(format!("Cannot delete entity, must {first} first."))),
        None => {
            call.iam().roles.remove(&name);
            Ok(DeleteRoleOutput::builder().build())
        }
    }
}

pub(super) fn list_role_tags(call: &mut Call<'_>, input: &ListRoleTagsInput) -> Result<ListRoleTagsOutput, ApiError> {
    let tags = to_list(&find(call, input.role_name())?.tags)?;
    let request = ("role tags", input.role_name());
    let page = cut(tags, request, input.max_items, input.marker(), |tag| tag.key().to_owned())?;
    Ok(paged!(ListRoleTagsOutput.set_tags, page)?)
}

pub(super) fn tag_role(call: &mut Call<'_>, input: &TagRoleInput) -> Result<TagRoleOutput, ApiError> {
    add_tags(&mut find_mut(call, input.role_name())?.tags, input.tags())?;
    Ok(TagRoleOutput::builder().build())
}

pub(super) fn untag_role(call: &mut Call<'_>, input: &UntagRoleInput) -> Result<UntagRoleOutput, ApiError> {
    let role = find_mut(call, input.role_name())?;
    role.tags.retain(|key, _| !input.tag_keys().contains(key));
    Ok(UntagRoleOutput::builder().build())
}
