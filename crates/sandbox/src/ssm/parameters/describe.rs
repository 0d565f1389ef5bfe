//! Listing parameters without their values, and the filters of parameters.

use aws_sdk_ssm::{
    operation::describe_parameters::{DescribeParametersInput, DescribeParametersOutput},
    types::{ParameterInlinePolicy, ParameterMetadata, ParameterStringFilter},
};

use super::arns::{arn, user_arn};
use super::lookup::{FoundParameter, find};
use super::state::{ParameterPolicy, ParameterVersion};
use crate::ApiError;
use crate::clock::to_aws;
use crate::ssm::pages::Pages;
use crate::state::Call;

const KEYS: &[&str] = &["Name", "Type", "KeyId", "Path", "Label", "Tier", "DataType"];

pub(crate) fn describe_parameters(
    call: &mut Call<'_>,
    input: &DescribeParametersInput,
) -> Result<DescribeParametersOutput, ApiError> {
    if !input.filters().is_empty() && !input.parameter_filters().is_empty() {
        let message = "You can use either Filters or ParameterFilters in a single request.";
        return Err(ApiError::new("ValidationException", message));
    }
    let mut filters = input.parameter_filters().to_vec();
    for old in input.filters() {
        let filter = ParameterStringFilter::builder().key(old.key().as_str()).set_values(Some(old.values().to_vec()));
        filters.push(filter.build()?);
    }
    check_keys(&filters, KEYS)?;
    let mut found = Vec::new();
    // The sandbox has no shared parameters.
    if input.shared != Some(true) {
        for name in call.region.ssm.parameters.keys() {
            let parameter = find(call, name)?;
            if fits(call, &filters, &parameter)? {
                found.push(describe(call, &parameter));
            }
        }
    }
    let pages = Pages { sizes: 1..=50, default: 10, asked: input.max_results, token: input.next_token() };
    let page =
        pages.cut(found, ("parameters", &filters), |parameter| parameter.name().unwrap_or_default().to_owned())?;
    Ok(DescribeParametersOutput::builder().set_parameters(Some(page.items)).set_next_token(page.next_token).build())
}

fn describe(call: &Call<'_>, found: &FoundParameter<'_>) -> ParameterMetadata {
    let version = found.version;
    ParameterMetadata::builder()
        .name(found.name)
        .arn(arn(call, found.name))
        .r#type(found.parameter.kind.clone())
        .set_key_id(version.key_id.clone())
        .last_modified_date(to_aws(version.modified))
        .last_modified_user(user_arn(call, &version.user))
        .set_description(version.description.clone())
        .set_allowed_pattern(version.allowed_pattern.clone())
        .version(version.number)
        .tier(version.tier.clone())
        .set_policies(Some(inline_policies(version)))
        .data_type(&version.data_type)
        .build()
}

/// Refuses unknown filters, and comparisons that a filter does not support.
pub(super) fn check_keys(filters: &[ParameterStringFilter], known: &[&str]) -> Result<(), ApiError> {
    for filter in filters {
        let key = filter.key();
        let tag = key.strip_prefix("tag:").is_some_and(|key| !key.is_empty()) && known.contains(&"Name");
        if !known.contains(&key) && !tag {
            let message = format!(
                "The following filter key is not valid: {key}. Valid filter keys include: [{}].",
                known.join(", ")
            );
            return Err(ApiError::new("InvalidFilterKey", message));
        }
        let option = filter.option().unwrap_or(default_option(key));
        let options: &[&str] = match key {
            "Path" => &["OneLevel", "Recursive"],
            "Name" => &["Equals", "BeginsWith", "Contains"],
            _ => &["Equals", "BeginsWith"],
        };
        if !options.contains(&option) {
            let message = format!(
                "The following filter option is not valid: {option}. Valid options include: [{}].",
                options.join(", ")
            );
            return Err(ApiError::new("InvalidFilterOption", message));
        }
        if filter.values().is_empty() && !tag {
            let message = format!("The following filter values are missing: {key}.");
            return Err(ApiError::new("InvalidFilterValue", message));
        }
    }
    Ok(())
}

fn default_option(key: &str) -> &'static str {
    if key == "Path" { "OneLevel" } else { "Equals" }
}

pub(super) fn fits(
    call: &Call<'_>,
    filters: &[ParameterStringFilter],
    found: &FoundParameter<'_>,
) -> Result<bool, ApiError> {
    for filter in filters {
        let option = filter.option().unwrap_or(default_option(filter.key()));
        let compare = |text: &str, wanted: &String| match option {
            "BeginsWith" => text.starts_with(wanted.as_str()),
            "Contains" => text.contains(wanted.as_str()),
            _ => text == wanted,
        };
        let any = |text: &str| filter.values().iter().any(|wanted| compare(text, wanted));
        let version = found.version;
        let fits = match filter.key() {
            // Names match with and without the leading slash.
            "Name" => any(found.name) || found.name.strip_prefix('/').is_some_and(any),
            "Type" => any(found.parameter.kind.as_str()),
            "KeyId" => version.key_id.as_deref().is_some_and(any),
            "Label" => version.labels.iter().any(|label| any(label)),
            "Tier" => any(version.tier.as_str()),
            "DataType" => any(&version.data_type),
            "Path" => filter.values().iter().any(|path| is_inside(found.name, path, option == "Recursive")),
            key => {
                let tags = call.region.ssm.tags.get("Parameter", found.name);
                let own = tags.and_then(|tags| tags.get(key.strip_prefix("tag:").unwrap_or(key)));
                own.is_some_and(|value| filter.values().is_empty() || any(value))
            }
        };
        if !fits {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(super) fn inline_policies(version: &ParameterVersion) -> Vec<ParameterInlinePolicy> {
    let show = |policy: &ParameterPolicy| {
        ParameterInlinePolicy::builder()
            .policy_type(&policy.kind)
            .policy_text(&policy.text)
            .policy_status("Pending")
            .build()
    };
    version.policies.iter().map(show).collect()
}

/// Returns whether `name` is in the folder `path`, or below it if `recursive`.
pub(super) fn is_inside(name: &str, path: &str, recursive: bool) -> bool {
    let folder = format!("{}/", path.trim_end_matches('/'));
    name.strip_prefix(&folder).is_some_and(|rest| recursive || !rest.contains('/'))
}
