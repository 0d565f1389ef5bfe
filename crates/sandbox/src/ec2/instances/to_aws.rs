//! Converts an instance to the SDK's type, as DescribeInstances returns it.

use aws_sdk_ec2::types::{self, DeviceType, MonitoringState, Tenancy};
use jiff::Timestamp;

use super::instance::{Instance, InstanceState};
use super::location::{groups_of, vpc_of, zone_of};
use crate::clock::to_aws;
use crate::ec2::images::facts::ImageFacts;
use crate::ec2::network::dns_names::{private_dns, public_dns};
use crate::ec2::network::interface_ids::{attachment_id, interface_id, mac_address};
use crate::ec2::state::Ec2State;
use crate::ec2::volumes::current::volumes_at;
use crate::state::Call;

/// Converts the instance to its form in DescribeInstances.
pub(crate) fn to_aws_instance(
    region: &Ec2State,
    account: &str,
    region_name: &str,
    now: Timestamp,
    instance: &Instance,
) -> types::Instance {
    let state = instance.state(now);
    let public_ip = instance.current_public_ip(now);
    let image = ImageFacts::find(region, &instance.image_id);
    let base = types::Instance::builder()
        .instance_id(&instance.id)
        .image_id(&instance.image_id)
        .instance_type(instance.instance_type.as_str().into())
        .ami_launch_index(instance.launch_index)
        .set_key_name(instance.key_name.clone())
        .set_client_token(Some(instance.client_token.clone().unwrap_or_default()))
        .launch_time(to_aws(instance.launched))
        .state(state.to_aws())
        .state_transition_reason(instance.transition_reason())
        .set_state_reason(instance.state_reason())
        .architecture(image.architecture)
        .set_platform(image.platform)
        .platform_details(image.platform_details)
        .usage_operation(image.usage_operation)
        .root_device_name(image.root_device_name)
        .root_device_type(DeviceType::Ebs)
        .virtualization_type(types::VirtualizationType::Hvm)
        .hypervisor(types::HypervisorType::Xen)
        .ena_support(true)
        .ebs_optimized(false)
        .monitoring(monitoring(instance))
        .placement(placement(region, instance))
        .metadata_options(instance.metadata.to_aws())
        .set_instance_lifecycle(instance.spot_request.is_some().then_some(types::InstanceLifecycleType::Spot))
        .set_spot_instance_request_id(instance.spot_request.clone())
        .set_tags(Some(region.tags.list(&instance.id)));
    // A terminated instance has no network and no volumes.
    let whole = match state {
        InstanceState::Terminated => base.private_dns_name("").public_dns_name(""),
        _ => base
            .set_subnet_id(Some(instance.subnet_id.clone()))
            .set_vpc_id(vpc_of(region, instance))
            .private_ip_address(instance.private_ip.to_string())
            .private_dns_name(private_dns(instance.private_ip, region_name))
            .set_public_ip_address(public_ip.map(|ip| ip.to_string()))
            .public_dns_name(public_ip.map_or_else(String::new, |ip| public_dns(ip, region_name)))
            .source_dest_check(instance.source_dest_check)
            .set_security_groups(Some(groups_of(region, instance)))
            .network_interfaces(network_interface(region, account, region_name, now, instance))
            .set_block_device_mappings(Some(disks(region, now, instance)))
            .set_iam_instance_profile(profile(account, instance)),
    };
    whole.build()
}

pub(crate) fn network_interface(
    region: &Ec2State,
    account: &str,
    region_name: &str,
    now: Timestamp,
    instance: &Instance,
) -> types::InstanceNetworkInterface {
    let association = instance.current_public_ip(now).map(|ip| {
        types::InstanceNetworkInterfaceAssociation::builder()
            .public_ip(ip.to_string())
            .public_dns_name(public_dns(ip, region_name))
            .ip_owner_id(if instance.elastic { account } else { "amazon" })
            .build()
    });
    let private_dns = private_dns(instance.private_ip, region_name);
    let private_ip = types::InstancePrivateIpAddress::builder()
        .primary(true)
        .private_ip_address(instance.private_ip.to_string())
        .private_dns_name(&private_dns)
        .set_association(association.clone());
    let attachment = types::InstanceNetworkInterfaceAttachment::builder()
        .attachment_id(attachment_id(&instance.id))
        .attach_time(to_aws(instance.launched))
        .delete_on_termination(true)
        .device_index(0)
        .network_card_index(0)
        .status(types::AttachmentStatus::Attached);
    types::InstanceNetworkInterface::builder()
        .network_interface_id(interface_id(&instance.id))
        .interface_type("interface")
        .description("")
        .owner_id(account)
        .subnet_id(&instance.subnet_id)
        .set_vpc_id(vpc_of(region, instance))
        .mac_address(mac_address(instance.private_ip))
        .private_ip_address(instance.private_ip.to_string())
        .private_dns_name(private_dns)
        .private_ip_addresses(private_ip.build())
        .set_association(association)
        .attachment(attachment.build())
        .set_groups(Some(groups_of(region, instance)))
        .source_dest_check(instance.source_dest_check)
        .status(types::NetworkInterfaceStatus::InUse)
        .build()
}

pub(crate) fn to_aws_monitoring(detailed: bool) -> types::Monitoring {
    let state = match detailed {
        true => MonitoringState::Enabled,
        false => MonitoringState::Disabled,
    };
    types::Monitoring::builder().state(state).build()
}

pub(crate) fn monitoring(instance: &Instance) -> types::Monitoring {
    to_aws_monitoring(instance.detailed_monitoring)
}

pub(crate) fn placement(region: &Ec2State, instance: &Instance) -> types::Placement {
    types::Placement::builder()
        .set_availability_zone(zone_of(region, instance))
        .group_name("")
        .tenancy(Tenancy::Default)
        .build()
}

pub(crate) fn disks(region: &Ec2State, now: Timestamp, instance: &Instance) -> Vec<types::InstanceBlockDeviceMapping> {
    volumes_at(region, now)
        .iter()
        .flat_map(|volume| volume.attachments())
        .filter(|attachment| attachment.instance_id() == Some(&instance.id))
        .map(|attachment| {
            let ebs = types::EbsInstanceBlockDevice::builder()
                .set_volume_id(attachment.volume_id.clone())
                .set_attach_time(attachment.attach_time)
                .set_delete_on_termination(attachment.delete_on_termination)
                .set_status(attachment.state().map(|state| state.as_str().into()))
                .build();
            types::InstanceBlockDeviceMapping::builder().set_device_name(attachment.device.clone()).ebs(ebs).build()
        })
        .collect()
}

pub(crate) fn profile(account: &str, instance: &Instance) -> Option<types::IamInstanceProfile> {
    let name = instance.profile.as_deref()?;
    let arn = format!("arn:aws:iam::{account}:instance-profile/{name}");
    Some(types::IamInstanceProfile::builder().arn(arn).build())
}

pub(crate) fn show(call: &Call<'_>, instance: &Instance) -> types::Instance {
    to_aws_instance(&call.region.ec2, call.account_id, call.region_name, call.now, instance)
}
