//! MFA devices. Virtual devices are created first and assigned later.

use aws_sdk_iam::{
    operation::{
        create_virtual_mfa_device::{CreateVirtualMfaDeviceInput, CreateVirtualMfaDeviceOutput},
        deactivate_mfa_device::{DeactivateMfaDeviceInput, DeactivateMfaDeviceOutput},
        delete_virtual_mfa_device::{DeleteVirtualMfaDeviceInput, DeleteVirtualMfaDeviceOutput},
        enable_mfa_device::{EnableMfaDeviceInput, EnableMfaDeviceOutput},
        list_mfa_device_tags::{ListMfaDeviceTagsInput, ListMfaDeviceTagsOutput},
        list_mfa_devices::{ListMfaDevicesInput, ListMfaDevicesOutput},
        list_virtual_mfa_devices::{ListVirtualMfaDevicesInput, ListVirtualMfaDevicesOutput},
    },
    primitives::Blob,
    types::{AssignmentStatusType, MfaDevice, User, VirtualMfaDevice},
};
use jiff::Timestamp;

use super::checks::{check_name, check_path};
use super::errors::{conflict, exists, no_such, over_quota};
use super::pages::{cut, paged};
use super::state::{Device, DeviceHolder, IamState, MfaUser};
use super::tags::{to_list, to_map};
use super::users;
use crate::ApiError;
use crate::clock::to_aws;
use crate::state::Call;

/// Quota of MFA devices per user.
const MOST: usize = 8;

pub(super) fn list_mfa_devices(
    call: &mut Call<'_>,
    input: &ListMfaDevicesInput,
) -> Result<ListMfaDevicesOutput, ApiError> {
    let name = users::find(call, input.user_name())?.name.clone();
    let show = |device: &Device| -> Result<MfaDevice, ApiError> {
        let enabled = device.holder.as_ref().map_or(Timestamp::UNIX_EPOCH, |holder| holder.enabled);
        Ok(MfaDevice::builder().user_name(&name).serial_number(&device.serial).enable_date(to_aws(enabled)).build()?)
    };
    let devices = call.iam().devices.values().filter(|device| device.is_of(&name));
    let devices = devices.map(show).collect::<Result<_, _>>()?;
    let request = ("mfa", input.user_name());
    let page =
        cut(devices, request, input.max_items, input.marker(), |device: &MfaDevice| device.serial_number().to_owned())?;
    Ok(paged!(ListMfaDevicesOutput.set_mfa_devices, page)?)
}

pub(super) fn list_virtual_mfa_devices(
    call: &mut Call<'_>,
    input: &ListVirtualMfaDevicesInput,
) -> Result<ListVirtualMfaDevicesOutput, ApiError> {
    let (iam, account) = call.iam_and_account();
    let wanted = |device: &&Device| match input.assignment_status() {
        Some(AssignmentStatusType::Assigned) => device.holder.is_some(),
        Some(AssignmentStatusType::Unassigned) => device.holder.is_none(),
        _ => true,
    };
    // The serial number of a hardware device is not an ARN.
    let devices = iam.devices.values().filter(|device| device.serial.starts_with("arn:")).filter(wanted);
    let devices = devices.map(|device| show_virtual(iam, account, device)).collect::<Result<_, _>>()?;
    let request = ("virtual mfa", input.assignment_status());
    let page = cut(devices, request, input.max_items, input.marker(), |device: &VirtualMfaDevice| {
        device.serial_number().to_owned()
    })?;
    Ok(paged!(ListVirtualMfaDevicesOutput.set_virtual_mfa_devices, page)?)
}

fn show_virtual(iam: &IamState, account: &str, device: &Device) -> Result<VirtualMfaDevice, ApiError> {
    let user = match device.holder.as_ref().map(|holder| &holder.user) {
        Some(MfaUser::Root) => Some(show_root(iam, account)?),
        Some(MfaUser::Named(name)) => iam.users.get(name).map(|user| user.show(account)).transpose()?,
        None => None,
    };
    Ok(VirtualMfaDevice::builder()
        .serial_number(&device.serial)
        .set_user(user)
        .set_enable_date(device.holder.as_ref().map(|holder| to_aws(holder.enabled)))
        .build()?)
}

fn show_root(iam: &IamState, account: &str) -> Result<User, ApiError> {
    Ok(User::builder()
        .path("/")
        .user_name("")
        .user_id(account)
        .arn(format!("arn:aws:iam::{account}:root"))
        .create_date(to_aws(iam.root.created))
        .set_password_last_used(iam.root.password_last_used.map(to_aws))
        .build()?)
}

