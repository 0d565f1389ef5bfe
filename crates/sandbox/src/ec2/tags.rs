//! Creating, deleting and describing tags, and the tag checks of other operations.

use aws_sdk_ec2::{
    operation::{
        create_tags::{CreateTagsInput, CreateTagsOutput},
        delete_tags::{DeleteTagsInput, DeleteTagsOutput},
        describe_tags::{DescribeTagsInput, DescribeTagsOutput},
    },
    types::{ResourceType, Tag, TagDescription, TagSpecification},
};

use super::filters::{Filters, maybe};
use super::instances::lookup::visible;
use super::query::{DescribeQuery, INSTANCE_ID, cut, dry_run, invalid, page_size, require};
use super::resources::Resource;
use super::security_groups::describe_rules::rules;
use super::state::Ec2State;
use super::tag_store::is_reserved;
use crate::ApiError;
use crate::ec2::network::interfaces::interfaces;
use crate::state::Call;

const LIMIT: usize = 50;

pub(crate) fn create_tags(call: &mut Call<'_>, input: &CreateTagsInput) -> Result<CreateTagsOutput, ApiError> {
    let resources = require(input.resources(), "ResourceId")?;
    let tags = require(input.tags(), "Tag")?;
    check_resources(call, resources)?;
    for id in resources {
        check_tags(tags, call.region.ec2.tags.count_after(id, tags))?;
    }
    dry_run(input.dry_run)?;
    for id in resources {
        call.region.ec2.tags.put(id, tags);
    }
    Ok(CreateTagsOutput::builder().build())
}

pub(crate) fn delete_tags(call: &mut Call<'_>, input: &DeleteTagsInput) -> Result<DeleteTagsOutput, ApiError> {
    let resources = require(input.resources(), "ResourceId")?;
    check_resources(call, resources)?;
    if let Some(tag) = input.tags().iter().find(|tag| is_reserved(tag.key().unwrap_or_default())) {
        return Err(reserved(tag.key().unwrap_or_default()));
    }
    dry_run(input.dry_run)?;
    let store = &mut call.region.ec2.tags;
    for id in resources {
        match input.tags() {
            [] => store.clear(id),
            tags => tags.iter().for_each(|tag| store.remove(id, tag)),
        }
    }
    Ok(DeleteTagsOutput::builder().build())
}

/// Checks tags as AWS does. `total` is the number of tags that the resource would have.
pub(crate) fn check_tags(tags: &[Tag], total: usize) -> Result<(), ApiError> {
    for (at, tag) in tags.iter().enumerate() {
        check_tag(tag)?;
        if tags[..at].iter().any(|other| other.key() == tag.key()) {
            let message = format!("Duplicate tag key '{}' specified.", tag.key().unwrap_or_default());
            return Err(ApiError::new("InvalidParameterValue", message));
        }
    }
    if total > LIMIT {
        let message = format!("The maximum number of {LIMIT} tags per resource has been reached.");
        return Err(ApiError::new("TagLimitExceeded", message));
    }
    Ok(())
}

fn check_tag(tag: &Tag) -> Result<(), ApiError> {
    let key = tag.key().unwrap_or_default();
    let invalid = |message: &str| Err(ApiError::new("InvalidParameterValue", message));
    if is_reserved(key) {
        return Err(reserved(key));
    }
    if key.is_empty() {
        return invalid("Tag key cannot be empty.");
    }
    if key.chars().count() > 127 {
        return invalid("Tag key exceeds the maximum length of 127 characters");
    }
    if tag.value().unwrap_or_default().chars().count() > 255 {
        return invalid("Tag value exceeds the maximum length of 255 characters");
    }
    Ok(())
}

fn reserved(key: &str) -> ApiError {
    let message = format!("Tag keys starting with 'aws:' are reserved for internal use. Offending key: '{key}'");
    ApiError::new("InvalidParameterValue", message)
}

fn check_resources(call: &Call<'_>, ids: &[String]) -> Result<(), ApiError> {
    let instances: Vec<String> = ids.iter().filter(|id| id.starts_with("i-")).cloned().collect();
    INSTANCE_ID.check_shape(&instances)?;
    INSTANCE_ID.check_existence(&instances, |id| visible(call).any(|known| known.id == id))?;
    match ids.iter().find(|id| type_of(call, id).is_none()) {
        None => Ok(()),
        Some(id) => Err(ApiError::new("InvalidID", format!("The ID '{id}' is not valid"))),
    }
}

/// Returns the type of the resource with this id, or `None` if there is none.
fn type_of(call: &Call<'_>, id: &str) -> Option<ResourceType> {
    if visible(call).any(|instance| instance.id == id) {
        return Some(ResourceType::Instance);
    }
    let is_interface = id.starts_with("eni-") && interfaces(call).iter().any(|interface| interface.id() == id);
    is_interface.then_some(ResourceType::NetworkInterface).or_else(|| type_of_kept(&call.region.ec2, id))
}

