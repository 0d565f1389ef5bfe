//! Describing, allocating, associating and releasing elastic addresses.

use std::net::Ipv4Addr;

use aws_sdk_ec2::{
    operation::{
        allocate_address::{AllocateAddressInput, AllocateAddressOutput},
        associate_address::{AssociateAddressInput, AssociateAddressOutput},
        describe_addresses::{DescribeAddressesInput, DescribeAddressesOutput},
        disassociate_address::{DisassociateAddressInput, DisassociateAddressOutput},
        release_address::{ReleaseAddressInput, ReleaseAddressOutput},
    },
    types::{Address, DomainType, ResourceType},
};

use super::interface_ids::interface_id;
use super::public_addresses::public_ip;
use crate::ApiError;
use crate::ec2::filters::{Filters, maybe};
use crate::ec2::instances::lookup::{find_instance, visible};
use crate::ec2::query::{DescribeQuery, IdKind, ResourceKind, demand, dry_run, invalid, refuse_unsimulated};
use crate::ec2::{Ec2State, Instance, tags};
use crate::state::Call;

/// Quota of elastic addresses per account and region.
const LIMIT: usize = 20;

pub(crate) const ADDRESSES: ResourceKind<Address> = ResourceKind {
    id: IdKind {
        prefix: "eipalloc",
        malformed: "InvalidAllocationID.Malformed",
        missing: "InvalidAllocationID.NotFound",
        one_missing: "The allocation ID '{}' does not exist",
        many_missing: "The allocation IDs '{}' do not exist",
    },
    filters: Filters {
        fields: &[
            ("allocation-id", |a| maybe(a.allocation_id())),
            ("association-id", |a| maybe(a.association_id())),
            ("domain", |a| maybe(a.domain())),
            ("instance-id", |a| maybe(a.instance_id())),
            ("network-border-group", |a| maybe(a.network_border_group())),
            ("network-interface-id", |a| maybe(a.network_interface_id())),
            ("network-interface-owner-id", |a| maybe(a.network_interface_owner_id())),
            ("private-ip-address", |a| maybe(a.private_ip_address())),
            ("public-ip", |a| maybe(a.public_ip())),
        ],
        tags: Some(|a| a.tags()),
    },
    page_sizes: 5..=1000,
    ids_parameter: "allocationIds",
};

pub(crate) fn describe_addresses(
    call: &mut Call<'_>,
    input: &DescribeAddressesInput,
) -> Result<DescribeAddressesOutput, ApiError> {
    let ips = input.public_ips();
    free_addresses_of_gone_instances(call);
    let state = &call.region.ec2;
    let known = |ip: &String| state.addresses.iter().any(|one| one.public_ip() == Some(ip));
    if let Some(ip) = ips.iter().find(|ip| !known(ip)) {
        let message = format!("Address '{ip}' not found.");
        return Err(ApiError::new("InvalidAddress.NotFound", message));
    }
    let wanted = |address: &Address| ips.is_empty() || ips.iter().any(|ip| Some(ip.as_str()) == address.public_ip());
    let addresses = state.tags.tagged(&state.addresses).into_iter().filter(wanted);
    let query = DescribeQuery {
        ids: input.allocation_ids(),
        filters: input.filters(),
        dry_run: input.dry_run,
        ..DescribeQuery::default()
    };
    let page = ADDRESSES.describe(addresses.collect(), &query)?;
    Ok(DescribeAddressesOutput::builder().set_addresses(Some(page.items)).build())
}

/// Clears the associations with terminated instances.
fn free_addresses_of_gone_instances(call: &mut Call<'_>) {
    let Ec2State { addresses, instances, .. } = &mut call.region.ec2;
    for address in addresses {
        let instance = address.instance_id().and_then(|id| instances.get(id));
        if instance.is_some_and(|instance| instance.state(call.now).is_gone()) {
            clear_association(address);
        }
    }
}

fn clear_association(address: &mut Address) {
    address.association_id = None;
    address.instance_id = None;
    address.network_interface_id = None;
    address.network_interface_owner_id = None;
    address.private_ip_address = None;
}

