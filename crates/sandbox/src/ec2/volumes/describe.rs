//! Volumes: how they are described, and what time makes of them.

use aws_sdk_ec2::{
    operation::describe_volumes::{DescribeVolumesInput, DescribeVolumesOutput},
    primitives::DateTime,
    types::{Volume, VolumeAttachment, VolumeAttachmentState, VolumeState, VolumeType},
};
use jiff::{SignedDuration, Timestamp};

use crate::ApiError;
use crate::clock::{is_younger, later};
use crate::ec2::filters::{Filters, each, maybe, time};
use crate::ec2::query::{IdKind, Kind, query};
use crate::ec2::resources::Resource;
use crate::ec2::{InstanceState, State};
use crate::state::Call;

const CREATING: SignedDuration = SignedDuration::from_secs(2);
const ATTACHING: SignedDuration = SignedDuration::from_secs(2);
const DETACHING: SignedDuration = SignedDuration::from_secs(2);

pub const VOLUMES: Kind<Volume> = Kind {
    id: IdKind {
        prefix: "vol",
        malformed: "InvalidParameterValue",
        missing: "InvalidVolume.NotFound",
        one_missing: "The volume '{}' does not exist.",
        many_missing: "The volumes '{}' do not exist.",
    },
    filters: Filters {
        fields: &[
            ("attachment.attach-time", |v| v.attachments().iter().flat_map(|one| time(one.attach_time())).collect()),
            ("attachment.delete-on-termination", |v| {
                let deleted = |one: &VolumeAttachment| one.delete_on_termination();
                v.attachments().iter().filter_map(deleted).map(|flag| flag.to_string()).collect()
            }),
            ("attachment.device", |v| each(v.attachments(), |one| one.device())),
            ("attachment.instance-id", |v| each(v.attachments(), |one| one.instance_id())),
            ("attachment.status", |v| each(v.attachments(), |one| one.state().map(|state| state.as_str()))),
            ("availability-zone", |v| maybe(v.availability_zone())),
            ("create-time", |v| time(v.create_time())),
            ("encrypted", |v| maybe(v.encrypted())),
            ("multi-attach-enabled", |v| maybe(v.multi_attach_enabled())),
            ("size", |v| maybe(v.size())),
            ("snapshot-id", |v| maybe(v.snapshot_id())),
            ("status", |v| maybe(v.state())),
            ("volume-id", |v| maybe(v.volume_id())),
            ("volume-type", |v| maybe(v.volume_type())),
        ],
        tags: Some(|v| v.tags()),
    },
    page_sizes: 5..=1000,
    ids_parameter: "volumesSet",
};

pub fn describe_volumes(call: &mut Call<'_>, input: &DescribeVolumesInput) -> Result<DescribeVolumesOutput, ApiError> {
    let page = VOLUMES.describe(current_volumes(call), &query!(input, volume_ids))?;
    Ok(DescribeVolumesOutput::builder().set_volumes(Some(page.items)).set_next_token(page.next_token).build())
}

/// The volumes as they are now, with their tags: a terminated instance has taken some along and
/// freed the others.
pub fn current_volumes(call: &Call<'_>) -> Vec<Volume> {
    let state = &call.region.ec2;
    state.tags.on(&settled(state, call.now))
}

/// Lets what time has done to the volumes be what is kept, before something changes them.
pub fn settle(call: &mut Call<'_>) {
    let state = &mut call.region.ec2;
    state.volumes = settled(state, call.now);
    state.leaving.retain(|_, since| call.now < later(*since, DETACHING));
}

pub fn settled(state: &State, now: Timestamp) -> Vec<Volume> {
    state.volumes.iter().cloned().filter_map(|volume| current(state, now, volume)).collect()
}

fn current(state: &State, now: Timestamp, mut volume: Volume) -> Option<Volume> {
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

fn is_terminated(state: &State, now: Timestamp, attachment: &VolumeAttachment) -> bool {
    let instance = state.instances.get(attachment.instance_id().unwrap_or_default());
    instance.is_none_or(|instance| instance.state(now) == InstanceState::Terminated)
}

// What comes with a launch is there with the instance.
fn is_attaching(volume: &Volume, attachment: &VolumeAttachment, now: Timestamp) -> bool {
    attachment.attach_time != volume.create_time && is_younger(attachment.attach_time(), ATTACHING, now)
}

/// What a volume is made from.
pub struct Disk {
    pub id: String,
    pub size: i32,
    pub device: String,
    pub zone: String,
    pub created: DateTime,
}

impl Disk {
    /// A root volume, which goes with its instance.
    pub fn attached_to(self, instance_id: &str) -> Volume {
        let attachment = VolumeAttachment::builder()
            .volume_id(&self.id)
            .instance_id(instance_id)
            .device(&self.device)
            .attach_time(self.created)
            .delete_on_termination(true)
            .state(VolumeAttachmentState::Attached)
            .build();
        let mut volume = self.unattached();
        volume.attachments = Some(vec![attachment]);
        volume.state = Some(VolumeState::InUse);
        volume
    }

    pub fn unattached(self) -> Volume {
        Volume::builder()
            .volume_id(self.id)
            .size(self.size)
            .availability_zone(self.zone)
            .create_time(self.created)
            .volume_type(VolumeType::Gp3)
            .iops(3000)
            .throughput(125)
            .encrypted(true)
            .multi_attach_enabled(false)
            .snapshot_id("")
            .state(VolumeState::Available)
            .set_attachments(Some(Vec::new()))
            .build()
    }
}
