//! The tags of a region's EC2 resources, by the id of the resource.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::Tag;

use super::resources::Resource;

/// Tags by resource id.
#[derive(Default)]
pub(crate) struct Ec2Tags {
    pub by_resource: BTreeMap<String, BTreeMap<String, String>>,
}

impl Ec2Tags {
    pub(crate) fn list(&self, id: &str) -> Vec<Tag> {
        self.get(id).map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
    }

    pub(crate) fn get(&self, id: &str) -> impl Iterator<Item = (&String, &String)> {
        self.by_resource.get(id).into_iter().flatten()
    }

    /// Returns copies of `resources` with their current tags.
    pub(crate) fn tagged<T: Resource>(&self, resources: &[T]) -> Vec<T> {
        let tagged = |resource: &T| {
            let mut resource = resource.clone();
            let tags = self.list(resource.id());
            resource.set_tags(tags);
            resource
        };
        resources.iter().map(tagged).collect()
    }

    pub(crate) fn put(&mut self, id: &str, tags: &[Tag]) {
        if tags.is_empty() {
            return;
        }
        let kept = self.by_resource.entry(id.to_owned()).or_default();
        for tag in tags {
            let value = tag.value().unwrap_or_default();
            kept.insert(tag.key().unwrap_or_default().to_owned(), value.to_owned());
        }
    }

    // Without a value, the key is removed regardless of its value. An empty value counts as a value.
    pub(crate) fn remove(&mut self, id: &str, tag: &Tag) {
        let (Some(kept), Some(key)) = (self.by_resource.get_mut(id), tag.key()) else {
            return;
        };
        if tag.value().is_none() || tag.value() == kept.get(key).map(String::as_str) {
            kept.remove(key);
        }
    }

    pub(crate) fn clear(&mut self, id: &str) {
        if let Some(kept) = self.by_resource.get_mut(id) {
            kept.retain(|key, _| is_reserved(key));
        }
    }

    // System tags do not count towards the limit.
    pub(crate) fn count_after(&self, id: &str, tags: &[Tag]) -> usize {
        let kept = self.get(id).filter(|(key, _)| !is_reserved(key));
        let new = tags.iter().filter(|tag| self.get(id).all(|(key, _)| Some(key.as_str()) != tag.key()));
        kept.count() + new.count()
    }
}

pub(super) fn is_reserved(key: &str) -> bool {
    key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
}
