//! Creating, sharing and deregistering images, and reading their attributes.

use aws_sdk_ec2::{
    operation::{
        create_image::{CreateImageInput, CreateImageOutput},
        deregister_image::{DeregisterImageInput, DeregisterImageOutput},
        describe_image_attribute::{DescribeImageAttributeInput, DescribeImageAttributeOutput},
        modify_image_attribute::{ModifyImageAttributeInput, ModifyImageAttributeOutput},
    },
    types::{
        AttributeValue, BlockDeviceMapping, DeleteSnapshotReturnCode, DeviceType, EbsBlockDevice, HypervisorType,
        Image, ImageAttributeName, ImageState, ImageTypeValues, ResourceType, Snapshot, SnapshotReturnCodes,
        VirtualizationType, Volume,
    },
};
use moonfleet_core::error::NOT_SIMULATED;

use super::facts::ImageFacts;
use crate::ApiError;
use crate::ec2::images::describe::{IMAGES, creation_date, current_images};
use crate::ec2::instances::lookup::find_instance;
use crate::ec2::query::{demand, dry_run, invalid, refuse_unsimulated};
use crate::ec2::sharing::SharingChange;
use crate::ec2::volumes::current::store_current_volumes;
use crate::ec2::volumes::snapshots;
use crate::ec2::{Instance, InstanceState, tags};
use crate::state::Call;

pub(crate) fn create_image(call: &mut Call<'_>, input: &CreateImageInput) -> Result<CreateImageOutput, ApiError> {
    refuse_unsimulated(
        "create_image",
        &[
            ("block_device_mappings", !input.block_device_mappings().is_empty()),
            ("snapshot_location", input.snapshot_location.is_some()),
            ("boot_mode_override", input.boot_mode_override.is_some()),
        ],
    )?;
    store_current_volumes(call);
    let instance = find_instance(call, input.instance_id())?.clone();
    if !matches!(instance.state(call.now), InstanceState::Running | InstanceState::Stopped) {
        let message = format!("The instance ID '{}' is not in a valid state.", instance.id);
        return Err(ApiError::new("IncorrectState", message));
    }
    let name = free_name(call, input.name())?.to_owned();
    let kinds = [ResourceType::Image, ResourceType::Snapshot];
    tags::check_specifications(input.tag_specifications(), &kinds)?;
    dry_run(input.dry_run)?;
    let image_id = call.ids.ec2("ami");
    let mappings = copy_volumes(call, &instance, &image_id, input);
    let image = image(call, &instance, &image_id, &name, input.description(), mappings);
    let state = &mut call.region.ec2;
    state.tags.put(&image_id, &tags::specified(input.tag_specifications(), &ResourceType::Image));
    state.images.push(image);
    Ok(CreateImageOutput::builder().image_id(image_id).build())
}

fn free_name<'a>(call: &Call<'_>, name: Option<&'a str>) -> Result<&'a str, ApiError> {
    let name = demand(name, "name")?;
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || "()[] ./-'@_".contains(letter);
    if !(3..=128).contains(&name.len()) || !name.chars().all(is_allowed) {
        let message = "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, \
                       '(', ')', '.', '-', '/' and '_'";
        return Err(ApiError::new("InvalidAMIName.Malformed", message));
    }
    let mut own = call.region.ec2.images.iter().filter(|image| image.owner_id() == Some(call.account_id));
    match own.find(|image| image.name() == Some(name)).and_then(|image| image.image_id()) {
        None => Ok(name),
        Some(id) => {
            let message = format!("AMI name {name} is already in use by AMI {id}");
            Err(ApiError::new("InvalidAMIName.Duplicate", message))
        }
    }
}

