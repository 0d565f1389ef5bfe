//! A launch template, reservations and a spot request.

use aws_sdk_ec2::types::{
    CurrencyCodeValues, InstanceType, LaunchSpecification, LaunchTemplateHttpTokensState,
    LaunchTemplateInstanceMetadataOptionsRequest, LaunchTemplateTagSpecificationRequest, OfferingClassType,
    OfferingTypeValues, RequestLaunchTemplateData, ReservedInstanceState, ReservedInstances, ResourceType,
    RiProductDescription, Scope, SpotInstanceRequest, SpotInstanceState, SpotInstanceStatus, Tenancy,
};
use jiff::Timestamp;

use super::ages::days_before;
use super::ids::ids_for;
use super::images;
use super::tags::tag;
use crate::clock::to_aws;
use crate::ec2;
use crate::ec2::{Os, Template, TemplateVersion};
use crate::state::{Region, SandboxState};

pub(super) fn add(state: &mut SandboxState, account: &str, start: Timestamp) {
    for row in RESERVED {
        let reserved = reserved(row, start);
        state.region(account, row.region).ec2.reserved.push(reserved);
    }
    let home = state.region(account, "eu-central-1");
    add_template(home, account, start);
    add_spot_request(home, start);
}

struct TemplateRow {
    region: &'static str,
    kind: &'static str,
    count: i32,
    product: &'static str,
    payment: OfferingTypeValues,
    fixed: f32,
    hourly: f64,
    /// Days since the start, and days until the end.
    begun: i64,
    left: i64,
}

#[rustfmt::skip]
const RESERVED: &[TemplateRow] = &[
    TemplateRow { region: "eu-central-1", kind: "m6i.large", count: 3, product: "Linux/UNIX", payment: OfferingTypeValues::NoUpfront, fixed: 0.0, hourly: 0.0726, begun: 150, left: 215 },
    TemplateRow { region: "eu-central-1", kind: "c6i.xlarge", count: 4, product: "Linux/UNIX", payment: OfferingTypeValues::PartialUpfront, fixed: 511.0, hourly: 0.0583, begun: 347, left: 18 },
    TemplateRow { region: "eu-central-1", kind: "m5.xlarge", count: 1, product: "Windows", payment: OfferingTypeValues::AllUpfront, fixed: 2822.0, hourly: 0.0, begun: 395, left: -30 },
    TemplateRow { region: "us-east-1", kind: "r6i.xlarge", count: 2, product: "Linux/UNIX", payment: OfferingTypeValues::NoUpfront, fixed: 0.0, hourly: 0.1592, begun: 101, left: 994 },
];

fn reserved(row: &TemplateRow, start: Timestamp) -> ReservedInstances {
    let state = if row.left > 0 { ReservedInstanceState::Active } else { ReservedInstanceState::Retired };
    ReservedInstances::builder()
        .reserved_instances_id(ids_for(&format!("reserved {} {}", row.region, row.kind)).uuid())
        .instance_type(InstanceType::from(row.kind))
        .instance_count(row.count)
        .product_description(RiProductDescription::from(row.product))
        .offering_class(OfferingClassType::Standard)
        .offering_type(row.payment.clone())
        .instance_tenancy(Tenancy::Default)
        .currency_code(CurrencyCodeValues::Usd)
        .scope(Scope::Regional)
        .fixed_price(row.fixed)
        .usage_price(0.0)
        .recurring_charges(ec2::hourly(row.hourly))
        .duration((row.begun + row.left) * 24 * 3600)
        .start(to_aws(days_before(start, row.begun)))
        .end(to_aws(days_before(start, -row.left)))
        .state(state)
        .build()
}

