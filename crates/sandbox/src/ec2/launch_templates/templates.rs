//! Creating, describing, modifying and deleting launch templates.

use aws_sdk_ec2::{
    operation::{
        create_launch_template::{CreateLaunchTemplateInput, CreateLaunchTemplateOutput},
        delete_launch_template::{DeleteLaunchTemplateInput, DeleteLaunchTemplateOutput},
        describe_launch_templates::{DescribeLaunchTemplatesInput, DescribeLaunchTemplatesOutput},
        modify_launch_template::{ModifyLaunchTemplateInput, ModifyLaunchTemplateOutput},
    },
    types::{LaunchTemplate, ResourceType},
};

use super::checks::check_data;
use super::lookup::find;
// The list of operations takes the table of filters from the module of the handler.
pub(crate) use super::lookup::TEMPLATES;
use super::template::{Template, TemplateVersion};
use crate::ApiError;
use crate::clock::to_aws;
use crate::ec2::query::{demand, dry_run, invalid, query, refuse_unsimulated};
use crate::ec2::state::Ec2State;
use crate::ec2::tags;
use crate::state::Call;

pub(crate) fn describe_launch_templates(
    call: &mut Call<'_>,
    input: &DescribeLaunchTemplatesInput,
) -> Result<DescribeLaunchTemplatesOutput, ApiError> {
    let state = &call.region.ec2;
    let names = input.launch_template_names();
    for name in names {
        find(state, None, Some(name))?;
    }
    let is_named = |template: &&Template| names.is_empty() || names.contains(&template.name);
    let templates = state.templates.iter().filter(is_named).map(|template| template.to_aws(state));
    let page = TEMPLATES.describe(templates.collect(), &query!(input, launch_template_ids))?;
    Ok(DescribeLaunchTemplatesOutput::builder()
        .set_launch_templates(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

pub(crate) fn create_launch_template(
    call: &mut Call<'_>,
    input: &CreateLaunchTemplateInput,
) -> Result<CreateLaunchTemplateOutput, ApiError> {
    refuse_unsimulated("create_launch_template", &[("operator", input.operator.is_some())])?;
    let name = demand(input.launch_template_name(), "LaunchTemplateName")?;
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || "().-/_".contains(letter);
    if !(3..=128).contains(&name.len()) || !name.chars().all(is_allowed) {
        let message = "The launch template name must be between 3 and 128 characters, and may contain letters, \
                       numbers, and the characters ().-/_";
        return Err(ApiError::new("InvalidLaunchTemplateName.MalformedException", message));
    }
    let data = demand(input.launch_template_data(), "LaunchTemplateData")?;
    check_data("create_launch_template", data)?;
    let tags = tags::of_new(input.tag_specifications(), &ResourceType::LaunchTemplate)?;
    let state = &call.region.ec2;
    if let Some(id) = state.tokens.find(input.client_token(), input)? {
        let template = find(state, Some(&id), None)?.to_aws(state);
        return Ok(CreateLaunchTemplateOutput::builder().launch_template(template).build());
    }
    if find(state, None, Some(name)).is_ok() {
        let message = "Launch template name already in use.";
        return Err(ApiError::new("InvalidLaunchTemplateName.AlreadyExistsException", message));
    }
    dry_run(input.dry_run)?;
    let first = TemplateVersion {
        number: 1,
        description: input.version_description.clone(),
        created: call.now,
        data: data.clone(),
    };
    let template = Template {
        id: call.ids.ec2("lt"),
        name: name.to_owned(),
        created: call.now,
        created_by: creator(call),
        default_version: 1,
        versions: vec![first],
    };
    let state = &mut call.region.ec2;
    state.tags.put(&template.id, &tags);
    state.tokens.remember(input.client_token(), input, &template.id);
    let shown = template.to_aws(state);
    state.templates.push(template);
    Ok(CreateLaunchTemplateOutput::builder().launch_template(shown).build())
}

pub(crate) fn creator(call: &Call<'_>) -> String {
    format!("arn:aws:iam::{}:root", call.account_id)
}

pub(crate) fn delete_launch_template(
    call: &mut Call<'_>,
    input: &DeleteLaunchTemplateInput,
) -> Result<DeleteLaunchTemplateOutput, ApiError> {
    let state = &mut call.region.ec2;
    let template = find(state, input.launch_template_id(), input.launch_template_name())?;
    let (id, shown) = (template.id.clone(), template.to_aws(state));
    dry_run(input.dry_run)?;
    state.templates.retain(|template| template.id != id);
    Ok(DeleteLaunchTemplateOutput::builder().launch_template(shown).build())
}

pub(crate) fn modify_launch_template(
    call: &mut Call<'_>,
    input: &ModifyLaunchTemplateInput,
) -> Result<ModifyLaunchTemplateOutput, ApiError> {
    let state = &mut call.region.ec2;
    let template = find(state, input.launch_template_id(), input.launch_template_name())?;
    let asked = demand(input.default_version(), "SetDefaultVersion")?;
    if asked.starts_with('$') {
        return Err(invalid(format!("Invalid value '{asked}' for SetDefaultVersion. It is the number of a version.")));
    }
    let (id, number) = (template.id.clone(), template.version(Some(asked))?.number);
    dry_run(input.dry_run)?;
    for template in state.templates.iter_mut().filter(|template| template.id == id) {
        template.default_version = number;
    }
    let shown = find(state, Some(&id), None)?.to_aws(state);
    Ok(ModifyLaunchTemplateOutput::builder().launch_template(shown).build())
}

impl Template {
    pub(crate) fn to_aws(&self, state: &Ec2State) -> LaunchTemplate {
        LaunchTemplate::builder()
            .launch_template_id(&self.id)
            .launch_template_name(&self.name)
            .create_time(to_aws(self.created))
            .created_by(&self.created_by)
            .default_version_number(self.default_version)
            .latest_version_number(self.latest_version())
            .set_tags(Some(state.tags.list(&self.id)))
            .build()
    }
}
