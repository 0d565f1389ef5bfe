//! Describing instances and their status checks.

use std::collections::HashSet;

use aws_sdk_ec2::{
    operation::{
        describe_instance_status::{DescribeInstanceStatusInput, DescribeInstanceStatusOutput},
        describe_instances::{DescribeInstancesInput, DescribeInstancesOutput},
    },
    types::{self, Reservation, StatusName, StatusType, SummaryStatus},
};

use super::location::zone_of;
use super::lookup::visible;
use super::to_aws::show;
use crate::ApiError;
use crate::ec2::filters::{Filters, each, maybe, time};
use crate::ec2::query::{DescribeQuery, INSTANCE_ID, ResourceKind, cut, dry_run, page_size, query};
use crate::ec2::{Instance, InstanceState};
use crate::page::Page;
use crate::state::Call;

pub(crate) const INSTANCES: ResourceKind<types::Instance> = ResourceKind {
    id: INSTANCE_ID,
    filters: Filters {
        fields: &[
            ("architecture", |i| maybe(i.architecture())),
            ("availability-zone", |i| maybe(i.placement().and_then(|placement| placement.availability_zone()))),
            ("block-device-mapping.device-name", |i| each(i.block_device_mappings(), |disk| disk.device_name())),
            ("block-device-mapping.volume-id", |i| each(i.block_device_mappings(), |disk| disk.ebs()?.volume_id())),
            ("block-device-mapping.delete-on-termination", |i| {
                let deleted = |disk: &types::InstanceBlockDeviceMapping| {
                    disk.ebs()?.delete_on_termination().map(|flag| flag.to_string())
                };
                i.block_device_mappings().iter().filter_map(deleted).collect()
            }),
            ("client-token", |i| maybe(i.client_token())),
            ("dns-name", |i| maybe(i.public_dns_name())),
            ("group-id", |i| each(i.security_groups(), |group| group.group_id())),
            ("group-name", |i| each(i.security_groups(), |group| group.group_name())),
            ("hypervisor", |i| maybe(i.hypervisor())),
            ("iam-instance-profile.arn", |i| maybe(i.iam_instance_profile().and_then(|profile| profile.arn()))),
            ("image-id", |i| maybe(i.image_id())),
            ("instance-id", |i| maybe(i.instance_id())),
            ("instance-lifecycle", |i| maybe(i.instance_lifecycle())),
            ("instance-state-code", |i| maybe(i.state().and_then(|state| state.code()))),
            ("instance-state-name", |i| maybe(i.state().and_then(|state| state.name()))),
            ("instance-type", |i| maybe(i.instance_type())),
            ("instance.group-id", |i| each(i.security_groups(), |group| group.group_id())),
            ("instance.group-name", |i| each(i.security_groups(), |group| group.group_name())),
            ("ip-address", |i| maybe(i.public_ip_address())),
            ("key-name", |i| maybe(i.key_name())),
            ("launch-index", |i| maybe(i.ami_launch_index())),
            ("launch-time", |i| time(i.launch_time())),
            ("metadata-options.http-endpoint", |i| {
                maybe(i.metadata_options().and_then(|options| options.http_endpoint()))
            }),
            ("metadata-options.http-put-response-hop-limit", |i| {
                maybe(i.metadata_options().and_then(|options| options.http_put_response_hop_limit()))
            }),
            ("metadata-options.http-tokens", |i| maybe(i.metadata_options().and_then(|options| options.http_tokens()))),
            ("monitoring-state", |i| maybe(i.monitoring().and_then(|monitoring| monitoring.state()))),
            ("network-interface.addresses.private-ip-address", |i| maybe(i.private_ip_address())),
            ("network-interface.association.public-ip", |i| maybe(i.public_ip_address())),
            ("network-interface.group-id", |i| each(i.security_groups(), |group| group.group_id())),
            ("network-interface.group-name", |i| each(i.security_groups(), |group| group.group_name())),
            ("network-interface.network-interface-id", |i| {
                each(i.network_interfaces(), |one| one.network_interface_id())
            }),
            ("network-interface.status", |i| {
                each(i.network_interfaces(), |one| one.status().map(|status| status.as_str()))
            }),
            ("network-interface.subnet-id", |i| maybe(i.subnet_id())),
            ("network-interface.vpc-id", |i| maybe(i.vpc_id())),
            ("platform", |i| maybe(i.platform())),
            ("platform-details", |i| maybe(i.platform_details())),
            ("private-dns-name", |i| maybe(i.private_dns_name())),
            ("private-ip-address", |i| maybe(i.private_ip_address())),
            ("root-device-name", |i| maybe(i.root_device_name())),
            ("root-device-type", |i| maybe(i.root_device_type())),
            ("source-dest-check", |i| maybe(i.source_dest_check())),
            ("spot-instance-request-id", |i| maybe(i.spot_instance_request_id())),
            ("state-reason-code", |i| maybe(i.state_reason().and_then(|reason| reason.code()))),
            ("subnet-id", |i| maybe(i.subnet_id())),
            ("tenancy", |i| maybe(i.placement().and_then(|placement| placement.tenancy()))),
            ("usage-operation", |i| maybe(i.usage_operation())),
            ("virtualization-type", |i| maybe(i.virtualization_type())),
            ("vpc-id", |i| maybe(i.vpc_id())),
        ],
        tags: Some(|i| i.tags()),
    },
    page_sizes: 5..=1000,
    ids_parameter: "instancesSet",
};

// These filters are on the reservation, which the instance does not contain.
pub(crate) const RESERVATIONS: Filters<Reservation> = Filters {
    fields: &[
        ("owner-id", |r| maybe(r.owner_id())),
        ("requester-id", |r| maybe(r.requester_id())),
        ("reservation-id", |r| maybe(r.reservation_id())),
    ],
    tags: None,
};

