//! Volumes and snapshots.

use aws_sdk_ec2::{
    operation::{
        describe_snapshots::{DescribeSnapshotsInput, DescribeSnapshotsOutput},
        describe_volumes::{DescribeVolumesInput, DescribeVolumesOutput},
    },
    primitives::DateTime,
    types::{Snapshot, Volume, VolumeAttachment, VolumeAttachmentState, VolumeState, VolumeType},
};

use super::{
    InstanceState,
    filters::{Filters, each, maybe, time},
    query::{IdKind, Kind, Query},
};
use crate::sandbox::{Fault, world::Call};

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

pub fn describe_volumes(call: &mut Call<'_>, input: &DescribeVolumesInput) -> Result<DescribeVolumesOutput, Fault> {
    let query = Query {
        ids: input.volume_ids(),
        filters: input.filters(),
        max_results: input.max_results,
        next_token: input.next_token(),
        dry_run: input.dry_run,
    };
    let page = VOLUMES.describe(current_volumes(call), &query)?;
    Ok(DescribeVolumesOutput::builder().set_volumes(Some(page.items)).set_next_token(page.next_token).build())
}

/// The volumes as they are now: a terminated instance has taken some along and freed the others.
pub fn current_volumes(call: &Call<'_>) -> Vec<Volume> {
    let state = &call.region.ec2;
    state.tags.on(&state.volumes).into_iter().filter_map(|volume| current(call, volume)).collect()
}

fn current(call: &Call<'_>, mut volume: Volume) -> Option<Volume> {
    let terminated = |attachment: &VolumeAttachment| {
        let id = attachment.instance_id().unwrap_or_default();
        let instance = call.region.ec2.instances.get(id);
        instance.is_none_or(|instance| instance.state(call.now) == InstanceState::Terminated)
    };
    let Some(attachment) = volume.attachments().iter().find(|one| terminated(one)) else {
        return Some(volume);
    };
    if attachment.delete_on_termination == Some(true) {
        return None;
    }
    volume.attachments = Some(Vec::new());
    volume.state = Some(VolumeState::Available);
    Some(volume)
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

pub const SNAPSHOTS: Kind<Snapshot> = Kind {
    id: IdKind {
        prefix: "snap",
        malformed: "InvalidSnapshotID.Malformed",
        missing: "InvalidSnapshot.NotFound",
        one_missing: "The snapshot '{}' does not exist.",
        many_missing: "The snapshots '{}' do not exist.",
    },
    filters: Filters {
        fields: &[
            ("description", |s| maybe(s.description())),
            ("encrypted", |s| maybe(s.encrypted())),
            ("owner-alias", |s| maybe(s.owner_alias())),
            ("owner-id", |s| maybe(s.owner_id())),
            ("progress", |s| maybe(s.progress())),
            ("snapshot-id", |s| maybe(s.snapshot_id())),
            ("start-time", |s| time(s.start_time())),
            ("status", |s| maybe(s.state())),
            ("storage-tier", |s| maybe(s.storage_tier())),
            ("volume-id", |s| maybe(s.volume_id())),
            ("volume-size", |s| maybe(s.volume_size())),
        ],
        tags: Some(|s| s.tags()),
    },
    page_sizes: 5..=1000,
    ids_parameter: "snapshotSet",
};

pub fn describe_snapshots(
    call: &mut Call<'_>,
    input: &DescribeSnapshotsInput,
) -> Result<DescribeSnapshotsOutput, Fault> {
    let owners = input.owner_ids();
    let owned = |snapshot: &Snapshot| {
        let owner_is = |owner: &String| match owner.as_str() {
            "self" => snapshot.owner_id() == Some(call.account_id),
            other => snapshot.owner_id() == Some(other),
        };
        owners.is_empty() || owners.iter().any(owner_is)
    };
    let state = &call.region.ec2;
    let snapshots = state.tags.on(&state.snapshots).into_iter().filter(owned);
    let query = Query {
        ids: input.snapshot_ids(),
        filters: input.filters(),
        max_results: input.max_results,
        next_token: input.next_token(),
        dry_run: input.dry_run,
    };
    let page = SNAPSHOTS.describe(snapshots.collect(), &query)?;
    Ok(DescribeSnapshotsOutput::builder().set_snapshots(Some(page.items)).set_next_token(page.next_token).build())
}
