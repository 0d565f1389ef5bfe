//! Tags of Systems Manager's resources, by resource type and id.

use std::collections::BTreeMap;

use aws_sdk_ssm::types::Tag;

use crate::ApiError;

#[derive(Default)]
pub(crate) struct SsmTags(pub BTreeMap<(String, String), BTreeMap<String, String>>);

impl SsmTags {
    pub(crate) fn get(&self, kind: &str, id: &str) -> Option<&BTreeMap<String, String>> {
        self.0.get(&(kind.to_owned(), id.to_owned()))
    }

    pub(crate) fn put(&mut self, kind: &str, id: &str, tags: &[Tag]) {
        let own = self.0.entry((kind.to_owned(), id.to_owned())).or_default();
        own.extend(tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())));
    }

    pub(crate) fn forget(&mut self, kind: &str, id: &str) {
        self.0.remove(&(kind.to_owned(), id.to_owned()));
    }

    pub(crate) fn check(tags: &[Tag]) -> Result<(), ApiError> {
        for (at, tag) in tags.iter().enumerate() {
            let key = tag.key.as_str();
            let reserved = key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
            let twice = tags[..at].iter().any(|other| other.key == tag.key);
            if key.is_empty() || key.chars().count() > 128 || tag.value.chars().count() > 256 || reserved || twice {
                let message =
                    format!("The tag key {key} is reserved, duplicate, or it or its value has a wrong length.");
                return Err(ApiError::new("ValidationException", message));
            }
        }
        Ok(())
    }
}
