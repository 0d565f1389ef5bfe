//! Reading values by name and path, and the history.

use aws_sdk_ssm::{
    operation::{
        get_parameter::{GetParameterInput, GetParameterOutput},
        get_parameter_history::{GetParameterHistoryInput, GetParameterHistoryOutput},
        get_parameters::{GetParametersInput, GetParametersOutput},
        get_parameters_by_path::{GetParametersByPathInput, GetParametersByPathOutput},
    },
    types::{self, ParameterHistory},
};

use super::arns::{arn, user_arn};
use super::describe;
use super::describe::{inline_policies, is_inside};
use super::lookup::{FoundParameter, find};
use crate::ApiError;
use crate::clock::to_aws;
use crate::ssm::errors::invalid;
use crate::ssm::pages::Pages;
use crate::state::Call;

pub(crate) fn get_parameter(call: &mut Call<'_>, input: &GetParameterInput) -> Result<GetParameterOutput, ApiError> {
    let found = find(call, input.name().unwrap_or_default())?;
    Ok(GetParameterOutput::builder().parameter(show(call, &found, input.with_decryption)).build())
}

pub(crate) fn get_parameters(call: &mut Call<'_>, input: &GetParametersInput) -> Result<GetParametersOutput, ApiError> {
    if input.names().len() > 10 {
        let names = format!("[{}]", input.names().join(", "));
        let constraint = "Member must have length less than or equal to 10";
        return Err(invalid(names, "names", constraint));
    }
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for name in input.names() {
        match find(call, name) {
            Ok(found) => known.push(show(call, &found, input.with_decryption)),
            Err(_) => unknown.push(name.clone()),
        }
    }
    Ok(GetParametersOutput::builder().set_parameters(Some(known)).set_invalid_parameters(Some(unknown)).build())
}

pub(crate) fn get_parameters_by_path(
    call: &mut Call<'_>,
    input: &GetParametersByPathInput,
) -> Result<GetParametersByPathOutput, ApiError> {
    let path = input.path().unwrap_or_default();
    if !path.starts_with('/') {
        let message = "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash \"/\".";
        return Err(ApiError::new("ValidationException", message));
    }
    describe::check_keys(input.parameter_filters(), &["Type", "KeyId", "Label"])?;
    let mut found = Vec::new();
    for name in call.region.ssm.parameters.keys() {
        if !is_inside(name, path, input.recursive == Some(true)) {
            continue;
        }
        // A label filter selects the version with the label, not the newest.
        let label = input.parameter_filters().iter().find(|filter| filter.key() == "Label");
        let asked = match label.and_then(|filter| filter.values().first()) {
            Some(label) => format!("{name}:{label}"),
            None => name.clone(),
        };
        if let Ok(one) = find(call, &asked)
            && describe::fits(call, input.parameter_filters(), &one)?
        {
            found.push(show(call, &one, input.with_decryption));
        }
    }
    let pages = Pages { sizes: 1..=10, default: 10, asked: input.max_results, token: input.next_token() };
    let request = ("by path", path, input.recursive, input.parameter_filters());
    let page = pages.cut(found, request, |parameter| parameter.name().unwrap_or_default().to_owned())?;
    Ok(GetParametersByPathOutput::builder().set_parameters(Some(page.items)).set_next_token(page.next_token).build())
}

pub(crate) fn get_parameter_history(
    call: &mut Call<'_>,
    input: &GetParameterHistoryInput,
) -> Result<GetParameterHistoryOutput, ApiError> {
    let name = input.name().unwrap_or_default();
    let newest = find(call, name)?;
    let versions = newest.parameter.versions.iter().map(|version| FoundParameter { version, ..newest.clone() });
    let history = versions.map(|found| remember(call, &found, input.with_decryption)).collect();
    let pages = Pages { sizes: 1..=50, default: 50, asked: input.max_results, token: input.next_token() };
    let page = pages.cut(history, ("history", name), |version: &ParameterHistory| version.version().to_string())?;
    Ok(GetParameterHistoryOutput::builder().set_parameters(Some(page.items)).set_next_token(page.next_token).build())
}

fn show(call: &Call<'_>, found: &FoundParameter<'_>, decrypt: Option<bool>) -> types::Parameter {
    types::Parameter::builder()
        .name(found.name)
        .r#type(found.parameter.kind.clone())
        .value(found.text(decrypt))
        .version(found.version.number)
        .set_selector(found.selector.clone())
        .last_modified_date(to_aws(found.version.modified))
        .arn(arn(call, found.name))
        .data_type(&found.version.data_type)
        .build()
}

fn remember(call: &Call<'_>, found: &FoundParameter<'_>, decrypt: Option<bool>) -> ParameterHistory {
    let version = found.version;
    ParameterHistory::builder()
        .name(found.name)
        .r#type(found.parameter.kind.clone())
        .set_key_id(version.key_id.clone())
        .last_modified_date(to_aws(version.modified))
        .last_modified_user(user_arn(call, &version.user))
        .set_description(version.description.clone())
        .value(found.text(decrypt))
        .set_allowed_pattern(version.allowed_pattern.clone())
        .version(version.number)
        .set_labels(Some(version.labels.clone()))
        .tier(version.tier.clone())
        .set_policies(Some(inline_policies(version)))
        .data_type(&version.data_type)
        .build()
}
