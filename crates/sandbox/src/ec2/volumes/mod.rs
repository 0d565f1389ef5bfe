//! EBS volumes and snapshots.

pub mod current;
pub mod describe;
pub mod disk;
pub mod lifecycle;
pub mod size;
pub mod snapshots;