pub(super) fn create_virtual_mfa_device(
    call: &mut Call<'_>,
    input: &CreateVirtualMfaDeviceInput,
) -> Result<CreateVirtualMfaDeviceOutput, ApiError> {
    let name = input.virtual_mfa_device_name().unwrap_or_default();
    check_name(name, "virtualMFADeviceName")?;
    let serial = format!("arn:aws:iam::{}:mfa{}{name}", call.account_id, check_path(input.path())?);
    if call.iam().devices.contains_key(&serial) {
        return Err(exists("MFADevice entity at the same path and name"));
    }
    let seed = call.ids.secret(64);
    let tags = to_map(input.tags());
    let shown = VirtualMfaDevice::builder()
        .serial_number(&serial)
        .base32_string_seed(Blob::new(seed.to_uppercase()))
        .qr_code_png(Blob::new("a picture of the seed"))
        .set_tags(Some(to_list(&tags)?))
        .build()?;
    call.iam().devices.insert(serial.clone(), Device { serial, holder: None, tags });
    Ok(CreateVirtualMfaDeviceOutput::builder().virtual_mfa_device(shown).build())
}

pub(super) fn delete_virtual_mfa_device(
    call: &mut Call<'_>,
    input: &DeleteVirtualMfaDeviceInput,
) -> Result<DeleteVirtualMfaDeviceOutput, ApiError> {
    let serial = input.serial_number().unwrap_or_default();
    let device = call.iam().devices.get(serial).ok_or_else(|| unknown(serial))?;
    if device.holder.is_some() {
        return Err(conflict(
            "MFA VirtualDevice cannot be deleted while it is assigned to a user; deactivate it first.",
        ));
    }
    call.iam().devices.remove(serial);
    Ok(DeleteVirtualMfaDeviceOutput::builder().build())
}

/// The sandbox accepts any two different codes of six digits.
pub(super) fn enable_mfa_device(
    call: &mut Call<'_>,
    input: &EnableMfaDeviceInput,
) -> Result<EnableMfaDeviceOutput, ApiError> {
    let now = call.now;
    let name = users::find(call, input.user_name())?.name.clone();
    let serial = input.serial_number().unwrap_or_default();
    let (first, second) =
        (input.authentication_code1().unwrap_or_default(), input.authentication_code2().unwrap_or_default());
    let is_code = |code: &str| code.len() == 6 && code.chars().all(|digit| digit.is_ascii_digit());
    if !is_code(first) || !is_code(second) || first == second {
        let message = format!("Authentication code for device {serial} is not valid.");
        return Err(ApiError::new("InvalidAuthenticationCode", message).with_status(403));
    }
    let devices = &mut call.iam().devices;
    if devices.values().filter(|device| device.is_of(&name)).count() >= MOST {
        return Err(over_quota("MFADevicesPerUser", MOST));
    }
    let device = devices.get_mut(serial).ok_or_else(|| unknown(serial))?;
    if device.holder.is_some() {
        return Err(exists("MFA Device entity"));
    }
    device.holder = Some(DeviceHolder { user: MfaUser::Named(name), enabled: now });
    Ok(EnableMfaDeviceOutput::builder().build())
}

pub(super) fn deactivate_mfa_device(
    call: &mut Call<'_>,
    input: &DeactivateMfaDeviceInput,
) -> Result<DeactivateMfaDeviceOutput, ApiError> {
    let name = users::find(call, input.user_name())?.name.clone();
    let serial = input.serial_number().unwrap_or_default();
    let device = call.iam().devices.get_mut(serial).filter(|device| device.is_of(&name));
    device.ok_or_else(|| unknown(serial))?.holder = None;
    Ok(DeactivateMfaDeviceOutput::builder().build())
}

fn unknown(serial: &str) -> ApiError {
    no_such(format!("VirtualMFADevice with serial number {serial} doesn't exist."))
}

pub(super) fn list_mfa_device_tags(
    call: &mut Call<'_>,
    input: &ListMfaDeviceTagsInput,
) -> Result<ListMfaDeviceTagsOutput, ApiError> {
    let serial = input.serial_number().unwrap_or_default();
    let device = call.iam().devices.get(serial).ok_or_else(|| unknown(serial))?;
    let tags = to_list(&device.tags)?;
    let page = cut(tags, ("mfa tags", serial), input.max_items, input.marker(), |tag| tag.key().to_owned())?;
    Ok(paged!(ListMfaDeviceTagsOutput.set_tags, page)?)
}
