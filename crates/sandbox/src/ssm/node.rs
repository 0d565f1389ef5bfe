//! A managed node, as the state keeps it.

use std::{collections::BTreeMap, net::Ipv4Addr};

use jiff::Timestamp;

use crate::ec2::images::catalog::Os;

pub(crate) const AGENT_VERSION: &str = "3.3.3050.0";

/// The peculiarities of a machine's agent. An instance without an entry is managed if it has an
/// instance profile, and is then like [`Node::online`].
#[derive(Clone)]
pub(crate) struct Node {
    pub kernel: &'static str,
    pub agent_version: &'static str,
    pub reach: Reach,
    pub ailment: Option<Ailment>,
    /// Active systemd units, besides those of every machine.
    pub services: &'static [&'static str],
    pub hybrid: Option<Hybrid>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    Online,
    /// Commands wait for the agent until the delivery timeout.
    ConnectionLost {
        hours: i64,
    },
    /// The same, but Systems Manager reports commands as undeliverable at once.
    Undeliverable {
        hours: i64,
    },
    /// The agent has never registered, so the machine is not managed.
    Absent,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ailment {
    DiskFull,
}

/// A machine outside EC2, registered with an activation.
#[derive(Clone)]
pub(crate) struct Hybrid {
    pub name: &'static str,
    pub computer_name: &'static str,
    pub ip: Ipv4Addr,
    pub activation_id: &'static str,
    pub role: &'static str,
    pub registered: Timestamp,
    pub tags: BTreeMap<String, String>,
}

impl Node {
    pub(crate) fn online(os: Os) -> Node {
        Node {
            kernel: default_kernel(os),
            agent_version: AGENT_VERSION,
            reach: Reach::Online,
            ailment: None,
            services: &[],
            hybrid: None,
        }
    }
}

pub(crate) fn default_kernel(os: Os) -> &'static str {
    match os {
        Os::AmazonLinux => "6.1.158-178.288.amzn2023.x86_64",
        Os::Ubuntu => "6.14.0-1016-aws",
        Os::Windows => "10.0.20348",
    }
}
