//! Groups. Membership is part of the user.

use aws_sdk_iam::{
    operation::{
        add_user_to_group::{AddUserToGroupInput, AddUserToGroupOutput},
        create_group::{CreateGroupInput, CreateGroupOutput},
        delete_group::{DeleteGroupInput, DeleteGroupOutput},
        get_group::{GetGroupInput, GetGroupOutput},
        list_groups::{ListGroupsInput, ListGroupsOutput},
        list_groups_for_user::{ListGroupsForUserInput, ListGroupsForUserOutput},
        remove_user_from_group::{RemoveUserFromGroupInput, RemoveUserFromGroupOutput},
        update_group::{UpdateGroupInput, UpdateGroupOutput},
    },
    types,
};

use super::checks::{check_name, check_new, check_path};
use super::errors::{conflict, missing, over_quota};
use super::pages::{cut, paged};
use super::state::Group;
use super::{Permissions, users};
use crate::ApiError;
use crate::clock::to_aws;
use crate::state::Call;

/// Quota of groups per user.
const MOST: usize = 10;

impl Group {
    fn show(&self, account: &str) -> Result<types::Group, ApiError> {
        Ok(types::Group::builder()
            .path(&self.path)
            .group_name(&self.name)
            .group_id(&self.id)
            .arn(self.arn(account))
            .create_date(to_aws(self.created))
            .build()?)
    }
}

pub(super) fn list_groups(call: &mut Call<'_>, input: &ListGroupsInput) -> Result<ListGroupsOutput, ApiError> {
    let (iam, account) = call.iam_and_account();
    let prefix = input.path_prefix().unwrap_or("/");
    let groups = iam.groups.values().filter(|group| group.path.starts_with(prefix));
    let groups = groups.map(|group| group.show(account)).collect::<Result<_, _>>()?;
    let page = cut(groups, ("groups", prefix), input.max_items, input.marker(), |group| group.group_name().to_owned())?;
    Ok(paged!(ListGroupsOutput.set_groups, page)?)
}

pub(super) fn list_groups_for_user(
    call: &mut Call<'_>,
    input: &ListGroupsForUserInput,
) -> Result<ListGroupsForUserOutput, ApiError> {
    let names = users::find(call, input.user_name())?.groups.clone();
    let (iam, account) = call.iam_and_account();
    let groups = names.iter().filter_map(|name| iam.groups.get(name));
    let groups = groups.map(|group| group.show(account)).collect::<Result<_, _>>()?;
    let request = ("groups of", input.user_name());
    let page = cut(groups, request, input.max_items, input.marker(), |group| group.group_name().to_owned())?;
    Ok(paged!(ListGroupsForUserOutput.set_groups, page)?)
}

pub(super) fn get_group(call: &mut Call<'_>, input: &GetGroupInput) -> Result<GetGroupOutput, ApiError> {
    let account = call.account_id;
    let group = find(call, input.group_name())?.show(account)?;
    let name = group.group_name.clone();
    let members = call.iam().users.values().filter(|user| user.groups.contains(&name));
    let members = members.map(|user| user.show(account)).collect::<Result<_, _>>()?;
    let page = cut(members, ("in group", name), input.max_items, input.marker(), |user: &types::User| {
        user.user_name().to_owned()
    })?;
    Ok(GetGroupOutput::builder()
        .group(group)
        .set_users(Some(page.items))
        .is_truncated(page.next_token.is_some())
        .set_marker(page.next_token)
        .build()?)
}

pub(super) fn create_group(call: &mut Call<'_>, input: &CreateGroupInput) -> Result<CreateGroupOutput, ApiError> {
    let name = input.group_name().unwrap_or_default();
    check_name(name, "groupName")?;
    check_new(&call.iam().groups, "Group", name)?;
    let group = Group {
        name: name.to_owned(),
        path: check_path(input.path())?,
        id: call.ids.iam("AGPA"),
        created: call.now,
        permissions: Permissions::default(),
    };
    let shown = group.show(call.account_id)?;
    call.iam().groups.insert(name.to_owned(), group);
    Ok(CreateGroupOutput::builder().group(shown).build())
}

pub(super) fn update_group(call: &mut Call<'_>, input: &UpdateGroupInput) -> Result<UpdateGroupOutput, ApiError> {
    let name = find(call, input.group_name())?.name.clone();
    let new = input.new_group_name().unwrap_or(&name).to_owned();
    check_name(&new, "newGroupName")?;
    let path = input.new_path().map(|path| check_path(Some(path))).transpose()?;
    let iam = call.iam();
    if !new.eq_ignore_ascii_case(&name) {
        check_new(&iam.groups, "Group", &new)?;
    }
    let mut group = iam.groups.remove(&name).ok_or_else(|| missing("group", &name))?;
    group.path = path.unwrap_or(group.path);
    group.name.clone_from(&new);
    iam.groups.insert(new.clone(), group);
    for of in iam.users.values_mut().flat_map(|user| &mut user.groups).filter(|of| **of == name) {
        of.clone_from(&new);
    }
    Ok(UpdateGroupOutput::builder().build())
}

pub(super) fn delete_group(call: &mut Call<'_>, input: &DeleteGroupInput) -> Result<DeleteGroupOutput, ApiError> {
    let group = find(call, input.group_name())?;
    let (name, has_inline, has_attached) =
        (group.name.clone(), !group.permissions.inline.is_empty(), !group.permissions.attached.is_empty());
    let has_members = call.iam().users.values().any(|user| user.groups.contains(&name));
    let checks = [
        (has_members, "remove users from group"),
        (has_inline, "delete policies"),
        (has_attached, "detach all policies"),
    ];
    if let Some((_, first)) = checks.into_iter().find(|(there, _)| *there) {
        return Err(conflict(format!("Cannot delete entity, must {first} first.")));
    }
    call.iam().groups.remove(&name);
    Ok(DeleteGroupOutput::builder().build())
}

pub(super) fn add_user_to_group(
    call: &mut Call<'_>,
    input: &AddUserToGroupInput,
) -> Result<AddUserToGroupOutput, ApiError> {
    let group = find(call, input.group_name())?.name.clone();
    let user = users::find_mut(call, input.user_name())?;
    if !user.groups.contains(&group) {
        if user.groups.len() >= MOST {
            return Err(over_quota("GroupsPerUser", MOST));
        }
        user.groups.push(group);
        user.groups.sort();
    }
    Ok(AddUserToGroupOutput::builder().build())
}

pub(super) fn remove_user_from_group(
    call: &mut Call<'_>,
    input: &RemoveUserFromGroupInput,
) -> Result<RemoveUserFromGroupOutput, ApiError> {
    let group = find(call, input.group_name())?.name.clone();
    let user = users::find_mut(call, input.user_name())?;
    if !user.groups.contains(&group) {
        return Err(missing("user", &user.name));
    }
    user.groups.retain(|of| *of != group);
    Ok(RemoveUserFromGroupOutput::builder().build())
}

fn find<'a>(call: &'a mut Call<'_>, name: Option<&str>) -> Result<&'a Group, ApiError> {
    let name = name.unwrap_or_default();
    call.iam().groups.get(name).ok_or_else(|| missing("group", name))
}
