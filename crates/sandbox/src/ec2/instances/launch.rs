//! RunInstances: checks the request and creates instances, volumes and tags.

use aws_sdk_ec2::{
    operation::run_instances::{RunInstancesInput, RunInstancesOutput},
    types::{self, ResourceType},
};

use super::from_template::{Completed, complete};
use super::launch_disks;
use super::launch_disks::Planned;
use super::to_aws::show;
use super::user_data::check_user_data;
use crate::ApiError;
use crate::ec2::images::describe::{IMAGES, find_key_pair};
use crate::ec2::instances::instance_types;
use crate::ec2::network::networks;
use crate::ec2::network::public_addresses::public_ip;
use crate::ec2::query::{dry_run, refuse_unsimulated};
use crate::ec2::security_groups::describe;
use crate::ec2::security_groups::describe::find_group;
use crate::ec2::{Ec2State, Instance, Metadata, Power, tags};
use crate::state::Call;

pub(crate) fn run_instances(call: &mut Call<'_>, input: &RunInstancesInput) -> Result<RunInstancesOutput, ApiError> {
    let Completed { input: whole, system_tags } = complete(&call.region.ec2, input)?;
    let plan = LaunchPlan::new(&call.region.ec2, &whole)?;
    dry_run(input.dry_run)?;
    if let Some(reservation_id) = call.region.ec2.tokens.find(input.client_token(), input)? {
        return Ok(output(call, reservation_id));
    }
    let reservation_id = call.ids.ec2("r");
    for index in 0..plan.count {
        let id = start_one(call, &whole, &plan, index, &reservation_id)?;
        call.region.ec2.tags.put(&id, &system_tags);
    }
    call.region.ec2.tokens.remember(input.client_token(), input, &reservation_id);
    Ok(output(call, reservation_id))
}

/// A checked launch request.
struct LaunchPlan {
    image_id: String,
    instance_type: String,
    subnet: types::Subnet,
    groups: Vec<String>,
    profile: Option<String>,
    public: bool,
    count: i32,
    metadata: Metadata,
    disks: Vec<Planned>,
}

impl LaunchPlan {
    fn new(state: &Ec2State, input: &RunInstancesInput) -> Result<LaunchPlan, ApiError> {
        refuse_the_unsimulated(input)?;
        check_user_data(input.user_data())?;
        let subnet = networks::subnet_for_launch(state, wanted_subnet(input), wanted_zone(input))?;
        if let Some(name) = input.key_name() {
            find_key_pair(state, name)?;
        }
        tags::check_specifications(input.tag_specifications(), &[ResourceType::Instance, ResourceType::Volume])?;
        let image_id = image(state, input)?;
        Ok(LaunchPlan {
            disks: launch_disks::plan(state, &image_id, input.block_device_mappings())?,
            image_id,
            instance_type: instance_type(input)?,
            groups: describe::groups_for_launch(state, subnet, &wanted_groups(state, input)?)?,
            profile: profile(input),
            public: wants_public_ip(input, subnet),
            subnet: subnet.clone(),
            count: count(input)?,
            metadata: Metadata::v2().with(input.metadata_options())?,
        })
    }
}

fn refuse_the_unsimulated(input: &RunInstancesInput) -> Result<(), ApiError> {
    refuse_unsimulated(
        "run_instances",
        &[
            ("InstanceMarketOptions", input.instance_market_options.is_some()),
            ("more than one NetworkInterface", input.network_interfaces().len() > 1),
            ("PrivateIpAddress", input.private_ip_address.is_some()),
            ("Ipv6Addresses", input.ipv6_address_count.is_some() || !input.ipv6_addresses().is_empty()),
            ("CapacityReservationSpecification", input.capacity_reservation_specification.is_some()),
            ("CpuOptions", input.cpu_options.is_some()),
            ("HibernationOptions", input.hibernation_options.is_some()),
        ],
    )
}

fn image(state: &Ec2State, input: &RunInstancesInput) -> Result<String, ApiError> {
    let Some(id) = input.image_id() else {
        let message = "The request must contain the parameter ImageId";
        return Err(ApiError::new("MissingParameter", message));
    };
    let ids = [id.to_owned()];
    IMAGES.id.check_shape(&ids)?;
    let exists = |id: &str| state.images.iter().any(|image| image.image_id() == Some(id));
    IMAGES.id.check_existence(&ids, exists)?;
    Ok(id.to_owned())
}

fn instance_type(input: &RunInstancesInput) -> Result<String, ApiError> {
    let name = input.instance_type().map_or("m1.small", |kind| kind.as_str());
    match instance_types::find(name) {
        Some(_) => Ok(name.to_owned()),
        None => {
            let message = format!("Invalid value '{name}' for InstanceType.");
            Err(ApiError::new("InvalidParameterValue", message))
        }
    }
}

