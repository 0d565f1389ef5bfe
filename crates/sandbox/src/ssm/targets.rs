//! The machines that targets select.

use aws_sdk_ssm::types::Target;

use super::errors::{at_least, at_most};
use super::machine::Machine;
use super::nodes::machines;
use crate::state::Call;
use crate::{ApiError, resource_groups};

/// Checks a target of a command or an association.
pub(super) fn check_target(target: &Target) -> Result<(), ApiError> {
    let key = target.key().unwrap_or_default();
    let known =
        matches!(key, "tag-key" | "InstanceIds" | "resource-groups:Name" | "resource-groups:ResourceTypeFilters");
    if !known && key.strip_prefix("tag:").is_none_or(str::is_empty) {
        let message = format!("The target key {key} isn't valid.");
        return Err(ApiError::new("InvalidTarget", message));
    }
    match target.values().len() {
        0 => return Err(at_least("[]", "targets.1.member.values", "length", 1)),
        1..=50 => (),
        more => return Err(at_most(more, "targets.1.member.values", "length", 50)),
    }
    if key == "resource-groups:Name" && target.values().len() > 1 {
        let message = "Only one resource group can be specified as a target.";
        return Err(ApiError::new("ValidationException", message));
    }
    Ok(())
}

/// Returns the machines that match all targets. One matching value of a target is enough.
pub(super) fn targeted(call: &Call<'_>, targets: &[Target]) -> Vec<Machine> {
    let mut chosen = machines(call);
    for target in targets {
        let values = target.values();
        match target.key().unwrap_or_default() {
            "InstanceIds" => chosen.retain(|machine| values.contains(&machine.id)),
            "tag-key" => {
                chosen.retain(|machine| values.iter().any(|key| machine.tags.contains_key(key)));
            }
            "resource-groups:Name" => {
                let members = group_members(call, values);
                chosen.retain(|machine| members.contains(&machine.id));
            }
            // Managed nodes are instances, so a filter for another resource type matches none.
            "resource-groups:ResourceTypeFilters" => chosen.retain(|machine| {
                let kind =
                    if machine.node.hybrid.is_some() { "AWS::SSM::ManagedInstance" } else { "AWS::EC2::Instance" };
                values.iter().any(|value| value == kind)
            }),
            key => {
                let key = key.strip_prefix("tag:").unwrap_or(key);
                let fits = |value: &String| values.contains(value);
                chosen.retain(|machine| machine.tags.get(key).is_some_and(fits));
            }
        }
    }
    chosen
}

pub(super) fn group_members(call: &Call<'_>, names: &[String]) -> Vec<String> {
    names.iter().filter_map(|name| resource_groups::instances_of(call, name)).flatten().collect()
}
