//! Users with their tags, keys, MFA devices and groups.

use aws_sdk_iam::{
    operation::{
        create_user::{CreateUserInput, CreateUserOutput},
        delete_user::{DeleteUserInput, DeleteUserOutput},
        get_access_key_last_used::{GetAccessKeyLastUsedInput, GetAccessKeyLastUsedOutput},
        get_user::{GetUserInput, GetUserOutput},
        list_access_keys::{ListAccessKeysInput, ListAccessKeysOutput},
        list_groups::{ListGroupsInput, ListGroupsOutput},
        list_groups_for_user::{ListGroupsForUserInput, ListGroupsForUserOutput},
        list_mfa_devices::{ListMfaDevicesInput, ListMfaDevicesOutput},
        list_user_tags::{ListUserTagsInput, ListUserTagsOutput},
        list_users::{ListUsersInput, ListUsersOutput},
        tag_user::{TagUserInput, TagUserOutput},
        untag_user::{UntagUserInput, UntagUserOutput},
    },
    types::{self, AccessKeyLastUsed, AccessKeyMetadata, MfaDevice, StatusType},
};
use jiff::Timestamp;

use super::{Tags, check_name, check_new, check_path, cut, missing, to_list, to_map};
use crate::sandbox::{Fault, clock::to_aws, world::Call};

/// Who calls with credentials that belong to nobody else.
pub const CALLER: &str = "demo";

pub struct User {
    pub name: String,
    pub path: String,
    pub id: String,
    pub created: Timestamp,
    pub password_last_used: Option<Timestamp>,
    pub tags: Tags,
    pub keys: Vec<AccessKey>,
    pub mfa: Option<Mfa>,
    pub groups: Vec<String>,
    /// ARNs of attached policies.
    pub policies: Vec<String>,
}

pub struct AccessKey {
    pub id: String,
    pub active: bool,
    pub created: Timestamp,
    pub last_used: Option<(Timestamp, &'static str)>,
}

pub struct Mfa {
    pub enabled: Timestamp,
}

pub struct Group {
    pub name: String,
    pub path: String,
    pub id: String,
    pub created: Timestamp,
}

impl User {
    pub fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:user{}{}", self.path, self.name)
    }

    fn show(&self, account: &str) -> Result<types::User, Fault> {
        Ok(types::User::builder()
            .path(&self.path)
            .user_name(&self.name)
            .user_id(&self.id)
            .arn(self.arn(account))
            .create_date(to_aws(self.created))
            .set_password_last_used(self.password_last_used.map(to_aws))
            .build()?)
    }

    fn show_with_tags(&self, account: &str) -> Result<types::User, Fault> {
        let mut user = self.show(account)?;
        user.tags = Some(to_list(&self.tags)?);
        Ok(user)
    }
}

pub fn list_users(call: &mut Call<'_>, input: &ListUsersInput) -> Result<ListUsersOutput, Fault> {
    let account = call.account_id;
    let prefix = input.path_prefix().unwrap_or("/");
    let users = call.iam().users.values();
    let users =
        users.filter(|user| user.path.starts_with(prefix)).map(|user| user.show(account)).collect::<Result<_, _>>()?;
    let page = cut(users, ("users", prefix), input.max_items, input.marker(), |user| user.user_name().to_owned())?;
    Ok(ListUsersOutput::builder()
        .set_users(Some(page.items))
        .is_truncated(page.next_token.is_some())
        .set_marker(page.next_token)
        .build()?)
}

pub fn get_user(call: &mut Call<'_>, input: &GetUserInput) -> Result<GetUserOutput, Fault> {
    let account = call.account_id;
    let user = find(call, input.user_name())?.show_with_tags(account)?;
    Ok(GetUserOutput::builder().user(user).build())
}

