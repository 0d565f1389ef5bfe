//! Checks of names, values, tiers and policies.

use aws_sdk_ssm::{operation::put_parameter::PutParameterInput, types::ParameterTier};

use super::state::ParameterPolicy;
use crate::ApiError;
use crate::ssm::errors::invalid;

const STANDARD_SIZE: usize = 4096;
const ADVANCED_SIZE: usize = 8192;
const LEVELS: usize = 15;

fn refuse(message: impl Into<String>) -> ApiError {
    ApiError::new("ValidationException", message)
}

pub(super) fn check_name(name: &str) -> Result<(), ApiError> {
    let legal = |character: char| character.is_ascii_alphanumeric() || "/_.-".contains(character);
    if name.is_empty() || !name.chars().all(legal) {
        return Err(refuse(
            "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_",
        ));
    }
    if name.contains('/') && !name.starts_with('/') {
        return Err(refuse("Parameter name must be a fully qualified name."));
    }
    if name.trim_start_matches('/').split('/').count() > LEVELS {
        let message = format!("A hierarchy can have a maximum of {LEVELS} levels.");
        return Err(ApiError::new("HierarchyLevelLimitExceededException", message));
    }
    let first = name.trim_start_matches('/').to_lowercase();
    if first.starts_with("aws") || first.starts_with("ssm") {
        return Err(ApiError::new("AccessDeniedException", "No access to reserved parameter name."));
    }
    Ok(())
}

pub(super) fn check_value(input: &PutParameterInput) -> Result<&str, ApiError> {
    let text = input.value().unwrap_or_default();
    if text.is_empty() {
        return Err(invalid(text, "value", "Member must have length greater than or equal to 1"));
    }
    if input.data_type().is_some_and(|kind| !matches!(kind, "text" | "aws:ec2:image" | "aws:ssm:integration")) {
        return Err(refuse(format!(
            "The following data type is not supported: {}.",
            input.data_type().unwrap_or_default()
        )));
    }
    if input.data_type() == Some("aws:ec2:image") && !text.starts_with("ami-") {
        return Err(refuse("Parameter value is not a valid Amazon Machine Image ID."));
    }
    if let Some(pattern) = input.allowed_pattern() {
        check_pattern(pattern, text)?;
    }
    Ok(text)
}

fn check_pattern(pattern: &str, text: &str) -> Result<(), ApiError> {
    let regex = regex_lite::Regex::new(pattern).map_err(|_| {
        ApiError::new(
            "InvalidAllowedPatternException",
            format!("The pattern {pattern} isn't a valid regular expression."),
        )
    })?;
    // The pattern must match the whole value.
    let whole = regex.find_iter(text).any(|found| found.as_str().len() == text.len());
    match whole {
        true => Ok(()),
        false => {
            let message = format!("Parameter value, can't be validated against allowedPattern: {pattern}");
            Err(ApiError::new("ParameterPatternMismatchException", message))
        }
    }
}

/// Returns the tier of a value: the requested one, or the lowest that fits. An advanced parameter
/// stays advanced.
pub(super) fn tier(
    asked: Option<&ParameterTier>,
    old: Option<&ParameterTier>,
    text: &str,
    policies: &[ParameterPolicy],
) -> Result<ParameterTier, ApiError> {
    let needs_more = text.len() > STANDARD_SIZE || !policies.is_empty();
    let was_advanced = old == Some(&ParameterTier::Advanced);
    let tier = match asked {
        Some(ParameterTier::Standard) if was_advanced => {
            return Err(refuse(
                "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.",
            ));
        }
        Some(ParameterTier::IntelligentTiering) if needs_more => ParameterTier::Advanced,
        Some(ParameterTier::Advanced) => ParameterTier::Advanced,
        _ if was_advanced => ParameterTier::Advanced,
        _ => ParameterTier::Standard,
    };
    let most = if tier == ParameterTier::Advanced { ADVANCED_SIZE } else { STANDARD_SIZE };
    if text.len() > most {
        let name = if tier == ParameterTier::Advanced { "Advanced" } else { "Standard" };
        return Err(refuse(format!("{name} tier parameters support a maximum parameter value of {most} characters.")));
    }
    if tier == ParameterTier::Standard && !policies.is_empty() {
        return Err(refuse("Parameter policies are supported by the advanced-parameter tier only."));
    }
    Ok(tier)
}

/// Parses policies from a JSON list such as
/// `[{"Type":"Expiration","Version":"1.0","Attributes":{…}}]`.
pub(super) fn policies(text: &str) -> Result<Vec<ParameterPolicy>, ApiError> {
    let broken =
        || ApiError::new("InvalidPolicyTypeException", "The policy type isn't supported or the policy is no JSON.");
    let json: serde_json::Value = serde_json::from_str(text).map_err(|_| broken())?;
    let list = json.as_array().ok_or_else(broken)?;
    list.iter()
        .map(|policy| {
            let kind = policy["Type"].as_str().unwrap_or_default();
            let needed = match kind {
                "Expiration" => "Timestamp",
                "ExpirationNotification" => "Before",
                "NoChangeNotification" => "After",
                _ => return Err(broken()),
            };
            if policy["Attributes"][needed].as_str().is_none() {
                let message = format!("A policy attribute or its value is invalid: {needed}.");
                return Err(ApiError::new("InvalidPolicyAttributeException", message));
            }
            Ok(ParameterPolicy { kind: kind.to_owned(), text: policy.to_string() })
        })
        .collect()
}
