//! EBS volumes and snapshots.

pub mod describe;
pub mod lifecycle;
pub mod size;
pub mod snapshots;
