//! Creating and deleting security groups. `rules` changes their rules.

use aws_sdk_ec2::{
    operation::{
        create_security_group::{CreateSecurityGroupInput, CreateSecurityGroupOutput},
        delete_security_group::{DeleteSecurityGroupInput, DeleteSecurityGroupOutput},
    },
    types::{ResourceType, SecurityGroup, UserIdGroupPair},
};

use super::describe::{find_group, peers};
use super::new_group::group;
use crate::ApiError;
use crate::ec2::network::interfaces::interfaces;
use crate::ec2::network::networks::VPCS;
use crate::ec2::query::{demand, dry_run, invalid};
use crate::ec2::tags;
use crate::state::Call;

pub(crate) fn create_security_group(
    call: &mut Call<'_>,
    input: &CreateSecurityGroupInput,
) -> Result<CreateSecurityGroupOutput, ApiError> {
    let name = demand(input.group_name(), "groupName")?;
    let description = demand(input.description(), "groupDescription")?;
    if name.eq_ignore_ascii_case("default") {
        return Err(invalid(format!("Cannot use reserved security group name: {name}")));
    }
    if name.starts_with("sg-") {
        return Err(invalid(format!("Invalid value '{name}' for groupName. Group names may not begin with sg-.")));
    }
    if let Some((parameter, _)) = [("groupName", name), ("groupDescription", description)]
        .iter()
        .find(|(_, text)| text.is_empty() || text.chars().count() > 255)
    {
        return Err(invalid(format!("Invalid value for {parameter}. It has between 1 and 255 characters.")));
    }
    let state = &call.region.ec2;
    let vpc = match input.vpc_id() {
        Some(id) => VPCS.find(&state.vpcs, Some(id), "vpcId")?,
        None => state
            .vpcs
            .iter()
            .find(|vpc| vpc.is_default == Some(true))
            .ok_or_else(|| ApiError::new("VPCIdNotSpecified", "No default VPC for this user"))?,
    };
    let vpc_id = vpc.vpc_id().unwrap_or_default().to_owned();
    let mut groups = state.security_groups.iter();
    if groups.any(|group| group.vpc_id() == Some(&vpc_id) && group.group_name() == Some(name)) {
        let message = format!("The security group '{name}' already exists for VPC '{vpc_id}'");
        return Err(ApiError::new("InvalidGroup.Duplicate", message));
    }
    let tags = tags::of_new(input.tag_specifications(), &ResourceType::SecurityGroup)?;
    dry_run(input.dry_run)?;
    let group = group(call.ids, call.account_id, &vpc_id, name, description);
    let id = group.group_id.clone().unwrap_or_default();
    call.region.ec2.tags.put(&id, &tags);
    call.region.ec2.security_groups.push(group);
    Ok(CreateSecurityGroupOutput::builder()
        .security_group_arn(format!("arn:aws:ec2:{}:{}:security-group/{id}", call.region_name, call.account_id))
        .group_id(id)
        .set_tags(Some(tags))
        .build())
}

pub(crate) fn delete_security_group(
    call: &mut Call<'_>,
    input: &DeleteSecurityGroupInput,
) -> Result<DeleteSecurityGroupOutput, ApiError> {
    let state = &call.region.ec2;
    let group = find_group(state, input.group_id(), input.group_name())?;
    let id = group.group_id().unwrap_or_default().to_owned();
    if group.group_name() == Some("default") {
        let message = format!("the specified group: \"{id}\" name: \"default\" cannot be deleted by a user");
        return Err(ApiError::new("CannotDelete", message));
    }
    let is_used = interfaces(call).iter().flat_map(|one| one.groups().to_vec()).any(|one| one.group_id() == Some(&id));
    let mut others = state.security_groups.iter().filter(|other| other.group_id() != Some(&id));
    let names_it = |other: &SecurityGroup| {
        let rules = [other.ip_permissions(), other.ip_permissions_egress()].concat();
        peers(&rules, UserIdGroupPair::group_id).contains(&id)
    };
    if is_used || others.any(names_it) {
        return Err(ApiError::new("DependencyViolation", format!("resource {id} has a dependent object")));
    }
    dry_run(input.dry_run)?;
    call.region.ec2.security_groups.retain(|group| group.group_id() != Some(&id));
    Ok(DeleteSecurityGroupOutput::builder().group_id(id).build())
}
