//! State Manager: what should be so on which nodes, and how that went.
//!
//! An association runs when it is made, changed or asked to. Its schedule is kept and shown;
//! nothing runs by itself in the sandbox.
//!
//! * [`edit`] makes, changes and deletes associations,
//! * [`run`] applies one to its nodes,
//! * [`list`] shows associations and their versions,
//! * [`executions`] shows how they went, by execution and by node.

mod edit;
mod executions;
mod list;
pub mod lookup;
pub mod run;
pub mod state;
#[cfg(test)]
mod tests;

pub use edit::{create_association, delete_association, update_association};
pub use executions::{
    describe_association_execution_targets, describe_association_executions, describe_effective_instance_associations,
    describe_instance_associations_status,
};
pub use list::{describe_association, list_association_versions, list_associations};
pub use run::start_associations_once;