pub fn create_user(call: &mut Call<'_>, input: &CreateUserInput) -> Result<CreateUserOutput, Fault> {
    let name = input.user_name().unwrap_or_default();
    check_name(name, "userName")?;
    check_new(&call.iam().users, "User", name)?;
    let user = User {
        name: name.to_owned(),
        path: check_path(input.path())?,
        id: call.ids.iam("AIDA"),
        created: call.now,
        password_last_used: None,
        tags: to_map(input.tags()),
        keys: Vec::new(),
        mfa: None,
        groups: Vec::new(),
        policies: Vec::new(),
    };
    let shown = user.show_with_tags(call.account_id)?;
    call.iam().users.insert(name.to_owned(), user);
    Ok(CreateUserOutput::builder().user(shown).build())
}

pub fn delete_user(call: &mut Call<'_>, input: &DeleteUserInput) -> Result<DeleteUserOutput, Fault> {
    let name = input.user_name().unwrap_or_default();
    let user = find(call, Some(name))?;
    let in_the_way = [
        (!user.policies.is_empty(), "detach all policies"),
        (!user.keys.is_empty(), "delete access keys"),
        (user.mfa.is_some(), "deactivate MFA devices"),
        (!user.groups.is_empty(), "remove users from group"),
    ];
    if let Some((_, first)) = in_the_way.into_iter().find(|(there, _)| *there) {
        let message = format!("Cannot delete entity, must {first} first.");
        return Err(Fault::new("DeleteConflict", message).with_status(409));
    }
    call.iam().users.remove(name);
    Ok(DeleteUserOutput::builder().build())
}

pub fn list_user_tags(call: &mut Call<'_>, input: &ListUserTagsInput) -> Result<ListUserTagsOutput, Fault> {
    let tags = to_list(&find(call, input.user_name())?.tags)?;
    let request = ("tags", input.user_name());
    let page = cut(tags, request, input.max_items, input.marker(), |tag| tag.key().to_owned())?;
    Ok(ListUserTagsOutput::builder()
        .set_tags(Some(page.items))
        .is_truncated(page.next_token.is_some())
        .set_marker(page.next_token)
        .build()?)
}

pub fn tag_user(call: &mut Call<'_>, input: &TagUserInput) -> Result<TagUserOutput, Fault> {
    let user = find_mut(call, input.user_name())?;
    let mut tags = user.tags.clone();
    tags.extend(to_map(input.tags()));
    if tags.len() > 50 {
        let message = "The number of tags has reached the maximum limit.";
        return Err(Fault::new("LimitExceeded", message).with_status(409));
    }
    user.tags = tags;
    Ok(TagUserOutput::builder().build())
}

pub fn untag_user(call: &mut Call<'_>, input: &UntagUserInput) -> Result<UntagUserOutput, Fault> {
    let user = find_mut(call, input.user_name())?;
    user.tags.retain(|key, _| !input.tag_keys().contains(key));
    Ok(UntagUserOutput::builder().build())
}

pub fn list_access_keys(call: &mut Call<'_>, input: &ListAccessKeysInput) -> Result<ListAccessKeysOutput, Fault> {
    let user = find(call, input.user_name())?;
    let show = |key: &AccessKey| {
        let status = if key.active { StatusType::Active } else { StatusType::Inactive };
        AccessKeyMetadata::builder()
            .user_name(&user.name)
            .access_key_id(&key.id)
            .status(status)
            .create_date(to_aws(key.created))
            .build()
    };
    let keys = user.keys.iter().map(show).collect();
    let request = ("keys", input.user_name());
    let page = cut(keys, request, input.max_items, input.marker(), |key: &AccessKeyMetadata| {
        key.access_key_id().unwrap_or_default().to_owned()
    })?;
    Ok(ListAccessKeysOutput::builder()
        .set_access_key_metadata(Some(page.items))
        .is_truncated(page.next_token.is_some())
        .set_marker(page.next_token)
        .build()?)
}

