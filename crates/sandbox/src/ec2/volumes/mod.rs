//! EBS volumes and snapshots.

pub(super) mod current;
pub(super) mod describe;
pub(super) mod disk;
pub(super) mod lifecycle;
pub(super) mod size;
pub(super) mod snapshots;