pub(crate) fn allocate_address(
    call: &mut Call<'_>,
    input: &AllocateAddressInput,
) -> Result<AllocateAddressOutput, ApiError> {
    refuse_unsimulated(
        "allocate_address",
        &[
            ("address", input.address.is_some()),
            ("public_ipv4_pool", input.public_ipv4_pool().is_some_and(|pool| pool != AMAZON)),
            ("customer_owned_ipv4_pool", input.customer_owned_ipv4_pool.is_some()),
            ("ipam_pool_id", input.ipam_pool_id.is_some()),
        ],
    )?;
    if input.domain().is_some_and(|domain| *domain != DomainType::Vpc) {
        return Err(invalid("Invalid value for domain. The only one is vpc."));
    }
    if input.network_border_group().is_some_and(|group| group != call.region_name) {
        return Err(invalid("Invalid value for networkBorderGroup. The sandbox has those of regions only."));
    }
    let tags = tags::of_new(input.tag_specifications(), &ResourceType::ElasticIp)?;
    if call.region.ec2.addresses.len() >= LIMIT {
        let message = "The maximum number of addresses has been reached.";
        return Err(ApiError::new("AddressLimitExceeded", message));
    }
    dry_run(input.dry_run)?;
    let address = Address::builder()
        .allocation_id(call.ids.ec2("eipalloc"))
        .public_ip(public_ip(call.ids).to_string())
        .public_ipv4_pool(AMAZON)
        .network_border_group(call.region_name)
        .domain(DomainType::Vpc)
        .build();
    call.region.ec2.tags.put(address.allocation_id().unwrap_or_default(), &tags);
    call.region.ec2.addresses.push(address.clone());
    Ok(AllocateAddressOutput::builder()
        .set_allocation_id(address.allocation_id)
        .set_public_ip(address.public_ip)
        .set_public_ipv4_pool(address.public_ipv4_pool)
        .set_network_border_group(address.network_border_group)
        .set_domain(address.domain)
        .build())
}

const AMAZON: &str = "amazon";

/// Returns the address with the given allocation id or public IP.
fn find<'a>(call: &'a Call<'_>, allocation: Option<&str>, ip: Option<&str>) -> Result<&'a Address, ApiError> {
    let addresses = &call.region.ec2.addresses;
    match (allocation, ip) {
        (None, Some(ip)) => addresses
            .iter()
            .find(|address| address.public_ip() == Some(ip))
            .ok_or_else(|| ApiError::new("InvalidAddress.NotFound", format!("Address '{ip}' not found."))),
        (Some(_), Some(_)) => {
            let message = "You may specify public IP or allocation id, but not both in the same call";
            Err(ApiError::new("InvalidParameterCombination", message))
        }
        (allocation, None) => ADDRESSES.find(addresses, allocation, "AllocationId"),
    }
}

pub(crate) fn associate_address(
    call: &mut Call<'_>,
    input: &AssociateAddressInput,
) -> Result<AssociateAddressOutput, ApiError> {
    free_addresses_of_gone_instances(call);
    let address = find(call, input.allocation_id(), input.public_ip())?;
    let instance = target(call, input)?;
    let own_ip = instance.private_ip.to_string();
    if input.private_ip_address().is_some_and(|ip| ip != own_ip) {
        return Err(invalid(format!("The instance '{}' has no such private IP address.", instance.id)));
    }
    let is_elsewhere = address.association_id.is_some() && address.instance_id() != Some(&instance.id);
    if is_elsewhere && input.allow_reassociation == Some(false) {
        let id = address.allocation_id().unwrap_or_default();
        let message = format!(
            "resource {id} is already associated with associate-id {}",
            address.association_id().unwrap_or_default()
        );
        return Err(ApiError::new("Resource.AlreadyAssociated", message));
    }
    dry_run(input.dry_run)?;
    let (instance_id, allocation_id) = (instance.id.clone(), address.allocation_id.clone());
    let (previous, ip) = (address.instance_id.clone(), address.public_ip().and_then(|ip| ip.parse().ok()));
    let association = call.ids.ec2("eipassoc");
    if let Some(previous) = previous.filter(|previous| *previous != instance_id) {
        give_subnet_address(call, &previous);
    }
    let state = &mut call.region.ec2;
    for address in &mut state.addresses {
        if address.allocation_id == allocation_id {
            address.association_id = Some(association.clone());
            address.network_interface_id = Some(interface_id(&instance_id));
            address.network_interface_owner_id = Some(call.account_id.to_owned());
            address.private_ip_address = Some(own_ip.clone());
            address.instance_id = Some(instance_id.clone());
        } else if address.instance_id() == Some(&instance_id) {
            clear_association(address);
        }
    }
    if let Some(instance) = state.instances.get_mut(&instance_id) {
        instance.public_ip = ip;
        instance.elastic = true;
    }
    Ok(AssociateAddressOutput::builder().association_id(association).build())
}

