//! Tags of the seed, and the instances that are found by them.

use aws_sdk_ec2::types::Tag;

use crate::state::Region;

/// The instance with this name tag.
pub fn instance_named(region: &Region, name: &str) -> Option<String> {
    let named = |id: &&String| region.ec2.tags.get(id).any(|(key, value)| key == "Name" && value == name);
    region.ec2.instances.keys().find(named).cloned()
}

pub fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build()
}
