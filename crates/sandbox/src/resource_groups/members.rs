//! The members of a group, evaluated at the time of the call.

use std::collections::BTreeMap;

use aws_sdk_resourcegroups::{
    operation::{
        group_resources::{GroupResourcesInput, GroupResourcesOutput},
        list_group_resources::{ListGroupResourcesInput, ListGroupResourcesOutput},
        search_resources::{SearchResourcesInput, SearchResourcesOutput},
        ungroup_resources::{UngroupResourcesInput, UngroupResourcesOutput},
    },
    types::{ListGroupResourcesItem, QueryError, QueryErrorCode, ResourceFilterName, ResourceIdentifier},
};

use super::Query;
use super::errors::bad_request;
use super::groups::find;
use super::pages::cut;
use crate::ssm::parameters::arns;
use crate::state::Call;
use crate::{ApiError, ec2};

const INSTANCE: &str = "AWS::EC2::Instance";

pub(crate) fn list_group_resources(
    call: &mut Call<'_>,
    input: &ListGroupResourcesInput,
) -> Result<ListGroupResourcesOutput, ApiError> {
    #[allow(deprecated)]
    let group = find(call, input.group().or(input.group_name()))?;
    let mut members = members(call, &group.query);
    for filter in input.filters() {
        match filter.name() {
            ResourceFilterName::ResourceType => {
                members.retain(|member| filter.values().iter().any(|kind| kind == member.kind));
            }
            other => return Err(bad_request(format!("The filter \"{other}\" is not valid."))),
        }
    }
    let errors = errors(call, &group.query);
    let request = ("members", &group.name, input.filters());
    let page = cut(members, request, input.max_results, input.next_token(), |member| member.arn.clone())?;
    let identifiers: Vec<_> = page.items.iter().map(Member::identifier).collect();
    let resources =
        identifiers.iter().cloned().map(|identifier| ListGroupResourcesItem::builder().identifier(identifier).build());
    #[allow(deprecated)]
    Ok(ListGroupResourcesOutput::builder()
        .set_resources(Some(resources.collect()))
        .set_resource_identifiers(Some(identifiers))
        .set_query_errors(Some(errors))
        .set_next_token(page.next_token)
        .build())
}

pub(crate) fn search_resources(
    call: &mut Call<'_>,
    input: &SearchResourcesInput,
) -> Result<SearchResourcesOutput, ApiError> {
    let query = input.resource_query();
    let query = query.ok_or_else(|| bad_request("ResourceQuery is required."))?;
    let parsed = Query::parse(query)?;
    let members = members(call, &parsed);
    let page = cut(members, ("search", query), input.max_results, input.next_token(), |member| member.arn.clone())?;
    let identifiers = page.items.iter().map(Member::identifier).collect();
    Ok(SearchResourcesOutput::builder()
        .set_resource_identifiers(Some(identifiers))
        .set_query_errors(Some(errors(call, &parsed)))
        .set_next_token(page.next_token)
        .build())
}

/// Returns the errors of a query, which AWS reports in a successful response.
fn errors(call: &Call<'_>, query: &Query) -> Vec<QueryError> {
    let gone = query.stack().filter(|stack| !call.region.groups.stacks.contains(*stack));
    let error = |stack: &str| {
        QueryError::builder()
            .error_code(QueryErrorCode::CloudformationStackNotExisting)
            .message(format!("The CloudFormation stack {stack} does not exist."))
            .build()
    };
    gone.map(error).into_iter().collect()
}

// Only groups with a configuration have explicit members. The sandbox has no such groups.
pub(crate) fn group_resources(
    call: &mut Call<'_>,
    input: &GroupResourcesInput,
) -> Result<GroupResourcesOutput, ApiError> {
    Err(by_query(&find(call, input.group())?.name))
}

pub(crate) fn ungroup_resources(
    call: &mut Call<'_>,
    input: &UngroupResourcesInput,
) -> Result<UngroupResourcesOutput, ApiError> {
    Err(by_query(&find(call, input.group())?.name))
}

fn by_query(name: &str) -> ApiError {
    bad_request(format!("Operation not permitted on the group {name}: its members come from a query."))
}

/// Returns the ids of a group's instances; `None` if the group does not exist.
pub(crate) fn instances_of(call: &Call<'_>, name: &str) -> Option<Vec<String>> {
    let query = &find(call, Some(name)).ok()?.query;
    let members = members(call, query).into_iter();
    let instances = members.filter(|member| member.kind == INSTANCE);
    Some(instances.map(|member| member.id).collect())
}

struct Member {
    id: String,
    arn: String,
    kind: &'static str,
    tags: BTreeMap<String, String>,
}

impl Member {
    fn identifier(&self) -> ResourceIdentifier {
        ResourceIdentifier::builder().resource_arn(&self.arn).resource_type(self.kind).build()
    }
}

fn members(call: &Call<'_>, query: &Query) -> Vec<Member> {
    let all = in_ec2(call).into_iter().chain(parameters(call)).chain(groups(call));
    all.filter(|member| query.matches(member.kind, &member.tags)).collect()
}

/// Returns the EC2 resources that a group can contain.
fn in_ec2(call: &Call<'_>) -> Vec<Member> {
    let state = &call.region.ec2;
    let instances = state
        .instances
        .values()
        .filter(|instance| instance.is_visible(call.now) && !instance.state(call.now).is_gone())
        .map(|instance| (Some(instance.id.clone()), (INSTANCE, "instance")));
    let volumes = ec2::current_volumes(call);
    let volumes = volumes.into_iter().map(|one| (one.volume_id, ("AWS::EC2::Volume", "volume")));
    let snapshots = state.snapshots.iter().map(|one| &one.snapshot_id);
    let snapshots = snapshots.map(|id| (id.clone(), ("AWS::EC2::Snapshot", "snapshot")));
    let groups = state.security_groups.iter().map(|one| &one.group_id);
    let groups = groups.map(|id| (id.clone(), ("AWS::EC2::SecurityGroup", "security-group")));
    let subnets = state.subnets.iter().map(|one| &one.subnet_id);
    let subnets = subnets.map(|id| (id.clone(), ("AWS::EC2::Subnet", "subnet")));
    let vpcs = state.vpcs.iter().map(|one| &one.vpc_id);
    let vpcs = vpcs.map(|id| (id.clone(), ("AWS::EC2::VPC", "vpc")));
    instances
        .chain(volumes)
        .chain(snapshots)
        .chain(groups)
        .chain(subnets)
        .chain(vpcs)
        .filter_map(|(id, (kind, folder))| {
            let id = id?;
            let tags = state.tags.get(&id).map(|(key, value)| (key.clone(), value.clone())).collect();
            let arn = format!("arn:aws:ec2:{}:{}:{folder}/{id}", call.region_name, call.account_id);
            Some(Member { id, arn, kind, tags })
        })
        .collect()
}

fn parameters<'a>(call: &'a Call<'_>) -> impl Iterator<Item = Member> + 'a {
    call.region.ssm.parameters.keys().map(|name| Member {
        id: name.clone(),
        arn: arns::arn(call, name),
        kind: "AWS::SSM::Parameter",
        tags: call.region.ssm.tags.get("Parameter", name).cloned().unwrap_or_default(),
    })
}

/// Returns the groups as possible members of other groups, by their tags.
fn groups<'a>(call: &'a Call<'_>) -> impl Iterator<Item = Member> + 'a {
    call.region.groups.groups.values().map(|group| Member {
        id: group.name.clone(),
        arn: group.arn.clone(),
        kind: "AWS::ResourceGroups::Group",
        tags: group.tags.clone().into_iter().collect(),
    })
}
