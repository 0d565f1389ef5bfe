//! The managed nodes, and DescribeInstanceInformation.

use std::collections::BTreeMap;

use aws_sdk_ssm::{
    operation::describe_instance_information::{DescribeInstanceInformationInput, DescribeInstanceInformationOutput},
    types::{InstanceInformation, PingStatus, ResourceType},
};
use jiff::{SignedDuration, Timestamp};

use super::errors;
use super::machine::Machine;
use super::node::{AGENT_VERSION, Node, Reach};
use super::pages::Pages;
use crate::clock::{later, to_aws};
use crate::ec2::{Instance, Os, private_dns};
use crate::state::Call;
use crate::{ApiError, ec2};

// The agent registers some seconds after the start of the machine.
const REGISTRATION: SignedDuration = SignedDuration::from_secs(5);
const PING_EVERY_SECONDS: i64 = 300;

/// Returns the managed machines of a region, without stopped ones.
pub(super) fn machines(call: &Call<'_>) -> Vec<Machine> {
    let instances = call.region.ec2.instances.values();
    let hybrids = call.region.ssm.nodes.iter();
    let mut all: Vec<Machine> = instances
        .filter_map(|instance| of_instance(call, instance))
        .chain(hybrids.filter_map(|(id, node)| of_hybrid(id, node)))
        .collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

fn of_instance(call: &Call<'_>, instance: &Instance) -> Option<Machine> {
    let up = instance.up_for(call.now)?;
    if instance.profile.is_none() || up < REGISTRATION {
        return None;
    }
    let os = Os::of_image(call.region_name, &instance.image_id);
    let node = call.region.ssm.nodes.get(&instance.id).cloned();
    if node.as_ref().is_some_and(|node| node.reach == Reach::Absent) {
        return None;
    }
    let size = ec2::size_of(&instance.instance_type);
    let full_name = private_dns(instance.private_ip, call.region_name);
    let tags = call.region.ec2.tags.get(&instance.id);
    let tags: BTreeMap<_, _> = tags.map(|(key, value)| (key.clone(), value.clone())).collect();
    Some(Machine {
        id: instance.id.clone(),
        name: tags.get("Name").cloned().unwrap_or_default(),
        computer_name: match os {
            Os::Windows => windows_name(&instance.id),
            _ => full_name,
        },
        ip: instance.private_ip,
        os,
        booted: instance.launched,
        cpus: size.map_or(2, |size| size.cpus),
        memory_mib: size.map_or(4096, |size| size.memory_mib),
        tags,
        node: node.unwrap_or_else(|| Node::online(os)),
    })
}

// Windows instances get this name at their first start.
fn windows_name(id: &str) -> String {
    let tail = id.get(id.len().saturating_sub(7)..).unwrap_or(id);
    format!("EC2AMAZ-{}", tail.to_uppercase())
}

fn of_hybrid(id: &str, node: &Node) -> Option<Machine> {
    let hybrid = node.hybrid.clone()?;
    Some(Machine {
        id: id.to_owned(),
        name: hybrid.name.to_owned(),
        computer_name: hybrid.computer_name.to_owned(),
        ip: hybrid.ip,
        os: Os::Ubuntu,
        booted: hybrid.registered,
        cpus: 4,
        memory_mib: 16384,
        tags: hybrid.tags,
        node: node.clone(),
    })
}

pub(super) fn describe_instance_information(
    call: &mut Call<'_>,
    input: &DescribeInstanceInformationInput,
) -> Result<DescribeInstanceInformationOutput, ApiError> {
    let tests = tests(input)?;
    let nodes: Vec<InstanceInformation> = machines(call)
        .iter()
        .map(|machine| (machine, show(call, machine)))
        .filter(|(machine, shown)| tests.iter().all(|test| test.matches(machine, shown)))
        .map(|(_, shown)| shown)
        .collect();
    let pages = Pages { sizes: 5..=50, default: 10, asked: input.max_results, token: input.next_token() };
    let request = (input.filters(), input.instance_information_filter_list());
    let page = pages.cut(nodes, ("nodes", request), |node| node.instance_id().unwrap_or_default().to_owned())?;
    Ok(DescribeInstanceInformationOutput::builder()
        .set_instance_information_list(Some(page.items))
        .set_next_token(page.next_token)
        .build())
}

pub(super) fn show(call: &Call<'_>, machine: &Machine) -> InstanceInformation {
    let node = &machine.node;
    let (platform_name, platform_version) = match machine.os {
        Os::AmazonLinux => ("Amazon Linux", "2023"),
        Os::Ubuntu => ("Ubuntu", "24.04"),
        Os::Windows => ("Microsoft Windows Server 2022 Datacenter", "10.0.20348"),
    };
    let (status, last_ping) = ping(call.now, node.reach);
    let shown = InstanceInformation::builder()
        .instance_id(&machine.id)
        .ping_status(status)
        .last_ping_date_time(to_aws(last_ping))
        .agent_version(node.agent_version)
        .is_latest_version(node.agent_version == AGENT_VERSION)
        .platform_type(machine.platform())
        .platform_name(platform_name)
        .platform_version(platform_version)
        .ip_address(machine.ip.to_string())
        .computer_name(&machine.computer_name);
    match &node.hybrid {
        None => shown.resource_type(ResourceType::Ec2Instance).build(),
        Some(hybrid) => shown
            .resource_type(ResourceType::ManagedInstance)
            .name(hybrid.name)
            .activation_id(hybrid.activation_id)
            .iam_role(hybrid.role)
            .registration_date(to_aws(hybrid.registered))
            .build(),
    }
}

pub(super) fn ping(now: Timestamp, reach: Reach) -> (PingStatus, Timestamp) {
    match reach {
        Reach::Online => {
            let since = now.as_second().rem_euclid(PING_EVERY_SECONDS);
            (PingStatus::Online, later(now, SignedDuration::from_secs(-since)))
        }
        Reach::ConnectionLost { hours } | Reach::Undeliverable { hours } => {
            (PingStatus::ConnectionLost, later(now, SignedDuration::from_hours(-hours)))
        }
        Reach::Absent => (PingStatus::Inactive, Timestamp::UNIX_EPOCH),
    }
}

struct NodeTest {
    key: String,
    values: Vec<String>,
}

fn tests(input: &DescribeInstanceInformationInput) -> Result<Vec<NodeTest>, ApiError> {
    let (new, old) = (input.filters(), input.instance_information_filter_list());
    if !new.is_empty() && !old.is_empty() {
        let message = "Filters and InstanceInformationFilterList cannot be used together.";
        return Err(ApiError::new("ValidationException", message));
    }
    let new = new.iter().map(|filter| (filter.key(), filter.values()));
    let old = old.iter().map(|filter| (filter.key().as_str(), filter.value_set()));
    new.chain(old).map(|(key, values)| NodeTest::parse(key, values)).collect()
}

impl NodeTest {
    fn parse(key: &str, values: &[String]) -> Result<NodeTest, ApiError> {
        let known = matches!(
            key,
            "InstanceIds"
                | "PingStatus"
                | "PlatformTypes"
                | "AgentVersion"
                | "ActivationIds"
                | "IamRole"
                | "ResourceType"
                | "tag-key"
        );
        if !known && !key.starts_with("tag:") {
            let message = format!("The specified filter key {key} isn't valid.");
            return Err(ApiError::new("InvalidFilterKey", message));
        }
        if values.is_empty() {
            return Err(errors::invalid(
                "[]",
                "filters.1.member.values",
                "Member must have length greater than or equal to 1",
            ));
        }
        Ok(NodeTest { key: key.to_owned(), values: values.to_vec() })
    }

    fn matches(&self, machine: &Machine, shown: &InstanceInformation) -> bool {
        let wants = |value: Option<&str>| value.is_some_and(|value| self.values.iter().any(|wanted| wanted == value));
        match self.key.as_str() {
            "InstanceIds" => wants(shown.instance_id()),
            "PingStatus" => wants(shown.ping_status().map(|status| status.as_str())),
            "PlatformTypes" => wants(shown.platform_type().map(|platform| platform.as_str())),
            "AgentVersion" => wants(shown.agent_version()),
            "ActivationIds" => wants(shown.activation_id()),
            "IamRole" => wants(shown.iam_role()),
            "ResourceType" => wants(shown.resource_type().map(|kind| kind.as_str())),
            "tag-key" => self.values.iter().any(|key| machine.tags.contains_key(key)),
            key => {
                let key = key.strip_prefix("tag:").unwrap_or(key);
                wants(machine.tags.get(key).map(String::as_str))
            }
        }
    }
}
