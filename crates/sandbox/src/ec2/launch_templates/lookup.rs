//! Finds the launch template that a request names.

use aws_sdk_ec2::types::LaunchTemplate;

use super::template::Template;
use crate::ApiError;
use crate::ec2::filters::{Filters, maybe, time};
use crate::ec2::query::{IdKind, ResourceKind, demand};
use crate::ec2::state::Ec2State;

/// Returns the template with the given id or name.
pub(crate) fn find<'a>(state: &'a Ec2State, id: Option<&str>, name: Option<&str>) -> Result<&'a Template, ApiError> {
    match (id, name) {
        (Some(_), Some(_)) => {
            let message = "The request must contain either the launch template ID or its name, and not both.";
            Err(ApiError::new("InvalidParameterCombination", message))
        }
        (None, Some(name)) => state.templates.iter().find(|template| template.name == name).ok_or_else(|| {
            let message = format!("The specified launch template, with template name {name}, does not exist.");
            ApiError::new("InvalidLaunchTemplateName.NotFoundException", message)
        }),
        (id, None) => {
            let id = demand(id, "LaunchTemplateId or LaunchTemplateName")?;
            TEMPLATES.id.check_shape(&[id.to_owned()])?;
            state.templates.iter().find(|template| template.id == id).ok_or_else(|| TEMPLATES.id.not_found(id))
        }
    }
}

pub(crate) const TEMPLATES: ResourceKind<LaunchTemplate> = ResourceKind {
    id: IdKind {
        prefix: "lt",
        malformed: "InvalidLaunchTemplateId.Malformed",
        missing: "InvalidLaunchTemplateId.NotFound",
        one_missing: "The specified launch template, with template ID {}, does not exist.",
        many_missing: "The specified launch templates, with template IDs {}, do not exist.",
    },
    filters: Filters {
        fields: &[
            ("create-time", |t| time(t.create_time())),
            ("launch-template-name", |t| maybe(t.launch_template_name())),
        ],
        tags: Some(|t| t.tags()),
    },
    page_sizes: 1..=200,
    ids_parameter: "launchTemplateIds",
};
