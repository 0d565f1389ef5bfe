//! Instances: launching, describing and changing them.

pub mod attributes;
pub mod describe;
pub mod from_template;
pub mod instance;
pub mod instance_types;
pub mod launch;
pub mod launch_disks;
pub mod metadata;
pub mod power;