/// Adds the launch template of the storefront; version 2 is the default.
fn add_template(region: &mut Region, account: &str, start: Timestamp) {
    let state = &mut region.ec2;
    let subnet = state.subnets.iter().find(|subnet| subnet.default_for_az == Some(false));
    let vpc = subnet.and_then(|subnet| subnet.vpc_id());
    let named = |name: &str| {
        let mut groups = state.security_groups.iter().filter(|group| group.vpc_id() == vpc);
        groups.find(|group| group.group_name() == Some(name)).and_then(|group| group.group_id.clone())
    };
    let Some(interface_subnet) = subnet.and_then(|subnet| subnet.subnet_id.clone()) else {
        return;
    };
    let groups: Vec<String> = ["web", "internal"].into_iter().filter_map(named).collect();
    let data = |image: String, kind: &str| {
        let interface = aws_sdk_ec2::types::LaunchTemplateInstanceNetworkInterfaceSpecificationRequest::builder()
            .device_index(0)
            .subnet_id(&interface_subnet)
            .set_groups(Some(groups.clone()));
        let tags = LaunchTemplateTagSpecificationRequest::builder()
            .resource_type(ResourceType::Instance)
            .tags(tag("App", "App20"))
            .tags(tag("Env", "prod"))
            .tags(tag("Owner", "team-web"));
        let metadata = LaunchTemplateInstanceMetadataOptionsRequest::builder()
            .http_tokens(LaunchTemplateHttpTokensState::Required)
            .http_put_response_hop_limit(2);
        RequestLaunchTemplateData::builder()
            .image_id(image)
            .instance_type(InstanceType::from(kind))
            .key_name("ops")
            .network_interfaces(interface.build())
            .tag_specifications(tags.build())
            .metadata_options(metadata.build())
            .build()
    };
    let version = |number: i64, description: &str, age: i64, data: RequestLaunchTemplateData| TemplateVersion {
        number,
        description: Some(description.to_owned()),
        created: days_before(start, age),
        data,
    };
    let golden = images::id("app20-golden-v12").unwrap_or_default();
    let template = Template {
        id: ids_for(&format!("{account} template app20-web")).ec2("lt"),
        name: "app20-web".to_owned(),
        created: days_before(start, 290),
        created_by: format!("arn:aws:iam::{account}:root"),
        default_version: 2,
        versions: vec![
            version(1, "First", 290, data(Os::AmazonLinux.image_id("eu-central-1"), "m5.large")),
            version(2, "Golden image", 51, data(golden, "m6i.large")),
        ],
    };
    state.tags.put(&template.id, &[tag("Owner", "team-web")]);
    state.templates.push(template);
}

/// Makes the CI runner a spot instance.
fn add_spot_request(region: &mut Region, start: Timestamp) {
    let state = &mut region.ec2;
    let is_runner = |id: &&String| state.tags.get(id).any(|(key, value)| key == "Name" && value == "ci-runner-1");
    let Some(id) = state.instances.keys().find(is_runner).cloned() else {
        return;
    };
    let request_id = ids_for("spot request of the runner").ec2("sir");
    let Some(instance) = state.instances.get_mut(&id) else {
        return;
    };
    instance.spot_request = Some(request_id.clone());
    let subnet = state.subnets.iter().find(|subnet| subnet.subnet_id() == Some(&instance.subnet_id));
    let zone = subnet.and_then(|subnet| subnet.availability_zone.clone());
    let launch = LaunchSpecification::builder()
        .image_id(&instance.image_id)
        .instance_type(InstanceType::from(instance.instance_type.as_str()))
        .subnet_id(&instance.subnet_id)
        .set_key_name(instance.key_name.clone());
    let fulfilled = SpotInstanceStatus::builder()
        .code("fulfilled")
        .message("Your spot request is fulfilled.")
        .update_time(to_aws(days_before(start, 19)));
    let request = SpotInstanceRequest::builder()
        .spot_instance_request_id(&request_id)
        .instance_id(&id)
        .create_time(to_aws(days_before(start, 19)))
        .launch_specification(launch.build())
        .set_launched_availability_zone(zone)
        .product_description(RiProductDescription::LinuxUnix)
        .spot_price("0.097000")
        .state(SpotInstanceState::Active)
        .status(fulfilled.build());
    state.tags.put(&request_id, &[tag("Name", "ci-runner-1"), tag("Owner", "team-platform")]);
    state.spot_requests.push(request.build());
}