/// Returns a snapshot of each volume of the instance, and the image's block device mappings.
fn copy_volumes(
    call: &mut Call<'_>,
    instance: &Instance,
    image_id: &str,
    input: &CreateImageInput,
) -> Vec<BlockDeviceMapping> {
    let is_attached = |volume: &&Volume| {
        volume.attachments().iter().any(|attachment| attachment.instance_id() == Some(instance.id.as_str()))
    };
    let volumes: Vec<Volume> = call.region.ec2.volumes.iter().filter(is_attached).cloned().collect();
    let tags = tags::specified(input.tag_specifications(), &ResourceType::Snapshot);
    let description = format!("Created by CreateImage({}) for {image_id}", instance.id);
    let mut mappings = Vec::new();
    for volume in volumes {
        let snapshot = snapshots::of_volume(call.ids, call.account_id, &volume, call.now, &description);
        let device = volume.attachments().first().and_then(|attachment| attachment.device()).unwrap_or_default();
        mappings.push(mapping(device, &snapshot, &volume));
        let state = &mut call.region.ec2;
        state.tags.put(snapshot.snapshot_id().unwrap_or_default(), &tags);
        state.snapshots.push(snapshot);
    }
    mappings
}

fn mapping(device: &str, snapshot: &Snapshot, volume: &Volume) -> BlockDeviceMapping {
    let disk = EbsBlockDevice::builder()
        .set_snapshot_id(snapshot.snapshot_id.clone())
        .set_volume_size(volume.size)
        .set_volume_type(volume.volume_type.clone())
        .set_iops(volume.iops)
        .set_throughput(volume.throughput)
        .set_encrypted(volume.encrypted)
        .delete_on_termination(true);
    BlockDeviceMapping::builder().device_name(device).ebs(disk.build()).build()
}

fn image(
    call: &Call<'_>,
    instance: &Instance,
    id: &str,
    name: &str,
    description: Option<&str>,
    mappings: Vec<BlockDeviceMapping>,
) -> Image {
    let source = ImageFacts::find(&call.region.ec2, &instance.image_id);
    Image::builder()
        .image_id(id)
        .name(name)
        .image_location(format!("{}/{name}", call.account_id))
        .description(description.unwrap_or_default())
        .owner_id(call.account_id)
        .creation_date(creation_date(call.now))
        .architecture(source.architecture)
        .set_platform(source.platform)
        .platform_details(source.platform_details)
        .usage_operation(source.usage_operation)
        .root_device_name(source.root_device_name)
        .root_device_type(DeviceType::Ebs)
        .virtualization_type(VirtualizationType::Hvm)
        .hypervisor(HypervisorType::Xen)
        .image_type(ImageTypeValues::Machine)
        .ena_support(true)
        .public(false)
        .source_instance_id(&instance.id)
        .source_image_id(&instance.image_id)
        .source_image_region(call.region_name)
        .set_block_device_mappings(Some(mappings))
        .state(ImageState::Available)
        .build()
}

/// Returns an image that the caller owns, in its current state.
fn find_own_image(call: &Call<'_>, id: Option<&str>) -> Result<Image, ApiError> {
    let image = IMAGES.find(&current_images(call), id, "imageId")?.clone();
    match image.owner_id() == Some(call.account_id) {
        true => Ok(image),
        false => {
            let message = format!("Not authorized for image:{}", id.unwrap_or_default());
            Err(ApiError::new("AuthFailure", message).with_status(403))
        }
    }
}

pub(crate) fn deregister_image(
    call: &mut Call<'_>,
    input: &DeregisterImageInput,
) -> Result<DeregisterImageOutput, ApiError> {
    let image = find_own_image(call, input.image_id())?;
    if image.deregistration_protection().is_some_and(|protection| protection.starts_with("enabled")) {
        let message = format!("The image {} is protected from deregistration.", image.image_id().unwrap_or_default());
        return Err(ApiError::new("OperationNotPermitted", message));
    }
    dry_run(input.dry_run)?;
    let state = &mut call.region.ec2;
    state.images.retain(|kept| kept.image_id() != image.image_id());
    state.image_sharing.remove(image.image_id().unwrap_or_default());
    let answer = DeregisterImageOutput::builder();
    if input.delete_associated_snapshots != Some(true) {
        return Ok(answer.build());
    }
    let disks = image.block_device_mappings().iter().filter_map(|mapping| mapping.ebs());
    let results = disks.filter_map(|disk| disk.snapshot_id()).map(|id| {
        let result = DeleteSnapshotReturnCode::builder().snapshot_id(id);
        let is_shared = state.images.iter().flat_map(|image| image.block_device_mappings());
        let mut used = is_shared.filter_map(|mapping| mapping.ebs()?.snapshot_id());
        if used.any(|used| used == id) {
            return result.return_code(SnapshotReturnCodes::WarnSkipped).build();
        }
        snapshots::remove(state, id);
        result.return_code(SnapshotReturnCodes::Success).build()
    });
    let results = results.collect();
    Ok(answer.set_delete_snapshot_results(Some(results)).build())
}

