//! Describing images and key pairs.

use aws_sdk_ec2::{
    operation::{
        describe_images::{DescribeImagesInput, DescribeImagesOutput},
        describe_key_pairs::{DescribeKeyPairsInput, DescribeKeyPairsOutput},
    },
    types::{self, BlockDeviceMapping},
};
use jiff::{SignedDuration, Timestamp};

use crate::ApiError;
use crate::clock::later;
use crate::ec2::Ec2State;
use crate::ec2::filters::{Filters, each, maybe};
use crate::ec2::query::{IdKind, ResourceKind, dry_run, query};
use crate::state::Call;

const BUILDING: SignedDuration = SignedDuration::from_secs(10);
const LAST_LAUNCH_DELAY: SignedDuration = SignedDuration::from_hours(24);

pub(crate) const IMAGES: ResourceKind<types::Image> = ResourceKind {
    id: IdKind {
        prefix: "ami",
        malformed: "InvalidAMIID.Malformed",
        missing: "InvalidAMIID.NotFound",
        one_missing: "The image id '[{}]' does not exist",
        many_missing: "The image ids '[{}]' do not exist",
    },
    filters: Filters {
        fields: &[
            ("architecture", |i| maybe(i.architecture())),
            ("block-device-mapping.delete-on-termination", |i| {
                let deleted = |disk: &BlockDeviceMapping| disk.ebs()?.delete_on_termination();
                i.block_device_mappings().iter().filter_map(deleted).map(|flag| flag.to_string()).collect()
            }),
            ("block-device-mapping.device-name", |i| each(i.block_device_mappings(), |disk| disk.device_name())),
            ("block-device-mapping.encrypted", |i| {
                let encrypted = |disk: &BlockDeviceMapping| disk.ebs()?.encrypted();
                i.block_device_mappings().iter().filter_map(encrypted).map(|flag| flag.to_string()).collect()
            }),
            ("block-device-mapping.snapshot-id", |i| each(i.block_device_mappings(), |disk| disk.ebs()?.snapshot_id())),
            ("block-device-mapping.volume-size", |i| {
                let size = |disk: &BlockDeviceMapping| disk.ebs()?.volume_size();
                i.block_device_mappings().iter().filter_map(size).map(|size| size.to_string()).collect()
            }),
            ("block-device-mapping.volume-type", |i| {
                each(i.block_device_mappings(), |disk| disk.ebs()?.volume_type().map(|kind| kind.as_str()))
            }),
            ("creation-date", |i| maybe(i.creation_date())),
            ("description", |i| maybe(i.description())),
            ("ena-support", |i| maybe(i.ena_support())),
            ("hypervisor", |i| maybe(i.hypervisor())),
            ("image-id", |i| maybe(i.image_id())),
            ("image-type", |i| maybe(i.image_type())),
            ("is-public", |i| maybe(i.public())),
            ("name", |i| maybe(i.name())),
            ("owner-alias", |i| maybe(i.image_owner_alias())),
            ("owner-id", |i| maybe(i.owner_id())),
            ("platform", |i| maybe(i.platform())),
            ("platform-details", |i| maybe(i.platform_details())),
            ("root-device-name", |i| maybe(i.root_device_name())),
            ("root-device-type", |i| maybe(i.root_device_type())),
            ("source-instance-id", |i| maybe(i.source_instance_id())),
            ("state", |i| maybe(i.state())),
            ("usage-operation", |i| maybe(i.usage_operation())),
            ("virtualization-type", |i| maybe(i.virtualization_type())),
        ],
        tags: Some(|i| i.tags()),
    },
    page_sizes: 1..=1000,
    ids_parameter: "imagesSet",
};

