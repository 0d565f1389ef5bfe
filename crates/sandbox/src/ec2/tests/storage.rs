//! Volumes, snapshots and images.

use aws_sdk_ec2::types::{
    CreateVolumePermission, CreateVolumePermissionModifications, ImageAttributeName, LaunchPermission,
    LaunchPermissionModifications, PermissionGroup, ResourceType, SnapshotAttributeName, TagSpecification, VolumeType,
};

use super::{filter, find, tag};
use crate::testing::{Account, code};

fn named(kind: ResourceType, name: &str) -> TagSpecification {
    TagSpecification::builder().resource_type(kind).tags(tag("Name", name)).build()
}

#[tokio::test]
async fn volume_is_created_attached_and_deleted() {
    let account = Account::new();
    let ec2 = account.ec2();
    let machine = &find(&ec2, &[("tag:Name", &["app20-web-1"])]).await[0];
    let instance = machine.instance_id().unwrap();
    let made = ec2.create_volume().availability_zone("eu-central-1a").size(20).volume_type(VolumeType::Gp3);
    let made = made.tag_specifications(named(ResourceType::Volume, "data")).send().await.unwrap();
    let id = made.volume_id().unwrap();
    assert_eq!((made.iops(), made.throughput(), made.encrypted()), (Some(3000), Some(125), Some(false)));
    let state = async || {
        let volumes = ec2.describe_volumes().volume_ids(id).send().await.unwrap();
        volumes.volumes()[0].state().unwrap().to_string()
    };
    assert_eq!(state().await, "creating");
    let attach = ec2.attach_volume().volume_id(id).instance_id(instance).device("/dev/sdf");
    assert_eq!(code(attach.clone().send().await), "IncorrectState");
    account.wait(3);
    assert_eq!(state().await, "available");
    attach.clone().send().await.unwrap();
    assert_eq!(code(attach.send().await), "VolumeInUse");
    assert_eq!(state().await, "in-use");
    let disks = &find(&ec2, &[("instance-id", &[instance])]).await[0];
    assert_eq!(disks.block_device_mappings().len(), 2);
    assert_eq!(code(ec2.delete_volume().volume_id(id).send().await), "VolumeInUse");
    account.wait(3);
    ec2.detach_volume().volume_id(id).send().await.unwrap();
    assert_eq!(state().await, "in-use");
    account.wait(3);
    assert_eq!(state().await, "available");
    assert_eq!(code(ec2.detach_volume().volume_id(id).send().await), "IncorrectState");
    ec2.delete_volume().volume_id(id).send().await.unwrap();
    assert_eq!(code(ec2.describe_volumes().volume_ids(id).send().await), "InvalidVolume.NotFound");
    assert_eq!(code(ec2.create_tags().resources(id).tags(tag("a", "b")).send().await), "InvalidID");
}

#[tokio::test]
async fn volumes_are_checked() {
    let ec2 = Account::new().ec2();
    let base = || ec2.create_volume().availability_zone("eu-central-1a");
    assert_eq!(code(base().send().await), "MissingParameter");
    assert_eq!(code(base().size(1).volume_type(VolumeType::St1).send().await), "InvalidParameterValue");
    assert_eq!(code(base().size(10).volume_type(VolumeType::Io1).send().await), "MissingParameter");
    assert_eq!(code(base().size(10).throughput(200).send().await), "InvalidParameterCombination");
    assert_eq!(code(base().size(10).availability_zone("eu-west-1a").send().await), "InvalidZone.NotFound");
    assert_eq!(code(base().snapshot_id("snap-0123456789abcdef0").send().await), "InvalidSnapshot.NotFound");
    assert_eq!(code(base().size(10).dry_run(true).send().await), "DryRunOperation");
    let root = find(&ec2, &[("tag:Name", &["app20-web-1"])]).await[0].block_device_mappings()[0].clone();
    let root = root.ebs().unwrap().volume_id().unwrap().to_owned();
    assert_eq!(code(ec2.detach_volume().volume_id(root).send().await), "OperationNotPermitted");
}

#[tokio::test]
async fn encryption_by_default_applies_to_new_volumes() {
    let ec2 = Account::new().ec2();
    ec2.enable_ebs_encryption_by_default().send().await.unwrap();
    let state = ec2.get_ebs_encryption_by_default().send().await.unwrap();
    assert_eq!(state.ebs_encryption_by_default(), Some(true));
    let volume = ec2.create_volume().availability_zone("eu-central-1a").size(1).send().await.unwrap();
    assert_eq!(volume.encrypted(), Some(true));
    assert!(volume.kms_key_id().is_some());
}

