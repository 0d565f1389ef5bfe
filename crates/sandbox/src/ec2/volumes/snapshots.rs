//! Snapshots and their permissions.

use aws_sdk_ec2::{
    operation::{
        create_snapshot::{CreateSnapshotInput, CreateSnapshotOutput},
        delete_snapshot::{DeleteSnapshotInput, DeleteSnapshotOutput},
        describe_snapshot_attribute::{DescribeSnapshotAttributeInput, DescribeSnapshotAttributeOutput},
        describe_snapshots::{DescribeSnapshotsInput, DescribeSnapshotsOutput},
        modify_snapshot_attribute::{ModifySnapshotAttributeInput, ModifySnapshotAttributeOutput},
    },
    types::{ResourceType, Snapshot, SnapshotAttributeName, SnapshotState, StorageTier, Volume},
};
use jiff::{SignedDuration, Timestamp};

use super::current::store_current_volumes;
use crate::ApiError;
use crate::clock::{is_younger, to_aws};
use crate::ec2::filters::{Filters, maybe, time};
use crate::ec2::query::{IdKind, ResourceKind, demand, dry_run, invalid, query, refuse_unsimulated};
use crate::ec2::sharing::SharingChange;
use crate::ec2::volumes::describe::VOLUMES;
use crate::ec2::{Ec2State, tags};
use crate::ids::Ids;
use crate::state::Call;

const COPYING: SignedDuration = SignedDuration::from_secs(5);

pub(crate) const SNAPSHOTS: ResourceKind<Snapshot> = ResourceKind {
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

pub(crate) fn describe_snapshots(
    call: &mut Call<'_>,
    input: &DescribeSnapshotsInput,
) -> Result<DescribeSnapshotsOutput, ApiError> {
    let state = &call.region.ec2;
    let is = |who: &String, account: Option<&str>| match who.as_str() {
        "self" => account == Some(call.account_id),
        other => account == Some(other),
    };
    let is_owned = |snapshot: &Snapshot| {
        let alias = snapshot.owner_alias();
        let owner_is = |who: &String| is(who, snapshot.owner_id()) || alias == Some(who.as_str());
        input.owner_ids().is_empty() || input.owner_ids().iter().any(owner_is)
    };
    let is_restorable = |snapshot: &Snapshot| {
        let sharing = state.snapshot_sharing.get(snapshot.snapshot_id().unwrap_or_default());
        let can = |who: &String| match who.as_str() {
            "all" => sharing.is_some_and(|sharing| sharing.public),
            _ => {
                let accounts = sharing.map(|sharing| &sharing.accounts).into_iter().flatten();
                is(who, snapshot.owner_id()) || accounts.into_iter().any(|account| is(who, Some(account)))
            }
        };
        input.restorable_by_user_ids().is_empty() || input.restorable_by_user_ids().iter().any(can)
    };
    let snapshots = state.tags.tagged(&state.snapshots).into_iter();
    let snapshots = snapshots.filter(|snapshot| is_owned(snapshot) && is_restorable(snapshot));
    let snapshots = snapshots.map(|snapshot| current(snapshot, call.now)).collect();
    let page = SNAPSHOTS.describe(snapshots, &query!(input, snapshot_ids))?;
    Ok(DescribeSnapshotsOutput::builder().set_snapshots(Some(page.items)).set_next_token(page.next_token).build())
}

fn current(mut snapshot: Snapshot, now: Timestamp) -> Snapshot {
    if is_younger(snapshot.start_time(), COPYING, now) {
        snapshot.state = Some(SnapshotState::Pending);
        snapshot.progress = Some("0%".to_owned());
    }
    snapshot
}

pub(crate) fn create_snapshot(
    call: &mut Call<'_>,
    input: &CreateSnapshotInput,
) -> Result<CreateSnapshotOutput, ApiError> {
    refuse_unsimulated(
        "create_snapshot",
        &[("outpost_arn", input.outpost_arn.is_some()), ("location", input.location.is_some())],
    )?;
    store_current_volumes(call);
    let volume = VOLUMES.find(&call.region.ec2.volumes, input.volume_id(), "volumeId")?;
    let tags = tags::of_new(input.tag_specifications(), &ResourceType::Snapshot)?;
    dry_run(input.dry_run)?;
    let snapshot = of_volume(call.ids, call.account_id, volume, call.now, input.description().unwrap_or_default());
    call.region.ec2.tags.put(snapshot.snapshot_id().unwrap_or_default(), &tags);
    call.region.ec2.snapshots.push(snapshot.clone());
    let snapshot = current(snapshot, call.now);
    Ok(CreateSnapshotOutput::builder()
        .set_snapshot_id(snapshot.snapshot_id)
        .set_description(snapshot.description)
        .set_volume_id(snapshot.volume_id)
        .set_volume_size(snapshot.volume_size)
        .set_owner_id(snapshot.owner_id)
        .set_start_time(snapshot.start_time)
        .set_progress(Some(String::new()))
        .set_state(snapshot.state)
        .set_encrypted(snapshot.encrypted)
        .set_tags(Some(tags))
        .build())
}

/// Returns a snapshot that starts now, in its completed form.
pub(crate) fn of_volume(ids: &mut Ids, account: &str, volume: &Volume, now: Timestamp, description: &str) -> Snapshot {
    Snapshot::builder()
        .snapshot_id(ids.ec2("snap"))
        .description(description)
        .set_volume_id(volume.volume_id.clone())
        .set_volume_size(volume.size)
        .owner_id(account)
        .start_time(to_aws(now))
        .progress("100%")
        .state(SnapshotState::Completed)
        .storage_tier(StorageTier::Standard)
        .set_encrypted(volume.encrypted)
        .set_kms_key_id(volume.kms_key_id.clone())
        .build()
}

/// Returns a snapshot that the caller owns. Shared snapshots can be read and not changed.
fn find_own_snapshot<'a>(call: &'a Call<'_>, id: Option<&str>) -> Result<&'a Snapshot, ApiError> {
    let snapshot = SNAPSHOTS.find(&call.region.ec2.snapshots, id, "snapshotId")?;
    match snapshot.owner_id() == Some(call.account_id) {
        true => Ok(snapshot),
        false => {
            let message = format!("Not authorized for snapshot: {}", id.unwrap_or_default());
            Err(ApiError::new("AuthFailure", message).with_status(403))
        }
    }
}

pub(crate) fn delete_snapshot(
    call: &mut Call<'_>,
    input: &DeleteSnapshotInput,
) -> Result<DeleteSnapshotOutput, ApiError> {
    let id = find_own_snapshot(call, input.snapshot_id())?.snapshot_id().unwrap_or_default().to_owned();
    if let Some(image) = image_of(&call.region.ec2, &id) {
        let message = format!("The snapshot {id} is currently in use by {image}");
        return Err(ApiError::new("InvalidSnapshot.InUse", message));
    }
    dry_run(input.dry_run)?;
    remove(&mut call.region.ec2, &id);
    Ok(DeleteSnapshotOutput::builder().build())
}

pub(crate) fn remove(state: &mut Ec2State, id: &str) {
    state.snapshots.retain(|snapshot| snapshot.snapshot_id() != Some(id));
    state.snapshot_sharing.remove(id);
}

/// Returns the id of the image that uses a snapshot.
fn image_of<'a>(state: &'a Ec2State, id: &str) -> Option<&'a str> {
    let starts_from = |image: &&aws_sdk_ec2::types::Image| {
        image.block_device_mappings().iter().filter_map(|mapping| mapping.ebs()?.snapshot_id()).any(|used| used == id)
    };
    state.images.iter().find(starts_from)?.image_id()
}

