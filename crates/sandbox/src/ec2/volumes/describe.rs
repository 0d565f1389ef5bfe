//! Describing volumes.

use aws_sdk_ec2::{
    operation::describe_volumes::{DescribeVolumesInput, DescribeVolumesOutput},
    types::{Volume, VolumeAttachment},
};

use super::current::current_volumes;
use crate::ApiError;
use crate::ec2::filters::{Filters, each, maybe, time};
use crate::ec2::query::{IdKind, ResourceKind, query};
use crate::state::Call;

pub(crate) const VOLUMES: ResourceKind<Volume> = ResourceKind {
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

pub(crate) fn describe_volumes(
    call: &mut Call<'_>,
    input: &DescribeVolumesInput,
) -> Result<DescribeVolumesOutput, ApiError> {
    let page = VOLUMES.describe(current_volumes(call), &query!(input, volume_ids))?;
    Ok(DescribeVolumesOutput::builder().set_volumes(Some(page.items)).set_next_token(page.next_token).build())
}
