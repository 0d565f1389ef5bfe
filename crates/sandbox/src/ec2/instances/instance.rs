//! An instance: what is kept of it, and what it is at a given moment.

use std::net::Ipv4Addr;

use aws_sdk_ec2::types::{self, DeviceType, InstanceStateName, MonitoringState, SummaryStatus, Tenancy};
use jiff::{SignedDuration, Timestamp};

use crate::clock::{later, to_aws};
use crate::ec2::images::describe::ImageFacts;
use crate::ec2::network::interfaces::{attachment_id, interface_id, mac_address};
use crate::ec2::volumes::describe::settled;
use crate::ec2::{Metadata, State};

const BOOT: SignedDuration = SignedDuration::from_secs(3);
const SHUTDOWN: SignedDuration = SignedDuration::from_secs(3);
const STATUS_CHECKS: SignedDuration = SignedDuration::from_secs(20);
const REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

#[derive(Clone)]
pub struct Instance {
    pub id: String,
    pub reservation_id: String,
    pub launch_index: i32,
    pub image_id: String,
    pub instance_type: String,
    pub subnet_id: String,
    pub private_ip: Ipv4Addr,
    /// Held only while the instance is on, unless it is elastic.
    pub public_ip: Option<Ipv4Addr>,
    pub elastic: bool,
    pub key_name: Option<String>,
    pub groups: Vec<String>,
    /// The name of the instance profile. Without one no SSM agent can register.
    pub profile: Option<String>,
    pub client_token: Option<String>,
    pub launched: Timestamp,
    pub power: Power,
    pub termination_protection: bool,
    pub stop_protection: bool,
    pub detailed_monitoring: bool,
    pub impaired: bool,
    pub metadata: Metadata,
    pub source_dest_check: bool,
    pub user_data: Option<String>,
    /// The request that a spot instance came from.
    pub spot_request: Option<String>,
}

/// The last thing that was asked of the instance, and when.
#[derive(Clone, Copy)]
pub enum Power {
    On(Timestamp),
    Off(Timestamp),
    Gone(Timestamp),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InstanceState {
    Pending,
    Running,
    ShuttingDown,
    Terminated,
    Stopping,
    Stopped,
}

impl InstanceState {
    pub fn to_aws(self) -> types::InstanceState {
        let (code, name) = match self {
            InstanceState::Pending => (0, InstanceStateName::Pending),
            InstanceState::Running => (16, InstanceStateName::Running),
            InstanceState::ShuttingDown => (32, InstanceStateName::ShuttingDown),
            InstanceState::Terminated => (48, InstanceStateName::Terminated),
            InstanceState::Stopping => (64, InstanceStateName::Stopping),
            InstanceState::Stopped => (80, InstanceStateName::Stopped),
        };
        types::InstanceState::builder().code(code).name(name).build()
    }

    pub fn is_gone(self) -> bool {
        matches!(self, InstanceState::ShuttingDown | InstanceState::Terminated)
    }
}

impl Instance {
    pub fn state(&self, now: Timestamp) -> InstanceState {
        use InstanceState::*;
        let (since, span, during, after) = match self.power {
            Power::On(since) => (since, BOOT, Pending, Running),
            Power::Off(since) => (since, SHUTDOWN, Stopping, Stopped),
            Power::Gone(since) => (since, SHUTDOWN, ShuttingDown, Terminated),
        };
        if now < later(since, span) { during } else { after }
    }

    /// A terminated instance can be seen for about an hour.
    pub fn is_visible(&self, now: Timestamp) -> bool {
        match self.power {
            Power::Gone(since) => now < later(since, REMEMBERED),
            _ => true,
        }
    }

    /// For how long it has been up; None if it is not.
    pub fn up_for(&self, now: Timestamp) -> Option<SignedDuration> {
        match self.power {
            Power::On(since) if self.state(now) == InstanceState::Running => Some(now.duration_since(since)),
            _ => None,
        }
    }

    pub fn status(&self, now: Timestamp) -> SummaryStatus {
        match self.up_for(now) {
            None => SummaryStatus::NotApplicable,
            Some(_) if self.impaired => SummaryStatus::Impaired,
            Some(up) if up < STATUS_CHECKS => SummaryStatus::Initializing,
            Some(_) => SummaryStatus::Ok,
        }
    }

