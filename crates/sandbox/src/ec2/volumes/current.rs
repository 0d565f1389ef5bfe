//! The state of volumes at a given moment, computed from timestamps.

use aws_sdk_ec2::types::{Volume, VolumeAttachment, VolumeAttachmentState, VolumeState};
use jiff::{SignedDuration, Timestamp};

use crate::clock::{is_younger, later};
use crate::ec2::instances::instance::InstanceState;
use crate::ec2::resources::Resource;
use crate::ec2::state::Ec2State;
use crate::state::Call;

pub(crate) const CREATING: SignedDuration = SignedDuration::from_secs(2);

pub(crate) const ATTACHING: SignedDuration = SignedDuration::from_secs(2);

pub(crate) const DETACHING: SignedDuration = SignedDuration::from_secs(2);

/// Returns the current volumes with their tags. Terminated instances have deleted some and detached
/// the others.
pub(crate) fn current_volumes(call: &Call<'_>) -> Vec<Volume> {
    let state = &call.region.ec2;
    state.tags.tagged(&volumes_at(state, call.now))
}

/// Stores the current state of the volumes. Handlers call this before they change a volume.
pub(crate) fn store_current_volumes(call: &mut Call<'_>) {
    let state = &mut call.region.ec2;
    state.volumes = volumes_at(state, call.now);
    state.leaving.retain(|_, since| call.now < later(*since, DETACHING));
}

pub(crate) fn volumes_at(state: &Ec2State, now: Timestamp) -> Vec<Volume> {
    state.volumes.iter().cloned().filter_map(|volume| current(state, now, volume)).collect()
}

pub(crate) fn current(state: &Ec2State, now: Timestamp, mut volume: Volume) -> Option<Volume> {
    let mut kept = Vec::new();
    for mut attachment in volume.attachments.take().unwrap_or_default() {
        if is_terminated(state, now, &attachment) {
            if attachment.delete_on_termination == Some(true) {
                return None;
            }
            continue;
        }
        attachment.state = Some(match state.leaving.get(volume.id()) {
            Some(since) if now < later(*since, DETACHING) => VolumeAttachmentState::Detaching,
            Some(_) => continue,
            None if is_attaching(&volume, &attachment, now) => VolumeAttachmentState::Attaching,
            None => VolumeAttachmentState::Attached,
        });
        kept.push(attachment);
    }
    volume.state = Some(match kept.is_empty() {
        false => VolumeState::InUse,
        true if is_younger(volume.create_time(), CREATING, now) => VolumeState::Creating,
        true => VolumeState::Available,
    });
    volume.attachments = Some(kept);
    Some(volume)
}

pub(crate) fn is_terminated(state: &Ec2State, now: Timestamp, attachment: &VolumeAttachment) -> bool {
    let instance = state.instances.get(attachment.instance_id().unwrap_or_default());
    instance.is_none_or(|instance| instance.state(now) == InstanceState::Terminated)
}

// Volumes of a launch are attached as soon as the instance exists.
pub(crate) fn is_attaching(volume: &Volume, attachment: &VolumeAttachment, now: Timestamp) -> bool {
    attachment.attach_time != volume.create_time && is_younger(attachment.attach_time(), ATTACHING, now)
}
