//! State Manager: associations and their executions.
//!
//! An association runs when it is created, changed or started. Schedules are stored only; nothing
//! runs in the background.
//!
//! * [`edit`] creates, changes and deletes associations,
//! * [`run`] applies an association to its nodes,
//! * [`list`] lists associations and their versions,
//! * [`executions`] describes executions, by association and node.

mod edit;
mod executions;
mod list;
pub(crate) mod lookup;
pub(crate) mod run;
pub(crate) mod state;
#[cfg(test)]
mod tests;

pub(crate) use edit::{create_association, delete_association, update_association};
pub(crate) use executions::{
    describe_association_execution_targets, describe_association_executions, describe_effective_instance_associations,
    describe_instance_associations_status,
};
pub(crate) use list::{describe_association, list_association_versions, list_associations};
pub(crate) use run::start_associations_once;