pub(crate) fn describe_image_attribute(
    call: &mut Call<'_>,
    input: &DescribeImageAttributeInput,
) -> Result<DescribeImageAttributeOutput, ApiError> {
    let image = find_own_image(call, input.image_id())?;
    let attribute = demand(input.attribute(), "attribute")?;
    dry_run(input.dry_run)?;
    let answer = DescribeImageAttributeOutput::builder().set_image_id(image.image_id.clone());
    let value = |text: Option<String>| text.map(|text| AttributeValue::builder().value(text).build());
    Ok(match attribute {
        ImageAttributeName::Description => answer.set_description(value(image.description)),
        ImageAttributeName::LaunchPermission => {
            let sharing = call.region.ec2.image_sharing.get(image.image_id().unwrap_or_default());
            let permissions = sharing.map(|sharing| sharing.launch_permissions()).unwrap_or_default();
            answer.set_launch_permissions(Some(permissions))
        }
        ImageAttributeName::BlockDeviceMapping => answer.set_block_device_mappings(image.block_device_mappings),
        ImageAttributeName::LastLaunchedTime => answer.set_last_launched_time(value(image.last_launched_time)),
        ImageAttributeName::ProductCodes => answer.set_product_codes(Some(Vec::new())),
        ImageAttributeName::ImdsSupport => {
            answer.set_imds_support(value(image.imds_support.map(|support| support.to_string())))
        }
        other => {
            let message = format!("{NOT_SIMULATED} the attribute {other} of images");
            return Err(ApiError::new("UnsupportedOperation", message));
        }
    }
    .build())
}

pub(crate) fn modify_image_attribute(
    call: &mut Call<'_>,
    input: &ModifyImageAttributeInput,
) -> Result<ModifyImageAttributeOutput, ApiError> {
    refuse_unsimulated(
        "modify_image_attribute",
        &[
            ("product_codes", !input.product_codes().is_empty()),
            ("organization_arns", !input.organization_arns().is_empty()),
            ("organizational_unit_arns", !input.organizational_unit_arns().is_empty()),
        ],
    )?;
    let image = find_own_image(call, input.image_id())?;
    let id = image.image_id().unwrap_or_default().to_owned();
    let sharing = match input.launch_permission() {
        Some(change) => SharingChange::of_launches(change)?,
        None => SharingChange::by_operation(input.operation_type(), input.user_ids(), input.user_groups())?,
    };
    let text = |structure: Option<&AttributeValue>, name: &str| match (structure, input.attribute(), input.value()) {
        (Some(structure), ..) => structure.value.clone(),
        (None, Some(attribute), Some(value)) if attribute == name => Some(value.to_owned()),
        _ => None,
    };
    let description = text(input.description(), "description");
    let imds = text(input.imds_support(), "imdsSupport");
    if sharing.is_empty() && description.is_none() && imds.is_none() {
        return Err(ApiError::new("InvalidParameterCombination", "No attributes specified."));
    }
    if imds.as_deref().is_some_and(|value| value != "v2.0") {
        return Err(invalid("Invalid value for imdsSupport. The only value is v2.0."));
    }
    if sharing.publishes() && image.block_device_mappings().iter().any(is_encrypted) {
        let message = format!("Image {id} has encrypted snapshots and cannot be public.");
        return Err(ApiError::new("InvalidParameter", message));
    }
    dry_run(input.dry_run)?;
    let state = &mut call.region.ec2;
    state.image_sharing.entry(id.clone()).or_default().apply(sharing);
    if let Some(kept) = state.images.iter_mut().find(|image| image.image_id() == Some(&id)) {
        kept.description = description.or(kept.description.take());
        kept.imds_support = imds.map(|value| value.as_str().into()).or(kept.imds_support.take());
    }
    Ok(ModifyImageAttributeOutput::builder().build())
}

fn is_encrypted(mapping: &BlockDeviceMapping) -> bool {
    mapping.ebs().and_then(|disk| disk.encrypted) == Some(true)
}
