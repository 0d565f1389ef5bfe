//! Systems Manager: managed nodes, what runs on them, what is known of them, and parameters.
//!
//! * [`nodes`] says which machines are managed and reachable,
//! * [`send`] checks a command and finds its targets,
//! * [`life`] is a command's life cycle as a function of time,
//! * [`commands`] lists, reads and cancels commands,
//! * [`pace`] throttles who asks too fast,
//! * [`agent`] and [`shell`] answer for the machines,
//! * [`documents`] are those that can be named,
//! * [`associations`] is State Manager, [`patching`] Patch Manager,
//! * [`inventory`] and [`compliance`] are what is known of the nodes,
//! * [`sessions`] are records of Session Manager,
//! * [`parameters`] is the Parameter Store,
//! * [`tags`] and [`settings`] belong to all of it, and [`filters`] to all lists.

mod agent;
mod associations;
mod command_lifecycle;
mod commands;
mod compliance;
mod documents;
mod filters;
mod inventory;
mod nodes;
mod pace;
mod parameters;
mod patching;
mod powershell;
mod send;
mod sessions;
mod settings;
mod shell;
mod tags;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::ApiError;
use super::page::{BadToken, Page, page};
use crate::interceptor::{Registry, simulate};

pub use associations::{Association, End, Execution, Outcome, Version};
pub use commands::kept_output;
pub use inventory::{Item, entry};
pub use nodes::{Ailment, Hybrid, Node, Reach};
pub use parameters::{Parameter, Policy, arn as parameter_arn};
pub use patching::{Baseline, Owner, Patch, Release, Scan, default_baseline, of as patches_of};
pub use sessions::Session;

pub fn register(registry: &mut Registry) {
    simulate!(registry, "ssm", aws_sdk_ssm, {
        describe_instance_information => nodes::describe_instance_information,

        send_command => send::send_command,
        list_commands => commands::list_commands,
        list_command_invocations => commands::list_command_invocations,
        get_command_invocation => commands::get_command_invocation,
        cancel_command => commands::cancel_command,

        get_parameter => parameters::get_parameter,
        get_parameters => parameters::get_parameters,
        get_parameters_by_path => parameters::get_parameters_by_path,
        describe_parameters => parameters::describe_parameters,
        put_parameter => parameters::put_parameter,
        delete_parameter => parameters::delete_parameter,
        delete_parameters => parameters::delete_parameters,
        get_parameter_history => parameters::get_parameter_history,
        label_parameter_version => parameters::label_parameter_version,
        unlabel_parameter_version => parameters::unlabel_parameter_version,

        get_inventory => inventory::get_inventory,
        get_inventory_schema => inventory::get_inventory_schema,
        list_inventory_entries => inventory::list_inventory_entries,
        put_inventory => inventory::put_inventory,
        delete_inventory => inventory::delete_inventory,

        list_compliance_items => compliance::list_compliance_items,
        list_compliance_summaries => compliance::list_compliance_summaries,
        list_resource_compliance_summaries => compliance::list_resource_compliance_summaries,
        put_compliance_items => compliance::put_compliance_items,

        describe_instance_patch_states => patching::describe_instance_patch_states,
        describe_instance_patch_states_for_patch_group => patching::describe_instance_patch_states_for_patch_group,
        describe_instance_patches => patching::describe_instance_patches,
        describe_patch_group_state => patching::describe_patch_group_state,
        describe_available_patches => patching::describe_available_patches,
        describe_patch_baselines => patching::describe_patch_baselines,
        describe_patch_groups => patching::describe_patch_groups,
        get_patch_baseline => patching::get_patch_baseline,
        get_default_patch_baseline => patching::get_default_patch_baseline,
        get_patch_baseline_for_patch_group => patching::get_patch_baseline_for_patch_group,
        register_patch_baseline_for_patch_group => patching::register_patch_baseline_for_patch_group,
        deregister_patch_baseline_for_patch_group => patching::deregister_patch_baseline_for_patch_group,

        create_association => associations::create_association,
        update_association => associations::update_association,
        delete_association => associations::delete_association,
        describe_association => associations::describe_association,
        list_associations => associations::list_associations,
        list_association_versions => associations::list_association_versions,
        start_associations_once => associations::start_associations_once,
        describe_association_executions => associations::describe_association_executions,
        describe_association_execution_targets => associations::describe_association_execution_targets,
        describe_effective_instance_associations => associations::describe_effective_instance_associations,
        describe_instance_associations_status => associations::describe_instance_associations_status,

        list_documents => documents::list_documents,
        get_document => documents::get_document,
        describe_document => documents::describe_document,

        start_session => sessions::start_session,
        resume_session => sessions::resume_session,
        terminate_session => sessions::terminate_session,
        describe_sessions => sessions::describe_sessions,

        add_tags_to_resource => tags::add_tags_to_resource,
        remove_tags_from_resource => tags::remove_tags_from_resource,
        list_tags_for_resource => tags::list_tags_for_resource,
        get_service_setting => settings::get_service_setting,
    });
}

/// One region of one account.
#[derive(Default)]
pub struct State {
    pub nodes: BTreeMap<String, Node>,
    pub parameters: parameters::Store,
    pub tags: tags::Tags,
    pub inventory: inventory::Inventory,
    pub compliance: compliance::Items,
    pub patching: patching::Patching,
    pub associations: associations::Associations,
    // Oldest first.
    pub sessions: Vec<Session>,
    // Oldest first.
    commands: Vec<command_lifecycle::Command>,
    pace: pace::Pace,
}

/// What SSM answers when a member breaks a constraint of the API's model.
fn invalid(value: impl std::fmt::Display, member: &str, constraint: &str) -> ApiError {
    let message = format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
    );
    ApiError::new("ValidationException", message)
}

/// The pages of all SSM lists: their sizes differ, their errors do not.
struct Pages<'a> {
    sizes: std::ops::RangeInclusive<i32>,
    default: i32,
    asked: Option<i32>,
    token: Option<&'a str>,
}

impl Pages<'_> {
    fn cut<T>(
        &self,
        items: Vec<T>,
        request: impl std::fmt::Debug,
        key: impl Fn(&T) -> String,
    ) -> Result<Page<T>, ApiError> {
        let size = self.asked.unwrap_or(self.default);
        let (least, most) = (self.sizes.start(), self.sizes.end());
        if size < *least {
            let constraint = format!("Member must have value greater than or equal to {least}");
            return Err(invalid(size, "maxResults", &constraint));
        }
        if size > *most {
            let constraint = format!("Member must have value less than or equal to {most}");
            return Err(invalid(size, "maxResults", &constraint));
        }
        let size = size.unsigned_abs() as usize;
        page(items, &request, size, self.token, key)
            .map_err(|BadToken| ApiError::new("InvalidNextToken", "The specified token isn't valid."))
    }
}
