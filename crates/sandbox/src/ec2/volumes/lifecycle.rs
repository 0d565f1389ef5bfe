//! Creating, attaching, detaching, modifying and deleting volumes.

use aws_sdk_ec2::{
    operation::{
        attach_volume::{AttachVolumeInput, AttachVolumeOutput},
        create_volume::{CreateVolumeInput, CreateVolumeOutput},
        delete_volume::{DeleteVolumeInput, DeleteVolumeOutput},
        describe_volumes_modifications::{DescribeVolumesModificationsInput, DescribeVolumesModificationsOutput},
        detach_volume::{DetachVolumeInput, DetachVolumeOutput},
        modify_volume::{ModifyVolumeInput, ModifyVolumeOutput},
    },
    types::{
        ResourceType, Volume, VolumeAttachment, VolumeAttachmentState, VolumeModification,
        VolumeModificationState as Modification, VolumeState, VolumeType,
    },
};
use jiff::{SignedDuration, Timestamp};

use super::current::{current_volumes, store_current_volumes};
use super::snapshots::SNAPSHOTS;
use crate::ApiError;
use crate::clock::{is_younger, later, to_aws};
use crate::ec2::filters::{Filters, maybe, time};
use crate::ec2::images::facts::ImageFacts;
use crate::ec2::instances::location::zone_of;
use crate::ec2::instances::lookup::find_instance;
use crate::ec2::query::{DescribeQuery, cut, demand, dry_run, invalid, page_size, query, refuse_unsimulated};
use crate::ec2::regions::zone_names;
use crate::ec2::volumes::describe::VOLUMES;
use crate::ec2::volumes::size::{Performance, RequestedSize};
use crate::ec2::{Ec2State, Instance, InstanceState, tags};
use crate::state::Call;

const MODIFYING: SignedDuration = SignedDuration::from_secs(3);
const OPTIMIZING: SignedDuration = SignedDuration::from_secs(10);
const DAY: SignedDuration = SignedDuration::from_hours(24);

pub(crate) fn create_volume(call: &mut Call<'_>, input: &CreateVolumeInput) -> Result<CreateVolumeOutput, ApiError> {
    refuse_unsimulated(
        "create_volume",
        &[
            ("outpost_arn", input.outpost_arn.is_some()),
            ("availability_zone_id", input.availability_zone_id.is_some()),
            ("operator", input.operator.is_some()),
            ("volume_initialization_rate", input.volume_initialization_rate.is_some()),
        ],
    )?;
    let zone = demand(input.availability_zone(), "zone")?;
    if !zone_names(call.region_name).iter().any(|known| known == zone) {
        return Err(ApiError::new("InvalidZone.NotFound", format!("The zone '{zone}' does not exist.")));
    }
    let state = &call.region.ec2;
    let snapshot = match input.snapshot_id() {
        Some(id) => Some(SNAPSHOTS.find(&state.snapshots, Some(id), "snapshotId")?),
        None => None,
    };
    let least = snapshot.and_then(|snapshot| snapshot.volume_size);
    let size = input
        .size
        .or(least)
        .ok_or_else(|| ApiError::new("MissingParameter", "The request must contain the parameter size/snapshot"))?;
    if let Some(least) = least.filter(|least| size < *least) {
        let id = input.snapshot_id().unwrap_or_default();
        return Err(invalid(format!(
            "Volume of size {size}GB is smaller than snapshot '{id}', expect size >= {least}GB"
        )));
    }
    let kind = input.volume_type.clone().unwrap_or(VolumeType::Gp2);
    let asked = RequestedSize { size, iops: input.iops, throughput: input.throughput };
    let Performance { iops, throughput } = asked.performance_for(&kind)?;
    let tags = tags::of_new(input.tag_specifications(), &ResourceType::Volume)?;
    dry_run(input.dry_run)?;
    if let Some(id) = state.tokens.find(input.client_token(), input)? {
        return Ok(created(VOLUMES.find(&current_volumes(call), Some(&id), "volumeId")?.clone()));
    }
    let encrypted = snapshot.and_then(|snapshot| snapshot.encrypted) == Some(true)
        || input.encrypted.unwrap_or(state.encrypts_by_default || input.kms_key_id.is_some());
    let mut volume = Volume::builder()
        .volume_id(call.ids.ec2("vol"))
        .size(size)
        .volume_type(kind)
        .set_iops(iops)
        .set_throughput(throughput)
        .availability_zone(zone)
        .snapshot_id(input.snapshot_id().unwrap_or_default())
        .encrypted(encrypted)
        .set_kms_key_id(encrypted.then(|| input.kms_key_id.clone().unwrap_or_else(|| default_key(call))))
        .multi_attach_enabled(input.multi_attach_enabled == Some(true))
        .create_time(to_aws(call.now))
        .state(VolumeState::Creating)
        .set_attachments(Some(Vec::new()))
        .build();
    let state = &mut call.region.ec2;
    let id = volume.volume_id().unwrap_or_default();
    state.tags.put(id, &tags);
    state.tokens.remember(input.client_token(), input, id);
    state.volumes.push(volume.clone());
    volume.tags = Some(tags);
    Ok(created(volume))
}

