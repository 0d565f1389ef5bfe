//! RunInstances: checks, ids, volumes and tags of new instances.

use std::{collections::BTreeMap, net::Ipv4Addr};

use aws_sdk_ec2::{
    operation::run_instances::{RunInstancesInput, RunInstancesOutput},
    types::{self, ResourceType, Tag},
};

use super::{
    Instance, Power, State,
    image::{IMAGES, ImageFacts, find_key_pair},
    instance_types,
    instances::show,
    network,
    query::dry_run,
    storage,
    tags::check_tags,
};
use crate::sandbox::{
    Fault,
    clock::to_aws,
    world::{Call, Ids},
};

/// What was launched under a client token, so that a repeated request launches nothing.
pub type Launches = BTreeMap<String, Launch>;

pub struct Launch {
    request: String,
    reservation_id: String,
}

pub fn run_instances(call: &mut Call<'_>, input: &RunInstancesInput) -> Result<RunInstancesOutput, Fault> {
    let plan = Plan::of(&call.region.ec2, input)?;
    dry_run(input.dry_run)?;
    if let Some(reservation_id) = launched_before(&call.region.ec2, input)? {
        return Ok(output(call, reservation_id));
    }
    let reservation_id = call.ids.ec2("r");
    for index in 0..plan.count {
        start_one(call, input, &plan, index, &reservation_id)?;
    }
    remember(&mut call.region.ec2, input, &reservation_id);
    Ok(output(call, reservation_id))
}

/// What a request comes down to once it is checked.
struct Plan {
    image_id: String,
    instance_type: String,
    subnet: types::Subnet,
    groups: Vec<String>,
    profile: Option<String>,
    public: bool,
    count: i32,
}

impl Plan {
    fn of(state: &State, input: &RunInstancesInput) -> Result<Plan, Fault> {
        refuse_the_unsimulated(input)?;
        let subnet = network::subnet_for_launch(state, wanted_subnet(input), wanted_zone(input))?;
        if let Some(name) = input.key_name() {
            find_key_pair(state, name)?;
        }
        for specification in input.tag_specifications() {
            check_tags(specification.tags(), specification.tags().len())?;
        }
        Ok(Plan {
            image_id: image(state, input)?,
            instance_type: instance_type(input)?,
            groups: network::groups_for_launch(state, subnet, wanted_groups(input))?,
            profile: profile(input),
            public: wants_public_ip(input, subnet),
            subnet: subnet.clone(),
            count: count(input)?,
        })
    }
}

// Taking a launch and dropping half of what it asks for would be a lie.
fn refuse_the_unsimulated(input: &RunInstancesInput) -> Result<(), Fault> {
    let asked = [
        ("LaunchTemplate", input.launch_template.is_some()),
        ("InstanceMarketOptions", input.instance_market_options.is_some()),
        ("more than one NetworkInterface", input.network_interfaces().len() > 1),
    ];
    match asked.iter().find(|(_, asked)| *asked) {
        None => Ok(()),
        Some((what, _)) => {
            let message = format!("the sandbox does not simulate ec2.run_instances with {what}");
            Err(Fault::new("UnsupportedOperation", message))
        }
    }
}

fn image(state: &State, input: &RunInstancesInput) -> Result<String, Fault> {
    let Some(id) = input.image_id() else {
        let message = "The request must contain the parameter ImageId";
        return Err(Fault::new("MissingParameter", message));
    };
    let ids = [id.to_owned()];
    IMAGES.id.check_shape(&ids)?;
    let exists = |id: &str| state.images.iter().any(|image| image.image_id() == Some(id));
    IMAGES.id.check_existence(&ids, exists)?;
    Ok(id.to_owned())
}

fn instance_type(input: &RunInstancesInput) -> Result<String, Fault> {
    let name = input.instance_type().map_or("m1.small", |kind| kind.as_str());
    match instance_types::find(name) {
        Some(_) => Ok(name.to_owned()),
        None => {
            let message = format!("Invalid value '{name}' for InstanceType.");
            Err(Fault::new("InvalidParameterValue", message))
        }
    }
}

fn count(input: &RunInstancesInput) -> Result<i32, Fault> {
    let (Some(least), Some(most)) = (input.min_count, input.max_count) else {
        let message = "The request must contain the parameters MinCount and MaxCount";
        return Err(Fault::new("MissingParameter", message));
    };
    let invalid = |message: String| Err(Fault::new("InvalidParameterValue", message));
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
        return Err(Fault::new("InstanceLimitExceeded", message));
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

fn wanted_groups(input: &RunInstancesInput) -> &[String] {
    match input.network_interfaces().first() {
        Some(interface) if !interface.groups().is_empty() => interface.groups(),
        _ => input.security_group_ids(),
    }
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
    plan: &Plan,
    launch_index: i32,
    reservation_id: &str,
) -> Result<(), Fault> {
    let state = &mut call.region.ec2;
    let instance = Instance {
        id: call.ids.ec2("i"),
        reservation_id: reservation_id.to_owned(),
        launch_index,
        image_id: plan.image_id.clone(),
        instance_type: plan.instance_type.clone(),
        subnet_id: plan.subnet.subnet_id().unwrap_or_default().to_owned(),
        private_ip: network::free_address(state, &plan.subnet)?,
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
    };
    let volume = storage::Disk {
        id: call.ids.ec2("vol"),
        size: root_size(input),
        device: ImageFacts::of(state, &plan.image_id).root_device_name,
        zone: plan.subnet.availability_zone().unwrap_or_default().to_owned(),
        created: to_aws(call.now),
    };
    let tag = |resource| tags_for(input, resource);
    state.tags.put(&instance.id, &tag(ResourceType::Instance));
    state.tags.put(&volume.id, &tag(ResourceType::Volume));
    state.volumes.push(volume.attached_to(&instance.id));
    state.instances.insert(instance.id.clone(), instance);
    Ok(())
}

/// An address out of the ranges that EC2 draws from.
pub fn public_ip(ids: &mut Ids) -> Ipv4Addr {
    let digits = ids.ec2("ip");
    let number = u32::from_str_radix(&digits[digits.len() - 6..], 16).unwrap_or_default();
    let [_, b, c, d] = number.to_be_bytes();
    Ipv4Addr::new(18, b, c, d)
}

fn root_size(input: &RunInstancesInput) -> i32 {
    input.block_device_mappings().iter().find_map(|mapping| mapping.ebs()?.volume_size).unwrap_or(8)
}

fn tags_for(input: &RunInstancesInput, resource: ResourceType) -> Vec<Tag> {
    input
        .tag_specifications()
        .iter()
        .filter(|specification| specification.resource_type() == Some(&resource))
        .flat_map(|specification| specification.tags().to_vec())
        .collect()
}

fn launched_before(state: &State, input: &RunInstancesInput) -> Result<Option<String>, Fault> {
    let known = input.client_token().and_then(|token| state.launches.get(token));
    match known {
        Some(launch) if launch.request != format!("{input:?}") => Err(Fault::new(
            "IdempotentParameterMismatch",
            "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
        )),
        launch => Ok(launch.map(|launch| launch.reservation_id.clone())),
    }
}

fn remember(state: &mut State, input: &RunInstancesInput, reservation_id: &str) {
    if let Some(token) = input.client_token.clone() {
        let launch = Launch { request: format!("{input:?}"), reservation_id: reservation_id.to_owned() };
        state.launches.insert(token, launch);
    }
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
