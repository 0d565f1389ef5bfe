//! Tags of EC2 resources: one store for all of them, and the operations on it.

use std::collections::BTreeMap;

use aws_sdk_ec2::{
    operation::{
        create_tags::{CreateTagsInput, CreateTagsOutput},
        delete_tags::{DeleteTagsInput, DeleteTagsOutput},
        describe_tags::{DescribeTagsInput, DescribeTagsOutput},
    },
    types::{ResourceType, Tag, TagDescription, TagSpecification},
};

use super::filters::{Filters, maybe};
use super::query::{INSTANCE_ID, Query, cut, dry_run, invalid, page_size, require};
use super::resources::Resource;
use crate::ApiError;
use crate::ec2::instances::describe::visible;
use crate::ec2::network::interfaces::interfaces;
use crate::state::Call;

const LIMIT: usize = 50;

/// Tags by the id of what they are on.
#[derive(Default)]
pub struct Tags {
    by_resource: BTreeMap<String, BTreeMap<String, String>>,
}

impl Tags {
    pub fn of(&self, id: &str) -> Vec<Tag> {
        self.get(id).map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
    }

    pub fn get(&self, id: &str) -> impl Iterator<Item = (&String, &String)> {
        self.by_resource.get(id).into_iter().flatten()
    }

    /// Copies of `resources`, each with the tags it has now.
    pub fn on<T: Resource>(&self, resources: &[T]) -> Vec<T> {
        let tagged = |resource: &T| {
            let mut resource = resource.clone();
            let tags = self.of(resource.id());
            resource.set_tags(tags);
            resource
        };
        resources.iter().map(tagged).collect()
    }

    pub fn put(&mut self, id: &str, tags: &[Tag]) {
        if tags.is_empty() {
            return;
        }
        let kept = self.by_resource.entry(id.to_owned()).or_default();
        for tag in tags {
            let value = tag.value().unwrap_or_default();
            kept.insert(tag.key().unwrap_or_default().to_owned(), value.to_owned());
        }
    }

    // Without a value the key goes whatever it holds; an empty value is a value.
    fn remove(&mut self, id: &str, tag: &Tag) {
        let (Some(kept), Some(key)) = (self.by_resource.get_mut(id), tag.key()) else {
            return;
        };
        if tag.value().is_none() || tag.value() == kept.get(key).map(String::as_str) {
            kept.remove(key);
        }
    }

    fn clear(&mut self, id: &str) {
        if let Some(kept) = self.by_resource.get_mut(id) {
            kept.retain(|key, _| is_reserved(key));
        }
    }

    // System tags do not count towards the limit.
    fn count_after(&self, id: &str, tags: &[Tag]) -> usize {
        let kept = self.get(id).filter(|(key, _)| !is_reserved(key));
        let new = tags.iter().filter(|tag| self.get(id).all(|(key, _)| Some(key.as_str()) != tag.key()));
        kept.count() + new.count()
    }
}

pub fn create_tags(call: &mut Call<'_>, input: &CreateTagsInput) -> Result<CreateTagsOutput, ApiError> {
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

pub fn delete_tags(call: &mut Call<'_>, input: &DeleteTagsInput) -> Result<DeleteTagsOutput, ApiError> {
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

/// What AWS demands of tags that somebody sets; `total` is how many there would be.
pub fn check_tags(tags: &[Tag], total: usize) -> Result<(), ApiError> {
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

fn is_reserved(key: &str) -> bool {
    key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
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

/// What kind of thing has this id here, and None where nothing has.
fn type_of(call: &Call<'_>, id: &str) -> Option<ResourceType> {
    if visible(call).any(|instance| instance.id == id) {
        return Some(ResourceType::Instance);
    }
    let is_interface = id.starts_with("eni-") && interfaces(call).iter().any(|interface| interface.id() == id);
    is_interface.then_some(ResourceType::NetworkInterface).or_else(|| call.region.ec2.type_of(id))
}

/// The tags that a request gives to what it creates, where all that it creates is of one kind.
pub fn of_new(specifications: &[TagSpecification], kind: &ResourceType) -> Result<Vec<Tag>, ApiError> {
    check_specifications(specifications, std::slice::from_ref(kind))?;
    Ok(specified(specifications, kind))
}

pub fn check_specifications(specifications: &[TagSpecification], kinds: &[ResourceType]) -> Result<(), ApiError> {
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

pub fn specified(specifications: &[TagSpecification], kind: &ResourceType) -> Vec<Tag> {
    let meant = specifications.iter().filter(|specification| specification.resource_type() == Some(kind));
    meant.flat_map(|specification| specification.tags().to_vec()).collect()
}

pub const DESCRIPTIONS: Filters<TagDescription> = Filters {
    fields: &[
        ("key", |t| maybe(t.key())),
        ("resource-id", |t| maybe(t.resource_id())),
        ("resource-type", |t| maybe(t.resource_type())),
        ("value", |t| maybe(t.value())),
    ],
    // Here `tag:KEY` asks about the tag itself, and there is no `tag-key`.
    tags: None,
};

pub fn describe_tags(call: &mut Call<'_>, input: &DescribeTagsInput) -> Result<DescribeTagsOutput, ApiError> {
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
    let query =
        Query { filters: &own, max_results: input.max_results, next_token: input.next_token(), ..Query::default() };
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
