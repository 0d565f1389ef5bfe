//! Users and their tags.

use aws_sdk_iam::{
    operation::{
        create_user::{CreateUserInput, CreateUserOutput},
        delete_user::{DeleteUserInput, DeleteUserOutput},
        get_user::{GetUserInput, GetUserOutput},
        list_user_tags::{ListUserTagsInput, ListUserTagsOutput},
        list_users::{ListUsersInput, ListUsersOutput},
        tag_user::{TagUserInput, TagUserOutput},
        untag_user::{UntagUserInput, UntagUserOutput},
        update_user::{UpdateUserInput, UpdateUserOutput},
    },
    types,
};

use super::attached_policies;
use super::checks::{check_name, check_new, check_path};
use super::errors::{conflict, missing};
use super::pages::{cut, paged};
use super::state::{CALLER, IamState, Permissions, User};
use super::tags::{add_tags, to_list, to_map};
use crate::ApiError;
use crate::clock::to_aws;
use crate::state::Call;

impl User {
    pub(crate) fn show(&self, account: &str) -> Result<types::User, ApiError> {
        let last_used = self.password.as_ref().and_then(|password| password.last_used);
        Ok(types::User::builder()
            .path(&self.path)
            .user_name(&self.name)
            .user_id(&self.id)
            .arn(self.arn(account))
            .create_date(to_aws(self.created))
            .set_password_last_used(last_used.map(to_aws))
            .build()?)
    }

    // IAM's lists leave out these fields.
    fn show_whole(&self, account: &str) -> Result<types::User, ApiError> {
        let mut user = self.show(account)?;
        user.tags = Some(to_list(&self.tags)?);
        user.permissions_boundary = self.permissions.show_boundary();
        Ok(user)
    }
}

pub(super) fn list_users(call: &mut Call<'_>, input: &ListUsersInput) -> Result<ListUsersOutput, ApiError> {
    let (iam, account) = call.iam_and_account();
    let prefix = input.path_prefix().unwrap_or("/");
    let users = iam.users.values().filter(|user| user.path.starts_with(prefix));
    let users = users.map(|user| user.show(account)).collect::<Result<_, _>>()?;
    let page = cut(users, ("users", prefix), input.max_items, input.marker(), |user| user.user_name().to_owned())?;
    Ok(paged!(ListUsersOutput.set_users, page)?)
}

pub(super) fn get_user(call: &mut Call<'_>, input: &GetUserInput) -> Result<GetUserOutput, ApiError> {
    let account = call.account_id;
    let user = find(call, input.user_name())?.show_whole(account)?;
    Ok(GetUserOutput::builder().user(user).build())
}

pub(super) fn create_user(call: &mut Call<'_>, input: &CreateUserInput) -> Result<CreateUserOutput, ApiError> {
    let name = input.user_name().unwrap_or_default();
    check_name(name, "userName")?;
    check_new(&call.iam().users, "User", name)?;
    let boundary = attached_policies::boundary(call, input.permissions_boundary())?;
    let user = User {
        name: name.to_owned(),
        path: check_path(input.path())?,
        id: call.ids.iam("AIDA"),
        created: call.now,
        password: None,
        tags: to_map(input.tags()),
        keys: Vec::new(),
        groups: Vec::new(),
        permissions: Permissions { boundary, ..Permissions::default() },
    };
    let shown = user.show_whole(call.account_id)?;
    call.iam().users.insert(name.to_owned(), user);
    Ok(CreateUserOutput::builder().user(shown).build())
}

pub(super) fn update_user(call: &mut Call<'_>, input: &UpdateUserInput) -> Result<UpdateUserOutput, ApiError> {
    let name = find(call, input.user_name())?.name.clone();
    let new = input.new_user_name().unwrap_or(&name).to_owned();
    check_name(&new, "newUserName")?;
    let path = input.new_path().map(|path| check_path(Some(path))).transpose()?;
    let iam = call.iam();
    if !new.eq_ignore_ascii_case(&name) {
        check_new(&iam.users, "User", &new)?;
    }
    let mut user = iam.users.remove(&name).ok_or_else(|| missing("user", &name))?;
    user.path = path.unwrap_or(user.path);
    user.name.clone_from(&new);
    iam.users.insert(new.clone(), user);
    for device in iam.devices.values_mut().filter(|device| device.is_of(&name)) {
        device.assign(&new);
    }
    Ok(UpdateUserOutput::builder().build())
}

pub(super) fn delete_user(call: &mut Call<'_>, input: &DeleteUserInput) -> Result<DeleteUserOutput, ApiError> {
    let name = input.user_name().unwrap_or_default();
    find(call, Some(name))?;
    let iam = call.iam();
    if let Some(first) = in_the_way(iam, &iam.users[name]) {
        return Err(conflict(format!("Cannot delete entity, must {first} first.")));
    }
    iam.users.remove(name);
    Ok(DeleteUserOutput::builder().build())
}

fn in_the_way(iam: &IamState, user: &User) -> Option<&'static str> {
    let has_device = iam.devices.values().any(|device| device.is_of(&user.name));
    let checks = [
        (!user.permissions.attached.is_empty(), "detach all policies"),
        (!user.permissions.inline.is_empty(), "delete policies"),
        (!user.keys.is_empty(), "delete access keys"),
        (user.password.is_some(), "delete login profile"),
        (has_device, "deactivate MFA devices"),
        (!user.groups.is_empty(), "remove users from group"),
    ];
    checks.into_iter().find(|(there, _)| *there).map(|(_, first)| first)
}

pub(super) fn list_user_tags(call: &mut Call<'_>, input: &ListUserTagsInput) -> Result<ListUserTagsOutput, ApiError> {
    let tags = to_list(&find(call, input.user_name())?.tags)?;
    let request = ("tags", input.user_name());
    let page = cut(tags, request, input.max_items, input.marker(), |tag| tag.key().to_owned())?;
    Ok(paged!(ListUserTagsOutput.set_tags, page)?)
}

pub(super) fn tag_user(call: &mut Call<'_>, input: &TagUserInput) -> Result<TagUserOutput, ApiError> {
    add_tags(&mut find_mut(call, input.user_name())?.tags, input.tags())?;
    Ok(TagUserOutput::builder().build())
}

pub(super) fn untag_user(call: &mut Call<'_>, input: &UntagUserInput) -> Result<UntagUserOutput, ApiError> {
    let user = find_mut(call, input.user_name())?;
    user.tags.retain(|key, _| !input.tag_keys().contains(key));
    Ok(UntagUserOutput::builder().build())
}

/// Returns the user with the given name; without a name, the caller.
pub(super) fn find<'a>(call: &'a mut Call<'_>, name: Option<&str>) -> Result<&'a User, ApiError> {
    find_mut(call, name).map(|user| &*user)
}

pub(super) fn find_mut<'a>(call: &'a mut Call<'_>, name: Option<&str>) -> Result<&'a mut User, ApiError> {
    let name = name.unwrap_or(CALLER);
    call.iam().users.get_mut(name).ok_or_else(|| missing("user", name))
}
