//! A launch from a template: the request's parameters override those of the template version.

use aws_sdk_ec2::{
    operation::run_instances::RunInstancesInput,
    types::{
        BlockDeviceMapping, EbsBlockDevice, IamInstanceProfileSpecification, InstanceMetadataOptionsRequest,
        InstanceNetworkInterfaceSpecification, LaunchTemplateBlockDeviceMappingRequest,
        LaunchTemplateInstanceMetadataOptionsRequest, LaunchTemplateInstanceNetworkInterfaceSpecificationRequest,
        LaunchTemplateTagSpecificationRequest, Placement, RequestLaunchTemplateData, RunInstancesMonitoringEnabled,
        Tag, TagSpecification,
    },
};

use crate::ApiError;
use crate::ec2::Ec2State;
use crate::ec2::launch_templates::lookup::find;

/// A request completed by its template, and the tags that AWS adds to the new instances.
pub(crate) struct Completed {
    pub input: RunInstancesInput,
    pub system_tags: Vec<Tag>,
}

pub(crate) fn complete(state: &Ec2State, input: &RunInstancesInput) -> Result<Completed, ApiError> {
    let Some(named) = input.launch_template() else {
        return Ok(Completed { input: input.clone(), system_tags: Vec::new() });
    };
    let template = find(state, named.launch_template_id(), named.launch_template_name())?;
    let version = template.version(named.version())?;
    let number = version.number.to_string();
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    Ok(Completed {
        input: merge(version.data.clone(), input.clone()),
        system_tags: vec![tag("aws:ec2launchtemplate:id", &template.id), tag("aws:ec2launchtemplate:version", &number)],
    })
}

/// Merges the template's data into the request. The request wins; tags are merged by key.
fn merge(data: RequestLaunchTemplateData, mut input: RunInstancesInput) -> RunInstancesInput {
    // An interface contains a subnet and groups, so it replaces these parameters, and they replace
    // it.
    let says_network = input.network_interfaces.is_some();
    let says_groups = says_network || input.security_group_ids.is_some() || input.security_groups.is_some();
    if !says_groups {
        input.security_group_ids = data.security_group_ids;
        input.security_groups = data.security_groups;
    }
    if !says_network && input.subnet_id.is_none() {
        input.network_interfaces = data.network_interfaces.map(|all| all.into_iter().map(interface).collect());
    }
    input.image_id = input.image_id.or(data.image_id);
    input.instance_type = input.instance_type.or(data.instance_type);
    input.key_name = input.key_name.or(data.key_name);
    input.user_data = input.user_data.or(data.user_data);
    input.ebs_optimized = input.ebs_optimized.or(data.ebs_optimized);
    input.disable_api_termination = input.disable_api_termination.or(data.disable_api_termination);
    input.disable_api_stop = input.disable_api_stop.or(data.disable_api_stop);
    input.monitoring = input.monitoring.or(data
        .monitoring
        .map(|monitoring| RunInstancesMonitoringEnabled::builder().set_enabled(monitoring.enabled).build()));
    input.placement = input.placement.or(data.placement.map(|placement| {
        Placement::builder().set_availability_zone(placement.availability_zone).set_tenancy(placement.tenancy).build()
    }));
    input.iam_instance_profile = input.iam_instance_profile.or(data
        .iam_instance_profile
        .map(|profile| IamInstanceProfileSpecification::builder().set_arn(profile.arn).set_name(profile.name).build()));
    input.block_device_mappings =
        input.block_device_mappings.or(data.block_device_mappings.map(|all| all.into_iter().map(disk).collect()));
    input.metadata_options = input.metadata_options.or(data.metadata_options.map(metadata));
    input.tag_specifications =
        Some(tags(data.tag_specifications.unwrap_or_default(), input.tag_specifications.unwrap_or_default()));
    input
}

fn interface(one: LaunchTemplateInstanceNetworkInterfaceSpecificationRequest) -> InstanceNetworkInterfaceSpecification {
    InstanceNetworkInterfaceSpecification::builder()
        .set_associate_public_ip_address(one.associate_public_ip_address)
        .set_delete_on_termination(one.delete_on_termination)
        .set_description(one.description)
        .set_device_index(one.device_index)
        .set_groups(one.groups)
        .set_subnet_id(one.subnet_id)
        .build()
}

fn disk(mapping: LaunchTemplateBlockDeviceMappingRequest) -> BlockDeviceMapping {
    let disk = mapping.ebs.map(|disk| {
        EbsBlockDevice::builder()
            .set_encrypted(disk.encrypted)
            .set_delete_on_termination(disk.delete_on_termination)
            .set_iops(disk.iops)
            .set_kms_key_id(disk.kms_key_id)
            .set_snapshot_id(disk.snapshot_id)
            .set_volume_size(disk.volume_size)
            .set_volume_type(disk.volume_type)
            .set_throughput(disk.throughput)
            .build()
    });
    BlockDeviceMapping::builder().set_device_name(mapping.device_name).set_ebs(disk).build()
}

fn metadata(options: LaunchTemplateInstanceMetadataOptionsRequest) -> InstanceMetadataOptionsRequest {
    InstanceMetadataOptionsRequest::builder()
        .set_http_tokens(options.http_tokens.map(|value| value.as_str().into()))
        .set_http_endpoint(options.http_endpoint.map(|value| value.as_str().into()))
        .set_http_put_response_hop_limit(options.http_put_response_hop_limit)
        .set_http_protocol_ipv6(options.http_protocol_ipv6.map(|value| value.as_str().into()))
        .set_instance_metadata_tags(options.instance_metadata_tags.map(|value| value.as_str().into()))
        .build()
}

fn tags(
    of_template: Vec<LaunchTemplateTagSpecificationRequest>,
    mut of_request: Vec<TagSpecification>,
) -> Vec<TagSpecification> {
    for specification in of_template {
        let same = of_request.iter().position(|own| own.resource_type == specification.resource_type);
        let at = same.unwrap_or_else(|| {
            let empty = TagSpecification::builder().set_resource_type(specification.resource_type.clone());
            of_request.push(empty.build());
            of_request.len() - 1
        });
        let own = of_request[at].tags.get_or_insert_default();
        for tag in specification.tags.unwrap_or_default() {
            if !own.iter().any(|known| known.key == tag.key) {
                own.push(tag);
            }
        }
    }
    of_request
}
