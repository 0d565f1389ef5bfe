//! Tags of seeded resources, and the lookup of instances by name.

use aws_sdk_ec2::types::Tag;

use crate::state::Region;

/// Returns the id of the instance with this `Name` tag.
pub(super) fn instance_named(region: &Region, name: &str) -> Option<String> {
    let named = |id: &&String| region.ec2.tags.get(id).any(|(key, value)| key == "Name" && value == name);
    region.ec2.instances.keys().find(named).cloned()
}

pub(super) fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build()
}
