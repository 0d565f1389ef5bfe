//! Security groups and their rules.

pub(super) mod describe;
pub(super) mod describe_rules;
pub(super) mod groups;
pub(super) mod new_group;
pub(super) mod rule;
pub(super) mod rules;