fn created(volume: Volume) -> CreateVolumeOutput {
    CreateVolumeOutput::builder()
        .set_volume_id(volume.volume_id)
        .set_size(volume.size)
        .set_volume_type(volume.volume_type)
        .set_iops(volume.iops)
        .set_throughput(volume.throughput)
        .set_availability_zone(volume.availability_zone)
        .set_snapshot_id(volume.snapshot_id)
        .set_encrypted(volume.encrypted)
        .set_kms_key_id(volume.kms_key_id)
        .set_multi_attach_enabled(volume.multi_attach_enabled)
        .set_create_time(volume.create_time)
        .set_state(volume.state)
        .set_tags(volume.tags)
        .build()
}

/// Returns the ARN of the default KMS key for EBS in the account and region.
fn default_key(call: &Call<'_>) -> String {
    let (region, account) = (call.region_name, call.account_id);
    format!("arn:aws:kms:{region}:{account}:key/6c5c0f2e-1b7a-4c53-9f0e-2d6a3c8b71d4")
}

pub(crate) fn delete_volume(call: &mut Call<'_>, input: &DeleteVolumeInput) -> Result<DeleteVolumeOutput, ApiError> {
    store_current_volumes(call);
    let state = &mut call.region.ec2;
    let volume = VOLUMES.find(&state.volumes, input.volume_id(), "volumeId")?;
    if let Some(attachment) = volume.attachments().first() {
        let (volume, instance) = (attachment.volume_id().unwrap_or_default(), attachment.instance_id());
        let message = format!("Volume {volume} is currently attached to {}", instance.unwrap_or_default());
        return Err(ApiError::new("VolumeInUse", message));
    }
    dry_run(input.dry_run)?;
    state.volumes.retain(|volume| volume.volume_id() != input.volume_id());
    state.modifications.retain(|modification| modification.volume_id() != input.volume_id());
    Ok(DeleteVolumeOutput::builder().build())
}

pub(crate) fn attach_volume(call: &mut Call<'_>, input: &AttachVolumeInput) -> Result<AttachVolumeOutput, ApiError> {
    refuse_unsimulated("attach_volume", &[("ebs_card_index", input.ebs_card_index.is_some())])?;
    store_current_volumes(call);
    let state = &call.region.ec2;
    let volume = VOLUMES.find(&state.volumes, input.volume_id(), "volumeId")?;
    let instance = find_instance(call, input.instance_id())?;
    let device = demand(input.device(), "device")?;
    check_attachment(call, volume, instance, device)?;
    dry_run(input.dry_run)?;
    let attachment = VolumeAttachment::builder()
        .set_volume_id(volume.volume_id.clone())
        .instance_id(&instance.id)
        .device(device)
        .attach_time(to_aws(call.now))
        .delete_on_termination(false)
        .state(VolumeAttachmentState::Attaching)
        .build();
    if let Some(volume) = find_volume_mut(&mut call.region.ec2, input.volume_id()) {
        volume.attachments.get_or_insert_default().push(attachment.clone());
    }
    Ok(AttachVolumeOutput::builder()
        .set_volume_id(attachment.volume_id)
        .set_instance_id(attachment.instance_id)
        .set_device(attachment.device)
        .set_attach_time(attachment.attach_time)
        .set_delete_on_termination(attachment.delete_on_termination)
        .set_state(attachment.state)
        .build())
}

fn check_attachment(call: &Call<'_>, volume: &Volume, instance: &Instance, device: &str) -> Result<(), ApiError> {
    let id = volume.volume_id().unwrap_or_default();
    match volume.state() {
        Some(VolumeState::Available) => {}
        Some(VolumeState::InUse) if volume.multi_attach_enabled == Some(true) => {}
        Some(VolumeState::InUse) => {
            return Err(ApiError::new("VolumeInUse", format!("{id} is already attached to an instance")));
        }
        _ => return Err(ApiError::new("IncorrectState", format!("Volume '{id}' is not 'available'."))),
    }
    if !matches!(instance.state(call.now), InstanceState::Running | InstanceState::Stopped) {
        return Err(ApiError::new("IncorrectState", format!("Instance '{}' is not 'running'.", instance.id)));
    }
    if volume.availability_zone != zone_of(&call.region.ec2, instance) {
        let message = format!("The volume '{id}' is not in the same availability zone as instance '{}'", instance.id);
        return Err(ApiError::new("InvalidVolume.ZoneMismatch", message));
    }
    let mut attachments = call.region.ec2.volumes.iter().flat_map(|volume| volume.attachments());
    let taken =
        attachments.any(|other| other.instance_id() == Some(instance.id.as_str()) && other.device() == Some(device));
    match taken {
        true => Err(invalid(format!(
            "Invalid value '{device}' for unixDevice. Attachment point {device} is already in use"
        ))),
        false => Ok(()),
    }
}

