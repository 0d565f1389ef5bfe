//! The operations of Systems Manager that are simulated.

use super::{
    associations, commands, compliance, documents, inventory, nodes, parameters, patching, send, service_settings,
    sessions, tags,
};
use crate::registry::{Registry, simulate};

pub(crate) fn register(registry: &mut Registry) {
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
        get_service_setting => service_settings::get_service_setting,
    });
}