pub(crate) fn describe_instances(
    call: &mut Call<'_>,
    input: &DescribeInstancesInput,
) -> Result<DescribeInstancesOutput, ApiError> {
    let (around, own): (Vec<_>, Vec<_>) =
        input.filters().iter().cloned().partition(|filter| RESERVATIONS.knows(filter));
    let reservations = visible(call).map(|instance| reservation(call, instance, Vec::new()));
    let reservations: HashSet<String> = RESERVATIONS
        .select(reservations.collect(), &around)?
        .into_iter()
        .filter_map(|reservation| reservation.reservation_id)
        .collect();
    let instances = visible(call)
        .filter(|instance| reservations.contains(&instance.reservation_id))
        .map(|instance| show(call, instance))
        .collect();
    let query = DescribeQuery { filters: &own, ..query!(input, instance_ids) };
    let page = INSTANCES.describe(instances, &query)?;
    Ok(DescribeInstancesOutput::builder()
        .set_reservations(Some(group(call, page.items)))
        .set_next_token(page.next_token)
        .build())
}

/// Puts instances that were launched together into one reservation.
fn group(call: &Call<'_>, items: Vec<types::Instance>) -> Vec<Reservation> {
    let mut reservations: Vec<Reservation> = Vec::new();
    for item in items {
        let id = item.instance_id().unwrap_or_default();
        let Some(kept) = call.region.ec2.instances.get(id) else {
            continue;
        };
        let same = reservations.iter_mut().find(|known| known.reservation_id() == Some(&kept.reservation_id));
        match same {
            Some(known) => known.instances.get_or_insert_default().push(item),
            None => reservations.push(reservation(call, kept, vec![item])),
        }
    }
    reservations
}

fn reservation(call: &Call<'_>, first: &Instance, items: Vec<types::Instance>) -> Reservation {
    Reservation::builder()
        .reservation_id(&first.reservation_id)
        .owner_id(call.account_id)
        .set_groups(Some(Vec::new()))
        .set_instances(Some(items))
        .build()
}

pub(crate) const STATUSES: Filters<types::InstanceStatus> = Filters {
    fields: &[
        ("availability-zone", |s| maybe(s.availability_zone())),
        ("event.code", |s| s.events().iter().filter_map(|event| event.code()).map(ToString::to_string).collect()),
        ("instance-state-code", |s| maybe(s.instance_state().and_then(|state| state.code()))),
        ("instance-state-name", |s| maybe(s.instance_state().and_then(|state| state.name()))),
        ("instance-status.reachability", |s| reachability(s.instance_status())),
        ("instance-status.status", |s| maybe(s.instance_status().and_then(|summary| summary.status()))),
        ("system-status.reachability", |s| reachability(s.system_status())),
        ("system-status.status", |s| maybe(s.system_status().and_then(|summary| summary.status()))),
    ],
    tags: None,
};

pub(crate) fn describe_instance_status(
    call: &mut Call<'_>,
    input: &DescribeInstanceStatusInput,
) -> Result<DescribeInstanceStatusOutput, ApiError> {
    let page = statuses(call, &query!(input, instance_ids), input.include_all_instances == Some(true))?;
    Ok(DescribeInstanceStatusOutput::builder()
        .set_instance_statuses(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

fn statuses(call: &Call<'_>, query: &DescribeQuery<'_>, all: bool) -> Result<Page<types::InstanceStatus>, ApiError> {
    INSTANCE_ID.check_shape(query.ids)?;
    let size = page_size(query, &(5..=1000), "instancesSet")?;
    let wanted = |instance: &&Instance| {
        (all || instance.state(call.now) == InstanceState::Running)
            && (query.ids.is_empty() || query.ids.contains(&instance.id))
    };
    let known = visible(call).filter(wanted).map(|instance| status(call, instance));
    let selected = STATUSES.select(known.collect(), query.filters)?;
    dry_run(query.dry_run)?;
    INSTANCE_ID.check_existence(query.ids, |id| visible(call).any(|known| known.id == id))?;
    cut(selected, query, ("status", all), size, |status| status.instance_id().unwrap_or_default().to_owned())
}

fn status(call: &Call<'_>, instance: &Instance) -> types::InstanceStatus {
    let state = instance.state(call.now);
    // The host of an impaired instance works; the instance fails its check.
    let system = match instance.status(call.now) {
        SummaryStatus::Impaired => SummaryStatus::Ok,
        other => other,
    };
    types::InstanceStatus::builder()
        .instance_id(&instance.id)
        .set_availability_zone(zone_of(&call.region.ec2, instance))
        .instance_state(state.to_aws())
        .instance_status(summary(instance.status(call.now)))
        .system_status(summary(system))
        .set_events(Some(Vec::new()))
        .build()
}

fn summary(status: SummaryStatus) -> types::InstanceStatusSummary {
    let reachability = match status {
        SummaryStatus::Ok => Some(StatusType::Passed),
        SummaryStatus::Impaired => Some(StatusType::Failed),
        SummaryStatus::Initializing => Some(StatusType::Initializing),
        _ => None,
    };
    let details = reachability.map(|status| {
        let name = StatusName::Reachability;
        let details = types::InstanceStatusDetails::builder().name(name).status(status);
        vec![details.build()]
    });
    types::InstanceStatusSummary::builder().status(status).set_details(details).build()
}

fn reachability(summary: Option<&types::InstanceStatusSummary>) -> Vec<String> {
    let details = summary.map(|summary| summary.details()).unwrap_or_default();
    each(details, |detail| detail.status().map(|status| status.as_str()))
}