pub(crate) fn describe_images(
    call: &mut Call<'_>,
    input: &DescribeImagesInput,
) -> Result<DescribeImagesOutput, ApiError> {
    let is = |who: &String, account: Option<&str>| match who.as_str() {
        "self" => account == Some(call.account_id),
        other => account == Some(other),
    };
    let is_owned = |image: &types::Image| {
        let alias = image.image_owner_alias();
        let owner_is = |who: &String| is(who, image.owner_id()) || alias == Some(who.as_str());
        input.owners().is_empty() || input.owners().iter().any(owner_is)
    };
    let state = &call.region.ec2;
    let is_executable = |image: &types::Image| {
        let sharing = state.image_sharing.get(image.image_id().unwrap_or_default());
        // `all` selects public images; an account id selects images shared with that account.
        let can = |who: &String| match who.as_str() {
            "all" => image.public == Some(true),
            _ => {
                let accounts = sharing.map(|sharing| &sharing.accounts).into_iter().flatten();
                is(who, image.owner_id()) || accounts.into_iter().any(|account| is(who, Some(account)))
            }
        };
        input.executable_users().is_empty() || input.executable_users().iter().any(can)
    };
    let images = current_images(call).into_iter().filter(|image| is_owned(image) && is_executable(image));
    let page = IMAGES.describe(images.collect(), &query!(input, image_ids))?;
    Ok(DescribeImagesOutput::builder().set_images(Some(page.items)).set_next_token(page.next_token).build())
}

/// Returns the current images with their tags.
pub(crate) fn current_images(call: &Call<'_>) -> Vec<types::Image> {
    let state = &call.region.ec2;
    let mut images = state.tags.tagged(&state.images);
    for image in &mut images {
        let created = image.creation_date().and_then(|text| text.parse::<Timestamp>().ok());
        if created.is_some_and(|created| call.now < later(created, BUILDING)) {
            image.state = Some(types::ImageState::Pending);
        }
        let sharing = image.image_id().and_then(|id| state.image_sharing.get(id));
        if sharing.is_some_and(|sharing| sharing.public) {
            image.public = Some(true);
        }
        if image.owner_id() == Some(call.account_id) {
            image.last_launched_time = last_launch(call, image);
        }
    }
    images
}

/// Returns the time of the last launch. AWS reports it with a delay of a day, so newer launches do
/// not count.
fn last_launch(call: &Call<'_>, image: &types::Image) -> Option<String> {
    let launched = call.region.ec2.instances.values().filter(|one| Some(one.image_id.as_str()) == image.image_id());
    let reported = launched.map(|instance| instance.launched).filter(|at| call.now >= later(*at, LAST_LAUNCH_DELAY));
    reported.max().map(creation_date)
}

/// Formats a time like an image's creation date.
pub(crate) fn creation_date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

pub(crate) const KEY_PAIRS: Filters<types::KeyPairInfo> = Filters {
    fields: &[
        ("fingerprint", |k| maybe(k.key_fingerprint())),
        ("key-name", |k| maybe(k.key_name())),
        ("key-pair-id", |k| maybe(k.key_pair_id())),
    ],
    tags: Some(|k| k.tags()),
};

pub(crate) fn describe_key_pairs(
    call: &mut Call<'_>,
    input: &DescribeKeyPairsInput,
) -> Result<DescribeKeyPairsOutput, ApiError> {
    let state = &call.region.ec2;
    let pairs = state.tags.tagged(&state.key_pairs);
    let selected = KEY_PAIRS.select(pairs, input.filters())?;
    dry_run(input.dry_run)?;
    for name in input.key_names() {
        find_key_pair(state, name)?;
    }
    let wanted = |pair: &types::KeyPairInfo| {
        let named = |names: &[String], own: Option<&str>| {
            names.is_empty() || names.iter().any(|name| Some(name.as_str()) == own)
        };
        named(input.key_names(), pair.key_name()) && named(input.key_pair_ids(), pair.key_pair_id())
    };
    let pairs = selected.into_iter().filter(wanted).collect();
    Ok(DescribeKeyPairsOutput::builder().set_key_pairs(Some(pairs)).build())
}

pub(crate) fn find_key_pair<'a>(state: &'a Ec2State, name: &str) -> Result<&'a types::KeyPairInfo, ApiError> {
    let known = state.key_pairs.iter().find(|pair| pair.key_name() == Some(name));
    known.ok_or_else(|| {
        let message = format!("The key pair '{name}' does not exist");
        ApiError::new("InvalidKeyPair.NotFound", message)
    })
}