pub fn get_access_key_last_used(
    call: &mut Call<'_>,
    input: &GetAccessKeyLastUsedInput,
) -> Result<GetAccessKeyLastUsedOutput, Fault> {
    let id = input.access_key_id().unwrap_or_default();
    let mut keys = call.iam().users.values().flat_map(|user| user.keys.iter().map(move |key| (user, key)));
    let Some((user, key)) = keys.find(|(_, key)| key.id == id) else {
        let message = format!("The Access Key with id {id} cannot be found");
        return Err(Fault::new("NoSuchEntity", message).with_status(404));
    };
    let (service, region) = match key.last_used {
        Some((_, service)) => (service, "eu-central-1"),
        None => ("N/A", "N/A"),
    };
    let last_used = AccessKeyLastUsed::builder()
        .set_last_used_date(key.last_used.map(|(at, _)| to_aws(at)))
        .service_name(service)
        .region(region)
        .build()?;
    Ok(GetAccessKeyLastUsedOutput::builder().user_name(&user.name).access_key_last_used(last_used).build())
}

pub fn list_mfa_devices(call: &mut Call<'_>, input: &ListMfaDevicesInput) -> Result<ListMfaDevicesOutput, Fault> {
    let account = call.account_id;
    let user = find(call, input.user_name())?;
    let show = |mfa: &Mfa| -> Result<MfaDevice, Fault> {
        Ok(MfaDevice::builder()
            .user_name(&user.name)
            .serial_number(format!("arn:aws:iam::{account}:mfa/{}", user.name))
            .enable_date(to_aws(mfa.enabled))
            .build()?)
    };
    let devices = user.mfa.iter().map(show).collect::<Result<_, _>>()?;
    let request = ("mfa", input.user_name());
    let page =
        cut(devices, request, input.max_items, input.marker(), |device: &MfaDevice| device.serial_number().to_owned())?;
    Ok(ListMfaDevicesOutput::builder()
        .set_mfa_devices(Some(page.items))
        .is_truncated(page.next_token.is_some())
        .set_marker(page.next_token)
        .build()?)
}

impl Group {
    fn show(&self, account: &str) -> Result<types::Group, Fault> {
        Ok(types::Group::builder()
            .path(&self.path)
            .group_name(&self.name)
            .group_id(&self.id)
            .arn(format!("arn:aws:iam::{account}:group{}{}", self.path, self.name))
            .create_date(to_aws(self.created))
            .build()?)
    }
}

pub fn list_groups(call: &mut Call<'_>, input: &ListGroupsInput) -> Result<ListGroupsOutput, Fault> {
    let account = call.account_id;
    let prefix = input.path_prefix().unwrap_or("/");
    let groups = call.iam().groups.values();
    let groups = groups
        .filter(|group| group.path.starts_with(prefix))
        .map(|group| group.show(account))
        .collect::<Result<_, _>>()?;
    let page = cut(groups, ("groups", prefix), input.max_items, input.marker(), |group| group.group_name().to_owned())?;
    Ok(ListGroupsOutput::builder()
        .set_groups(Some(page.items))
        .is_truncated(page.next_token.is_some())
        .set_marker(page.next_token)
        .build()?)
}

pub fn list_groups_for_user(
    call: &mut Call<'_>,
    input: &ListGroupsForUserInput,
) -> Result<ListGroupsForUserOutput, Fault> {
    let account = call.account_id;
    let names = find(call, input.user_name())?.groups.clone();
    let groups = names
        .iter()
        .filter_map(|name| call.iam().groups.get(name).map(|group| group.show(account)))
        .collect::<Result<_, _>>()?;
    let request = ("groups of", input.user_name());
    let page = cut(groups, request, input.max_items, input.marker(), |group| group.group_name().to_owned())?;
    Ok(ListGroupsForUserOutput::builder()
        .set_groups(Some(page.items))
        .is_truncated(page.next_token.is_some())
        .set_marker(page.next_token)
        .build()?)
}

/// Without a name, the user who calls.
pub fn find<'a>(call: &'a mut Call<'_>, name: Option<&str>) -> Result<&'a User, Fault> {
    find_mut(call, name).map(|user| &*user)
}

fn find_mut<'a>(call: &'a mut Call<'_>, name: Option<&str>) -> Result<&'a mut User, Fault> {
    let name = name.unwrap_or(CALLER);
    call.iam().users.get_mut(name).ok_or_else(|| missing("user", name))
}
