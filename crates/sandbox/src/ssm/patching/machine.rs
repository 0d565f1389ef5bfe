//! A machine's operating system and patch group, in Patch Manager's terms.

use aws_sdk_ssm::types::OperatingSystem;

use crate::ec2::images::catalog::Os;
use crate::ssm::machine::Machine;

/// Patch Manager's name of a system.
pub fn system(os: Os) -> OperatingSystem {
    match os {
        Os::AmazonLinux => OperatingSystem::AmazonLinux2023,
        Os::Ubuntu => OperatingSystem::Ubuntu,
        Os::Windows => OperatingSystem::Windows,
    }
}

/// The group that a machine is in by its tag; both spellings are in use.
pub fn group_of(machine: &Machine) -> Option<&str> {
    let tag = machine.tags.get("PatchGroup").or_else(|| machine.tags.get("Patch Group"));
    tag.map(String::as_str)
}
