//! Security groups and their rules.

pub mod groups;
pub mod rule;
pub mod rules;