    pub fn current_public_ip(&self, now: Timestamp) -> Option<Ipv4Addr> {
        let holds = match self.state(now) {
            InstanceState::Pending | InstanceState::Running => true,
            state => self.elastic && !state.is_gone(),
        };
        self.public_ip.filter(|_| holds)
    }

    fn transition_reason(&self) -> String {
        match self.power {
            Power::On(_) => String::new(),
            Power::Off(since) | Power::Gone(since) => {
                since.strftime("User initiated (%Y-%m-%d %H:%M:%S GMT)").to_string()
            }
        }
    }

    fn state_reason(&self) -> Option<types::StateReason> {
        if matches!(self.power, Power::On(_)) {
            return None;
        }
        let (code, message) = ("Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown");
        Some(types::StateReason::builder().code(code).message(message).build())
    }
}

/// The instance as DescribeInstances shows it.
pub fn to_aws_instance(
    region: &State,
    account: &str,
    region_name: &str,
    now: Timestamp,
    instance: &Instance,
) -> types::Instance {
    let state = instance.state(now);
    let public_ip = instance.current_public_ip(now);
    let image = ImageFacts::of(region, &instance.image_id);
    let base = types::Instance::builder()
        .instance_id(&instance.id)
        .image_id(&instance.image_id)
        .instance_type(instance.instance_type.as_str().into())
        .ami_launch_index(instance.launch_index)
        .set_key_name(instance.key_name.clone())
        .set_client_token(Some(instance.client_token.clone().unwrap_or_default()))
        .launch_time(to_aws(instance.launched))
        .state(state.to_aws())
        .state_transition_reason(instance.transition_reason())
        .set_state_reason(instance.state_reason())
        .architecture(image.architecture)
        .set_platform(image.platform)
        .platform_details(image.platform_details)
        .usage_operation(image.usage_operation)
        .root_device_name(image.root_device_name)
        .root_device_type(DeviceType::Ebs)
        .virtualization_type(types::VirtualizationType::Hvm)
        .hypervisor(types::HypervisorType::Xen)
        .ena_support(true)
        .ebs_optimized(false)
        .monitoring(monitoring(instance))
        .placement(placement(region, instance))
        .metadata_options(instance.metadata.to_aws())
        .set_instance_lifecycle(instance.spot_request.is_some().then_some(types::InstanceLifecycleType::Spot))
        .set_spot_instance_request_id(instance.spot_request.clone())
        .set_tags(Some(region.tags.of(&instance.id)));
    // A terminated instance keeps its face and loses its belongings.
    let whole = match state {
        InstanceState::Terminated => base.private_dns_name("").public_dns_name(""),
        _ => base
            .set_subnet_id(Some(instance.subnet_id.clone()))
            .set_vpc_id(vpc_of(region, instance))
            .private_ip_address(instance.private_ip.to_string())
            .private_dns_name(private_dns(instance.private_ip, region_name))
            .set_public_ip_address(public_ip.map(|ip| ip.to_string()))
            .public_dns_name(public_ip.map_or_else(String::new, |ip| public_dns(ip, region_name)))
            .source_dest_check(instance.source_dest_check)
            .set_security_groups(Some(groups_of(region, instance)))
            .network_interfaces(network_interface(region, account, region_name, now, instance))
            .set_block_device_mappings(Some(disks(region, now, instance)))
            .set_iam_instance_profile(profile(account, instance)),
    };
    whole.build()
}

fn network_interface(
    region: &State,
    account: &str,
    region_name: &str,
    now: Timestamp,
    instance: &Instance,
) -> types::InstanceNetworkInterface {
    let association = instance.current_public_ip(now).map(|ip| {
        types::InstanceNetworkInterfaceAssociation::builder()
            .public_ip(ip.to_string())
            .public_dns_name(public_dns(ip, region_name))
            .ip_owner_id(if instance.elastic { account } else { "amazon" })
            .build()
    });
    let private_dns = private_dns(instance.private_ip, region_name);
    let private_ip = types::InstancePrivateIpAddress::builder()
        .primary(true)
        .private_ip_address(instance.private_ip.to_string())
        .private_dns_name(&private_dns)
        .set_association(association.clone());
    let attachment = types::InstanceNetworkInterfaceAttachment::builder()
        .attachment_id(attachment_id(&instance.id))
        .attach_time(to_aws(instance.launched))
        .delete_on_termination(true)
        .device_index(0)
        .network_card_index(0)
        .status(types::AttachmentStatus::Attached);
    types::InstanceNetworkInterface::builder()
        .network_interface_id(interface_id(&instance.id))
        .interface_type("interface")
        .description("")
        .owner_id(account)
        .subnet_id(&instance.subnet_id)
        .set_vpc_id(vpc_of(region, instance))
        .mac_address(mac_address(instance.private_ip))
        .private_ip_address(instance.private_ip.to_string())
        .private_dns_name(private_dns)
        .private_ip_addresses(private_ip.build())
        .set_association(association)
        .attachment(attachment.build())
        .set_groups(Some(groups_of(region, instance)))
        .source_dest_check(instance.source_dest_check)
        .status(types::NetworkInterfaceStatus::InUse)
        .build()
}

pub fn to_aws_monitoring(detailed: bool) -> types::Monitoring {
    let state = match detailed {
        true => MonitoringState::Enabled,
        false => MonitoringState::Disabled,
    };
    types::Monitoring::builder().state(state).build()
}

fn monitoring(instance: &Instance) -> types::Monitoring {
    to_aws_monitoring(instance.detailed_monitoring)
}

fn placement(region: &State, instance: &Instance) -> types::Placement {
    types::Placement::builder()
        .set_availability_zone(zone_of(region, instance))
        .group_name("")
        .tenancy(Tenancy::Default)
        .build()
}

pub fn zone_of(region: &State, instance: &Instance) -> Option<String> {
    subnet_of(region, instance)?.availability_zone.clone()
}

fn vpc_of(region: &State, instance: &Instance) -> Option<String> {
    subnet_of(region, instance)?.vpc_id.clone()
}

pub fn subnet_of<'a>(region: &'a State, instance: &Instance) -> Option<&'a types::Subnet> {
    let id = Some(instance.subnet_id.as_str());
    region.subnets.iter().find(|subnet| subnet.subnet_id() == id)
}

