//! Reading and changing attributes of instances, and detailed monitoring.

use aws_sdk_ec2::{
    operation::{
        describe_instance_attribute::{DescribeInstanceAttributeInput, DescribeInstanceAttributeOutput},
        modify_instance_attribute::{ModifyInstanceAttributeInput, ModifyInstanceAttributeOutput},
        monitor_instances::{MonitorInstancesInput, MonitorInstancesOutput},
        unmonitor_instances::{UnmonitorInstancesInput, UnmonitorInstancesOutput},
    },
    types::{
        AttributeBooleanValue, AttributeValue, InstanceAttributeName as Name, InstanceMonitoring, Monitoring,
        MonitoringState,
    },
};
use moonfleet_core::error::NOT_SIMULATED;

use super::location::groups_of;
use super::lookup::{find_instance, visible};
use super::to_aws::show;
use super::user_data::check_user_data;
use crate::ApiError;
use crate::ec2::instances::instance_types;
use crate::ec2::query::{INSTANCE_ID, demand, dry_run, invalid, refuse_unsimulated, require};
use crate::ec2::security_groups::describe::SECURITY_GROUPS;
use crate::ec2::{Instance, InstanceState};
use crate::state::Call;

pub(crate) fn describe_instance_attribute(
    call: &mut Call<'_>,
    input: &DescribeInstanceAttributeInput,
) -> Result<DescribeInstanceAttributeOutput, ApiError> {
    let instance = find_instance(call, input.instance_id())?;
    let attribute = demand(input.attribute(), "attribute")?;
    dry_run(input.dry_run)?;
    let answer = DescribeInstanceAttributeOutput::builder().instance_id(&instance.id);
    let flag = |value: bool| AttributeBooleanValue::builder().value(value).build();
    let text = |value: &str| AttributeValue::builder().value(value).build();
    let shown = show(call, instance);
    Ok(match attribute {
        Name::DisableApiTermination => answer.disable_api_termination(flag(instance.termination_protection)),
        Name::DisableApiStop => answer.disable_api_stop(flag(instance.stop_protection)),
        Name::SourceDestCheck => answer.source_dest_check(flag(instance.source_dest_check)),
        Name::EbsOptimized => answer.ebs_optimized(flag(shown.ebs_optimized == Some(true))),
        Name::EnaSupport => answer.ena_support(flag(shown.ena_support == Some(true))),
        Name::InstanceType => answer.instance_type(text(&instance.instance_type)),
        Name::RootDeviceName => answer.root_device_name(text(shown.root_device_name().unwrap_or_default())),
        Name::InstanceInitiatedShutdownBehavior => answer.instance_initiated_shutdown_behavior(text("stop")),
        Name::BlockDeviceMapping => answer.set_block_device_mappings(shown.block_device_mappings),
        Name::GroupSet => answer.set_groups(Some(groups_of(&call.region.ec2, instance))),
        Name::UserData => answer.user_data(AttributeValue::builder().set_value(instance.user_data.clone()).build()),
        other => {
            let message = format!("{NOT_SIMULATED} the attribute {other} of instances");
            return Err(ApiError::new("UnsupportedOperation", message));
        }
    }
    .build())
}

/// A change of one attribute, from either of AWS's two parameter forms.
enum AttributeChange {
    Type(String),
    Groups(Vec<String>),
    TerminationProtection(bool),
    StopProtection(bool),
    SourceDestCheck(bool),
    UserData(String),
}

pub(crate) fn modify_instance_attribute(
    call: &mut Call<'_>,
    input: &ModifyInstanceAttributeInput,
) -> Result<ModifyInstanceAttributeOutput, ApiError> {
    refuse_unsimulated(
        "modify_instance_attribute",
        &[
            ("block_device_mappings", !input.block_device_mappings().is_empty()),
            ("ebs_optimized", input.ebs_optimized.is_some()),
            ("ena_support", input.ena_support.is_some()),
            ("enclave_options", input.enclave_options.is_some()),
            ("instance_initiated_shutdown_behavior", input.instance_initiated_shutdown_behavior.is_some()),
            ("kernel", input.kernel.is_some()),
            ("ramdisk", input.ramdisk.is_some()),
            ("sriov_net_support", input.sriov_net_support.is_some()),
        ],
    )?;
    let instance = find_instance(call, input.instance_id())?;
    let change = change(input)?;
    check(call, instance, &change)?;
    let id = instance.id.clone();
    dry_run(input.dry_run)?;
    if let Some(instance) = call.region.ec2.instances.get_mut(&id) {
        match change {
            AttributeChange::Type(name) => instance.instance_type = name,
            AttributeChange::Groups(ids) => instance.groups = ids,
            AttributeChange::TerminationProtection(flag) => instance.termination_protection = flag,
            AttributeChange::StopProtection(flag) => instance.stop_protection = flag,
            AttributeChange::SourceDestCheck(flag) => instance.source_dest_check = flag,
            AttributeChange::UserData(text) => instance.user_data = Some(text),
        }
    }
    Ok(ModifyInstanceAttributeOutput::builder().build())
}

