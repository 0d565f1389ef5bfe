//! Security groups and their rules.

pub mod describe;
pub mod describe_rules;
pub mod groups;
pub mod new_group;
pub mod rule;
pub mod rules;
