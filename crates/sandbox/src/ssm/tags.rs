//! Adding, removing and listing tags of Systems Manager's resources.

use std::collections::BTreeMap;

use aws_sdk_ssm::{
    operation::{
        add_tags_to_resource::{AddTagsToResourceInput, AddTagsToResourceOutput},
        list_tags_for_resource::{ListTagsForResourceInput, ListTagsForResourceOutput},
        remove_tags_from_resource::{RemoveTagsFromResourceInput, RemoveTagsFromResourceOutput},
    },
    types::{ResourceTypeForTagging as Kind, Tag},
};

use super::documents;
use super::tag_store::SsmTags;
use crate::ApiError;
use crate::state::Call;

const LIMIT: usize = 50;

pub(super) fn add_tags_to_resource(
    call: &mut Call<'_>,
    input: &AddTagsToResourceInput,
) -> Result<AddTagsToResourceOutput, ApiError> {
    SsmTags::check(input.tags())?;
    let own = tags_of(call, input.resource_type(), input.resource_id())?;
    let new = input.tags().iter().filter(|tag| !own.contains_key(&tag.key)).count();
    if own.len() + new > LIMIT {
        let message = format!("The maximum number of {LIMIT} tags for the resource has been reached.");
        return Err(ApiError::new("TooManyTagsError", message));
    }
    own.extend(input.tags().iter().map(|tag| (tag.key.clone(), tag.value.clone())));
    Ok(AddTagsToResourceOutput::builder().build())
}

pub(super) fn remove_tags_from_resource(
    call: &mut Call<'_>,
    input: &RemoveTagsFromResourceInput,
) -> Result<RemoveTagsFromResourceOutput, ApiError> {
    let own = tags_of(call, input.resource_type(), input.resource_id())?;
    own.retain(|key, _| !input.tag_keys().contains(key));
    Ok(RemoveTagsFromResourceOutput::builder().build())
}

pub(super) fn list_tags_for_resource(
    call: &mut Call<'_>,
    input: &ListTagsForResourceInput,
) -> Result<ListTagsForResourceOutput, ApiError> {
    let own = tags_of(call, input.resource_type(), input.resource_id())?;
    let tags = own.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    let tags: Vec<Tag> = tags.collect::<Result<_, _>>()?;
    Ok(ListTagsForResourceOutput::builder().set_tag_list(Some(tags)).build())
}

/// Returns the tags of an existing resource. EC2 nodes have their tags in EC2.
fn tags_of<'a>(
    call: &'a mut Call<'_>,
    kind: Option<&Kind>,
    id: Option<&str>,
) -> Result<&'a mut BTreeMap<String, String>, ApiError> {
    let id = id.unwrap_or_default();
    let kind = kind.ok_or_else(|| unknown_kind("null"))?;
    let ssm = &mut call.region.ssm;
    if *kind == Kind::ManagedInstance {
        let hybrid = ssm.nodes.get_mut(id).and_then(|node| node.hybrid.as_mut());
        return hybrid.map(|hybrid| &mut hybrid.tags).ok_or_else(unknown_id);
    }
    let exists = match kind {
        Kind::Parameter => ssm.parameters.contains_key(id),
        Kind::Association => ssm.associations.contains_key(id),
        Kind::PatchBaseline => ssm.patching.baseline(id).is_some(),
        Kind::Document => documents::find(id).is_some(),
        Kind::MaintenanceWindow | Kind::OpsItem | Kind::Opsmetadata | Kind::Automation => false,
        other => return Err(unknown_kind(other.as_str())),
    };
    match exists {
        true => Ok(ssm.tags.0.entry((kind.as_str().to_owned(), id.to_owned())).or_default()),
        false => Err(unknown_id()),
    }
}

fn unknown_id() -> ApiError {
    ApiError::new(
        "InvalidResourceId",
        "The resource ID isn't valid. Verify that you entered the correct ID and try again.",
    )
}

fn unknown_kind(kind: &str) -> ApiError {
    let message = format!(
        "The resource type {kind} isn't valid. If you are attempting to tag an EC2 instance, the instance must be a registered managed node."
    );
    ApiError::new("InvalidResourceType", message)
}
