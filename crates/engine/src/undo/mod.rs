//! Undoing recorded changes: which changes are reversible and how, and the plan of the calls
//! that undo a record.

pub mod plan;
pub mod reversible;