fn change(input: &ModifyInstanceAttributeInput) -> Result<AttributeChange, ApiError> {
    let flag = |value: &AttributeBooleanValue| value.value == Some(true);
    let blob = |data: &aws_sdk_ec2::primitives::Blob| aws_smithy_types::base64::encode(data.as_ref());
    let mut changes: Vec<AttributeChange> = [
        input.instance_type().and_then(|kind| kind.value.clone()).map(AttributeChange::Type),
        (!input.groups().is_empty()).then(|| AttributeChange::Groups(input.groups().to_vec())),
        input.disable_api_termination().map(flag).map(AttributeChange::TerminationProtection),
        input.disable_api_stop().map(flag).map(AttributeChange::StopProtection),
        input.source_dest_check().map(flag).map(AttributeChange::SourceDestCheck),
        input.user_data().and_then(|data| data.value()).map(blob).map(AttributeChange::UserData),
        input.attribute().zip(input.value()).map(|(name, value)| by_name(name, value)).transpose()?,
    ]
    .into_iter()
    .flatten()
    .collect();
    match (changes.pop(), changes.is_empty()) {
        (Some(change), true) => Ok(change),
        (None, _) => Err(ApiError::new("InvalidParameterCombination", "No attributes specified.")),
        (Some(_), false) => {
            let message = "Fields for multiple attribute types specified. Specify one attribute only.";
            Err(ApiError::new("InvalidParameterCombination", message))
        }
    }
}

fn by_name(name: &Name, value: &str) -> Result<AttributeChange, ApiError> {
    let flag = || match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(invalid(format!("Invalid value '{value}' for {name}. It is true or false."))),
    };
    Ok(match name {
        Name::InstanceType => AttributeChange::Type(value.to_owned()),
        Name::DisableApiTermination => AttributeChange::TerminationProtection(flag()?),
        Name::DisableApiStop => AttributeChange::StopProtection(flag()?),
        Name::SourceDestCheck => AttributeChange::SourceDestCheck(flag()?),
        Name::UserData => {
            check_user_data(Some(value))?;
            AttributeChange::UserData(value.to_owned())
        }
        other => {
            let message = format!("{NOT_SIMULATED} ec2.modify_instance_attribute of {other}");
            return Err(ApiError::new("UnsupportedOperation", message));
        }
    })
}

fn check(call: &Call<'_>, instance: &Instance, change: &AttributeChange) -> Result<(), ApiError> {
    let state = instance.state(call.now);
    if state.is_gone() {
        let message = format!("The instance '{}' is not in a state in which it can be modified.", instance.id);
        return Err(ApiError::new("IncorrectInstanceState", message));
    }
    let needs_rest = matches!(change, AttributeChange::Type(_) | AttributeChange::UserData(_));
    if needs_rest && state != InstanceState::Stopped {
        let message = format!("The instance '{}' is not in the 'stopped' state.", instance.id);
        return Err(ApiError::new("IncorrectInstanceState", message));
    }
    match change {
        AttributeChange::Type(name) if instance_types::find(name).is_none() => {
            Err(invalid(format!("Invalid value '{name}' for InstanceType.")))
        }
        AttributeChange::Groups(ids) => {
            SECURITY_GROUPS.id.check_shape(ids)?;
            let groups = &call.region.ec2.security_groups;
            SECURITY_GROUPS.id.check_existence(ids, |id| groups.iter().any(|group| group.group_id() == Some(id)))
        }
        _ => Ok(()),
    }
}

pub(crate) fn monitor_instances(
    call: &mut Call<'_>,
    input: &MonitorInstancesInput,
) -> Result<MonitorInstancesOutput, ApiError> {
    let answers = set_monitoring(call, input.instance_ids(), input.dry_run, true)?;
    Ok(MonitorInstancesOutput::builder().set_instance_monitorings(Some(answers)).build())
}

pub(crate) fn unmonitor_instances(
    call: &mut Call<'_>,
    input: &UnmonitorInstancesInput,
) -> Result<UnmonitorInstancesOutput, ApiError> {
    let answers = set_monitoring(call, input.instance_ids(), input.dry_run, false)?;
    Ok(UnmonitorInstancesOutput::builder().set_instance_monitorings(Some(answers)).build())
}

fn set_monitoring(
    call: &mut Call<'_>,
    ids: &[String],
    dry: Option<bool>,
    detailed: bool,
) -> Result<Vec<InstanceMonitoring>, ApiError> {
    let ids = require(ids, "InstanceId")?;
    INSTANCE_ID.check_shape(ids)?;
    INSTANCE_ID.check_existence(ids, |id| visible(call).any(|known| known.id == id))?;
    dry_run(dry)?;
    let state = if detailed { MonitoringState::Pending } else { MonitoringState::Disabling };
    let mut answers = Vec::new();
    for id in ids {
        if let Some(instance) = call.region.ec2.instances.get_mut(id) {
            instance.detailed_monitoring = detailed;
        }
        let monitoring = Monitoring::builder().state(state.clone()).build();
        answers.push(InstanceMonitoring::builder().instance_id(id).monitoring(monitoring).build());
    }
    Ok(answers)
}
