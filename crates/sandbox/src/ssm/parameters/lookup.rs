//! Finds the parameter that a request names.

use super::state::{Parameter, ParameterVersion};
use crate::ApiError;
use crate::state::Call;

/// One version of a parameter, with the selector of the request.
#[derive(Clone)]
pub(super) struct FoundParameter<'a> {
    pub name: &'a str,
    pub parameter: &'a Parameter,
    pub version: &'a ParameterVersion,
    /// `:3` or `:label`.
    pub selector: Option<String>,
}

/// Finds `name`, `name:version`, `name:label` and the same of the parameter's ARN.
pub(super) fn find<'a>(call: &'a Call<'_>, asked: &str) -> Result<FoundParameter<'a>, ApiError> {
    let asked = match asked.split_once(":parameter") {
        Some((arn, name)) if arn.starts_with("arn:") => name,
        _ => asked,
    };
    let (name, selector) = match asked.split_once(':') {
        Some((name, selector)) => (name, Some(selector)),
        None => (asked, None),
    };
    let store = &call.region.ssm.parameters;
    // An ARN has a slash before the name, even if the name has none.
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
    Ok(FoundParameter { name, parameter, version, selector: selector.map(|selector| format!(":{selector}")) })
}

impl FoundParameter<'_> {
    pub(super) fn text(&self, decrypt: Option<bool>) -> String {
        match self.parameter.is_secure() && decrypt != Some(true) {
            true => ciphertext(&self.version.text),
            false => self.version.text.clone(),
        }
    }
}

// A stable fake ciphertext: the prefix of KMS's ciphertexts, then noise.
pub(super) fn ciphertext(text: &str) -> String {
    let seed = text.bytes().fold(7, |sum: u64, byte| sum.wrapping_mul(131).wrapping_add(byte.into()));
    format!("AQICAH{}", crate::ids::Ids::from_seed(seed).secret(120))
}

pub(super) fn not_found() -> ApiError {
    ApiError::new("ParameterNotFound", "")
}
