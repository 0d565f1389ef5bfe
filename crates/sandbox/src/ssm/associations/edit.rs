//! Creating, changing and deleting associations. A new or changed one runs at once, unless it
//! applies only at its schedule.

use aws_sdk_ssm::{
    operation::{
        create_association::{CreateAssociationInput, CreateAssociationOutput},
        delete_association::{DeleteAssociationInput, DeleteAssociationOutput},
        update_association::{UpdateAssociationInput, UpdateAssociationOutput},
    },
    types::{AssociationComplianceSeverity, AssociationSyncCompliance, Target},
};

use super::lookup::{find, unknown};
use super::state::{Association, AssociationVersion};
use super::{list, run};
use crate::ApiError;
use crate::ssm::tag_store::SsmTags;
use crate::ssm::{documents, nodes, targets};
use crate::state::Call;

// Refuses parameters that are not simulated. Both inputs have these fields.
macro_rules! refuse_what_is_not_simulated {
    ($input:ident) => {
        refuse_what_is_not_simulated!(
            $input,
            automation_target_parameter_name,
            calendar_names,
            target_locations,
            target_maps,
            alarm_configuration,
            output_location,
            schedule_offset,
            duration
        )
    };
    ($input:ident, $($field:ident),*) => {
        $(if $input.$field.is_some() {
            let message = concat!("the sandbox does not simulate associations with ", stringify!($field));
            return Err(ApiError::new("ValidationException", message));
        })*
    };
}

pub(crate) fn create_association(
    call: &mut Call<'_>,
    input: &CreateAssociationInput,
) -> Result<CreateAssociationOutput, ApiError> {
    refuse_what_is_not_simulated!(input);
    SsmTags::check(input.tags())?;
    let version = AssociationVersion {
        number: 1,
        created: call.now,
        name: input.association_name.clone(),
        document: input.name.clone().unwrap_or_default(),
        document_version: input.document_version().unwrap_or("$DEFAULT").to_owned(),
        parameters: input.parameters.clone().unwrap_or_default(),
        instance_id: input.instance_id.clone(),
        targets: input.targets().to_vec(),
        schedule: input.schedule_expression.clone(),
        severity: input.compliance_severity.clone().unwrap_or(AssociationComplianceSeverity::Unspecified),
        sync_compliance: input.sync_compliance.clone().unwrap_or(AssociationSyncCompliance::Auto),
        max_errors: input.max_errors.clone(),
        max_concurrency: input.max_concurrency.clone(),
        only_at_cron_interval: input.apply_only_at_cron_interval.unwrap_or(false),
    };
    check(call, &version)?;
    if version.instance_id.is_some() && find(call, None, input.name(), input.instance_id()).is_ok() {
        return Err(ApiError::new("AssociationAlreadyExists", "The specified association already exists."));
    }
    let id = call.ids.uuid();
    call.region.ssm.tags.put("Association", &id, input.tags());
    let only_at_cron_interval = version.only_at_cron_interval;
    let association =
        Association { id: id.clone(), created: call.now, versions: vec![version], executions: Vec::new() };
    call.region.ssm.associations.insert(id.clone(), association);
    if !only_at_cron_interval {
        run::run(call, &id)?;
    }
    let shown = list::describe(call, find(call, Some(&id), None, None)?, None)?;
    Ok(CreateAssociationOutput::builder().association_description(shown).build())
}

