//! Creating, changing and deleting parameters.

use aws_sdk_ssm::{
    operation::{
        delete_parameter::{DeleteParameterInput, DeleteParameterOutput},
        delete_parameters::{DeleteParametersInput, DeleteParametersOutput},
        put_parameter::{PutParameterInput, PutParameterOutput},
    },
    types::ParameterType,
};

use super::lookup::not_found;
use super::rules;
use super::state::{DEFAULT_KEY, Parameter, ParameterVersion};
use crate::ApiError;
use crate::ssm::tag_store::SsmTags;
use crate::state::Call;

/// The number of versions that are kept.
const VERSIONS: usize = 100;

pub(crate) fn put_parameter(call: &mut Call<'_>, input: &PutParameterInput) -> Result<PutParameterOutput, ApiError> {
    let name = input.name().unwrap_or_default();
    rules::check_name(name)?;
    let old = call.region.ssm.parameters.get(name);
    let kind = kind(input, old)?;
    let version = version(call, input, old, &kind)?;
    SsmTags::check(input.tags())?;
    let new = old.is_none();
    let output = PutParameterOutput::builder().version(version.number).tier(version.tier.clone()).build();
    let ssm = &mut call.region.ssm;
    match ssm.parameters.get_mut(name) {
        Some(parameter) => add_version(parameter, version)?,
        None => {
            ssm.parameters.insert(name.to_owned(), Parameter { kind, versions: vec![version] });
        }
    }
    if new {
        ssm.tags.put("Parameter", name, input.tags());
    }
    Ok(output)
}

fn kind(input: &PutParameterInput, old: Option<&Parameter>) -> Result<ParameterType, ApiError> {
    let overwrite = input.overwrite == Some(true);
    if overwrite && !input.tags().is_empty() {
        let message = "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.";
        return Err(ApiError::new("ValidationException", message));
    }
    match (old, &input.r#type) {
        (Some(_), _) if !overwrite => {
            let message = "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
            Err(ApiError::new("ParameterAlreadyExists", message))
        }
        (Some(old), Some(kind)) if old.kind != *kind && old.is_secure() != (*kind == ParameterType::SecureString) => {
            let message = "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't change a parameter from a String type to a SecureString type. You must create a new, unique parameter.";
            Err(ApiError::new("HierarchyTypeMismatchException", message))
        }
        (_, Some(kind)) => Ok(kind.clone()),
        (Some(old), None) => Ok(old.kind.clone()),
        (None, None) => {
            let message = "A parameter type is required when you create a parameter.";
            Err(ApiError::new("ValidationException", message))
        }
    }
}

fn version(
    call: &Call<'_>,
    input: &PutParameterInput,
    old: Option<&Parameter>,
    kind: &ParameterType,
) -> Result<ParameterVersion, ApiError> {
    let text = rules::check_value(input)?;
    let secure = *kind == ParameterType::SecureString;
    if input.key_id().is_some() && !secure {
        return Err(ApiError::new(
            "ValidationException",
            "KeyId is only valid for parameters of the type SecureString.",
        ));
    }
    let old = old.map(Parameter::current);
    let policies = input.policies().map(rules::policies).transpose()?.unwrap_or_default();
    let key = || old.and_then(|old| old.key_id.clone()).unwrap_or_else(|| DEFAULT_KEY.to_owned());
    Ok(ParameterVersion {
        number: old.map_or(1, |old| old.number + 1),
        text: text.to_owned(),
        modified: call.now,
        user: "demo".to_owned(),
        labels: Vec::new(),
        description: input.description.clone().or_else(|| old?.description.clone()),
        tier: rules::tier(input.tier.as_ref(), old.map(|old| &old.tier), text, &policies)?,
        policies,
        allowed_pattern: input.allowed_pattern.clone(),
        key_id: secure.then(|| input.key_id.clone().unwrap_or_else(key)),
        data_type: input.data_type().unwrap_or("text").to_owned(),
    })
}

fn add_version(parameter: &mut Parameter, version: ParameterVersion) -> Result<(), ApiError> {
    if parameter.versions.len() >= VERSIONS {
        if !parameter.versions[0].labels.is_empty() {
            let message = "Parameter Store retains the 100 most recently created versions, and the oldest one has a label. Move the label to another version and try again.";
            return Err(ApiError::new("ParameterMaxVersionLimitExceeded", message));
        }
        parameter.versions.remove(0);
    }
    parameter.versions.push(version);
    Ok(())
}

pub(crate) fn delete_parameter(
    call: &mut Call<'_>,
    input: &DeleteParameterInput,
) -> Result<DeleteParameterOutput, ApiError> {
    match delete(call, input.name().unwrap_or_default()) {
        true => Ok(DeleteParameterOutput::builder().build()),
        false => Err(not_found()),
    }
}

pub(crate) fn delete_parameters(
    call: &mut Call<'_>,
    input: &DeleteParametersInput,
) -> Result<DeleteParametersOutput, ApiError> {
    if input.names().len() > 10 {
        let names = format!("[{}]", input.names().join(", "));
        return Err(crate::ssm::errors::invalid(names, "names", "Member must have length less than or equal to 10"));
    }
    let (known, unknown): (Vec<String>, Vec<String>) =
        input.names().iter().cloned().partition(|name| delete(call, name));
    Ok(DeleteParametersOutput::builder()
        .set_deleted_parameters(Some(known))
        .set_invalid_parameters(Some(unknown))
        .build())
}

fn delete(call: &mut Call<'_>, name: &str) -> bool {
    let ssm = &mut call.region.ssm;
    ssm.tags.forget("Parameter", name);
    ssm.parameters.remove(name).is_some()
}
