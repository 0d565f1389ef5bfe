//! A machine's operating system and patch group, in Patch Manager's terms.

use aws_sdk_ssm::types::OperatingSystem;

use crate::ec2::images::catalog::Os;
use crate::ssm::machine::Machine;

/// Returns Patch Manager's name of an operating system.
pub(crate) fn system(os: Os) -> OperatingSystem {
    match os {
        Os::AmazonLinux => OperatingSystem::AmazonLinux2023,
        Os::Ubuntu => OperatingSystem::Ubuntu,
        Os::Windows => OperatingSystem::Windows,
    }
}

/// Returns the patch group of a machine from its tag, which has two spellings.
pub(crate) fn group_of(machine: &Machine) -> Option<&str> {
    let tag = machine.tags.get("PatchGroup").or_else(|| machine.tags.get("Patch Group"));
    tag.map(String::as_str)
}
