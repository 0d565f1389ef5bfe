//! Instance profiles.

use aws_sdk_iam::{
    operation::{
        add_role_to_instance_profile::{AddRoleToInstanceProfileInput, AddRoleToInstanceProfileOutput},
        create_instance_profile::{CreateInstanceProfileInput, CreateInstanceProfileOutput},
        delete_instance_profile::{DeleteInstanceProfileInput, DeleteInstanceProfileOutput},
        get_instance_profile::{GetInstanceProfileInput, GetInstanceProfileOutput},
        list_instance_profiles::{ListInstanceProfilesInput, ListInstanceProfilesOutput},
        list_instance_profiles_for_role::{ListInstanceProfilesForRoleInput, ListInstanceProfilesForRoleOutput},
        remove_role_from_instance_profile::{RemoveRoleFromInstanceProfileInput, RemoveRoleFromInstanceProfileOutput},
    },
    types::InstanceProfile,
};

use super::checks::{check_name, check_new, check_path};
use super::errors::{conflict, missing, no_such, over_quota};
use super::pages::{cut, paged};
use super::roles;
use super::state::{IamState, Profile};
use super::tags::{to_list, to_map};
use crate::ApiError;
use crate::clock::to_aws;
use crate::state::Call;

impl Profile {
    pub(crate) fn show(&self, iam: &IamState, account: &str) -> Result<InstanceProfile, ApiError> {
        let role = self.role.as_ref().and_then(|role| iam.roles.get(role));
        let roles = role.iter().map(|role| role.show(account)).collect::<Result<_, _>>()?;
        Ok(InstanceProfile::builder()
            .path(&self.path)
            .instance_profile_name(&self.name)
            .instance_profile_id(&self.id)
            .arn(format!("arn:aws:iam::{account}:instance-profile{}{}", self.path, self.name))
            .create_date(to_aws(self.created))
            .set_roles(Some(roles))
            .build()?)
    }

    fn show_whole(&self, iam: &IamState, account: &str) -> Result<InstanceProfile, ApiError> {
        let mut profile = self.show(iam, account)?;
        profile.tags = Some(to_list(&self.tags)?);
        Ok(profile)
    }
}

fn name_of(profile: &InstanceProfile) -> String {
    profile.instance_profile_name().to_owned()
}

pub(super) fn list_instance_profiles(
    call: &mut Call<'_>,
    input: &ListInstanceProfilesInput,
) -> Result<ListInstanceProfilesOutput, ApiError> {
    let (iam, account) = call.iam_and_account();
    let prefix = input.path_prefix().unwrap_or("/");
    let profiles = iam.profiles.values().filter(|profile| profile.path.starts_with(prefix));
    let profiles = profiles.map(|profile| profile.show(iam, account)).collect::<Result<_, _>>()?;
    let page = cut(profiles, ("profiles", prefix), input.max_items, input.marker(), name_of)?;
    Ok(paged!(ListInstanceProfilesOutput.set_instance_profiles, page)?)
}

pub(super) fn list_instance_profiles_for_role(
    call: &mut Call<'_>,
    input: &ListInstanceProfilesForRoleInput,
) -> Result<ListInstanceProfilesForRoleOutput, ApiError> {
    let role = roles::find(call, input.role_name())?.name.clone();
    let (iam, account) = call.iam_and_account();
    let profiles = iam.profiles.values().filter(|profile| profile.role.as_ref() == Some(&role));
    let profiles = profiles.map(|profile| profile.show(iam, account)).collect::<Result<_, _>>()?;
    let page = cut(profiles, ("profiles of", role), input.max_items, input.marker(), name_of)?;
    Ok(paged!(ListInstanceProfilesForRoleOutput.set_instance_profiles, page)?)
}

pub(super) fn get_instance_profile(
    call: &mut Call<'_>,
    input: &GetInstanceProfileInput,
) -> Result<GetInstanceProfileOutput, ApiError> {
    let (iam, account) = call.iam_and_account();
    let name = input.instance_profile_name().unwrap_or_default();
    let profile = iam.profiles.get(name).ok_or_else(|| unknown(name))?;
    Ok(GetInstanceProfileOutput::builder().instance_profile(profile.show_whole(iam, account)?).build())
}

pub(super) fn create_instance_profile(
    call: &mut Call<'_>,
    input: &CreateInstanceProfileInput,
) -> Result<CreateInstanceProfileOutput, ApiError> {
    let name = input.instance_profile_name().unwrap_or_default();
    check_name(name, "instanceProfileName")?;
    check_new(&call.iam().profiles, "Instance Profile", name)?;
    let profile = Profile {
        name: name.to_owned(),
        path: check_path(input.path())?,
        id: call.ids.iam("AIPA"),
        created: call.now,
        role: None,
        tags: to_map(input.tags()),
    };
    let (iam, account) = call.iam_and_account();
    let shown = profile.show_whole(iam, account)?;
    iam.profiles.insert(name.to_owned(), profile);
    Ok(CreateInstanceProfileOutput::builder().instance_profile(shown).build())
}

pub(super) fn delete_instance_profile(
    call: &mut Call<'_>,
    input: &DeleteInstanceProfileInput,
) -> Result<DeleteInstanceProfileOutput, ApiError> {
    let name = input.instance_profile_name().unwrap_or_default();
    if find_mut(call, name)?.role.is_some() {
        return Err(conflict("Cannot delete entity, must remove roles from instance profile first."));
    }
    call.iam().profiles.remove(name);
    Ok(DeleteInstanceProfileOutput::builder().build())
}

pub(super) fn add_role_to_instance_profile(
    call: &mut Call<'_>,
    input: &AddRoleToInstanceProfileInput,
) -> Result<AddRoleToInstanceProfileOutput, ApiError> {
    let role = roles::find(call, input.role_name())?.name.clone();
    let profile = find_mut(call, input.instance_profile_name().unwrap_or_default())?;
    if profile.role.is_some() {
        return Err(over_quota("InstanceSessionsPerInstanceProfile", 1));
    }
    profile.role = Some(role);
    Ok(AddRoleToInstanceProfileOutput::builder().build())
}

pub(super) fn remove_role_from_instance_profile(
    call: &mut Call<'_>,
    input: &RemoveRoleFromInstanceProfileInput,
) -> Result<RemoveRoleFromInstanceProfileOutput, ApiError> {
    let role = input.role_name().unwrap_or_default();
    let profile = find_mut(call, input.instance_profile_name().unwrap_or_default())?;
    if profile.role.as_deref() != Some(role) {
        return Err(missing("role", role));
    }
    profile.role = None;
    Ok(RemoveRoleFromInstanceProfileOutput::builder().build())
}

fn find_mut<'a>(call: &'a mut Call<'_>, name: &str) -> Result<&'a mut Profile, ApiError> {
    call.iam().profiles.get_mut(name).ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> ApiError {
    no_such(format!("Instance Profile {name} cannot be found."))
}
