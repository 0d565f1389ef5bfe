//! An instance, and its state at a given time.

use std::net::Ipv4Addr;

use aws_sdk_ec2::types::{self, InstanceStateName, SummaryStatus};
use jiff::{SignedDuration, Timestamp};

use crate::clock::later;
use crate::ec2::Metadata;

const BOOT: SignedDuration = SignedDuration::from_secs(3);
const SHUTDOWN: SignedDuration = SignedDuration::from_secs(3);
const STATUS_CHECKS: SignedDuration = SignedDuration::from_secs(20);
const REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

#[derive(Clone)]
pub(crate) struct Instance {
    pub id: String,
    pub reservation_id: String,
    pub launch_index: i32,
    pub image_id: String,
    pub instance_type: String,
    pub subnet_id: String,
    pub private_ip: Ipv4Addr,
    /// Assigned only while the instance runs, unless it is elastic.
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

/// The last power change, and its time.
#[derive(Clone, Copy)]
pub(crate) enum Power {
    On(Timestamp),
    Off(Timestamp),
    Gone(Timestamp),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum InstanceState {
    Pending,
    Running,
    ShuttingDown,
    Terminated,
    Stopping,
    Stopped,
}

impl InstanceState {
    pub(crate) fn to_aws(self) -> types::InstanceState {
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

    pub(crate) fn is_gone(self) -> bool {
        matches!(self, InstanceState::ShuttingDown | InstanceState::Terminated)
    }
}

impl Instance {
    pub(crate) fn state(&self, now: Timestamp) -> InstanceState {
        use InstanceState::*;
        let (since, span, during, after) = match self.power {
            Power::On(since) => (since, BOOT, Pending, Running),
            Power::Off(since) => (since, SHUTDOWN, Stopping, Stopped),
            Power::Gone(since) => (since, SHUTDOWN, ShuttingDown, Terminated),
        };
        if now < later(since, span) { during } else { after }
    }

    /// Returns whether AWS still lists the instance: a terminated one stays visible for about an
    /// hour.
    pub(crate) fn is_visible(&self, now: Timestamp) -> bool {
        match self.power {
            Power::Gone(since) => now < later(since, REMEMBERED),
            _ => true,
        }
    }

    /// Returns how long the instance has been running; `None` if it is not running.
    pub(crate) fn up_for(&self, now: Timestamp) -> Option<SignedDuration> {
        match self.power {
            Power::On(since) if self.state(now) == InstanceState::Running => Some(now.duration_since(since)),
            _ => None,
        }
    }

    pub(crate) fn status(&self, now: Timestamp) -> SummaryStatus {
        match self.up_for(now) {
            None => SummaryStatus::NotApplicable,
            Some(_) if self.impaired => SummaryStatus::Impaired,
            Some(up) if up < STATUS_CHECKS => SummaryStatus::Initializing,
            Some(_) => SummaryStatus::Ok,
        }
    }

    pub(crate) fn current_public_ip(&self, now: Timestamp) -> Option<Ipv4Addr> {
        let holds = match self.state(now) {
            InstanceState::Pending | InstanceState::Running => true,
            state => self.elastic && !state.is_gone(),
        };
        self.public_ip.filter(|_| holds)
    }

    pub(crate) fn transition_reason(&self) -> String {
        match self.power {
            Power::On(_) => String::new(),
            Power::Off(since) | Power::Gone(since) => {
                since.strftime("User initiated (%Y-%m-%d %H:%M:%S GMT)").to_string()
            }
        }
    }

    pub(crate) fn state_reason(&self) -> Option<types::StateReason> {
        if matches!(self.power, Power::On(_)) {
            return None;
        }
        let (code, message) = ("Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown");
        Some(types::StateReason::builder().code(code).message(message).build())
    }
}
