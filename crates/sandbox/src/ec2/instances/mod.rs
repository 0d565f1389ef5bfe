//! Instances: launching, describing and changing them.

pub(super) mod attributes;
pub(super) mod describe;
pub(super) mod from_template;
pub(super) mod instance;
pub(super) mod instance_types;
pub(super) mod launch;
pub(super) mod launch_disks;
pub(super) mod location;
pub(super) mod lookup;
pub(super) mod metadata;
pub(super) mod metadata_options;
pub(super) mod power;
pub(super) mod to_aws;
pub(super) mod user_data;
