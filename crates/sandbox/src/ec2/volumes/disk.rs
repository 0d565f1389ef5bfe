//! Builds the volumes of the seed.

use aws_sdk_ec2::{
    primitives::DateTime,
    types::{Volume, VolumeAttachment, VolumeAttachmentState, VolumeState, VolumeType},
};

/// The properties of a seeded volume.
pub(crate) struct Disk {
    pub id: String,
    pub size: i32,
    pub device: String,
    pub zone: String,
    pub created: DateTime,
}

impl Disk {
    /// Returns a root volume, which is deleted with its instance.
    pub(crate) fn attached_to(self, instance_id: &str) -> Volume {
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

    pub(crate) fn unattached(self) -> Volume {
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
