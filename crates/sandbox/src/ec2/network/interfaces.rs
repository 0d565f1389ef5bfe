//! Network interfaces. The state does not hold them: interfaces and their ids are derived from
//! instances and NAT gateways.

use aws_sdk_ec2::{
    operation::describe_network_interfaces::{DescribeNetworkInterfacesInput, DescribeNetworkInterfacesOutput},
    types::{
        AttachmentStatus, NatGateway, NetworkInterface, NetworkInterfaceAssociation, NetworkInterfaceAttachment,
        NetworkInterfacePrivateIpAddress, NetworkInterfaceStatus, NetworkInterfaceType,
    },
};

use super::dns_names::{private_dns, public_dns};
use super::interface_ids::{attachment_id, interface_id, mac_address};
use crate::ApiError;
use crate::clock::to_aws;
use crate::ec2::Instance;
use crate::ec2::filters::{Filters, each, maybe, time};
use crate::ec2::instances::location::{groups_of, subnet_of};
use crate::ec2::instances::lookup::visible;
use crate::ec2::query::{IdKind, ResourceKind, query};
use crate::state::Call;

pub(crate) const INTERFACES: ResourceKind<NetworkInterface> = ResourceKind {
    id: IdKind {
        prefix: "eni",
        malformed: "InvalidNetworkInterfaceId.Malformed",
        missing: "InvalidNetworkInterfaceID.NotFound",
        one_missing: "The networkInterface ID '{}' does not exist",
        many_missing: "The networkInterface IDs '{}' do not exist",
    },
    filters: Filters {
        fields: &[
            ("addresses.association.public-ip", |i| maybe(i.association().and_then(|at| at.public_ip()))),
            ("addresses.primary", |i| i.private_ip_addresses().iter().flat_map(|ip| maybe(ip.primary())).collect()),
            ("addresses.private-ip-address", |i| each(i.private_ip_addresses(), |ip| ip.private_ip_address())),
            ("association.allocation-id", |i| maybe(i.association().and_then(|at| at.allocation_id()))),
            ("association.association-id", |i| maybe(i.association().and_then(|at| at.association_id()))),
            ("association.ip-owner-id", |i| maybe(i.association().and_then(|at| at.ip_owner_id()))),
            ("association.public-dns-name", |i| maybe(i.association().and_then(|at| at.public_dns_name()))),
            ("association.public-ip", |i| maybe(i.association().and_then(|at| at.public_ip()))),
            ("attachment.attach-time", |i| time(i.attachment().and_then(|at| at.attach_time()))),
            ("attachment.attachment-id", |i| maybe(i.attachment().and_then(|at| at.attachment_id()))),
            ("attachment.delete-on-termination", |i| maybe(i.attachment().and_then(|at| at.delete_on_termination()))),
            ("attachment.device-index", |i| maybe(i.attachment().and_then(|at| at.device_index()))),
            ("attachment.instance-id", |i| maybe(i.attachment().and_then(|at| at.instance_id()))),
            ("attachment.instance-owner-id", |i| maybe(i.attachment().and_then(|at| at.instance_owner_id()))),
            ("attachment.status", |i| maybe(i.attachment().and_then(|at| at.status()))),
            ("availability-zone", |i| maybe(i.availability_zone())),
            ("description", |i| maybe(i.description())),
            ("group-id", |i| each(i.groups(), |group| group.group_id())),
            ("group-name", |i| each(i.groups(), |group| group.group_name())),
            ("interface-type", |i| maybe(i.interface_type())),
            ("mac-address", |i| maybe(i.mac_address())),
            ("network-interface-id", |i| maybe(i.network_interface_id())),
            ("owner-id", |i| maybe(i.owner_id())),
            ("private-dns-name", |i| maybe(i.private_dns_name())),
            ("private-ip-address", |i| maybe(i.private_ip_address())),
            ("requester-id", |i| maybe(i.requester_id())),
            ("requester-managed", |i| maybe(i.requester_managed())),
            ("source-dest-check", |i| maybe(i.source_dest_check())),
            ("status", |i| maybe(i.status())),
            ("subnet-id", |i| maybe(i.subnet_id())),
            ("vpc-id", |i| maybe(i.vpc_id())),
        ],
        tags: Some(|i| i.tag_set()),
    },
    page_sizes: 5..=1000,
    ids_parameter: "networkInterfaceIds",
};

