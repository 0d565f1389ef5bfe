//! The account's own images and their snapshots.

use aws_sdk_ec2::types::{
    ArchitectureValues, BlockDeviceMapping, DeviceType, EbsBlockDevice, HypervisorType, Image, ImageState,
    ImageTypeValues, Snapshot, SnapshotState, StorageTier, VirtualizationType, VolumeType,
};
use jiff::Timestamp;

use super::ages::days_before;
use super::ids::ids_for;
use super::tags::tag;
use crate::clock::to_aws;
use crate::ec2::Sharing;
use crate::state::{Region, SandboxState};

struct Own {
    region: &'static str,
    name: &'static str,
    description: &'static str,
    owner: &'static str,
    age: i64,
    gib: i32,
    public: bool,
    /// The seed of the image's id.
    seed: &'static str,
}

#[rustfmt::skip]
const OWN: &[Own] = &[
    Own { region: "eu-central-1", name: "app20-golden-v12", description: "Storefront base image", owner: "", age: 52, gib: 8, public: false, seed: "app20 golden image" },
    Own { region: "eu-central-1", name: "app20-golden-v9", description: "Storefront base image", owner: "team-web", age: 284, gib: 8, public: false, seed: "app20 golden image 9" },
    Own { region: "eu-central-1", name: "app10-ledger-2025", description: "Ledger, before the move", owner: "team-payments", age: 640, gib: 30, public: false, seed: "ledger image" },
    Own { region: "eu-central-1", name: "demo-appliance-1.4", description: "For the workshop", owner: "", age: 193, gib: 12, public: true, seed: "demo image" },
    Own { region: "us-east-1", name: "search-base-v3", description: "OpenSearch base image", owner: "team-search", age: 421, gib: 20, public: false, seed: "search image" },
];

/// Returns the id of an own image.
pub(super) fn id(name: &str) -> Option<String> {
    OWN.iter().find(|own| own.name == name).map(|own| ids_for(own.seed).ec2("ami"))
}

pub(super) fn add(state: &mut SandboxState, account: &str, start: Timestamp) {
    for own in OWN {
        add_one(state.region(account, own.region), account, own, start);
    }
}

fn add_one(region: &mut Region, account: &str, own: &Own, start: Timestamp) {
    let image_id = ids_for(own.seed).ec2("ami");
    let snapshot = snapshot(account, own, &image_id, start);
    let disk = EbsBlockDevice::builder()
        .set_snapshot_id(snapshot.snapshot_id.clone())
        .volume_size(own.gib)
        .volume_type(VolumeType::Gp3)
        .iops(3000)
        .throughput(125)
        .encrypted(false)
        .delete_on_termination(true);
    let image = Image::builder()
        .image_id(&image_id)
        .name(own.name)
        .image_location(format!("{account}/{}", own.name))
        .description(own.description)
        .owner_id(account)
        .creation_date(days_before(start, own.age).strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string())
        .platform_details("Linux/UNIX")
        .usage_operation("RunInstances")
        .root_device_name("/dev/xvda")
        .root_device_type(DeviceType::Ebs)
        .block_device_mappings(BlockDeviceMapping::builder().device_name("/dev/xvda").ebs(disk.build()).build())
        .architecture(ArchitectureValues::X8664)
        .virtualization_type(VirtualizationType::Hvm)
        .hypervisor(HypervisorType::Xen)
        .image_type(ImageTypeValues::Machine)
        .ena_support(true)
        .public(own.public)
        .state(ImageState::Available);
    let state = &mut region.ec2;
    if !own.owner.is_empty() {
        state.tags.put(&image_id, &[tag("Name", own.name), tag("Owner", own.owner)]);
    }
    if own.public {
        state.image_sharing.insert(image_id, Sharing { public: true, ..Sharing::default() });
    }
    state.snapshots.push(snapshot);
    state.images.push(image.build());
}

/// The instance and the volume of this snapshot no longer exist.
fn snapshot(account: &str, own: &Own, image_id: &str, start: Timestamp) -> Snapshot {
    let mut ids = ids_for(&format!("snapshot of {}", own.seed));
    let (snapshot_id, volume_id, instance_id) = (ids.ec2("snap"), ids.ec2("vol"), ids.ec2("i"));
    Snapshot::builder()
        .snapshot_id(snapshot_id)
        .description(format!("Created by CreateImage({instance_id}) for {image_id}"))
        .volume_id(volume_id)
        .volume_size(own.gib)
        .owner_id(account)
        .start_time(to_aws(days_before(start, own.age)))
        .progress("100%")
        .state(SnapshotState::Completed)
        .storage_tier(StorageTier::Standard)
        .encrypted(false)
        .build()
}