pub fn groups_of(region: &State, instance: &Instance) -> Vec<types::GroupIdentifier> {
    let of_id = |id: &String| {
        let group = region.security_groups.iter().find(|group| group.group_id() == Some(id))?;
        let identifier = types::GroupIdentifier::builder().group_id(id).set_group_name(group.group_name.clone());
        Some(identifier.build())
    };
    instance.groups.iter().filter_map(of_id).collect()
}

fn disks(region: &State, now: Timestamp, instance: &Instance) -> Vec<types::InstanceBlockDeviceMapping> {
    settled(region, now)
        .iter()
        .flat_map(|volume| volume.attachments())
        .filter(|attachment| attachment.instance_id() == Some(&instance.id))
        .map(|attachment| {
            let ebs = types::EbsInstanceBlockDevice::builder()
                .set_volume_id(attachment.volume_id.clone())
                .set_attach_time(attachment.attach_time)
                .set_delete_on_termination(attachment.delete_on_termination)
                .set_status(attachment.state().map(|state| state.as_str().into()))
                .build();
            types::InstanceBlockDeviceMapping::builder().set_device_name(attachment.device.clone()).ebs(ebs).build()
        })
        .collect()
}

fn profile(account: &str, instance: &Instance) -> Option<types::IamInstanceProfile> {
    let name = instance.profile.as_deref()?;
    let arn = format!("arn:aws:iam::{account}:instance-profile/{name}");
    Some(types::IamInstanceProfile::builder().arn(arn).build())
}

pub fn private_dns(ip: Ipv4Addr, region: &str) -> String {
    let [a, b, c, d] = ip.octets();
    match region {
        "us-east-1" => format!("ip-{a}-{b}-{c}-{d}.ec2.internal"),
        _ => format!("ip-{a}-{b}-{c}-{d}.{region}.compute.internal"),
    }
}

pub fn public_dns(ip: Ipv4Addr, region: &str) -> String {
    let [a, b, c, d] = ip.octets();
    match region {
        "us-east-1" => format!("ec2-{a}-{b}-{c}-{d}.compute-1.amazonaws.com"),
        _ => format!("ec2-{a}-{b}-{c}-{d}.{region}.compute.amazonaws.com"),
    }
}