fn count(input: &RunInstancesInput) -> Result<i32, ApiError> {
    let (Some(least), Some(most)) = (input.min_count, input.max_count) else {
        let message = "The request must contain the parameters MinCount and MaxCount";
        return Err(ApiError::new("MissingParameter", message));
    };
    let invalid = |message: String| Err(ApiError::new("InvalidParameterValue", message));
    if least < 1 {
        return invalid(format!(
            "Value ({least}) for parameter minCount is invalid. Expecting a value greater than 0."
        ));
    }
    if most < least {
        return invalid(format!(
            "Value ({least}) for parameter minCount is invalid. \
             minCount must be less than or equal to maxCount."
        ));
    }
    if least > LIMIT {
        let message =
            format!("You have requested more instances ({least}) than your current instance limit of {LIMIT} allows.");
        return Err(ApiError::new("InstanceLimitExceeded", message));
    }
    Ok(most.min(LIMIT))
}

const LIMIT: i32 = 100;

fn wanted_subnet(input: &RunInstancesInput) -> Option<&str> {
    let interface = input.network_interfaces().first();
    input.subnet_id().or_else(|| interface.and_then(|interface| interface.subnet_id()))
}

fn wanted_zone(input: &RunInstancesInput) -> Option<&str> {
    input.placement().and_then(|placement| placement.availability_zone())
}

/// Returns the requested groups, given by id, or by name in the default VPC.
fn wanted_groups(state: &Ec2State, input: &RunInstancesInput) -> Result<Vec<String>, ApiError> {
    if let Some(interface) = input.network_interfaces().first().filter(|interface| !interface.groups().is_empty()) {
        return Ok(interface.groups().to_vec());
    }
    let of_name = |name: &String| find_group(state, None, Some(name)).map(|group| group.group_id.clone());
    let named: Vec<Option<String>> = input.security_groups().iter().map(of_name).collect::<Result<_, _>>()?;
    Ok(input.security_group_ids().iter().cloned().chain(named.into_iter().flatten()).collect())
}

fn wants_public_ip(input: &RunInstancesInput, subnet: &types::Subnet) -> bool {
    let asked = input.network_interfaces().first().and_then(|interface| interface.associate_public_ip_address);
    asked.unwrap_or(subnet.map_public_ip_on_launch == Some(true))
}

fn profile(input: &RunInstancesInput) -> Option<String> {
    let profile = input.iam_instance_profile()?;
    let of_arn = || profile.arn()?.rsplit('/').next();
    profile.name().or_else(of_arn).map(str::to_owned)
}

fn start_one(
    call: &mut Call<'_>,
    input: &RunInstancesInput,
    plan: &LaunchPlan,
    launch_index: i32,
    reservation_id: &str,
) -> Result<String, ApiError> {
    let state = &mut call.region.ec2;
    let instance = Instance {
        id: call.ids.ec2("i"),
        reservation_id: reservation_id.to_owned(),
        launch_index,
        image_id: plan.image_id.clone(),
        instance_type: plan.instance_type.clone(),
        subnet_id: plan.subnet.subnet_id().unwrap_or_default().to_owned(),
        private_ip: networks::free_address(state, &plan.subnet)?,
        public_ip: plan.public.then(|| public_ip(call.ids)),
        elastic: false,
        key_name: input.key_name.clone(),
        groups: plan.groups.clone(),
        profile: plan.profile.clone(),
        client_token: input.client_token.clone(),
        launched: call.now,
        power: Power::On(call.now),
        termination_protection: input.disable_api_termination == Some(true),
        stop_protection: input.disable_api_stop == Some(true),
        detailed_monitoring: input.monitoring().and_then(|monitoring| monitoring.enabled) == Some(true),
        impaired: false,
        metadata: plan.metadata.clone(),
        source_dest_check: true,
        user_data: input.user_data.clone(),
        spot_request: None,
    };
    let tag = |resource| tags::specified(input.tag_specifications(), &resource);
    let (on_instance, on_volumes) = (tag(ResourceType::Instance), tag(ResourceType::Volume));
    let id = instance.id.clone();
    state.tags.put(&id, &on_instance);
    state.instances.insert(id.clone(), instance);
    let zone = plan.subnet.availability_zone().unwrap_or_default();
    for disk in &plan.disks {
        let volume = disk.make(call, zone, &id);
        let state = &mut call.region.ec2;
        state.tags.put(volume.volume_id().unwrap_or_default(), &on_volumes);
        state.volumes.push(volume);
    }
    Ok(id)
}

fn output(call: &Call<'_>, reservation_id: String) -> RunInstancesOutput {
    let mut instances: Vec<&Instance> =
        call.region.ec2.instances.values().filter(|instance| instance.reservation_id == reservation_id).collect();
    instances.sort_by_key(|instance| instance.launch_index);
    let instances = instances.into_iter().map(|instance| show(call, instance)).collect();
    RunInstancesOutput::builder()
        .owner_id(call.account_id)
        .set_groups(Some(Vec::new()))
        .set_instances(Some(instances))
        .reservation_id(reservation_id)
        .build()
}