fn target<'a>(call: &'a Call<'_>, input: &AssociateAddressInput) -> Result<&'a Instance, ApiError> {
    let instance = match (input.instance_id(), input.network_interface_id()) {
        (None, None) => return demand(None, "InstanceId or NetworkInterfaceId"),
        (None, Some(id)) => visible(call).find(|instance| interface_id(&instance.id) == id).ok_or_else(|| {
            let message = format!("The networkInterface ID '{id}' does not exist");
            ApiError::new("InvalidNetworkInterfaceID.NotFound", message)
        })?,
        (id, _) => find_instance(call, id)?,
    };
    match instance.state(call.now).is_gone() {
        false => Ok(instance),
        true => {
            let message = format!("The instance ID '{}' is not in a valid state.", instance.id);
            Err(ApiError::new("IncorrectInstanceState", message))
        }
    }
}

/// Gives an instance a public address after it lost its elastic one, if its subnet assigns public
/// addresses.
fn give_subnet_address(call: &mut Call<'_>, instance_id: &str) {
    let Ec2State { instances, subnets, .. } = &mut call.region.ec2;
    let Some(instance) = instances.get_mut(instance_id) else {
        return;
    };
    let subnet = subnets.iter().find(|subnet| subnet.subnet_id() == Some(&instance.subnet_id));
    let gives = subnet.is_some_and(|subnet| subnet.map_public_ip_on_launch == Some(true));
    instance.elastic = false;
    instance.public_ip = gives.then(|| -> Ipv4Addr { public_ip(call.ids) });
}

pub(crate) fn disassociate_address(
    call: &mut Call<'_>,
    input: &DisassociateAddressInput,
) -> Result<DisassociateAddressOutput, ApiError> {
    free_addresses_of_gone_instances(call);
    let address = match (input.association_id(), input.public_ip()) {
        (None, Some(ip)) => find(call, None, Some(ip))?,
        (id, _) => {
            let id = demand(id, "AssociationId")?;
            let found = call.region.ec2.addresses.iter().find(|address| address.association_id() == Some(id));
            found.ok_or_else(|| {
                let message = format!("The association ID '{id}' does not exist");
                ApiError::new("InvalidAssociationID.NotFound", message)
            })?
        }
    };
    refuse_if_managed(call, address)?;
    dry_run(input.dry_run)?;
    let (allocation, instance) = (address.allocation_id.clone(), address.instance_id.clone());
    let kept = call.region.ec2.addresses.iter_mut().find(|address| address.allocation_id == allocation);
    if let Some(address) = kept {
        clear_association(address);
    }
    if let Some(instance) = instance {
        give_subnet_address(call, &instance);
    }
    Ok(DisassociateAddressOutput::builder().build())
}

/// Refuses to change the address of a NAT gateway.
fn refuse_if_managed(call: &Call<'_>, address: &Address) -> Result<(), ApiError> {
    let gateways = &call.region.ec2.nat_gateways;
    let mut held = gateways.iter().flat_map(|gateway| gateway.nat_gateway_addresses());
    match held.any(|held| held.allocation_id() == address.allocation_id()) {
        false => Ok(()),
        true => {
            let message = "You do not have permission to access the specified resource.";
            Err(ApiError::new("AuthFailure", message))
        }
    }
}

pub(crate) fn release_address(
    call: &mut Call<'_>,
    input: &ReleaseAddressInput,
) -> Result<ReleaseAddressOutput, ApiError> {
    free_addresses_of_gone_instances(call);
    let address = find(call, input.allocation_id(), input.public_ip())?;
    if address.association_id.is_some() && !is_in_default_vpc(&call.region.ec2, address) {
        let ip = address.public_ip().unwrap_or_default();
        return Err(ApiError::new("InvalidIPAddress.InUse", format!("Address {ip} is in use.")));
    }
    dry_run(input.dry_run)?;
    let (allocation, instance) = (address.allocation_id.clone(), address.instance_id.clone());
    if let Some(instance) = instance {
        give_subnet_address(call, &instance);
    }
    call.region.ec2.addresses.retain(|address| address.allocation_id != allocation);
    Ok(ReleaseAddressOutput::builder().build())
}

/// Returns whether the address's instance is in a default VPC. There, releasing an address also
/// disassociates it.
fn is_in_default_vpc(state: &Ec2State, address: &Address) -> bool {
    let instance = address.instance_id().and_then(|id| state.instances.get(id));
    let subnet = instance.and_then(|instance| {
        state.subnets.iter().find(|subnet| subnet.subnet_id() == Some(instance.subnet_id.as_str()))
    });
    subnet.is_some_and(|subnet| subnet.default_for_az == Some(true))
}