pub(crate) fn describe_network_interfaces(
    call: &mut Call<'_>,
    input: &DescribeNetworkInterfacesInput,
) -> Result<DescribeNetworkInterfacesOutput, ApiError> {
    let interfaces = call.region.ec2.tags.tagged(&interfaces(call));
    let page = INTERFACES.describe(interfaces, &query!(input, network_interface_ids))?;
    Ok(DescribeNetworkInterfacesOutput::builder()
        .set_network_interfaces(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

/// Returns the current interfaces.
pub(crate) fn interfaces(call: &Call<'_>) -> Vec<NetworkInterface> {
    let state = &call.region.ec2;
    let instances = visible(call).filter(|instance| !instance.state(call.now).is_gone());
    let gateways = state.nat_gateways.iter();
    instances.map(|one| of_instance(call, one)).chain(gateways.map(|one| of_gateway(call, one))).collect()
}

fn of_instance(call: &Call<'_>, instance: &Instance) -> NetworkInterface {
    let state = &call.region.ec2;
    let subnet = subnet_of(state, instance);
    let address = state.addresses.iter().find(|address| address.instance_id() == Some(&instance.id));
    let association = instance.current_public_ip(call.now).map(|ip| {
        NetworkInterfaceAssociation::builder()
            .public_ip(ip.to_string())
            .public_dns_name(public_dns(ip, call.region_name))
            .ip_owner_id(if address.is_some() { call.account_id } else { "amazon" })
            .set_allocation_id(address.and_then(|address| address.allocation_id.clone()))
            .set_association_id(address.and_then(|address| address.association_id.clone()))
            .build()
    });
    let private_dns = private_dns(instance.private_ip, call.region_name);
    let private_ip = NetworkInterfacePrivateIpAddress::builder()
        .private_ip_address(instance.private_ip.to_string())
        .private_dns_name(&private_dns)
        .primary(true)
        .set_association(association.clone());
    let attachment = NetworkInterfaceAttachment::builder()
        .attachment_id(attachment_id(&instance.id))
        .instance_id(&instance.id)
        .instance_owner_id(call.account_id)
        .device_index(0)
        .network_card_index(0)
        .attach_time(to_aws(instance.launched))
        .delete_on_termination(true)
        .status(AttachmentStatus::Attached);
    NetworkInterface::builder()
        .network_interface_id(interface_id(&instance.id))
        .description("")
        .interface_type(NetworkInterfaceType::Interface)
        .owner_id(call.account_id)
        .set_subnet_id(Some(instance.subnet_id.clone()))
        .set_vpc_id(subnet.and_then(|subnet| subnet.vpc_id.clone()))
        .set_availability_zone(subnet.and_then(|subnet| subnet.availability_zone.clone()))
        .mac_address(mac_address(instance.private_ip))
        .private_ip_address(instance.private_ip.to_string())
        .private_dns_name(private_dns)
        .private_ip_addresses(private_ip.build())
        .set_association(association)
        .attachment(attachment.build())
        .set_groups(Some(groups_of(state, instance)))
        .requester_managed(false)
        .source_dest_check(instance.source_dest_check)
        .status(NetworkInterfaceStatus::InUse)
        .build()
}

/// Returns the interface of a NAT gateway, which AWS manages and which has no security group.
fn of_gateway(call: &Call<'_>, gateway: &NatGateway) -> NetworkInterface {
    let state = &call.region.ec2;
    let subnet = state.subnets.iter().find(|subnet| subnet.subnet_id() == gateway.subnet_id());
    let id = gateway.nat_gateway_id().unwrap_or_default();
    let address = gateway.nat_gateway_addresses().first();
    let association = address.map(|address| {
        NetworkInterfaceAssociation::builder()
            .set_public_ip(address.public_ip.clone())
            .set_allocation_id(address.allocation_id.clone())
            .set_association_id(address.association_id.clone())
            .ip_owner_id(call.account_id)
            .build()
    });
    NetworkInterface::builder()
        .network_interface_id(interface_id(id))
        .description(format!("Interface for NAT Gateway {id}"))
        .interface_type(NetworkInterfaceType::NatGateway)
        .owner_id(call.account_id)
        .set_subnet_id(gateway.subnet_id.clone())
        .set_vpc_id(gateway.vpc_id.clone())
        .set_availability_zone(subnet.and_then(|subnet| subnet.availability_zone.clone()))
        .set_private_ip_address(address.and_then(|address| address.private_ip.clone()))
        .set_association(association)
        .set_groups(Some(Vec::new()))
        .requester_managed(true)
        .source_dest_check(false)
        .status(NetworkInterfaceStatus::InUse)
        .build()
}
