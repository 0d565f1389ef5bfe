//! Parameters and their versions, as a region keeps them.

use std::collections::BTreeMap;

use aws_sdk_ssm::types::{ParameterTier, ParameterType};
use jiff::Timestamp;

pub(crate) type ParameterStore = BTreeMap<String, Parameter>;

#[derive(Clone)]
pub(crate) struct Parameter {
    pub kind: ParameterType,
    /// Oldest first; never empty.
    pub versions: Vec<ParameterVersion>,
}

/// One version of a parameter.
#[derive(Clone)]
pub(crate) struct ParameterVersion {
    pub number: i64,
    pub text: String,
    pub modified: Timestamp,
    /// The name of the IAM user who made the change.
    pub user: String,
    pub labels: Vec<String>,
    pub description: Option<String>,
    pub tier: ParameterTier,
    pub policies: Vec<ParameterPolicy>,
    pub allowed_pattern: Option<String>,
    pub key_id: Option<String>,
    pub data_type: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ParameterPolicy {
    pub kind: String,
    pub text: String,
}

impl Parameter {
    /// Returns a standard parameter with one version.
    pub(crate) fn new(text: &str, kind: ParameterType, modified: Timestamp, user: &str) -> Parameter {
        let key_id = (kind == ParameterType::SecureString).then(|| DEFAULT_KEY.to_owned());
        let first = ParameterVersion {
            number: 1,
            text: text.to_owned(),
            modified,
            user: user.to_owned(),
            labels: Vec::new(),
            description: None,
            tier: ParameterTier::Standard,
            policies: Vec::new(),
            allowed_pattern: None,
            key_id,
            data_type: "text".to_owned(),
        };
        Parameter { kind, versions: vec![first] }
    }

    /// Returns the newest version, the default of requests.
    pub(crate) fn current(&self) -> &ParameterVersion {
        &self.versions[self.versions.len() - 1]
    }

    pub(crate) fn current_mut(&mut self) -> &mut ParameterVersion {
        let last = self.versions.len() - 1;
        &mut self.versions[last]
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.kind == ParameterType::SecureString
    }
}

pub(crate) const DEFAULT_KEY: &str = "alias/aws/ssm";
