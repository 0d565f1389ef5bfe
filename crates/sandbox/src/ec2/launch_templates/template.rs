//! A launch template and its versions, as a region keeps them.

use aws_sdk_ec2::types::RequestLaunchTemplateData;
use jiff::Timestamp;

use crate::ApiError;

/// A template and its versions, in ascending order.
pub(crate) struct Template {
    pub id: String,
    pub name: String,
    pub created: Timestamp,
    pub created_by: String,
    pub default_version: i64,
    pub versions: Vec<TemplateVersion>,
}

#[derive(Clone)]
pub(crate) struct TemplateVersion {
    pub number: i64,
    pub description: Option<String>,
    pub created: Timestamp,
    pub data: RequestLaunchTemplateData,
}

impl Template {
    pub(crate) fn latest_version(&self) -> i64 {
        self.versions.last().map_or(1, |version| version.number)
    }

    /// Returns the version for `$Default`, `$Latest` or a number; `None` means the default version.
    pub(crate) fn version(&self, name: Option<&str>) -> Result<&TemplateVersion, ApiError> {
        let number = match name {
            None | Some("" | "$Default") => self.default_version,
            Some("$Latest") => self.latest_version(),
            Some(number) => number.parse().map_err(|_| {
                let message = format!("The specified launch template version '{number}' is not valid.");
                ApiError::new("InvalidLaunchTemplateId.VersionNotFound", message)
            })?,
        };
        self.versions.iter().find(|version| version.number == number).ok_or_else(|| {
            let message = format!("Could not find launch template version {number} of the template {}.", self.id);
            ApiError::new("InvalidLaunchTemplateId.VersionNotFound", message)
        })
    }
}
