//! The subnet, VPC, zone and security groups of an instance.

use aws_sdk_ec2::types;

use super::instance::Instance;
use crate::ec2::state::Ec2State;

pub(crate) fn zone_of(region: &Ec2State, instance: &Instance) -> Option<String> {
    subnet_of(region, instance)?.availability_zone.clone()
}

pub(crate) fn vpc_of(region: &Ec2State, instance: &Instance) -> Option<String> {
    subnet_of(region, instance)?.vpc_id.clone()
}

pub(crate) fn subnet_of<'a>(region: &'a Ec2State, instance: &Instance) -> Option<&'a types::Subnet> {
    let id = Some(instance.subnet_id.as_str());
    region.subnets.iter().find(|subnet| subnet.subnet_id() == id)
}

pub(crate) fn groups_of(region: &Ec2State, instance: &Instance) -> Vec<types::GroupIdentifier> {
    let of_id = |id: &String| {
        let group = region.security_groups.iter().find(|group| group.group_id() == Some(id))?;
        let identifier = types::GroupIdentifier::builder().group_id(id).set_group_name(group.group_name.clone());
        Some(identifier.build())
    };
    instance.groups.iter().filter_map(of_id).collect()
}
