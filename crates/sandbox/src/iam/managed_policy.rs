//! A managed policy: customer managed, or AWS managed.

use aws_sdk_iam::types::{self, PolicyVersion};
use jiff::Timestamp;

use super::aws_managed;
use super::aws_managed::{AwsPolicy, introduced};
use super::documents::encoded;
use super::errors::no_such;
use super::pages::count;
use super::state::{CustomerPolicy, IamState};
use super::tags::to_list;
use crate::ApiError;
use crate::clock::to_aws;

/// Quota of characters in a policy document.
pub(super) const SIZE: usize = 6144;

/// A managed policy: customer managed, or AWS managed.
#[derive(Clone, Copy)]
pub(super) enum ManagedPolicy<'a> {
    Own(&'a CustomerPolicy),
    Aws(&'static AwsPolicy),
}

impl ManagedPolicy<'_> {
    pub(super) fn find<'a>(iam: &'a IamState, account: &str, arn: &str) -> Option<ManagedPolicy<'a>> {
        let own = iam.policies.values().find(|policy| policy.arn(account) == arn).map(ManagedPolicy::Own);
        own.or_else(|| aws_managed::find(arn).map(ManagedPolicy::Aws))
    }

    pub(super) fn name(&self) -> &str {
        match self {
            ManagedPolicy::Own(policy) => &policy.name,
            ManagedPolicy::Aws(policy) => policy.name,
        }
    }

    pub(super) fn path(&self) -> &str {
        match self {
            ManagedPolicy::Own(policy) => &policy.path,
            ManagedPolicy::Aws(policy) => policy.path,
        }
    }

    pub(super) fn id(&self) -> &str {
        match self {
            ManagedPolicy::Own(policy) => &policy.id,
            ManagedPolicy::Aws(policy) => policy.id,
        }
    }

    pub(super) fn arn(&self, account: &str) -> String {
        match self {
            ManagedPolicy::Own(policy) => policy.arn(account),
            ManagedPolicy::Aws(policy) => policy.arn(),
        }
    }

    /// Returns the document of the default version.
    pub(super) fn document(&self) -> &str {
        match self {
            ManagedPolicy::Own(policy) => &policy.in_force().document,
            ManagedPolicy::Aws(policy) => policy.document,
        }
    }

    pub(super) fn version(&self) -> &str {
        match self {
            ManagedPolicy::Own(policy) => &policy.in_force().id,
            ManagedPolicy::Aws(_) => "v1",
        }
    }

    pub(super) fn created(&self) -> Timestamp {
        match self {
            ManagedPolicy::Own(policy) => policy.created,
            ManagedPolicy::Aws(_) => introduced(),
        }
    }

    pub(super) fn updated(&self) -> Timestamp {
        match self {
            ManagedPolicy::Own(policy) => policy.updated,
            ManagedPolicy::Aws(_) => introduced(),
        }
    }

    pub(super) fn show(&self, iam: &IamState, account: &str) -> types::Policy {
        let arn = self.arn(account);
        types::Policy::builder()
            .policy_name(self.name())
            .policy_id(self.id())
            .path(self.path())
            .attachment_count(attachments(iam, &arn))
            .permissions_boundary_usage_count(boundaries(iam, &arn))
            .arn(arn)
            .default_version_id(self.version())
            .is_attachable(true)
            .create_date(to_aws(self.created()))
            .update_date(to_aws(self.updated()))
            .build()
    }

    // IAM's lists leave out these fields.
    pub(super) fn show_whole(&self, iam: &IamState, account: &str) -> Result<types::Policy, ApiError> {
        let mut shown = self.show(iam, account);
        if let ManagedPolicy::Own(policy) = self {
            shown.description.clone_from(&policy.description);
            shown.tags = Some(to_list(&policy.tags)?);
        }
        Ok(shown)
    }
}

pub(super) fn attachments(iam: &IamState, arn: &str) -> i32 {
    count(iam.permissions().filter(|of| of.attached.iter().any(|other| other == arn)).count())
}

pub(super) fn boundaries(iam: &IamState, arn: &str) -> i32 {
    count(iam.permissions().filter(|of| of.boundary.as_deref() == Some(arn)).count())
}

pub(super) fn unknown(arn: &str) -> ApiError {
    no_such(format!("Policy {arn} does not exist or is not attachable."))
}

impl ManagedPolicy<'_> {
    /// Returns the versions, newest first.
    pub(super) fn show_versions(&self) -> Vec<PolicyVersion> {
        match self {
            ManagedPolicy::Own(policy) => {
                let versions = policy.versions.iter().enumerate();
                versions.map(|(at, version)| version.show(at == policy.default)).rev().collect()
            }
            ManagedPolicy::Aws(policy) => vec![
                PolicyVersion::builder()
                    .version_id(self.version())
                    .is_default_version(true)
                    .document(encoded(policy.document))
                    .create_date(to_aws(self.created()))
                    .build(),
            ],
        }
    }
}
