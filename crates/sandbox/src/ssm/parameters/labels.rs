//! Labels of versions. A version has at most ten; a label belongs to one version.

use aws_sdk_ssm::operation::{
    label_parameter_version::{LabelParameterVersionInput, LabelParameterVersionOutput},
    unlabel_parameter_version::{UnlabelParameterVersionInput, UnlabelParameterVersionOutput},
};

use super::lookup::not_found;
use super::state::ParameterVersion;
use crate::ApiError;
use crate::state::Call;

const MOST: usize = 10;

pub(crate) fn label_parameter_version(
    call: &mut Call<'_>,
    input: &LabelParameterVersionInput,
) -> Result<LabelParameterVersionOutput, ApiError> {
    let store = &mut call.region.ssm.parameters;
    let parameter = store.get_mut(input.name().unwrap_or_default()).ok_or_else(not_found)?;
    let number = input.parameter_version.unwrap_or(parameter.current().number);
    let (good, bad): (Vec<String>, Vec<String>) = input.labels().iter().cloned().partition(|label| is_legal(label));
    let version = version_of(&parameter.versions, number)?;
    let new = good.iter().filter(|label| !version.labels.contains(label)).count();
    if version.labels.len() + new > MOST {
        let message = format!("A parameter version can have maximum of {MOST} labels.");
        return Err(ApiError::new("ParameterVersionLabelLimitExceeded", message));
    }
    for version in &mut parameter.versions {
        version.labels.retain(|label| !good.contains(label));
        if version.number == number {
            version.labels.extend(good.iter().cloned());
        }
    }
    Ok(LabelParameterVersionOutput::builder().set_invalid_labels(Some(bad)).parameter_version(number).build())
}

pub(crate) fn unlabel_parameter_version(
    call: &mut Call<'_>,
    input: &UnlabelParameterVersionInput,
) -> Result<UnlabelParameterVersionOutput, ApiError> {
    let store = &mut call.region.ssm.parameters;
    let parameter = store.get_mut(input.name().unwrap_or_default()).ok_or_else(not_found)?;
    let number = input.parameter_version.unwrap_or_default();
    version_of(&parameter.versions, number)?;
    let version = parameter.versions.iter_mut().find(|version| version.number == number).ok_or_else(not_found)?;
    let (removed, unknown): (Vec<String>, Vec<String>) =
        input.labels().iter().cloned().partition(|label| version.labels.contains(label));
    version.labels.retain(|label| !removed.contains(label));
    Ok(UnlabelParameterVersionOutput::builder()
        .set_removed_labels(Some(removed))
        .set_invalid_labels(Some(unknown))
        .build())
}

fn version_of(versions: &[ParameterVersion], number: i64) -> Result<&ParameterVersion, ApiError> {
    versions.iter().find(|version| version.number == number).ok_or_else(|| {
        let message = format!("Systems Manager could not find version {number} of the parameter.");
        ApiError::new("ParameterVersionNotFound", message)
    })
}

fn is_legal(label: &str) -> bool {
    let lower = label.to_lowercase();
    let allowed = label.chars().all(|character| character.is_ascii_alphanumeric() || "_.-".contains(character));
    let starts_without_digit = label.chars().next().is_some_and(|character| !character.is_ascii_digit());
    starts_without_digit && allowed && label.len() <= 100 && !lower.starts_with("aws") && !lower.starts_with("ssm")
}
