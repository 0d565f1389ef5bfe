//! Access keys: at most two per user. Only creation returns the secret.

use aws_sdk_iam::{
    operation::{
        create_access_key::{CreateAccessKeyInput, CreateAccessKeyOutput},
        delete_access_key::{DeleteAccessKeyInput, DeleteAccessKeyOutput},
        get_access_key_last_used::{GetAccessKeyLastUsedInput, GetAccessKeyLastUsedOutput},
        list_access_keys::{ListAccessKeysInput, ListAccessKeysOutput},
        update_access_key::{UpdateAccessKeyInput, UpdateAccessKeyOutput},
    },
    types::{self, AccessKeyLastUsed, AccessKeyMetadata, StatusType},
};

use super::errors::{invalid, no_such, over_quota};
use super::pages::{cut, paged};
use super::state::AccessKey;
use super::users;
use crate::ApiError;
use crate::clock::to_aws;
use crate::state::Call;

const MOST: usize = 2;

impl AccessKey {
    fn status(&self) -> StatusType {
        if self.active { StatusType::Active } else { StatusType::Inactive }
    }
}

pub(super) fn list_access_keys(
    call: &mut Call<'_>,
    input: &ListAccessKeysInput,
) -> Result<ListAccessKeysOutput, ApiError> {
    let user = users::find(call, input.user_name())?;
    let show = |key: &AccessKey| {
        AccessKeyMetadata::builder()
            .user_name(&user.name)
            .access_key_id(&key.id)
            .status(key.status())
            .create_date(to_aws(key.created))
            .build()
    };
    let keys = user.keys.iter().map(show).collect();
    let request = ("keys", input.user_name());
    let page = cut(keys, request, input.max_items, input.marker(), |key: &AccessKeyMetadata| {
        key.access_key_id().unwrap_or_default().to_owned()
    })?;
    Ok(paged!(ListAccessKeysOutput.set_access_key_metadata, page)?)
}

pub(super) fn create_access_key(
    call: &mut Call<'_>,
    input: &CreateAccessKeyInput,
) -> Result<CreateAccessKeyOutput, ApiError> {
    let now = call.now;
    if users::find(call, input.user_name())?.keys.len() >= MOST {
        return Err(over_quota("AccessKeysPerUser", MOST));
    }
    let (id, secret) = (call.ids.iam("AKIA"), call.ids.secret(40));
    let user = users::find_mut(call, input.user_name())?;
    let shown = types::AccessKey::builder()
        .user_name(&user.name)
        .access_key_id(&id)
        .status(StatusType::Active)
        .secret_access_key(secret)
        .create_date(to_aws(now))
        .build()?;
    user.keys.push(AccessKey { id, active: true, created: now, last_used: None });
    Ok(CreateAccessKeyOutput::builder().access_key(shown).build())
}

pub(super) fn update_access_key(
    call: &mut Call<'_>,
    input: &UpdateAccessKeyInput,
) -> Result<UpdateAccessKeyOutput, ApiError> {
    let active = match input.status() {
        Some(StatusType::Active) => true,
        Some(StatusType::Inactive) => false,
        other => {
            let value = other.map_or("", StatusType::as_str);
            let constraint = "Member must satisfy enum value set: [Active, Inactive]";
            return Err(invalid(value, "status", constraint));
        }
    };
    find_mut(call, input.user_name(), input.access_key_id().unwrap_or_default())?.active = active;
    Ok(UpdateAccessKeyOutput::builder().build())
}

pub(super) fn delete_access_key(
    call: &mut Call<'_>,
    input: &DeleteAccessKeyInput,
) -> Result<DeleteAccessKeyOutput, ApiError> {
    let id = input.access_key_id().unwrap_or_default();
    find_mut(call, input.user_name(), id)?;
    users::find_mut(call, input.user_name())?.keys.retain(|key| key.id != id);
    Ok(DeleteAccessKeyOutput::builder().build())
}

fn find_mut<'a>(call: &'a mut Call<'_>, user: Option<&str>, id: &str) -> Result<&'a mut AccessKey, ApiError> {
    let keys = &mut users::find_mut(call, user)?.keys;
    keys.iter_mut().find(|key| key.id == id).ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> ApiError {
    no_such(format!("The Access Key with id {id} cannot be found."))
}

pub(super) fn get_access_key_last_used(
    call: &mut Call<'_>,
    input: &GetAccessKeyLastUsedInput,
) -> Result<GetAccessKeyLastUsedOutput, ApiError> {
    let id = input.access_key_id().unwrap_or_default();
    let mut keys = call.iam().users.values().flat_map(|user| user.keys.iter().map(move |key| (user, key)));
    let Some((user, key)) = keys.find(|(_, key)| key.id == id) else { return Err(unknown(id)) };
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
