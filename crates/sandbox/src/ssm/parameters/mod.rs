//! The Parameter Store: what is kept of a parameter, and how one is named.
//!
//! Secure strings are kept as they came and only shown decrypted to those who ask for it.
//!
//! * [`put`] creates, changes and deletes, [`rules`] is what it demands,
//! * [`get`] reads values, also by version, label and path, and the history,
//! * [`labels`] puts names on versions,
//! * [`describe`] lists what there is, without the values,
//! * [`expand`] replaces `{{ssm:name}}` in a command.

mod describe;
mod expand;
mod get;
mod labels;
mod put;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use aws_sdk_ssm::types::{ParameterInlinePolicy, ParameterTier, ParameterType};
use jiff::Timestamp;

use crate::ApiError;
use crate::state::Call;

pub use describe::describe_parameters;
pub use expand::expand;
pub use get::{get_parameter, get_parameter_history, get_parameters, get_parameters_by_path};
pub use labels::{label_parameter_version, unlabel_parameter_version};
pub use put::{delete_parameter, delete_parameters, put_parameter};

pub type Store = BTreeMap<String, Parameter>;

#[derive(Clone)]
pub struct Parameter {
    pub kind: ParameterType,
    /// Oldest first; never empty.
    pub versions: Vec<Version>,
}

/// A parameter as it was after one change.
#[derive(Clone)]
pub struct Version {
    pub number: i64,
    pub text: String,
    pub modified: Timestamp,
    /// The name of the IAM user who did it.
    pub user: String,
    pub labels: Vec<String>,
    pub description: Option<String>,
    pub tier: ParameterTier,
    pub policies: Vec<Policy>,
    pub allowed_pattern: Option<String>,
    pub key_id: Option<String>,
    pub data_type: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    pub kind: String,
    pub text: String,
}

impl Parameter {
    /// The first version of a parameter of the standard tier.
    pub fn new(text: &str, kind: ParameterType, modified: Timestamp, user: &str) -> Parameter {
        let key_id = (kind == ParameterType::SecureString).then(|| DEFAULT_KEY.to_owned());
        let first = Version {
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

    /// The version that is used where none is named.
    pub fn current(&self) -> &Version {
        &self.versions[self.versions.len() - 1]
    }

    pub fn current_mut(&mut self) -> &mut Version {
        let last = self.versions.len() - 1;
        &mut self.versions[last]
    }

    fn is_secure(&self) -> bool {
        self.kind == ParameterType::SecureString
    }
}

const DEFAULT_KEY: &str = "alias/aws/ssm";

/// One version of a parameter, and what was said to find it.
#[derive(Clone)]
struct Found<'a> {
    name: &'a str,
    parameter: &'a Parameter,
    version: &'a Version,
    /// `:3` or `:label`.
    selector: Option<String>,
}

/// Finds `name`, `name:version`, `name:label` and the same of the parameter's ARN.
fn find<'a>(call: &'a Call<'_>, asked: &str) -> Result<Found<'a>, ApiError> {
    let asked = match asked.split_once(":parameter") {
        Some((arn, name)) if arn.starts_with("arn:") => name,
        _ => asked,
    };
    let (name, selector) = match asked.split_once(':') {
        Some((name, selector)) => (name, Some(selector)),
        None => (asked, None),
    };
    let store = &call.region.ssm.parameters;
    // An ARN has a slash before its name, whether the name has one or not.
    let known = store.get_key_value(name).or_else(|| store.get_key_value(name.strip_prefix('/')?));
    let (name, parameter) = known.ok_or_else(not_found)?;
    let version = match selector {
        None => Some(parameter.current()),
        Some(selector) => parameter.versions.iter().find(|version| match selector.parse::<i64>() {
            Ok(number) => version.number == number,
            Err(_) => version.labels.iter().any(|label| label == selector),
        }),
    };
    let version = version.ok_or_else(|| {
        let message =
            "Systems Manager could not find version or label of the parameter. Verify the version and try again.";
        ApiError::new("ParameterVersionNotFound", message)
    })?;
    Ok(Found { name, parameter, version, selector: selector.map(|selector| format!(":{selector}")) })
}

impl Found<'_> {
    fn text(&self, decrypt: Option<bool>) -> String {
        match self.parameter.is_secure() && decrypt != Some(true) {
            true => ciphertext(&self.version.text),
            false => self.version.text.clone(),
        }
    }
}

// Not the text, and the same each time: what KMS's envelopes begin with, then noise.
fn ciphertext(text: &str) -> String {
    let seed = text.bytes().fold(7, |sum: u64, byte| sum.wrapping_mul(131).wrapping_add(byte.into()));
    format!("AQICAH{}", crate::state::Ids::from_seed(seed).secret(120))
}

pub fn arn(call: &Call<'_>, name: &str) -> String {
    let slash = if name.starts_with('/') { "" } else { "/" };
    let (region, account) = (call.region_name, call.account_id);
    format!("arn:aws:ssm:{region}:{account}:parameter{slash}{name}")
}

fn user_arn(call: &Call<'_>, user: &str) -> String {
    format!("arn:aws:iam::{}:user/{user}", call.account_id)
}

fn inline_policies(version: &Version) -> Vec<ParameterInlinePolicy> {
    let show = |policy: &Policy| {
        ParameterInlinePolicy::builder()
            .policy_type(&policy.kind)
            .policy_text(&policy.text)
            .policy_status("Pending")
            .build()
    };
    version.policies.iter().map(show).collect()
}

/// Whether `name` lies in the folder `path`, or anywhere below it.
fn is_inside(name: &str, path: &str, recursive: bool) -> bool {
    let folder = format!("{}/", path.trim_end_matches('/'));
    name.strip_prefix(&folder).is_some_and(|rest| recursive || !rest.contains('/'))
}

fn not_found() -> ApiError {
    ApiError::new("ParameterNotFound", "")
}
