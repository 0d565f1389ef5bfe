//! Creating, finding, changing and tagging groups.

use aws_sdk_resourcegroups::{
    operation::{
        create_group::{CreateGroupInput, CreateGroupOutput},
        delete_group::{DeleteGroupInput, DeleteGroupOutput},
        get_group::{GetGroupInput, GetGroupOutput},
        get_group_query::{GetGroupQueryInput, GetGroupQueryOutput},
        get_tags::{GetTagsInput, GetTagsOutput},
        list_groups::{ListGroupsInput, ListGroupsOutput},
        tag::{TagInput, TagOutput},
        untag::{UntagInput, UntagOutput},
        update_group::{UpdateGroupInput, UpdateGroupOutput},
        update_group_query::{UpdateGroupQueryInput, UpdateGroupQueryOutput},
    },
    types::{self, GroupFilterName, GroupIdentifier, GroupQuery},
};

use super::Query;
use super::errors::bad_request;
use super::pages::cut;
use super::state::ResourceGroup;
use crate::ApiError;
use crate::state::Call;

impl ResourceGroup {
    fn show(&self) -> Result<types::Group, ApiError> {
        Ok(types::Group::builder()
            .group_arn(&self.arn)
            .name(&self.name)
            .set_description(self.description.clone())
            .set_criticality(self.criticality)
            .set_owner(self.owner.clone())
            .set_display_name(self.display_name.clone())
            .build()?)
    }

    fn show_query(&self) -> Result<GroupQuery, ApiError> {
        Ok(GroupQuery::builder().group_name(&self.name).resource_query(self.query.to_aws()?).build()?)
    }
}

pub(super) fn create_group(call: &mut Call<'_>, input: &CreateGroupInput) -> Result<CreateGroupOutput, ApiError> {
    let name = input.name().unwrap_or_default();
    check_name(name)?;
    if !input.configuration().is_empty() {
        return Err(bad_request("the sandbox does not simulate groups by configuration"));
    }
    let query = input.resource_query();
    let query = query.ok_or_else(|| bad_request("A group needs a ResourceQuery or a Configuration."))?;
    let query = Query::parse(query)?;
    if call.region.groups.groups.contains_key(name) {
        return Err(bad_request(format!("Cannot create group: group {name} already exists.")));
    }
    let group = ResourceGroup {
        name: name.to_owned(),
        arn: ResourceGroup::arn(call.account_id, call.region_name, name),
        description: input.description.clone(),
        criticality: input.criticality,
        owner: input.owner.clone(),
        display_name: input.display_name.clone(),
        query,
        tags: input.tags().cloned().unwrap_or_default(),
    };
    let output = CreateGroupOutput::builder()
        .group(group.show()?)
        .resource_query(group.query.to_aws()?)
        .set_tags(Some(group.tags.clone()))
        .build();
    call.region.groups.groups.insert(name.to_owned(), group);
    Ok(output)
}

fn check_name(name: &str) -> Result<(), ApiError> {
    let legal = |character: char| character.is_ascii_alphanumeric() || "_.-".contains(character);
    let reserved = name.to_lowercase().starts_with("aws");
    if name.is_empty() || name.len() > 300 || reserved || !name.chars().all(legal) {
        return Err(bad_request(format!("The group name \"{name}\" is not valid.")));
    }
    Ok(())
}

pub(super) fn get_group(call: &mut Call<'_>, input: &GetGroupInput) -> Result<GetGroupOutput, ApiError> {
    #[allow(deprecated)]
    let group = find(call, input.group().or(input.group_name()))?;
    Ok(GetGroupOutput::builder().group(group.show()?).build())
}

pub(super) fn get_group_query(
    call: &mut Call<'_>,
    input: &GetGroupQueryInput,
) -> Result<GetGroupQueryOutput, ApiError> {
    #[allow(deprecated)]
    let group = find(call, input.group().or(input.group_name()))?;
    Ok(GetGroupQueryOutput::builder().group_query(group.show_query()?).build())
}

pub(super) fn update_group(call: &mut Call<'_>, input: &UpdateGroupInput) -> Result<UpdateGroupOutput, ApiError> {
    #[allow(deprecated)]
    let group = find_mut(call, input.group().or(input.group_name()))?;
    let keep = |new: &Option<String>, old: &mut Option<String>| {
        if new.is_some() {
            old.clone_from(new);
        }
    };
    keep(&input.description, &mut group.description);
    keep(&input.owner, &mut group.owner);
    keep(&input.display_name, &mut group.display_name);
    group.criticality = input.criticality.or(group.criticality);
    Ok(UpdateGroupOutput::builder().group(group.show()?).build())
}

