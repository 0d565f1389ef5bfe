//! A managed machine at a given time, composed of its instance and its node.

use std::{collections::BTreeMap, net::Ipv4Addr};

use aws_sdk_ssm::types::PlatformType;
use jiff::Timestamp;

use super::node::Node;
use crate::ec2::images::catalog::Os;

/// A managed machine in its current state.
pub(crate) struct Machine {
    pub id: String,
    pub name: String,
    pub computer_name: String,
    pub ip: Ipv4Addr,
    pub os: Os,
    pub booted: Timestamp,
    pub cpus: i32,
    pub memory_mib: i64,
    pub tags: BTreeMap<String, String>,
    pub node: Node,
}

impl Machine {
    pub(crate) fn is_windows(&self) -> bool {
        self.os == Os::Windows
    }

    pub(crate) fn platform(&self) -> PlatformType {
        match self.os {
            Os::Windows => PlatformType::Windows,
            _ => PlatformType::Linux,
        }
    }
}
