//! Instances: launching, describing and changing them.

pub mod attributes;
pub mod describe;
pub mod from_template;
pub mod instance;
pub mod instance_types;
pub mod launch;
pub mod launch_disks;
pub mod location;
pub mod lookup;
pub mod metadata;
pub mod metadata_options;
pub mod power;
pub mod to_aws;