pub(super) fn update_group_query(
    call: &mut Call<'_>,
    input: &UpdateGroupQueryInput,
) -> Result<UpdateGroupQueryOutput, ApiError> {
    let query = input.resource_query();
    let query = Query::parse(query.ok_or_else(|| bad_request("ResourceQuery is required."))?)?;
    #[allow(deprecated)]
    let group = find_mut(call, input.group().or(input.group_name()))?;
    group.query = query;
    Ok(UpdateGroupQueryOutput::builder().group_query(group.show_query()?).build())
}

pub(super) fn delete_group(call: &mut Call<'_>, input: &DeleteGroupInput) -> Result<DeleteGroupOutput, ApiError> {
    #[allow(deprecated)]
    let group = find(call, input.group().or(input.group_name()))?;
    let (name, shown) = (group.name.clone(), group.show()?);
    call.region.groups.groups.remove(&name);
    Ok(DeleteGroupOutput::builder().group(shown).build())
}

pub(super) fn list_groups(call: &mut Call<'_>, input: &ListGroupsInput) -> Result<ListGroupsOutput, ApiError> {
    let mut groups: Vec<&ResourceGroup> = call.region.groups.groups.values().collect();
    for filter in input.filters() {
        let values = filter.values();
        let is = |own: &Option<String>| own.as_ref().is_some_and(|own| values.contains(own));
        match filter.name() {
            GroupFilterName::ResourceType => {
                groups.retain(|group| group.query.types.iter().any(|kind| values.contains(kind)));
            }
            // Groups with a configuration are not simulated.
            GroupFilterName::ConfigurationType => groups.clear(),
            GroupFilterName::Owner => groups.retain(|group| is(&group.owner)),
            GroupFilterName::DisplayName => groups.retain(|group| is(&group.display_name)),
            GroupFilterName::Criticality => {
                groups.retain(|group| is(&group.criticality.map(|level| level.to_string())));
            }
            other => return Err(bad_request(format!("The filter \"{other}\" is not valid."))),
        }
    }
    let request = ("groups", input.filters());
    let page = cut(groups, request, input.max_results, input.next_token(), |group| group.name.clone())?;
    let identifier = |group: &&ResourceGroup| {
        GroupIdentifier::builder()
            .group_name(&group.name)
            .group_arn(&group.arn)
            .set_description(group.description.clone())
            .set_criticality(group.criticality)
            .set_owner(group.owner.clone())
            .set_display_name(group.display_name.clone())
            .build()
    };
    let shown: Vec<types::Group> = page.items.iter().map(|group| group.show()).collect::<Result<_, _>>()?;
    #[allow(deprecated)]
    Ok(ListGroupsOutput::builder()
        .set_group_identifiers(Some(page.items.iter().map(identifier).collect()))
        .set_groups(Some(shown))
        .set_next_token(page.next_token)
        .build())
}

pub(super) fn get_tags(call: &mut Call<'_>, input: &GetTagsInput) -> Result<GetTagsOutput, ApiError> {
    let group = find(call, input.arn())?;
    Ok(GetTagsOutput::builder().arn(&group.arn).set_tags(Some(group.tags.clone())).build())
}

pub(super) fn tag(call: &mut Call<'_>, input: &TagInput) -> Result<TagOutput, ApiError> {
    let group = find_mut(call, input.arn())?;
    let tags = input.tags().cloned().unwrap_or_default();
    group.tags.extend(tags.clone());
    Ok(TagOutput::builder().arn(&group.arn).set_tags(Some(tags)).build())
}

pub(super) fn untag(call: &mut Call<'_>, input: &UntagInput) -> Result<UntagOutput, ApiError> {
    let group = find_mut(call, input.arn())?;
    group.tags.retain(|key, _| !input.keys().contains(key));
    Ok(UntagOutput::builder().arn(&group.arn).set_keys(Some(input.keys().to_vec())).build())
}

/// Finds a group by its name or its ARN.
pub(super) fn find<'a>(call: &'a Call<'_>, group: Option<&str>) -> Result<&'a ResourceGroup, ApiError> {
    let name = name_of(group)?;
    call.region.groups.groups.get(name).ok_or_else(|| not_found(name))
}

fn find_mut<'a>(call: &'a mut Call<'_>, group: Option<&str>) -> Result<&'a mut ResourceGroup, ApiError> {
    let name = name_of(group)?;
    call.region.groups.groups.get_mut(name).ok_or_else(|| not_found(name))
}

fn name_of(group: Option<&str>) -> Result<&str, ApiError> {
    let group = group.ok_or_else(|| bad_request("A group name or ARN is required."))?;
    Ok(match group.starts_with("arn:") {
        true => group.rsplit('/').next().unwrap_or(group),
        false => group,
    })
}

fn not_found(name: &str) -> ApiError {
    let message = format!("Cannot find the group: {name}");
    ApiError::new("NotFoundException", message).with_status(404)
}