pub(crate) fn detach_volume(call: &mut Call<'_>, input: &DetachVolumeInput) -> Result<DetachVolumeOutput, ApiError> {
    store_current_volumes(call);
    let state = &call.region.ec2;
    let volume = VOLUMES.find(&state.volumes, input.volume_id(), "volumeId")?;
    let id = volume.volume_id().unwrap_or_default().to_owned();
    let is_match = |attachment: &&VolumeAttachment| {
        input.instance_id().is_none_or(|id| attachment.instance_id() == Some(id))
            && input.device().is_none_or(|device| attachment.device() == Some(device))
    };
    let Some(attachment) = volume.attachments().iter().find(is_match).cloned() else {
        return Err(match volume.attachments() {
            [] => ApiError::new("IncorrectState", format!("Volume '{id}' is in the 'available' state.")),
            _ => ApiError::new("InvalidAttachment.NotFound", format!("The volume '{id}' is not attached there.")),
        });
    };
    check_detachment(state, &attachment, call.now)?;
    dry_run(input.dry_run)?;
    call.region.ec2.leaving.insert(id, call.now);
    Ok(DetachVolumeOutput::builder()
        .set_volume_id(attachment.volume_id)
        .set_instance_id(attachment.instance_id)
        .set_device(attachment.device)
        .set_attach_time(attachment.attach_time)
        .set_delete_on_termination(attachment.delete_on_termination)
        .state(VolumeAttachmentState::Detaching)
        .build())
}

fn check_detachment(state: &Ec2State, attachment: &VolumeAttachment, now: Timestamp) -> Result<(), ApiError> {
    let Some(instance) = state.instances.get(attachment.instance_id().unwrap_or_default()) else {
        return Ok(());
    };
    let is_root = attachment.device() == Some(&ImageFacts::find(state, &instance.image_id).root_device_name);
    if is_root && instance.state(now) != InstanceState::Stopped {
        let volume = attachment.volume_id().unwrap_or_default();
        let message = format!("Unable to detach root volume '{volume}' from instance '{}'", instance.id);
        return Err(ApiError::new("OperationNotPermitted", message));
    }
    Ok(())
}

fn find_volume_mut<'a>(state: &'a mut Ec2State, id: Option<&str>) -> Option<&'a mut Volume> {
    state.volumes.iter_mut().find(|volume| volume.volume_id() == id)
}

pub(crate) fn modify_volume(call: &mut Call<'_>, input: &ModifyVolumeInput) -> Result<ModifyVolumeOutput, ApiError> {
    store_current_volumes(call);
    let state = &call.region.ec2;
    let volume = VOLUMES.find(&state.volumes, input.volume_id(), "volumeId")?;
    check_rate(state, volume, call.now)?;
    let before = volume.size.unwrap_or_default();
    let size = input.size.unwrap_or(before);
    if size < before {
        return Err(invalid("New size cannot be smaller than existing size"));
    }
    let old_kind = volume.volume_type.clone().unwrap_or(VolumeType::Gp2);
    let kind = input.volume_type.clone().unwrap_or_else(|| old_kind.clone());
    let kept_where_same = |value: Option<i32>| value.filter(|_| kind == old_kind && kind != VolumeType::Gp2);
    let asked = RequestedSize {
        size,
        iops: input.iops.or(kept_where_same(volume.iops)),
        throughput: input.throughput.or(kept_where_same(volume.throughput)),
    };
    let Performance { iops, throughput } = asked.performance_for(&kind)?;
    dry_run(input.dry_run)?;
    let modification = VolumeModification::builder()
        .set_volume_id(volume.volume_id.clone())
        .original_size(before)
        .original_volume_type(old_kind)
        .set_original_iops(volume.iops)
        .set_original_throughput(volume.throughput)
        .set_original_multi_attach_enabled(volume.multi_attach_enabled)
        .target_size(size)
        .target_volume_type(kind.clone())
        .set_target_iops(iops)
        .set_target_throughput(throughput)
        .set_target_multi_attach_enabled(input.multi_attach_enabled.or(volume.multi_attach_enabled))
        .modification_state(Modification::Modifying)
        .progress(0)
        .start_time(to_aws(call.now))
        .build();
    let state = &mut call.region.ec2;
    if let Some(volume) = find_volume_mut(state, input.volume_id()) {
        volume.size = Some(size);
        volume.volume_type = Some(kind);
        volume.iops = iops;
        volume.throughput = throughput;
        volume.multi_attach_enabled = modification.target_multi_attach_enabled;
    }
    state.modifications.push(modification.clone());
    Ok(ModifyVolumeOutput::builder().volume_modification(modification).build())
}