#[tokio::test]
async fn volume_allows_one_modification_at_a_time() {
    let account = Account::new();
    let ec2 = account.ec2();
    let loose = ec2.describe_volumes().filters(filter("tag:Name", &["app10-ledger-old"])).send().await.unwrap();
    let id = loose.volumes()[0].volume_id().unwrap();
    let modify = || ec2.modify_volume().volume_id(id);
    assert_eq!(code(modify().size(1).send().await), "InvalidParameterValue");
    modify().volume_type(VolumeType::Gp3).send().await.unwrap();
    let volumes = ec2.describe_volumes().volume_ids(id).send().await.unwrap();
    assert_eq!(volumes.volumes()[0].throughput(), Some(125));
    assert_eq!(code(modify().size(600).send().await), "IncorrectModificationState");
    account.wait(60);
    let done = ec2.describe_volumes_modifications().volume_ids(id).send().await.unwrap();
    assert_eq!(done.volumes_modifications()[0].modification_state().unwrap().as_str(), "completed");
    for size in [600, 700, 800] {
        modify().size(size).send().await.unwrap();
        account.wait(60);
    }
    assert_eq!(code(modify().size(900).send().await), "VolumeModificationRateExceeded");
}

#[tokio::test]
async fn snapshot_is_created_shared_and_deleted() {
    let account = Account::new();
    let ec2 = account.ec2();
    let loose = ec2.describe_volumes().filters(filter("encrypted", &["false"])).send().await.unwrap();
    let made = ec2.create_snapshot().volume_id(loose.volumes()[0].volume_id().unwrap()).description("mine");
    let made = made.tag_specifications(named(ResourceType::Snapshot, "before")).send().await.unwrap();
    let id = made.snapshot_id().unwrap();
    assert_eq!(made.state().unwrap().as_str(), "pending");
    account.wait(6);
    let by_tag = ec2.describe_snapshots().filters(filter("tag:Name", &["before"])).send().await.unwrap();
    assert_eq!(by_tag.snapshots()[0].state().unwrap().as_str(), "completed");
    let all = CreateVolumePermission::builder().group(PermissionGroup::All).build();
    let change = CreateVolumePermissionModifications::builder().add(all).build();
    let attribute = SnapshotAttributeName::CreateVolumePermission;
    let modify = ec2.modify_snapshot_attribute().snapshot_id(id).attribute(attribute.clone());
    modify.create_volume_permission(change).send().await.unwrap();
    let shown = ec2.describe_snapshot_attribute().snapshot_id(id).attribute(attribute).send().await.unwrap();
    assert_eq!(shown.create_volume_permissions()[0].group(), Some(&PermissionGroup::All));
    let public = ec2.describe_snapshots().restorable_by_user_ids("all").send().await.unwrap();
    assert_eq!(public.snapshots().len(), 2);
    ec2.delete_snapshot().snapshot_id(id).send().await.unwrap();
    assert_eq!(code(ec2.delete_snapshot().snapshot_id(id).send().await), "InvalidSnapshot.NotFound");
}

#[tokio::test]
async fn snapshots_of_an_image_cannot_be_deleted() {
    let account = Account::new();
    let ec2 = account.ec2();
    let machine = &find(&ec2, &[("tag:Name", &["app10-ledger-1"])]).await[0];
    let make = ec2.create_image().instance_id(machine.instance_id().unwrap()).name("ledger-copy");
    let id = make.clone().send().await.unwrap().image_id.unwrap();
    assert_eq!(code(make.send().await), "InvalidAMIName.Duplicate");
    let image = async || ec2.describe_images().image_ids(&id).send().await.unwrap().images()[0].clone();
    assert_eq!(image().await.state().unwrap().as_str(), "pending");
    account.wait(11);
    assert_eq!(image().await.state().unwrap().as_str(), "available");
    let snapshot = image().await.block_device_mappings()[0].ebs().unwrap().snapshot_id().unwrap().to_owned();
    assert_eq!(code(ec2.delete_snapshot().snapshot_id(&snapshot).send().await), "InvalidSnapshot.InUse");
    let all = LaunchPermission::builder().group(PermissionGroup::All).build();
    let change = LaunchPermissionModifications::builder().add(all.clone()).build();
    ec2.modify_image_attribute().image_id(&id).launch_permission(change).send().await.unwrap();
    assert_eq!(image().await.public(), Some(true));
    let permission = ImageAttributeName::LaunchPermission;
    let shown = ec2.describe_image_attribute().image_id(&id).attribute(permission).send().await.unwrap();
    assert_eq!(shown.launch_permissions(), [all]);
    let gone = ec2.deregister_image().image_id(&id).delete_associated_snapshots(true).send().await.unwrap();
    assert_eq!(gone.delete_snapshot_results().len(), 1);
    assert_eq!(code(ec2.delete_snapshot().snapshot_id(&snapshot).send().await), "InvalidSnapshot.NotFound");
    let foreign = super::Os::Ubuntu.image_id("eu-central-1");
    assert_eq!(code(ec2.deregister_image().image_id(foreign).send().await), "AuthFailure");
}

#[tokio::test]
async fn seed_has_old_public_and_used_images() {
    let ec2 = Account::new().ec2();
    let own = ec2.describe_images().owners("self");
    let public = own.clone().filters(filter("is-public", &["true"])).send().await.unwrap();
    assert_eq!(public.images()[0].name(), Some("demo-appliance-1.4"));
    let images = own.send().await.unwrap();
    let used = images.images().iter().filter(|image| image.last_launched_time().is_some()).count();
    assert_eq!((images.images().len(), used), (4, 2));
}
