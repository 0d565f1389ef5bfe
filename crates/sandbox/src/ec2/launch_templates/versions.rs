//! Versions of launch templates, and their data in the response's types.

use aws_sdk_ec2::{
    operation::{
        create_launch_template_version::{CreateLaunchTemplateVersionInput, CreateLaunchTemplateVersionOutput},
        describe_launch_template_versions::{
            DescribeLaunchTemplateVersionsInput, DescribeLaunchTemplateVersionsOutput,
        },
    },
    types::{
        LaunchTemplateBlockDeviceMapping, LaunchTemplateBlockDeviceMappingRequest, LaunchTemplateEbsBlockDevice,
        LaunchTemplateIamInstanceProfileSpecification, LaunchTemplateInstanceMetadataOptions,
        LaunchTemplateInstanceNetworkInterfaceSpecification, LaunchTemplatePlacement, LaunchTemplateTagSpecification,
        LaunchTemplateVersion, LaunchTemplatesMonitoring, RequestLaunchTemplateData, ResponseLaunchTemplateData,
    },
};

use super::checks::check_data;
use super::lookup::find;
use super::template::{Template, TemplateVersion};
use crate::ApiError;
use crate::clock::to_aws;
use crate::ec2::filters::{Filters, maybe, time};
use crate::ec2::query::{DescribeQuery, cut, demand, dry_run, page_size, refuse_unsimulated};
use crate::state::Call;

pub(crate) const VERSIONS: Filters<LaunchTemplateVersion> = Filters {
    fields: &[
        ("create-time", |v| time(v.create_time())),
        ("ebs-optimized", |v| maybe(data(v).and_then(|data| data.ebs_optimized()))),
        ("http-endpoint", |v| maybe(metadata(v).and_then(|options| options.http_endpoint()))),
        ("http-tokens", |v| maybe(metadata(v).and_then(|options| options.http_tokens()))),
        ("image-id", |v| maybe(data(v).and_then(|data| data.image_id()))),
        ("instance-type", |v| maybe(data(v).and_then(|data| data.instance_type()))),
        ("is-default-version", |v| maybe(v.default_version())),
    ],
    tags: None,
};

fn data(version: &LaunchTemplateVersion) -> Option<&ResponseLaunchTemplateData> {
    version.launch_template_data()
}

fn metadata(version: &LaunchTemplateVersion) -> Option<&LaunchTemplateInstanceMetadataOptions> {
    data(version)?.metadata_options()
}