/// Allows one modification at a time and four within a day, as EC2 does.
fn check_rate(state: &Ec2State, volume: &Volume, now: Timestamp) -> Result<(), ApiError> {
    let id = volume.volume_id().unwrap_or_default();
    let of_volume = || state.modifications.iter().filter(|one| one.volume_id() == Some(id));
    if of_volume().any(|one| is_younger(one.start_time(), OPTIMIZING, now)) {
        let message = format!("Cannot modify volume {id} while its last modification is not completed.");
        return Err(ApiError::new("IncorrectModificationState", message));
    }
    if of_volume().filter(|one| is_younger(one.start_time(), DAY, now)).count() >= 4 {
        let message = "You've reached the maximum modification rate per volume limit: four within 24 hours.";
        return Err(ApiError::new("VolumeModificationRateExceeded", message));
    }
    Ok(())
}

pub(crate) const MODIFICATIONS: Filters<VolumeModification> = Filters {
    fields: &[
        ("modification-state", |m| maybe(m.modification_state())),
        ("original-iops", |m| maybe(m.original_iops())),
        ("original-size", |m| maybe(m.original_size())),
        ("original-volume-type", |m| maybe(m.original_volume_type())),
        ("originalMultiAttachEnabled", |m| maybe(m.original_multi_attach_enabled())),
        ("start-time", |m| time(m.start_time())),
        ("target-iops", |m| maybe(m.target_iops())),
        ("target-size", |m| maybe(m.target_size())),
        ("target-volume-type", |m| maybe(m.target_volume_type())),
        ("targetMultiAttachEnabled", |m| maybe(m.target_multi_attach_enabled())),
        ("volume-id", |m| maybe(m.volume_id())),
    ],
    tags: None,
};

pub(crate) fn describe_volumes_modifications(
    call: &mut Call<'_>,
    input: &DescribeVolumesModificationsInput,
) -> Result<DescribeVolumesModificationsOutput, ApiError> {
    let query = query!(input, volume_ids);
    VOLUMES.id.check_shape(query.ids)?;
    let size = page_size(&query, &(1..=500), "volumeIds")?;
    let latest = MODIFICATIONS.select(latest_modifications(call, &query), query.filters)?;
    dry_run(query.dry_run)?;
    if let Some(id) = query.ids.iter().find(|id| !latest.iter().any(|one| one.volume_id() == Some(id))) {
        let message = format!("Modification for volume '{id}' does not exist.");
        return Err(ApiError::new("InvalidVolumeModification.NotFound", message));
    }
    let page = cut(latest, &query, "modifications", size, |one| one.volume_id().unwrap_or_default().to_owned())?;
    Ok(DescribeVolumesModificationsOutput::builder()
        .set_volumes_modifications(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

/// Returns the newest modification of each volume in its current state.
fn latest_modifications(call: &Call<'_>, query: &DescribeQuery<'_>) -> Vec<VolumeModification> {
    let all = &call.region.ec2.modifications;
    let is_last = |at: usize| !all[at + 1..].iter().any(|later| later.volume_id() == all[at].volume_id());
    let is_match = |one: &VolumeModification| {
        query.ids.is_empty() || query.ids.iter().any(|id| Some(id.as_str()) == one.volume_id())
    };
    let last = all.iter().enumerate().filter(|(at, one)| is_last(*at) && is_match(one));
    last.map(|(_, one)| progressed(one.clone(), call.now)).collect()
}

fn progressed(mut one: VolumeModification, now: Timestamp) -> VolumeModification {
    let (state, progress) = match () {
        () if is_younger(one.start_time(), MODIFYING, now) => (Modification::Modifying, 0),
        () if is_younger(one.start_time(), OPTIMIZING, now) => (Modification::Optimizing, 50),
        () => (Modification::Completed, 100),
    };
    if state == Modification::Completed {
        let start = one.start_time().and_then(|at| Timestamp::from_millisecond(at.to_millis().ok()?).ok());
        one.end_time = start.map(|start| to_aws(later(start, OPTIMIZING)));
    }
    one.modification_state = Some(state);
    one.progress = Some(progress);
    one
}