pub(crate) fn describe_snapshot_attribute(
    call: &mut Call<'_>,
    input: &DescribeSnapshotAttributeInput,
) -> Result<DescribeSnapshotAttributeOutput, ApiError> {
    let id = find_own_snapshot(call, input.snapshot_id())?.snapshot_id.clone();
    let attribute = demand(input.attribute(), "attribute")?;
    dry_run(input.dry_run)?;
    let answer = DescribeSnapshotAttributeOutput::builder().set_snapshot_id(id.clone());
    match attribute {
        SnapshotAttributeName::CreateVolumePermission => {
            let sharing = call.region.ec2.snapshot_sharing.get(&id.unwrap_or_default());
            let permissions = sharing.map(|sharing| sharing.volume_permissions()).unwrap_or_default();
            Ok(answer.set_create_volume_permissions(Some(permissions)).build())
        }
        SnapshotAttributeName::ProductCodes => Ok(answer.set_product_codes(Some(Vec::new())).build()),
        other => Err(invalid(format!("Invalid value '{other}' for attribute."))),
    }
}

pub(crate) fn modify_snapshot_attribute(
    call: &mut Call<'_>,
    input: &ModifySnapshotAttributeInput,
) -> Result<ModifySnapshotAttributeOutput, ApiError> {
    let snapshot = find_own_snapshot(call, input.snapshot_id())?;
    let id = snapshot.snapshot_id().unwrap_or_default().to_owned();
    let change = match input.create_volume_permission() {
        Some(change) => SharingChange::of_volumes(change)?,
        None => SharingChange::by_operation(input.operation_type(), input.user_ids(), input.group_names())?,
    };
    if input.attribute().is_some_and(|attribute| *attribute != SnapshotAttributeName::CreateVolumePermission) {
        return Err(invalid("Only the attribute createVolumePermission can be modified."));
    }
    if change.is_empty() {
        return Err(ApiError::new("MissingParameter", "The request must contain the parameter createVolumePermission"));
    }
    if change.publishes() && snapshot.encrypted == Some(true) {
        let message = format!("Encrypted snapshots with EBS default key cannot be shared: {id}");
        return Err(ApiError::new("OperationNotPermitted", message));
    }
    dry_run(input.dry_run)?;
    call.region.ec2.snapshot_sharing.entry(id).or_default().apply(change);
    Ok(ModifySnapshotAttributeOutput::builder().build())
}