pub(crate) fn describe_launch_template_versions(
    call: &mut Call<'_>,
    input: &DescribeLaunchTemplateVersionsInput,
) -> Result<DescribeLaunchTemplateVersionsOutput, ApiError> {
    refuse_unsimulated("describe_launch_template_versions", &[("resolve_alias", input.resolve_alias == Some(true))])?;
    let query = DescribeQuery {
        filters: input.filters(),
        max_results: input.max_results,
        next_token: input.next_token(),
        ..DescribeQuery::default()
    };
    let size = page_size(&query, &(1..=200), "")?;
    let asked = requested_versions(call, input)?;
    let shown = asked.into_iter().map(|(template, version)| show(template, version)).collect();
    let selected = VERSIONS.select(shown, query.filters)?;
    dry_run(input.dry_run)?;
    let request = (input.launch_template_id(), input.launch_template_name(), input.versions());
    let page = cut(selected, &query, request, size, |version| {
        format!("{:?} {:?}", version.launch_template_id(), version.version_number())
    })?;
    Ok(DescribeLaunchTemplateVersionsOutput::builder()
        .set_launch_template_versions(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

/// Returns the requested versions, newest first: of one template, or the default or latest version
/// of every template.
fn requested_versions<'a>(
    call: &'a Call<'_>,
    input: &DescribeLaunchTemplateVersionsInput,
) -> Result<Vec<(&'a Template, &'a TemplateVersion)>, ApiError> {
    let state = &call.region.ec2;
    if input.launch_template_id().is_some() || input.launch_template_name().is_some() {
        let template = find(state, input.launch_template_id(), input.launch_template_name())?;
        let mut versions: Vec<&TemplateVersion> = match input.versions() {
            [] => template.versions.iter().collect(),
            names => names.iter().map(|name| template.version(Some(name))).collect::<Result<_, _>>()?,
        };
        let bound = |text: Option<&str>| text.map(|text| template.version(Some(text))).transpose();
        let (least, most) = (bound(input.min_version())?, bound(input.max_version())?);
        versions.retain(|version| {
            least.is_none_or(|least| version.number >= least.number)
                && most.is_none_or(|most| version.number <= most.number)
        });
        versions.sort_by_key(|version| std::cmp::Reverse(version.number));
        versions.dedup_by_key(|version| version.number);
        return Ok(versions.into_iter().map(|version| (template, version)).collect());
    }
    let mut found = Vec::new();
    for name in demand((!input.versions().is_empty()).then(|| input.versions()), "LaunchTemplateVersion")? {
        if !matches!(name.as_str(), "$Default" | "$Latest") {
            let message = "Of all launch templates, only $Default and $Latest can be described.";
            return Err(ApiError::new("InvalidParameterValue", message));
        }
        for template in &state.templates {
            let version = template.version(Some(name))?;
            let is_there = |(other, known): &(&Template, &TemplateVersion)| {
                other.id == template.id && known.number == version.number
            };
            if !found.iter().any(is_there) {
                found.push((template, version));
            }
        }
    }
    Ok(found)
}

fn show(template: &Template, version: &TemplateVersion) -> LaunchTemplateVersion {
    LaunchTemplateVersion::builder()
        .launch_template_id(&template.id)
        .launch_template_name(&template.name)
        .version_number(version.number)
        .set_version_description(version.description.clone())
        .create_time(to_aws(version.created))
        .created_by(&template.created_by)
        .default_version(version.number == template.default_version)
        .launch_template_data(response(&version.data))
        .build()
}

pub(crate) fn create_launch_template_version(
    call: &mut Call<'_>,
    input: &CreateLaunchTemplateVersionInput,
) -> Result<CreateLaunchTemplateVersionOutput, ApiError> {
    let operation = "create_launch_template_version";
    refuse_unsimulated(operation, &[("resolve_alias", input.resolve_alias == Some(true))])?;
    let data = demand(input.launch_template_data(), "LaunchTemplateData")?;
    check_data(operation, data)?;
    let state = &call.region.ec2;
    let template = find(state, input.launch_template_id(), input.launch_template_name())?;
    let base = input.source_version().map(|source| template.version(Some(source))).transpose()?;
    let data = base.map_or_else(|| data.clone(), |base| merge_data(base.data.clone(), data));
    let id = template.id.clone();
    if let Some(number) = state.tokens.find(input.client_token(), input)? {
        let version = show(template, template.version(Some(&number))?);
        return Ok(CreateLaunchTemplateVersionOutput::builder().launch_template_version(version).build());
    }
    let version = TemplateVersion {
        number: template.latest_version() + 1,
        description: input.version_description.clone(),
        created: call.now,
        data,
    };
    dry_run(input.dry_run)?;
    let shown = show(template, &version);
    let state = &mut call.region.ec2;
    state.tokens.remember(input.client_token(), input, &version.number.to_string());
    for template in state.templates.iter_mut().filter(|template| template.id == id) {
        template.versions.push(version.clone());
    }
    Ok(CreateLaunchTemplateVersionOutput::builder().launch_template_version(shown).build())
}

/// Returns the data of the source version, overridden by the new data.
fn merge_data(mut base: RequestLaunchTemplateData, new: &RequestLaunchTemplateData) -> RequestLaunchTemplateData {
    macro_rules! take {
        ($($field:ident)*) => {
            $(if new.$field.is_some() {
                base.$field = new.$field.clone();
            })*
        };
    }
    take! {
        ebs_optimized iam_instance_profile block_device_mappings network_interfaces image_id instance_type key_name
        monitoring placement disable_api_termination instance_initiated_shutdown_behavior user_data tag_specifications
        security_group_ids security_groups metadata_options disable_api_stop
    }
    base
}

fn response(data: &RequestLaunchTemplateData) -> ResponseLaunchTemplateData {
    let data = data.clone();
    let profile = data.iam_instance_profile.map(|profile| {
        LaunchTemplateIamInstanceProfileSpecification::builder().set_arn(profile.arn).set_name(profile.name).build()
    });
    let placement = data.placement.map(|placement| {
        LaunchTemplatePlacement::builder()
            .set_availability_zone(placement.availability_zone)
            .set_tenancy(placement.tenancy)
            .set_group_name(placement.group_name)
            .build()
    });
    let tags = data.tag_specifications.map(|all| {
        let one = |one: aws_sdk_ec2::types::LaunchTemplateTagSpecificationRequest| {
            LaunchTemplateTagSpecification::builder().set_resource_type(one.resource_type).set_tags(one.tags).build()
        };
        all.into_iter().map(one).collect()
    });
    let interfaces = data.network_interfaces.map(|all| {
        let one = |one: aws_sdk_ec2::types::LaunchTemplateInstanceNetworkInterfaceSpecificationRequest| {
            LaunchTemplateInstanceNetworkInterfaceSpecification::builder()
                .set_associate_public_ip_address(one.associate_public_ip_address)
                .set_delete_on_termination(one.delete_on_termination)
                .set_description(one.description)
                .set_device_index(one.device_index)
                .set_groups(one.groups)
                .set_subnet_id(one.subnet_id)
                .build()
        };
        all.into_iter().map(one).collect()
    });
    let metadata = data.metadata_options.map(|options| {
        LaunchTemplateInstanceMetadataOptions::builder()
            .set_http_tokens(options.http_tokens)
            .set_http_endpoint(options.http_endpoint)
            .set_http_put_response_hop_limit(options.http_put_response_hop_limit)
            .set_http_protocol_ipv6(options.http_protocol_ipv6)
            .set_instance_metadata_tags(options.instance_metadata_tags)
            .build()
    });
    let monitoring = data.monitoring.map(|one| LaunchTemplatesMonitoring::builder().set_enabled(one.enabled).build());
    ResponseLaunchTemplateData::builder()
        .set_image_id(data.image_id)
        .set_instance_type(data.instance_type)
        .set_key_name(data.key_name)
        .set_user_data(data.user_data)
        .set_ebs_optimized(data.ebs_optimized)
        .set_security_group_ids(data.security_group_ids)
        .set_security_groups(data.security_groups)
        .set_disable_api_termination(data.disable_api_termination)
        .set_disable_api_stop(data.disable_api_stop)
        .set_instance_initiated_shutdown_behavior(data.instance_initiated_shutdown_behavior)
        .set_block_device_mappings(data.block_device_mappings.map(|all| all.into_iter().map(disk).collect()))
        .set_iam_instance_profile(profile)
        .set_placement(placement)
        .set_tag_specifications(tags)
        .set_network_interfaces(interfaces)
        .set_metadata_options(metadata)
        .set_monitoring(monitoring)
        .build()
}

fn disk(mapping: LaunchTemplateBlockDeviceMappingRequest) -> LaunchTemplateBlockDeviceMapping {
    let disk = mapping.ebs.map(|disk| {
        LaunchTemplateEbsBlockDevice::builder()
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
    LaunchTemplateBlockDeviceMapping::builder()
        .set_device_name(mapping.device_name)
        .set_virtual_name(mapping.virtual_name)
        .set_no_device(mapping.no_device)
        .set_ebs(disk)
        .build()
}