/// Returns the type of the kept resource that has this id. Instances and network interfaces depend
/// on the clock, so `type_of` looks them up.
fn type_of_kept(state: &Ec2State, id: &str) -> Option<ResourceType> {
    fn has<T: Resource>(resources: &[T], id: &str) -> bool {
        resources.iter().any(|resource| resource.id() == id)
    }
    let has_dhcp_options = state.vpcs.iter().any(|vpc| vpc.dhcp_options_id() == Some(id));
    let among = [
        (ResourceType::DhcpOptions, has_dhcp_options),
        (ResourceType::ElasticIp, has(&state.addresses, id)),
        (ResourceType::Image, has(&state.images, id)),
        (ResourceType::InternetGateway, has(&state.internet_gateways, id)),
        (ResourceType::KeyPair, has(&state.key_pairs, id)),
        (ResourceType::LaunchTemplate, state.templates.iter().any(|template| template.id == id)),
        (ResourceType::Natgateway, has(&state.nat_gateways, id)),
        (ResourceType::NetworkAcl, has(&state.network_acls, id)),
        (ResourceType::ReservedInstances, has(&state.reserved, id)),
        (ResourceType::RouteTable, has(&state.route_tables, id)),
        (ResourceType::SecurityGroup, has(&state.security_groups, id)),
        (ResourceType::SecurityGroupRule, rules(state).any(|rule| rule.id() == id)),
        (ResourceType::Snapshot, has(&state.snapshots, id)),
        (ResourceType::SpotInstancesRequest, has(&state.spot_requests, id)),
        (ResourceType::Subnet, has(&state.subnets, id)),
        (ResourceType::Volume, has(&state.volumes, id)),
        (ResourceType::Vpc, has(&state.vpcs, id)),
    ];
    among.into_iter().find(|(_, is_one)| *is_one).map(|(kind, _)| kind)
}

/// Returns the tags for the created resource, for operations that create resources of one type.
pub(crate) fn of_new(specifications: &[TagSpecification], kind: &ResourceType) -> Result<Vec<Tag>, ApiError> {
    check_specifications(specifications, std::slice::from_ref(kind))?;
    Ok(specified(specifications, kind))
}

pub(crate) fn check_specifications(
    specifications: &[TagSpecification],
    kinds: &[ResourceType],
) -> Result<(), ApiError> {
    for specification in specifications {
        let kind = specification.resource_type();
        if !kind.is_some_and(|kind| kinds.contains(kind)) {
            let kind = kind.map_or("null", |kind| kind.as_str());
            return Err(invalid(format!("'{kind}' is not a valid taggable resource type for this operation.")));
        }
        check_tags(specification.tags(), specification.tags().len())?;
    }
    Ok(())
}

pub(crate) fn specified(specifications: &[TagSpecification], kind: &ResourceType) -> Vec<Tag> {
    let matching = specifications.iter().filter(|specification| specification.resource_type() == Some(kind));
    matching.flat_map(|specification| specification.tags().to_vec()).collect()
}

pub(crate) const DESCRIPTIONS: Filters<TagDescription> = Filters {
    fields: &[
        ("key", |t| maybe(t.key())),
        ("resource-id", |t| maybe(t.resource_id())),
        ("resource-type", |t| maybe(t.resource_type())),
        ("value", |t| maybe(t.value())),
    ],
    // In this operation `tag:KEY` selects the tag itself, and there is no `tag-key`.
    tags: None,
};

pub(crate) fn describe_tags(call: &mut Call<'_>, input: &DescribeTagsInput) -> Result<DescribeTagsOutput, ApiError> {
    let (by_tag, own): (Vec<_>, Vec<_>) =
        input.filters().iter().cloned().partition(|filter| filter.name().is_some_and(|name| name.starts_with("tag:")));
    let by_key = by_tag.iter().flat_map(|filter| {
        let key = filter.name().and_then(|name| name.strip_prefix("tag:"));
        [("key", key.map(escape).into_iter().collect()), ("value", filter.values().to_vec())]
    });
    let own: Vec<_> = own
        .into_iter()
        .chain(by_key.map(|(name, values)| {
            let filter = aws_sdk_ec2::types::Filter::builder().name(name);
            filter.set_values(Some(values)).build()
        }))
        .collect();
    let query = DescribeQuery {
        filters: &own,
        max_results: input.max_results,
        next_token: input.next_token(),
        ..DescribeQuery::default()
    };
    let size = page_size(&query, &(5..=1000), "")?;
    let selected = DESCRIPTIONS.select(descriptions(call), query.filters)?;
    dry_run(input.dry_run)?;
    let page = cut(selected, &query, "tags", size, |tag| format!("{:?} {:?}", tag.resource_id(), tag.key()))?;
    Ok(DescribeTagsOutput::builder().set_tags(Some(page.items)).set_next_token(page.next_token).build())
}

fn escape(key: &str) -> String {
    key.replace('\\', r"\\").replace('*', r"\*").replace('?', r"\?")
}

fn descriptions(call: &Call<'_>) -> Vec<TagDescription> {
    let store = &call.region.ec2.tags;
    let known = store.by_resource.keys().filter_map(|id| Some((id, type_of(call, id)?)));
    known
        .flat_map(|(id, kind)| store.get(id).map(move |(key, value)| (id, kind.clone(), key, value)))
        .map(|(id, kind, key, value)| {
            TagDescription::builder().resource_id(id).resource_type(kind).key(key).value(value).build()
        })
        .collect()
}
