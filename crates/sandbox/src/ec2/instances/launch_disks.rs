//! The volumes of a launch: those of the image, as the request changes them, and additional ones.

use aws_sdk_ec2::types::{BlockDeviceMapping, EbsBlockDevice, Volume, VolumeType};

use crate::ApiError;
use crate::clock::to_aws;
use crate::ec2::Ec2State;
use crate::ec2::images::facts::ImageFacts;
use crate::ec2::query::{invalid, refuse_unsimulated};
use crate::ec2::volumes::disk::Disk;
use crate::ec2::volumes::size::{Performance, RequestedSize};
use crate::ec2::volumes::snapshots::SNAPSHOTS;
use crate::state::Call;

/// A volume of an instance to be launched.
pub(crate) struct Planned {
    device: String,
    size: i32,
    kind: VolumeType,
    performance: Performance,
    snapshot_id: String,
    encrypted: bool,
    stays: bool,
}

/// Checks the mappings of a request against its image.
pub(crate) fn plan(
    state: &Ec2State,
    image_id: &str,
    mappings: &[BlockDeviceMapping],
) -> Result<Vec<Planned>, ApiError> {
    let is_ephemeral = mappings.iter().any(|mapping| mapping.virtual_name.is_some());
    refuse_unsimulated("run_instances", &[("a virtual_name", is_ephemeral)])?;
    let mut disks = of_image(state, image_id);
    for mapping in mappings {
        let device = mapping
            .device_name()
            .ok_or_else(|| ApiError::new("MissingParameter", "The request must contain the parameter DeviceName"))?;
        disks.retain(|(known, _)| mapping.no_device.is_none() || known != device);
        let Some(asked) = mapping.ebs() else {
            continue;
        };
        match disks.iter_mut().find(|(known, _)| known == device) {
            Some((_, disk)) => *disk = merge_disk(disk, asked),
            None => disks.push((device.to_owned(), asked.clone())),
        }
    }
    disks.into_iter().map(|(device, disk)| planned(state, device, &disk)).collect()
}

/// Returns the volumes of an image. A public image has a root volume only.
fn of_image(state: &Ec2State, image_id: &str) -> Vec<(String, EbsBlockDevice)> {
    let image = state.images.iter().find(|image| image.image_id() == Some(image_id));
    let mappings = image.map(|image| image.block_device_mappings()).unwrap_or_default();
    if mappings.is_empty() {
        let facts = ImageFacts::find(state, image_id);
        let size = if facts.platform.is_some() { 30 } else { 8 };
        let root = EbsBlockDevice::builder().volume_size(size).volume_type(VolumeType::Gp3).build();
        return vec![(facts.root_device_name, root)];
    }
    let disk = |mapping: &BlockDeviceMapping| Some((mapping.device_name()?.to_owned(), mapping.ebs()?.clone()));
    mappings.iter().filter_map(disk).collect()
}

fn merge_disk(image: &EbsBlockDevice, asked: &EbsBlockDevice) -> EbsBlockDevice {
    // IOPS and throughput belong to a volume type and are dropped when the type changes.
    let is_same = asked.volume_type.is_none() || asked.volume_type == image.volume_type;
    EbsBlockDevice::builder()
        .set_snapshot_id(asked.snapshot_id.clone().or(image.snapshot_id.clone()))
        .set_volume_size(asked.volume_size.or(image.volume_size))
        .set_volume_type(asked.volume_type.clone().or(image.volume_type.clone()))
        .set_iops(asked.iops.or(image.iops.filter(|_| is_same)))
        .set_throughput(asked.throughput.or(image.throughput.filter(|_| is_same)))
        .set_encrypted(asked.encrypted.or(image.encrypted))
        .set_kms_key_id(asked.kms_key_id.clone())
        .set_delete_on_termination(asked.delete_on_termination.or(image.delete_on_termination))
        .build()
}

fn planned(state: &Ec2State, device: String, disk: &EbsBlockDevice) -> Result<Planned, ApiError> {
    let snapshot = match disk.snapshot_id() {
        Some(id) => Some(SNAPSHOTS.find(&state.snapshots, Some(id), "snapshotId")?),
        None => None,
    };
    let least = snapshot.and_then(|snapshot| snapshot.volume_size);
    let Some(size) = disk.volume_size.or(least) else {
        return Err(ApiError::new("MissingParameter", "The request must contain the parameter size or snapshotId"));
    };
    if let Some(least) = least.filter(|least| size < *least) {
        let id = disk.snapshot_id().unwrap_or_default();
        let message = format!("Volume of size {size}GB is smaller than snapshot '{id}', expect size >= {least}GB");
        return Err(ApiError::new("InvalidBlockDeviceMapping", message));
    }
    if device.is_empty() {
        return Err(invalid("Invalid value '' for unixDevice."));
    }
    let kind = disk.volume_type.clone().unwrap_or(VolumeType::Gp2);
    let performance = RequestedSize { size, iops: disk.iops, throughput: disk.throughput }.performance_for(&kind)?;
    let is_encrypted = snapshot.and_then(|snapshot| snapshot.encrypted) == Some(true);
    Ok(Planned {
        device,
        size,
        kind,
        performance,
        snapshot_id: disk.snapshot_id.clone().unwrap_or_default(),
        encrypted: is_encrypted
            || disk.encrypted == Some(true)
            || disk.kms_key_id.is_some()
            || state.encrypts_by_default,
        stays: disk.delete_on_termination == Some(false),
    })
}

impl Planned {
    pub(crate) fn make(&self, call: &mut Call<'_>, zone: &str, instance_id: &str) -> Volume {
        let disk = Disk {
            id: call.ids.ec2("vol"),
            size: self.size,
            device: self.device.clone(),
            zone: zone.to_owned(),
            created: to_aws(call.now),
        };
        let mut volume = disk.attached_to(instance_id);
        volume.volume_type = Some(self.kind.clone());
        volume.iops = self.performance.iops;
        volume.throughput = self.performance.throughput;
        volume.encrypted = Some(self.encrypted);
        volume.snapshot_id = Some(self.snapshot_id.clone());
        for attachment in volume.attachments.iter_mut().flatten() {
            attachment.delete_on_termination = Some(!self.stays);
        }
        volume
    }
}