pub(crate) fn update_association(
    call: &mut Call<'_>,
    input: &UpdateAssociationInput,
) -> Result<UpdateAssociationOutput, ApiError> {
    refuse_what_is_not_simulated!(input);
    let id = input.association_id().unwrap_or_default();
    let old = find(call, Some(id), None, None)?.current().clone();
    if input.association_version().is_some_and(|version| version != "$LATEST" && version != old.number.to_string()) {
        let message = "The version you specified isn't valid. Use ListAssociationVersions to view all versions of an association according to the association ID. Or, use the $LATEST parameter to view the latest version of the association.";
        return Err(ApiError::new("InvalidAssociationVersion", message));
    }
    // An absent parameter is removed, except name, document and targets.
    let version = AssociationVersion {
        number: old.number + 1,
        created: call.now,
        name: input.association_name.clone(),
        document: input.name.clone().unwrap_or(old.document),
        document_version: input.document_version().unwrap_or("$DEFAULT").to_owned(),
        parameters: input.parameters.clone().unwrap_or_default(),
        instance_id: old.instance_id,
        targets: input.targets.clone().unwrap_or(old.targets),
        schedule: input.schedule_expression.clone(),
        severity: input.compliance_severity.clone().unwrap_or(AssociationComplianceSeverity::Unspecified),
        sync_compliance: input.sync_compliance.clone().unwrap_or(AssociationSyncCompliance::Auto),
        max_errors: input.max_errors.clone(),
        max_concurrency: input.max_concurrency.clone(),
        only_at_cron_interval: input.apply_only_at_cron_interval.unwrap_or(false),
    };
    check(call, &version)?;
    let only_at_cron_interval = version.only_at_cron_interval;
    call.region.ssm.associations.get_mut(id).ok_or_else(unknown)?.versions.push(version);
    if !only_at_cron_interval {
        run::run(call, id)?;
    }
    let shown = list::describe(call, find(call, Some(id), None, None)?, None)?;
    Ok(UpdateAssociationOutput::builder().association_description(shown).build())
}

pub(crate) fn delete_association(
    call: &mut Call<'_>,
    input: &DeleteAssociationInput,
) -> Result<DeleteAssociationOutput, ApiError> {
    let id = find(call, input.association_id(), input.name(), input.instance_id())?.id.clone();
    call.region.ssm.associations.remove(&id);
    call.region.ssm.tags.forget("Association", &id);
    Ok(DeleteAssociationOutput::builder().build())
}

fn check(call: &Call<'_>, version: &AssociationVersion) -> Result<(), ApiError> {
    let document = documents::find(&version.document).ok_or_else(|| documents::unknown(&version.document))?;
    document.check(&version.parameters)?;
    let refuse = |code: &str, message: &str| Err(ApiError::new(code, message));
    match (&version.instance_id, version.targets.is_empty()) {
        (None, true) => return refuse("InvalidTarget", "An association needs targets or an instance ID."),
        (Some(_), false) => {
            return refuse("ValidationException", "InstanceId and Targets cannot be specified together.");
        }
        (Some(id), true) if !nodes::machines(call).iter().any(|machine| machine.id == *id) => {
            return refuse("InvalidInstanceId", "The specified managed node ID isn't valid or isn't managed.");
        }
        _ => (),
    }
    version.targets.iter().try_for_each(check_target)?;
    if version.schedule.as_deref().is_some_and(|schedule| !is_schedule(schedule)) {
        return refuse(
            "InvalidSchedule",
            "The schedule is invalid. Verify your cron or rate expression and try again.",
        );
    }
    if version.only_at_cron_interval && version.schedule.is_none() {
        return refuse("ValidationException", "ApplyOnlyAtCronInterval needs a schedule expression.");
    }
    Ok(())
}

// `*` selects all nodes; other targets have the form of a command's targets.
fn check_target(target: &Target) -> Result<(), ApiError> {
    match target.key() == Some("InstanceIds") && target.values() == ["*"] {
        true => Ok(()),
        false => targets::check_target(target),
    }
}

fn is_schedule(text: &str) -> bool {
    let inside = |name: &str| text.strip_prefix(name).and_then(|rest| rest.strip_prefix('(')?.strip_suffix(')'));
    if let Some(rate) = inside("rate") {
        let mut words = rate.split(' ');
        let number = words.next().and_then(|word| word.parse::<u32>().ok()).is_some_and(|number| number > 0);
        let unit = words.next();
        let unit = matches!(unit, Some("minute" | "minutes" | "hour" | "hours" | "day" | "days"));
        return number && unit && words.next().is_none();
    }
    if let Some(cron) = inside("cron") {
        return (5..=7).contains(&cron.split_whitespace().count());
    }
    inside("at").is_some_and(|at| at.parse::<jiff::civil::DateTime>().is_ok())
}
